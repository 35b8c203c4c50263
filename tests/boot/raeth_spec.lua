-- SPDX-License-Identifier: GPL-2.0-or-later
-- The example of the README, the same on a stock QEMU, and the other example
-- of system calls.  #qemu
local boot = require "boot"

describe("examples/raeth/run", function()
  it("fails without the script and is done with each of the two", function()
    local result = boot.shell { boot.source .. "/examples/raeth/run" }
    assert.are.equal(0, result.status, result.out .. result.err)
  end)
end)

describe("the newest stock QEMU, unpatched", function()
  it("runs the example with the same plugin file", function()
    local result = boot.run({ "--qemu", boot.target .. "/qemu-stock",
      "--script", boot.source .. "/examples/raeth/raeth.lua", "--add",
      boot.build .. "/examples/raeth/mtk7530_switch:/bin/mtk7530_switch" },
      { "mtk7530_switch" })
    assert.are.equal("done.\n", result.out, result.err)
    assert.are.equal(0, result.status)
    assert.is_truthy(result.err:find("hyperlua: info: RAEth ioctl: "
      .. "reg=REG_ESW_WT_MAC_AD0, returning val=0x2\n", 1, true))
  end)
end)

describe("examples/ioctl_interaction/run", function()
  it("shows what the head of its script says", function()
    local folder = boot.source .. "/examples/ioctl_interaction/"
    local file = assert(io.open(folder .. "ioctl_interaction.lua"))
    local head = file:read("a"):match "^.-\n\n"
    file:close()
    local shown, wanted = "", ""
    local result = boot.shell { folder .. "run" }
    for line in result.err:gmatch "hyperlua: info: [^\n]*\n" do
      shown = shown .. (line:find "guest: " and "" or line)
    end
    for line in head:gmatch "%-%-   (hyperlua: [^\n]*\n)" do
      wanted = wanted .. line
    end
    local function without_numbers(text)
      return (text:gsub("%[%d+%]", "[N]"):gsub("pid: %d+", "pid: N"))
    end
    assert.are.equal(without_numbers(wanted), without_numbers(shown),
      result.err)
    assert.are.same({ status = 0, out = "interface: test, data: 0x12345678\n" },
      { status = result.status, out = result.out })
  end)
end)
