-- SPDX-License-Identifier: GPL-2.0-or-later
-- Two pins in /sys/class/gpio, wired together: 17 is set, and 18 hears of it.
--
--   examples/models/run perl -e 'chdir "/sys/class/gpio";
--     print `cat gpio17/direction gpio18/direction gpio18/edge`;
--     open F, "gpio18/value"; sysread F, $v, 2; print "now $v";
--     vec($pin, fileno F, 1) = 1; system "echo 1 >gpio17/value &";
--     print "changed: ", scalar select(undef, undef, $pin, 9), "\n";
--     sysseek F, 0, 0; sysread F, $v, 2; print "now $v"'
--
-- shows
--
--   out
--   in
--   both
--   now 0
--   changed: 1
--   now 1

local hl = require "hyperlua"

local level, changes, waiting = "0", 0, nil
local NORMAL, CHANGED = 0x1, 0xa  -- EPOLLIN; EPOLLPRI | EPOLLERR, as in sysfs
local NO_TERMINAL = -hl.errno.ENOTTY

-- A program reads the value, and polls for the next change.
local function read(file, length, offset)
  file.state.seen = changes
  return (level .. "\n"):sub(offset + 1, offset + length)
end

return {
  ["/sys/class/gpio/gpio17/direction"] = { read = "out\n" },
  ["/sys/class/gpio/gpio17/value"] = { size = 4096, ioctl = NO_TERMINAL,
    read = read,
    write = function(_, data)
      level, changes = data:match "[01]" or level, changes + 1
      if waiting then waiting:wake() end
      return #data
    end },
  ["/sys/class/gpio/gpio18/direction"] = { read = "in\n" },
  ["/sys/class/gpio/gpio18/edge"] = { read = "both\n" },
  ["/sys/class/gpio/gpio18/value"] = { size = 4096, ioctl = NO_TERMINAL,
    read = read,
    poll = function(file)
      waiting = file.node
      return file.state.seen == changes and NORMAL or NORMAL | CHANGED
    end },
}
