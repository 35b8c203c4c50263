-- SPDX-License-Identifier: GPL-2.0-or-later
-- Handlers and a real kernel: each program in guest/ checks from inside what
-- happened, and exits with 0 if it was right.  #qemu
local boot = require "boot"

-- The two registers that guest/registers.c fills.
local REGISTERS = { x86_64 = '"r12", "rsi"', aarch64 = '"x19", "x1"',
  armhf = '"r5", "r1"' }

local function passed(result)
  assert.are.same({ status = 0, out = "ok\n" },
    { status = result.status, out = result.out }, result.err)
end

describe("a handler", function()
  it("reads and writes all memory that its process can", function()
    passed(boot.program(([[
      local p, word = hl.portal, %d
      hl.syscall("on_sys_ioctl_return", { arg_filter = { nil, 0x4801 } },
        function(syscall, fd, cmd, from)
          -- struct { from, to, size } : copy through the portal
          local source, to = p.read_ptr(from), p.read_ptr(from + word)
          local size = p.read_int(from + 2 * word)
          local bytes, why, part = p.read_bytes(source, size)
          local done, why2, part2 = p.write_bytes(to, bytes or part)
          p.write_ptr(from + 3 * word, done or part2)
          syscall.retval = (why or why2) and -14 or 0
        end)]]):format(boot.word), "memory"))
  end)

  it("changes, skips and answers system calls", function()
    passed(boot.program(([[
      hl.syscall("on_sys_ioctl_enter", { arg_filter = { nil, 0x4802 } },
        function(s) s.skip_syscall, s.retval = true, 77 end)
      hl.syscall("on_sys_ioctl_return", { arg_filter = { nil, 0x4803 } },
        function(s) s.retval = -75 end)
      hl.syscall("on_sys_dup_enter", { arg_filter = { 1000 } },
        function(s) s.args[1] = 0 end)
      hl.syscall("on_sys_getppid_return", { comm_filter = "calls" },
        function(s) s.retval = s.retval + 1000 end)
      hl.syscall("on_sys_getppid_return", { comm_filter = "other" },
        function(s) s.retval = 5 end)
      hl.syscall("on_sys_%s_enter", { arg_filter = { [5] = 0x77, [6] = 9 } },
        function(s, a, b, c, d, e, f)
          s.skip_syscall = true
          s.retval = (e == 0x77 and f == 9) and 4242 or 1
        end)]]):format(boot.word == 8 and "mmap" or "mmap2"), "calls"))
  end)

  it("sees the user's registers", function()
    passed(boot.program(([[
      local word, kept, command = %d, %s
      hl.syscall("on_sys_ioctl_enter", { arg_filter = { nil, 0x4804 } },
        function(s, fd, cmd, arg)
          local regs = s.regs
          hl.portal.write_ptr(arg, regs.sp)
          hl.portal.write_ptr(arg + word, regs.pc)
          hl.portal.write_ptr(arg + 2 * word, regs[kept])
          hl.portal.write_ptr(arg + 3 * word, regs[command])
          s.skip_syscall = true
        end)]]):format(boot.word, REGISTERS[boot.arch] or '"s3", "a1"'),
      "registers"))
  end)

  it("that raises leaves the call as it was, and is reported", function()
    local result = boot.program([[
      hl.syscall("on_sys_getppid_return", { comm_filter = "calls" }, function(s)
        s.retval = 12345
        local x = hl.nothing.here
      end)]], "calls", { "raise" })
    passed(result)
    assert.matches("hyperlua: error: [^\n]*%.lua:4: attempt to index a nil "
      .. "value %(field 'nothing'%), in on_sys_getppid_return "
      .. "%([^\n]*%.lua:2%), for pid %d+ %(calls%); the call goes on as if "
      .. "unhooked\n", result.err)
  end)

  it("is closed when its process is killed", function()
    local result = boot.program([[
      hl.syscall("on_sys_ioctl_return", { arg_filter = { nil, 0x4807 } },
        function(s, fd, cmd, arg)
          local _ <close> = setmetatable({}, { __close = function()
            hl.log "closed"
          end })
          hl.portal.write_int(arg, 1)
          while true do hl.portal.read_int(arg) end
        end)]], "killed")
    passed(result)
    assert.is_truthy(result.err:find("hyperlua: info: closed\n", 1, true))
    assert.is_nil(result.err:find("error:", 1, true), result.err)
  end)

  it("that waits for a page lets other processes go on", function()
    passed(boot.program([[
      hl.syscall("on_sys_ioctl_return", { arg_filter = { nil, 0x4805 } },
        function(s, fd, cmd, arg)
          s.retval = hl.portal.read_int(arg) or -14
        end)]], "waiting"))
  end)
end)

describe("a program of the guest", function()
  it("that executes the doorbell itself changes nothing", function()
    passed(boot.program("", "impostor"))
  end)
end)
