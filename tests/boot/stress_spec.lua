-- SPDX-License-Identifier: GPL-2.0-or-later
-- The module comes and goes under load: no oops, no lost call.  #qemu
local boot = require "boot"

-- With all system calls hooked, fewer: most kernels take long to take a probe
-- away.
local CYCLES, CYCLES_ALL = boot.times(4), boot.times(2)

local VCPUS = os.getenv "HL_VCPUS" and boot.vcpus or { boot.most_vcpus }

local SCRIPT = [[
  hl.syscall("on_sys_ioctl_return", { arg_filter = { nil, 0x4806 } },
    function(s, fd, cmd, arg)
      hl.portal.write_int(arg + 4, hl.portal.read_int(arg))
      s.retval = 0
    end)]]

local ALL = SCRIPT .. [[

  hl.syscall("on_all_sys_enter", function() end)
  hl.syscall("on_all_sys_return", function() end)]]

-- All vCPUs stop for each probe that is taken away: not many of them.
for _, case in ipairs { { "a hooked ioctl", VCPUS, SCRIPT, CYCLES },
  { "it, with all system calls hooked", boot.vcpus, ALL, CYCLES_ALL } } do
  local what, list, script, cycles = table.unpack(case)
  for _, vcpus in ipairs(list) do
    it(("the module loads and unloads %s times while two processes loop on %s, "
      .. "on vCPUs: %s"):format(cycles, what, vcpus), function()
        local result = boot.alone(script, "stress", { cycles },
          { "--smp", tostring(vcpus), "--timeout", "500" })
        assert.are.equal("ok\n", result.out, result.err)
        assert.are.equal(0, result.status)
        for _, bad in ipairs { "Oops", "BUG", "stall" } do
          assert.is_nil(result.err:find(bad), result.err)
        end
      end)
  end
end
