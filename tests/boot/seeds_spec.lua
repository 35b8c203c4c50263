-- SPDX-License-Identifier: GPL-2.0-or-later
-- The three programs of the original Portal's documentation, as examples/ has
-- them: guest/seeds.c checks its memory from inside, byte by byte.  #qemu
local boot = require "boot"

local function run(name, example, args)
  local file = assert(io.open(boot.source .. "/examples/" .. example .. ".lua"))
  local text = file:read "a"
  file:close()
  return boot.program(text, "seeds", { name, table.unpack(args or {}) })
end

-- What the script logged, without what the engine says of itself.
local function lines_of(err)
  local lines = {}
  for line in err:gmatch "hyperlua: ([^\n]*)" do
    local own = line:find "^info: guest: " or line:find "^info: reloaded: "
    lines[#lines + 1] = not own and line or nil
  end
  return lines
end

describe("the script", function()
  it("raeth answers each register, and only those of eth0", function()
    local result = run("raeth", "raeth/raeth")
    assert.are.same({ status = 0, out = "ok\n" },
      { status = result.status, out = result.out }, result.err)
    assert.are.same({
      "info: RAEth ioctl: reg=REG_ESW_WT_MAC_AD0, returning val=0x2",
      "info: RAEth ioctl: reg=REG_ESW_WT_MAC_ATC, returning val=0x8234",
      "info: RAEth ioctl: reg=REG_ESW_TABLE_STATUS0, returning val=0x73",
      "info: RAEth ioctl: reg=0x84, returning val=0x10173",
    }, lines_of(result.err))
  end)

  it("raeth_advanced skips one call of one program", function()
    local result = run("advanced", "raeth/raeth_advanced")
    assert.are.same({ status = 0, out = "ok\n" },
      { status = result.status, out = result.out }, result.err)
    local lines = lines_of(result.err)
    assert.matches("^info: Detected table_del polling for w_mac_done "
      .. "%(sp=0x%x+%)$", lines[1])
    assert.are.same({ lines[1], "info: Skipped the ioctl and set w_mac_done" },
      lines)
  end)

  it("ioctl_interaction writes, reads back, and says who asks", function()
    local result = run("interaction", "ioctl_interaction/ioctl_interaction",
      { "two words", "" })
    assert.are.equal(0, result.status, result.err)
    local pid = result.out:match "^pid (%d+)\nok\n$"
    assert.is_truthy(pid, result.out)
    local lines = lines_of(result.err)
    assert.matches("^info: FD: socket:%[%d+%]$", lines[3])
    assert.are.same({ "info: Interface: eth0", "info: Data: 0x1234", lines[3],
      "info: Found process: seeds interaction two words ",
      "info: Found env: HOME=/root TERM=linux", "info: Found pid: " .. pid },
      lines)
  end)
end)
