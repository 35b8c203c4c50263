-- SPDX-License-Identifier: GPL-2.0-or-later
-- Errors for what a script passed: they blame its line, however deep in our
-- own modules the check is.

local misuse = {}

-- The nearest line that is not ours: "raeth.lua:20: ".
local function blamed()
  local level = 3
  local info = debug.getinfo(level, "Sl")
  while info do
    if info.currentline > 0 and not info.short_src:find "^hyperlua/" then
      return ("%s:%d: "):format(info.short_src, info.currentline)
    end
    level = level + 1
    info = debug.getinfo(level, "Sl")
  end
  return ""
end

--- Raises; with more arguments, text is a format as in string.format.
function misuse.raise(text, ...)
  error(blamed() .. text:format(...), 0)
end

--- An integer, or raises.
---@param name string  the function's, and what it is: "portal.of: the pid"
---@param value any
---@param min? integer
---@param max? integer
---@return integer
function misuse.integer(name, value, min, max)
  local integer = math.tointeger(value)
  if not integer then
    misuse.raise("%s must be an integer, not %s", name, tostring(value))
  elseif min and (integer < min or integer > max) then
    misuse.raise("%s must be from %d to %d, not %d", name, min, max, integer)
  end
  return integer
end

return misuse
