-- SPDX-License-Identifier: GPL-2.0-or-later
local testing = require "hyperlua.testing"

for _, arch in ipairs(testing.archs) do
  describe("the clock on " .. arch, function()
    local guest, io, time, at, clock
    before_each(function()
      guest = testing.guest { arch = arch, models = "." }
      io = guest.hl.ioctl
      time = guest.hl.struct [[struct rtc_time {
        int sec, min, hour, mday, mon, year, wday, yday, isdst; }]]
      at, clock = guest:alloc(time.size), guest:open "/dev/rtc0"
    end)

    -- Its date and hour: the seconds are the host's.
    local function read()
      assert.are.equal(0, clock:ioctl(io.IOR("p", 9, time), at))
      local t = time:read(at)
      return ("%d-%02d-%02d %02d:%02d"):format(t.year + 1900, t.mon + 1, t.mday,
        t.hour, t.min)
    end

    it("begins in 2001", function()
      assert.are.equal("2001-02-03 04:05", read())
    end)

    it("is set, and goes on from there", function()
      time:write(at, { year = 130, mon = 0, mday = 2, hour = 3, min = 4,
        sec = 5 })
      assert.are.equal(0, clock:ioctl(io.IOW("p", 10, time), at))
      assert.are.equal("2030-01-02 03:04", read())
    end)

    it("gives EFAULT for memory that is not there", function()
      assert.are.same({ nil, "EFAULT" },
        { clock:ioctl(io.IOW("p", 10, time), at + 8) })
      assert.are.same({ nil, "EFAULT" },
        { clock:ioctl(io.IOR("p", 9, time), 0) })
    end)
  end)
end
