-- SPDX-License-Identifier: GPL-2.0-or-later
-- "raeth.lua:20": where a script called one of our functions.

--- The nearest line of Lua above level: pcall or coroutine.wrap may have
--- called us.  level counts as in debug.getinfo, from the caller of this.
return function(level)
  level = level + 1
  local info = debug.getinfo(level, "Sl")
  while info and info.currentline < 0 do
    level = level + 1
    info = debug.getinfo(level, "Sl")
  end
  return info and ("%s:%d"):format(info.short_src, info.currentline) or "?"
end
