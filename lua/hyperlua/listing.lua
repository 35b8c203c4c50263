-- SPDX-License-Identifier: GPL-2.0-or-later
-- Lists of records that a console shows as a table, a line each (show.lua).

local setmetatable = setmetatable

-- The columns that are shown, by list.
local columns = setmetatable({}, { __mode = "k" })

local listing = {}

--- list, whose records are shown by these fields in this order.
function listing.new(list, names)
  columns[list] = names
  return list
end

--- The fields to show, or nil: it is a table like any other.
function listing.columns(list)
  return columns[list]
end

return listing
