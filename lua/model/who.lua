-- SPDX-License-Identifier: GPL-2.0-or-later
-- Which processes asked, for comments.

local NAMED_MOST = 4

local Who = {}
Who.__index = Who

function Who:add(line)
  local name = ("%s (%d)"):format(line.comm, line.pid)
  if self.known[name] then
    return
  elseif #self == NAMED_MOST then
    self.are_more = true
    return
  end
  self.known[name] = true
  self[#self + 1] = name
end

function Who:text()
  return table.concat(self, ", ") .. (self.are_more and ", ..." or "")
end

return function()
  return setmetatable({ known = {} }, Who)
end
