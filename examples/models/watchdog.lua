-- SPDX-License-Identifier: GPL-2.0-or-later
-- A watchdog that says who holds it, counts down, and never bites.
--
--   examples/models/run sh -c 'wdctl; mkdir -p /var/run /var/log/watchdog;
--     printf "watchdog-%s\n" device=/dev/watchdog timeout=30 >w.conf;
--     timeout 3 /usr/sbin/watchdog -F -c w.conf 2>/dev/null; wdctl -FI'
--
-- shows
--
--   hyperlua: info: watchdog: wdctl stopped it
--   hyperlua: info: watchdog: watchdog stopped it
--   hyperlua: info: watchdog: wdctl stopped it
--   Device:        /dev/watchdog
--   Identity:      HyperLua [version 1]
--   Timeout:       60 seconds
--   Timeleft:      60 seconds
--   FLAG           DESCRIPTION               STATUS BOOT-STATUS
--   KEEPALIVEPING  Keep alive ping reply          0           0
--   MAGICCLOSE     Supports magic close char      0           0
--   SETTIMEOUT     Set timeout (in seconds)       0           0
--   Timeout:       30 seconds
--   Timeleft:      30 seconds

local hl = require "hyperlua"

local INFO = hl.struct [[struct watchdog_info { u32 options, firmware_version;
  char identity[32]; }]]
local timeout, fed = 60, 0

local function feed() fed = hl.clock() return 0 end
local function give_timeout(_, _, arg)
  return hl.portal.write_int(arg, timeout) and 0 or -hl.errno.EFAULT
end
local function give_left(_, _, arg)
  local left = math.max(0, fed + timeout - hl.clock())
  return hl.portal.write_int(arg, math.ceil(left)) and 0 or -hl.errno.EFAULT
end
local give_zero = hl.models.write_data("\0\0\0\0")

return { ["/dev/watchdog"] = { size = 0, open = feed,
  write = function(file, data)
    file.state.magic = data:find "V" ~= nil
    return #data + feed()
  end,
  release = function(file)
    hl.log("watchdog: %s %s", file.comm, file.state.magic and "stopped it"
      or "left it running, which is a reset soon")
  end,
  ioctl = {
    [hl.ioctl.IOR("W", 0, INFO)] = hl.models.write_data(INFO:pack {
      identity = "HyperLua", firmware_version = 1,
      options = 0x8180 }),    -- KEEPALIVEPING, MAGICCLOSE, SETTIMEOUT
    [hl.ioctl.IOR("W", 1, 4)] = give_zero,      -- WDIOC_GETSTATUS
    [hl.ioctl.IOR("W", 2, 4)] = give_zero,      -- WDIOC_GETBOOTSTATUS
    [hl.ioctl.IOR("W", 5, 4)] = feed,           -- WDIOC_KEEPALIVE
    [hl.ioctl.IOWR("W", 6, 4)] = function(_, _, arg)    -- WDIOC_SETTIMEOUT
      timeout = hl.portal.read_int(arg) or timeout
      return give_timeout(_, _, arg)
    end,
    [hl.ioctl.IOR("W", 7, 4)] = give_timeout,   -- WDIOC_GETTIMEOUT
    [hl.ioctl.IOR("W", 10, 4)] = give_left,     -- WDIOC_GETTIMELEFT
  } } }
