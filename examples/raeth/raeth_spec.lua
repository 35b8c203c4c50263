-- SPDX-License-Identifier: GPL-2.0-or-later
-- Both scripts of this folder, without a guest:
--
--   build/bin/hyperlua test examples/raeth

local testing = require "hyperlua.testing"

local RAETH_ESW_REG_READ = 0x89F1
local ENODEV = 19

-- A guest whose program asks for a register; the struct that it asks with.
local function program(arch, script)
  local guest = testing.guest { arch = arch, script = script,
    process = { comm = "mtk7530_switch" } }
  local reg = guest.hl.struct "struct esw_reg { u32 off; u32 val; }"
  local ifr = guest.hl.struct "struct ifreq { char name[16]; void *data; }"

  local function ask(off, name)
    local at = guest:alloc(reg:pack { off = off })
    local retval, call = guest:syscall("ioctl", { 3, RAETH_ESW_REG_READ,
      guest:alloc(ifr:pack { name = name or "eth0", data = at }) },
      { retval = -ENODEV, regs = { sp = 0x7ffe0010 } })
    return retval, reg:read(at).val, call.skipped
  end

  return guest, ask
end

for _, arch in ipairs(testing.archs) do
  describe("raeth.lua on " .. arch, function()
    it("answers the registers it knows, and others", function()
      local guest, ask = program(arch, "raeth.lua")
      assert.are.same({ 0, 0x2, false }, { ask(0x34) })
      assert.are.same({ 0, 0x73, false }, { ask(0x90) })
      assert.are.same({ 0, 0x10173, false }, { ask(0x1234) })
      assert.are.same({
        "info: RAEth ioctl: reg=REG_ESW_WT_MAC_AD0, returning val=0x2",
        "info: RAEth ioctl: reg=REG_ESW_TABLE_STATUS0, returning val=0x73",
        "info: RAEth ioctl: reg=0x1234, returning val=0x10173",
      }, guest:log())
    end)

    it("leaves another interface to the kernel", function()
      local _, ask = program(arch, "raeth.lua")
      assert.are.same({ -ENODEV, 0, false }, { ask(0x34, "eth1") })
    end)
  end)

  describe("raeth_advanced.lua on " .. arch, function()
    it("answers one register before the kernel sees the call", function()
      local guest, ask = program(arch, "raeth_advanced.lua")
      assert.are.same({ 0, 0x2, true }, { ask(0x34) })
      assert.are.same({ -ENODEV, 0, false }, { ask(0x80) })
      assert.are.same({
        "info: Detected table_del polling for w_mac_done (sp=0x7ffe0010)",
        "info: Skipped the ioctl and set w_mac_done",
      }, guest:log())
    end)
  end)
end

describe("raeth.lua", function()
  it("lets a call with a bad pointer go on as it would", function()
    local guest = testing.guest { script = "raeth.lua" }
    local hole = guest:alloc(8) + 8
    assert.are.equal(-14, guest:syscall("ioctl", { 3, RAETH_ESW_REG_READ,
      hole }, { retval = -14 }))
    assert.are.same({}, guest:log())
  end)
end)
