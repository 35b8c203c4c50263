-- SPDX-License-Identifier: GPL-2.0-or-later
-- The archive's newest QEMU, as it is.  #qemu
local boot = require "boot"

describe("the newest stock QEMU, unpatched", function()
  it("runs the example with the same plugin file", function()
    local result = boot.run({ "--qemu", boot.target .. "/qemu-stock",
      "--script", boot.source .. "/examples/raeth/raeth.lua", "--add",
      boot.build .. "/examples/" .. boot.arch .. "/mtk7530_switch:/bin/" },
      { "mtk7530_switch" })
    assert.are.equal("done.\n", result.out, result.err)
    assert.are.equal(0, result.status)
    assert.is_truthy(result.err:find("hyperlua: info: RAEth ioctl: "
      .. "reg=REG_ESW_WT_MAC_AD0, returning val=0x2\n", 1, true))
  end)
end)
