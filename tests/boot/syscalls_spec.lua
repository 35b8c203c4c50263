-- SPDX-License-Identifier: GPL-2.0-or-later
-- What the guest's half does for hl.syscall: filters, all system calls at
-- once, interrupted calls, prototypes, hooks that come and go.  #qemu
local boot = require "boot"

-- What rename() is.
local RENAME = boot.arch == "aarch64"
  and '"on_sys_renameat_enter", { arg_filter = { nil, old, nil, new } }'
  or '"on_sys_rename_enter", { arg_filter = { old, new } }'

local function passed(result)
  assert.are.same({ status = 0, out = "ok\n" },
    { status = result.status, out = result.out }, result.err)
  for _, bad in ipairs { "Oops", "BUG", "stall", "hyperlua: error" } do
    assert.is_nil(result.err:find(bad), result.err)
  end
end

-- count(n, event, filters): that hook is to be called n times by the program.
local COUNTED = [[
  local counted = {}
  local function count(wanted, event, filters)
    local line = debug.getinfo(2, "l").currentline
    local c = { wanted = wanted, got = 0, at = line }
    counted[#counted + 1] = c
    c.hook = hl.syscall(event, filters, function() c.got = c.got + 1 end)
    return c
  end
  hl.syscall("on_sys_ioctl_return", { arg_filter = { nil, 0x4810 } },
    function(s)
      local wrong = 0
      for _, c in ipairs(counted) do
        if c.got ~= c.wanted then
          hl.log("line %d: %d calls, not %d", c.at, c.got, c.wanted)
          wrong = wrong + 1
        end
      end
      s.retval = wrong
    end)
]]

-- One guest for all, where it can be.
local VCPUS = { "--smp", tostring(boot.vcpus[1]) }

local function program(script, args, options)
  passed(boot.program(COUNTED .. script, "syscalls", args, options or VCPUS))
end

describe("a filter in the guest", function()
  it("tests integers, each way", function()
    program([[
      local function ioctl(wanted, filters)
        filters.comm_filter = "syscalls"
        filters.arg_filter[1] = { eq = 0xffffffff }
        count(wanted, "on_sys_ioctl_enter", filters)
      end
      ioctl(64, { arg_filter = {} })
      ioctl(4, { arg_filter = { nil, 0x4703 } })
      ioctl(1, { arg_filter = { nil, 0x4703, 2 } })
      ioctl(60, { arg_filter = { nil, { ne = 0x4703 } } })
      ioctl(12, { arg_filter = { nil, { lt = 0x4703 } } })
      ioctl(48, { arg_filter = { nil, { gt = 0x4703 } } })
      ioctl(16, { arg_filter = { nil, { range = { 0x4703, 0x4706 } } } })
      ioctl(48, { arg_filter = { nil, { outside = { 0x4703, 0x4706 } } } })
      ioctl(16, { arg_filter = { nil, { set = 0x470c } } })
      ioctl(8, { arg_filter = { nil, { clear = 0x0e } } })
      ioctl(8, { arg_filter = { nil, { eq = 0x4702, mask = 0xfffe } } })
      ioctl(56, { arg_filter = { nil, { ne = 0x4702, mask = 0xfffe } } })
      ioctl(3, { arg_filter = { nil, { gt = 0x4703, lt = 0x4705 },
        { gt = 0 } } })
      count(64, "on_sys_ioctl_enter", { comm_filter = "syscalls",
        arg_filter = { { range = { -5, -1 } } } })
      count(0, "on_sys_ioctl_enter", { comm_filter = "syscalls",
        arg_filter = { { range = { -5, -2 } } } })]], { "filters" })
  end)

  it("tests names, processes and results", function()
    program([[
      local function ioctl(wanted, filters)
        filters.arg_filter = { -1 }
        count(wanted, "on_sys_ioctl_return", filters)
      end
      ioctl(65, {})
      ioctl(1, { comm_filter = "other" })
      ioctl(64, { comm_filter = { prefix = "sys" } })
      ioctl(64, { comm_filter = { suffix = "calls" } })
      ioctl(65, { comm_filter = { contains = "" } })
      ioctl(0, { comm_filter = "syscall" })
      ioctl(65, { pid_filter = { gt = 1 } })
      ioctl(0, { pid_filter = 1 })
      ioctl(65, { retval_filter = -9 })
      ioctl(65, { retval_filter = "error" })
      ioctl(0, { retval_filter = "success" })
      ioctl(65, { retval_filter = { lt = -8 } })
      ioctl(0, { retval_filter = { gt = -9 } })
      count(2, "on_sys_openat_return", { comm_filter = "syscalls",
        arg_filter = { [2] = "/etc/passwd" }, retval_filter = "success" })
      ]], { "filters" })
  end)

  it("tests the texts that arguments point to", function()
    program([[
      local function openat(wanted, test, result)
        count(wanted, "on_sys_openat_return", { comm_filter = "syscalls",
          arg_filter = { nil, test }, retval_filter = result })
      end
      openat(7, nil)
      openat(2, "/etc/passwd")
      openat(0, "/etc/passw")
      openat(2, { prefix = "/etc/" })
      openat(1, { prefix = "/nope" })
      openat(2, { suffix = "wd" })
      openat(1, { suffix = "file" }, "error")
      openat(0, { suffix = "file" }, "success")
      openat(2, { prefix = "/", contains = "pass", suffix = "d" })
      openat(1, { contains = "needle" })
      openat(4, { contains = "" })
      local function renamed(wanted, old, new)
        count(wanted, ]] .. RENAME .. [[)
      end
      renamed(2, { prefix = "/nope/" }, { prefix = "/nope/" })
      renamed(1, { suffix = "old" }, { suffix = "new" })
      renamed(0, { suffix = "new" }, { suffix = "new" })]], { "filters" })
  end)

  it("rings no doorbell for what it rejects", function()
    program([[
      local before
      hl.syscall("on_sys_ioctl_enter", { arg_filter = { -1, 0x4700, 0 },
        comm_filter = "syscalls" }, function()
          before = hl.stats().syscalls
        end)
      hl.syscall("on_sys_ioctl_enter", { arg_filter = { nil, 0x4810 } },
        function()
          -- From that one to this: its own, and one text that holds.
          local after = hl.stats().syscalls
          if after - before > 3 then
            hl.log.error("%d events", after - before)
          end
        end)
      count(1, "on_sys_openat_enter", { comm_filter = "syscalls",
        arg_filter = { nil, { prefix = "/nope" } } })
      count(0, "on_sys_openat_enter", { comm_filter = "syscalls",
        arg_filter = { nil, { prefix = "/none" } } })
      count(0, "on_sys_ioctl_return", { comm_filter = "syscalls",
        retval_filter = -8 })]], { "filters" })
  end)
end)

describe("hooks on all system calls", function()
  for _, vcpus in ipairs(boot.vcpus) do
    it("see each of them, by name and number, on vCPUs: " .. vcpus, function()
      program([[
        local calls, results = {}, {}
        hl.syscall("on_all_sys_enter", function(s)
          if s.comm == "syscalls" then
            calls[s.name] = (calls[s.name] or 0) + 1
          end
        end)
        hl.syscall("on_all_sys_return", { comm_filter = "syscalls" },
          function(s)
            results[s.name] = (results[s.name] or 0) + 1
          end)
        hl.syscall("on_sys_ioctl_enter", { arg_filter = { nil, 0x4810 } },
          function()
            -- It has that name when its own execve returns; the child's too.
            local WANTED = { getpid = { 100, 100 }, uname = { 1, 1 },
              execve = { 1, 2 }, exit_group = { 1, nil } }
            for name, wanted in pairs(WANTED) do
              if calls[name] ~= wanted[1] or results[name] ~= wanted[2] then
                hl.log.error("%s: %s, %s", name, calls[name], results[name])
              end
            end
          end)]], { "all" }, { "--smp", tostring(vcpus) })
    end)
  end
end)

describe("a system call that a signal interrupts", function()
  for what, waits in pairs { ["does not wait"] = "", waits = "hl.sleep(2)" } do
    it("goes on as if unhooked when the handler " .. what, function()
      passed(boot.program([[
        hl.syscall("on_all_sys_enter", { comm_filter = "hooked" },
          function(s)
            hl.portal.read_bytes(s.regs.sp, 64)
          end)
        hl.syscall("on_all_sys_return", { comm_filter = "hooked" },
          function(s)
            ]] .. waits .. [[

          end)
        hl.syscall("on_sys_read_enter", { comm_filter = "changed" },
          function(s)
            s.args[3] = s.args[3] - 1
          end)]], "restart"))
    end)
  end
end)

describe("the kernel's prototypes", function()
  it("have the names and types of arguments", function()
    program([[
      local WANTED = {
        openat = "int dfd, const char * filename, int flags, umode_t mode",
        ioctl = "unsigned int fd, unsigned int cmd, unsigned long arg",
        read = "unsigned int fd, char * buf, size_t count",
        getpid = "",
        uname = "struct new_utsname * name",
      }
      hl.syscall("on_sys_ioctl_return", { arg_filter = { nil, 0x4810 } },
        function(s)
          local protos, total = hl.protos(), 0
          for name, wanted in pairs(WANTED) do
            local list = {}
            for i, arg in ipairs(protos[name].args) do
              list[i] = arg.type .. " " .. arg.name
            end
            list = table.concat(list, ", ")
            if list ~= wanted then
              hl.log.error("%s(%s)", name, list)
            end
          end
          for _ in pairs(protos) do total = total + 1 end
          if total < 250 or #s.proto.args ~= 3 then
            hl.log.error("%d prototypes", total)
          end
        end)]], { "report" })
  end)
end)

describe("hooks", function()
  for _, vcpus in ipairs(boot.vcpus) do
    it("come and go under load, also from inside themselves, on vCPUs: "
      .. vcpus, function()
      program([[
        local turns, all = 0
        hl.syscall("on_sys_ioctl_return", { arg_filter = { nil, 0x4806 } },
          function(s, fd, cmd, arg)
            hl.portal.write_int(arg + 4, hl.portal.read_int(arg))
            hl.portal.write_int(arg + 8, turns)
            s.retval = 0
          end)
        local function hook_once()
          local hook
          hook = hl.syscall("on_sys_getppid_enter", function()
            hook:remove()
            hook_once()
            turns = turns + 1
            if all then
              all:remove()
            end
            all = turns % 2 == 0 and hl.syscall("on_all_sys_return",
              { comm_filter = "syscalls" }, function() end)
          end)
        end
        hook_once()]], { "churn", boot.times(4) }, { "--smp", tostring(vcpus) })
    end)
  end

  it("may be more than one event can name, and keep their order", function()
    program([[
      local last, wrong = 0, 0
      for i = 1, 2500 do
        hl.syscall("on_sys_ioctl_enter", { arg_filter = { -1,
          i % 2 == 0 and 0x4701 or nil, 3 }, comm_filter = i % 3 == 0
          and "syscalls" or nil }, function(s, fd, cmd)
            if cmd == 0x4701 then
              wrong = wrong + (last == i - 1 and 0 or 1)
              last = i
            end
          end)
      end
      hl.syscall("on_sys_ioctl_enter", { arg_filter = { nil, 0x4810 } },
        function()
          if last ~= 2500 or wrong > 0 then
            hl.log.error("%d wrong, the last %d", wrong, last)
          end
        end)]], { "filters" })
  end)
end)
