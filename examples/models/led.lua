-- SPDX-License-Identifier: GPL-2.0-or-later
-- A LED that firmware switches, or lets blink by a trigger.
--
--   examples/models/run sh -c 'brightnessctl -m -d power:green set 50%;
--     cd /sys/class/leds/power:green; cat brightness trigger;
--     echo heartbeat >trigger; cat trigger'
--
-- shows
--
--   hyperlua: info: power:green: 128 of 255
--   hyperlua: info: power:green: heartbeat
--   power:green,leds,128,50%,255
--   128
--   [none] timer heartbeat
--   none timer [heartbeat]

local hl = require "hyperlua"

local FOLDER = "/sys/class/leds/power:green/"
local TRIGGERS = "none timer heartbeat\n"
local brightness, trigger = "0", "none"

-- As much of a text as is read; nothing at its end.
local function part(text, length, offset)
  return text:sub(offset + 1, offset + length)
end

return {
  [FOLDER .. "max_brightness"] = { read = "255\n" },
  [FOLDER .. "brightness"] = { size = 4096,
    read = function(_, ...) return part(brightness .. "\n", ...) end,
    write = function(_, data)
      local value = data:match "^%d+"
      if not value then return -hl.errno.EINVAL end
      brightness = value
      hl.log("power:green: %s of 255", value)
      return #data
    end },
  [FOLDER .. "trigger"] = { size = 4096,
    read = function(_, ...)
      return part(TRIGGERS:gsub(trigger, "[%0]"), ...)
    end,
    write = function(_, data)
      local word = data:match "^%l+"
      if not word or not TRIGGERS:find(word) then return -hl.errno.EINVAL end
      trigger = word
      hl.log("power:green: %s", word)
      return #data
    end },
}
