-- SPDX-License-Identifier: GPL-2.0-or-later
-- What a line of the host's shell prints.

---@param command string
---@return string
return function(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "a"
  pipe:close()
  return text
end
