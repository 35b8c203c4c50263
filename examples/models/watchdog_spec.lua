-- SPDX-License-Identifier: GPL-2.0-or-later
local testing = require "hyperlua.testing"

for _, arch in ipairs(testing.archs) do
  describe("the watchdog on " .. arch, function()
    local guest, io, dog, int
    before_each(function()
      guest = testing.guest { arch = arch, models = ".",
        process = { comm = "wdctl" } }
      io = guest.hl.ioctl
      dog, int = guest:open "/dev/watchdog", guest:alloc(4)
    end)

    it("says who it is", function()
      local info = guest.hl.struct [[struct watchdog_info {
        u32 options, firmware_version; char identity[32]; }]]
      local at = guest:alloc(info.size)
      assert.are.equal(0, dog:ioctl(io.IOR("W", 0, info), at))
      assert.are.same({ options = 0x8180, firmware_version = 1,
        identity = "HyperLua" }, info:read(at))
    end)

    it("counts down, until it is fed", function()
      local KEEPALIVE, GETTIMELEFT = io.IOR("W", 5, 4), io.IOR("W", 10, 4)
      guest:advance(25000)
      assert.are.equal(0, dog:ioctl(GETTIMELEFT, int))
      assert.are.equal(35, guest:peek_int(int))
      assert.are.equal(0, dog:ioctl(KEEPALIVE))
      dog:ioctl(GETTIMELEFT, int)
      assert.are.equal(60, guest:peek_int(int))
    end)

    it("takes another timeout", function()
      local SETTIMEOUT, GETTIMEOUT = io.IOWR("W", 6, 4), io.IOR("W", 7, 4)
      guest:poke_int(int, 30)
      assert.are.equal(0, dog:ioctl(SETTIMEOUT, int))
      assert.are.equal(0, dog:ioctl(GETTIMEOUT, int))
      assert.are.equal(30, guest:peek_int(int))
      assert.are.same({ nil, "EFAULT" }, { dog:ioctl(GETTIMEOUT, 0) })
    end)

    it("says how it was left", function()
      dog:write "V"
      dog:close()
      guest:open("/dev/watchdog"):close()
      assert.are.same({ "info: watchdog: wdctl stopped it",
        "info: watchdog: wdctl left it running, which is a reset soon" },
        guest:log())
    end)
  end)
end
