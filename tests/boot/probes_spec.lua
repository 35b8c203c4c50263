-- SPDX-License-Identifier: GPL-2.0-or-later
-- Events beside system calls, in a real guest: exec, exit, signals, kprobes
-- and uprobes.  The program checks that none is lost or told twice, and that
-- what handlers change comes to pass (guest/probes.c).  #qemu
local boot = require "boot"

-- The program asks for the counts by number.
local COUNTS = [[
  local execs, exits, codes, signals, opens, failed, calls, returns, texts =
    1, 2, 3, 4, 5, 6, 7, 8, 9
  local count = {}
  for i = 1, 9 do count[i] = 0 end
  local function add(what, n) count[what] = count[what] + (n or 1) end
  hl.syscall("on_sys_prctl_enter", { arg_filter = { 0x484c } },
    function(s, option, what)
      s.retval, s.skip_syscall = count[what], true
    end)
]]

local PROCESSES = [[
  local pids = {}
  hl.on_exec({ arg_filter = { { suffix = "n/probes" } } }, function(e)
    if hl.portal.get_proc_args()[2] == "leaf" then
      add(execs)
      pids[e.pid] = true
    end
  end)
  hl.on_exec({ arg_filter = { "/bin/prob" } }, function() add(execs) end)
  hl.on_exit({ comm_filter = "probes" }, function(e)
    if pids[e.pid] then
      pids[e.pid] = nil
      add(exits)
      add(codes, e.signal or e.code << 8)
    end
  end)
]]

local SIGNALS = [[
  hl.on_signal({ comm_filter = { prefix = "dropper" } }, function(e)
    e.drop = true
    add(signals)
  end)
  hl.on_signal({ comm_filter = "sender", arg_filter = { [4] = 0 } },
    function(e) add(signals) end)
]]

local KERNEL = [[
  local AT_FDCWD = { eq = -100 & 0xffffffff, mask = 0xffffffff }
  hl.kprobe("do_sys_openat2", { comm_filter = "opener",
    arg_filter = { AT_FDCWD } }, function(e) add(opens) end)
  hl.kprobe("do_sys_openat2", { comm_filter = "opener",
    arg_filter = { 3 } }, function(e) add(opens) end)
  hl.kretprobe("do_sys_openat2", { retval_filter = -2,
    comm_filter = "opener" }, function(e) add(failed) end)
  hl.kretprobe("do_sys_openat2", { comm_filter = "replaced" }, function(e)
    if e.retval == -2 then e.retval = -18 end
  end)
]]

local FILE = 'local FILE = "%s"\n'

local PROGRAMS = [[
  local turn
  hl.uprobe(FILE, "probed", function(e)
    local a, b, text, d, e5, f = table.unpack(e.args, 1, 6)
    local int = 0xffffffff
    turn = a & int
    if turn % 50 == 0 then hl.sleep(3) end
    if b & int == 2 and d & int == -4 & int and e5 & int == 5 and f & int == 6
      and hl.portal.read_str(text) == (turn % 2 == 1 and "odd" or "even") then
      add(calls)
    end
  end)
  hl.uprobe(FILE, "probed", { arg_filter = { [3] = { prefix = "od" } } },
    function(e) add(texts) end)
  hl.uretprobe(FILE, "probed", function(e)
    add(returns)
    if turn == 77 then e.retval = -77 end
  end)
]]

local UNLOAD = [[
  hl.on_exec(function(e) add(execs) end)
  hl.on_exit(function(e) add(exits) add(codes) end)
  hl.on_signal(function(e) add(signals) end)
  hl.kprobe("do_sys_openat2", function(e) add(opens) end)
  hl.kretprobe("do_sys_openat2", function(e) add(failed) end)
  hl.uprobe("/bin/probes", "probed", { arg_filter = { [3] = "odd" } },
    function(e)
      hl.portal.read_str(e.args[3])
      hl.sleep(1)
      add(calls) add(texts)
    end)
  hl.uretprobe("/bin/probes", "probed", function(e) add(returns) end)
]]

local function check(result)
  assert.are.equal("ok\n", result.out, result.err)
  assert.are.equal(0, result.status)
  for _, bad in ipairs { "Oops", "BUG", "stall", "error", "missed" } do
    assert.is_nil(result.err:find(bad), result.err)
  end
end

local function hears(what, script, options)
  check(boot.program(COUNTS .. script, "probes", { what }, options))
end

-- Where in the file the program's first instruction is.
local function entry_of(path)
  local file = assert(io.open(path, "rb"))
  local bytes = file:read "a"
  file:close()
  local wide = boot.word == 8
  local function unpack(format, at)
    return (boot.order .. format):unpack(bytes, at)
  end
  local entry, headers = unpack(wide and "I8I8" or "I4I4", 25)
  local size, number = unpack("I2I2", wide and 55 or 43)
  for i = 0, number - 1 do
    local kind, offset, addr, _, length = unpack(wide and "I4xxxxI8I8I8I8"
      or "I4I4I4I4I4", headers + i * size + 1)
    if kind == 1 and entry >= addr and entry < addr + length then
      return entry - addr + offset
    end
  end
end

for _, vcpus in ipairs(boot.vcpus) do
  local options = { "--smp", tostring(vcpus) }

  describe("probes, on vCPUs: " .. vcpus, function()
    it("hear of each program that is executed and each process that ends, "
      .. "once", function()
      hears("processes", PROCESSES, options)
    end)

    it("hear of each signal that is sent, and drop what they will",
      function()
        hears("signals", SIGNALS, options)
      end)

    it("leave the kernel's locks alone when signals come from interrupts too",
      function()
        hears("timer", "hl.on_signal(function(e) add(signals) end)", options)
      end)

    it("see a kernel function's arguments, and replace its result",
      function()
        hears("kernel", KERNEL, options)
      end)

    it("see a program's function, its texts and result, and may wait",
      function()
        hears("programs", FILE:format "/bin/probes" .. PROGRAMS,
          options)
      end)

    it("find a program that comes later, before it runs", function()
      hears("late", FILE:format "/tmp/late" .. PROGRAMS, options)
    end)

    it("let a process be killed while a handler waits", function()
      hears("killed", [[
        hl.uprobe("/bin/probes", "probed", { comm_filter = "waiter" },
          function(e)
            local closed <close> = setmetatable({}, {
              __close = function() add(returns) end })
            add(calls)
            hl.sleep(1e9)
          end)]], options)
    end)

    local cycles = boot.times(3)

    it("come and go " .. cycles .. " times with the module, under load",
      function()
      check(boot.alone(COUNTS .. UNLOAD, "probes", { "unload", cycles },
        { "--timeout", "600", table.unpack(options) }))
    end)
  end)
end

-- The same guest.
local VCPUS = { "--smp", tostring(boot.vcpus[1]) }

describe("a probe", function()
  it("is placed by offset in a file without symbols, and may wait there",
    function()
      local offset = entry_of(boot.target .. "/busybox")
      local script = ([[
        hl.uprobe("/bin/busybox", %d, { comm_filter = "true" }, function(e)
          hl.sleep(1)
          hl.log("%%s begins", hl.portal.get_proc_args()[1])
        end)]]):format(offset)
      local result = boot.program(script, "/bin/true", {}, VCPUS)
      assert.are.equal(0, result.status, result.err)
      -- Debian's programs for it are Thumb code, and there it cannot be.
      local says = boot.arch == "armhf"
        and ": it is Thumb code, in which ARM's Linux places no uprobe"
        or "true begins\n"
      assert.is_truthy(result.err:find(says, 1, true), result.err)
    end)

  it("that cannot be placed is refused by name", function()
    local result = boot.program([[
      hl.kprobe("no_such_function", function() end)
      hl.kprobe("notify_die", function() end)
      hl.kretprobe("do_sys_openat2+4", function() end)
      hl.uprobe("/bin/busybox", "no_such_function", function() end)
      hl.uprobe("/dev/null", 0, function() end)]], "true", {}, VCPUS)
    assert.are.equal(0, result.status)
    local refused = {}
    for line in result.err:gmatch "error: ([^\n]*)" do
      refused[#refused + 1] = line:gsub(" %(.-%)", "")
    end
    assert.are.same({
      "kprobe no_such_function: the guest's kernel has no symbol of that name",
      "kprobe notify_die: the guest's kernel lets nobody probe it there",
      "kretprobe do_sys_openat2+4: the guest's kernel lets nobody probe it "
        .. "there",
      "uprobe /bin/busybox:no_such_function: the file has no symbol of that "
        .. "name",
      "uprobe /dev/null:0x0: the guest could not place it: Exec format error",
    }, refused)
  end)
end)
