-- SPDX-License-Identifier: GPL-2.0-or-later
-- The module comes and goes under load: no oops, no lost call.  #qemu
local boot = require "boot"

-- On x86 the kernel takes long to take a probe away; two vCPUs of malta run in
-- turn, and take a second of the guest's for a grace period.
local CYCLES = { mipsel = { 200, 50 }, x86_64 = { 20, 20 } }

-- With all system calls hooked.
local CYCLES_ALL = { mipsel = { 30, 10 }, x86_64 = { 5, 5 } }

local SCRIPT = [[
  hl.syscall("on_sys_ioctl_return", { arg_filter = { nil, 0x4806 } },
    function(s, fd, cmd, arg)
      hl.portal.write_int(arg + 4, hl.portal.read_int(arg))
      s.retval = 0
    end)]]

local ALL = SCRIPT .. [[

  hl.syscall("on_all_sys_enter", function() end)
  hl.syscall("on_all_sys_return", function() end)]]

local function survives(vcpus, script, cycles)
  local result = boot.program(script, "stress", { cycles },
    { "--smp", tostring(vcpus), "--timeout", "500" })
  assert.are.equal("ok\n", result.out, result.err)
  assert.are.equal(0, result.status)
  for _, bad in ipairs { "Oops", "BUG", "stall" } do
    assert.is_nil(result.err:find(bad), result.err)
  end
end

for _, vcpus in ipairs(boot.vcpus) do
  describe("the module, on vCPUs: " .. vcpus, function()
    local cycles = tostring(CYCLES[boot.arch][vcpus])
    local cycles_all = tostring(CYCLES_ALL[boot.arch][vcpus])

    it("loads and unloads " .. cycles .. " times while two processes loop on "
      .. "a hooked ioctl", function()
      survives(vcpus, SCRIPT, cycles)
    end)

    it("does so " .. cycles_all .. " times with all system calls hooked",
      function()
        survives(vcpus, ALL, cycles_all)
      end)
  end)
end
