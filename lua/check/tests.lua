-- SPDX-License-Identifier: GPL-2.0-or-later
-- A filter's tests that cannot all hold, so that nothing is ever matched.

-- The constants among the tests, by name; of a range, both ends.
local function constants(check, node)
  local values = {}
  for _, item in ipairs(node.items) do
    local name = item.key and item.key.value
    local what = check.infer:of(item.value)
    if name and what.value ~= nil then
      values[name] = what.value
    elseif name and what.items and #what.items.items == 2 then
      local first = check.infer:of(what.items.items[1].value).value
      local last = check.infer:of(what.items.items[2].value).value
      values[name] = math.type(first) and math.type(last) and { first, last }
        or nil
    end
  end
  return values
end

-- Negative numbers are compared in another way: nothing is said of them.
local function are_plain(values)
  for _, value in pairs(values) do
    local least = type(value) == "table" and math.min(value[1], value[2])
      or value
    if type(least) == "number" and least < 0 then
      return false
    end
  end
  return true
end

-- Each says whether the one given number passes.
local HOLDS = {
  ne = function(number, ne) return number ~= ne end,
  lt = function(number, lt) return number < lt end,
  gt = function(number, gt) return number > gt end,
  range = function(number, range)
    return number >= range[1] and number <= range[2]
  end,
  outside = function(number, outside)
    return number < outside[1] or number > outside[2]
  end,
  set = function(number, bits) return number & bits == bits end,
  clear = function(number, bits) return number & bits == 0 end,
}

local TEXTS = {
  prefix = function(text, part) return text:sub(1, #part) == part end,
  suffix = function(text, part)
    return part == "" or text:sub(-#part) == part
  end,
  contains = function(text, part) return text:find(part, 1, true) ~= nil end,
}

-- The smallest and the largest that lt, gt and range leave.
local function bounds(values)
  local first, last = 0, math.maxinteger
  if values.gt then
    first = values.gt + 1
  end
  if values.lt then
    last = values.lt - 1
  end
  if values.range then
    first = math.max(first, values.range[1])
    last = math.min(last, values.range[2])
  end
  return first, last
end

-- The two tests that exclude one another, or nil.
local function clash(values)
  for name, holds in pairs(values.eq and not values.mask and HOLDS or {}) do
    if values[name] ~= nil and not holds(values.eq, values[name]) then
      return "eq", name
    end
  end
  for name, holds in pairs(values.text and TEXTS or {}) do
    if values[name] and not holds(values.text, values[name]) then
      return "text", name
    end
  end
  if values.set and values.clear and values.set & values.clear ~= 0 then
    return "set", "clear"
  end
  local first, last = bounds(values)
  if first > last then
    return values.range and "range" or "gt",
      values.lt and "lt" or "gt"
  end
  local outside = values.outside
  if outside and outside[1] <= first and outside[2] >= last then
    return values.range and "range" or "lt", "outside"
  end
end

return function(check, node, what)
  local values = constants(check, node)
  if are_plain(values) then
    local one, other = clash(values)
    if one then
      check:say(node, "%s can match nothing: %s and %s cannot both hold", what,
        one, other)
    end
  end
end
