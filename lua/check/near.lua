-- SPDX-License-Identifier: GPL-2.0-or-later
-- "did you mean": the name that a misspelt one is nearest to.

-- How many letters must be added, dropped, changed or swapped.
local function distance(a, b)
  local before, row = nil, {}
  for j = 0, #b do
    row[j] = j
  end
  for i = 1, #a do
    local next_row = { [0] = i }
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      next_row[j] = math.min(row[j] + 1, next_row[j - 1] + 1,
        row[j - 1] + cost)
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1)
        and a:byte(i - 1) == b:byte(j) then
        next_row[j] = math.min(next_row[j], before[j - 2] + 1)
      end
    end
    before, row = row, next_row
  end
  return row[#b]
end

--- ": did you mean 'read_int'?", or "" when none of the names is near.
---@param name string
---@param names string[]
---@return string text
return function(name, names)
  local best, least = nil, math.max(1, #name // 3) + 1
  for _, other in ipairs(names) do
    local far = distance(name:lower(), other:lower())
    if far < least then
      best, least = other, far
    end
  end
  return best and (": did you mean '%s'?"):format(best) or ""
end
