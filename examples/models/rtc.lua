-- SPDX-License-Identifier: GPL-2.0-or-later
-- A real-time clock that begins in 2001, and ticks when it is waited for.
--
--   examples/models/run sh -c '/sbin/hwclock -r;
--     /sbin/hwclock --set --date "2030-01-02 03:04:05"; /sbin/hwclock -r'
--
-- shows, with other fractions of a second,
--
--   2001-02-03 04:05:05.974782+00:00
--   2030-01-02 03:04:04.969706+00:00

local hl = require "hyperlua"

local TIME = hl.struct [[struct rtc_time {
  int sec, min, hour, mday, mon, year, wday, yday, isdst;
}]]
local ahead  -- of the host's clock, in seconds

local function set(date)
  local host = os.date "!*t"
  date.isdst, host.isdst = false, false
  ahead = os.time(date) - os.time(host)
end

local rtc = { size = 0, ioctl = {
  -- RTC_UIE_ON and _OFF: a program polls for the next second, which is now.
  [hl.ioctl.IO("p", 3)] = 0, [hl.ioctl.IO("p", 4)] = 0,
  [hl.ioctl.IOR("p", 9, TIME)] = function(_, _, arg)    -- RTC_RD_TIME
    if not ahead then
      set { year = 2001, month = 2, day = 3, hour = 4, min = 5, sec = 6 }
    end
    local t = os.date("!*t", os.time() + ahead)
    return TIME:write(arg, { sec = t.sec, min = t.min, hour = t.hour,
      mday = t.day, mon = t.month - 1, year = t.year - 1900,
      wday = t.wday - 1, yday = t.yday - 1, isdst = 0 })
      and 0 or -hl.errno.EFAULT
  end,
  [hl.ioctl.IOW("p", 10, TIME)] = function(_, _, arg)   -- RTC_SET_TIME
    local t = TIME:read(arg)
    if not t then return -hl.errno.EFAULT end
    set { year = t.year + 1900, month = t.mon + 1, day = t.mday,
      hour = t.hour, min = t.min, sec = t.sec }
    return 0
  end,
} }

return { ["/dev/rtc0"] = rtc, ["/dev/rtc"] = rtc }
