-- SPDX-License-Identifier: GPL-2.0-or-later
-- Programs of 32 bits on a kernel of 64, hooked by the same names.  #qemu
local boot = require "boot"

-- MIPS counts its calls from another number, and has no addresses with bit 31.
local MIPS = boot.arch == "mips64el"

local SCRIPT = [[
  local p = hl.portal
  local function must(what, condition)
    if not condition then error(what, 2) end
  end
  hl.syscall("on_sys_ioctl_enter", { arg_filter = { nil, 0x80044830 } },
    function(s, fd, cmd, arg)
      must("fd", fd == 0xffffffff and s.args[1] == fd)
      must("command", cmd == 0x80044830)
      must("argument", arg >> 31 == (MIPS and 0 or 1))
      must("number", s.number == (MIPS and 4054 or 54))
      must("compat", s.compat == true)
      local to, value = p.read_ptr(arg), p.read_int(arg + 4)
      p.write_ptr(arg + 4, p.read_ptr(to))
      p.write_ptr(to, value)
      s.skip_syscall, s.retval = true, 77
    end)
  hl.syscall("on_sys_openat_enter", { arg_filter = { nil, "/compat/file" } },
    function(s, dir)
      must("dir", s.compat == (s.comm == "compat") and dir == 0xffffff9c)
      s.skip_syscall = true
      s.retval = s.compat and 33 or -hl.errno.EXDEV
    end)
  hl.syscall("on_sys_read_return", { arg_filter = { -16, nil, 5 },
    retval_filter = "error" },
    function(s, fd, to, count)
      must("fd", fd == 0xfffffff0)
      must("result", s.retval == -hl.errno.EBADF)
      s.retval = p.write_bytes(to, "hello")
    end)
  hl.syscall("on_sys_copy_file_range_enter", { arg_filter = { [6] = -6 } },
    function(s, ...)
      local last = 0xffffffff
      for i, arg in ipairs { ... } do
        must("argument " .. i, arg == last and s.args[i] == last)
        last = last - 1
      end
      s.skip_syscall, s.retval = true, -75
    end)]]

describe("a program of 32 bits", function()
  it("is hooked as those of 64 are, with words of its own", function()
    local path = boot.script(('local hl = require "hyperlua"\n'
      .. "local MIPS = %s\n%s"):format(MIPS, SCRIPT))
    local result = boot.run({ "--script", path, "--add", boot.guest
      .. "/compat:/bin/compat" }, { "sh", "-c",
      "compat && cat /compat/file" })
    os.remove(path)
    assert.are.same({ status = 1, out = "ok\n" },
      { status = result.status, out = result.out }, result.err)
    -- The shell's cat has 64 bits, and passes the same hook.
    assert.matches("cat: can't open '/compat/file': Invalid cross%-device "
      .. "link\n", result.err)
    assert.is_nil(result.err:find("error:", 1, true), result.err)
  end)
end)
