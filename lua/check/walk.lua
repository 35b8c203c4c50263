-- SPDX-License-Identifier: GPL-2.0-or-later
-- Goes through a tree of parse.lua.

-- Where a node has others, in the order of the source.
local ONE = { "base", "key", "a", "b", "value" }
local MANY = { "targets", "values", "args", "items", "bodies", "body" }

local walk = {}

local function each(node, visit)
  if not node.kind then         -- a list of statements
    for _, child in ipairs(node) do
      visit(child)
    end
    return
  end
  for _, field in ipairs(ONE) do
    if type(node[field]) == "table" then
      visit(node[field])
    end
  end
  for _, field in ipairs(MANY) do
    for _, child in ipairs(node[field] or {}) do
      visit(child)
    end
  end
end

--- Calls enter(node) for a node and all below it; what is below one for which
--- it gives false is left out.
---@param node table
---@param enter fun(node: table): boolean?
function walk.all(node, enter)
  if not node.kind or enter(node) ~= false then
    each(node, function(child) walk.all(child, enter) end)
  end
end

--- As all, for what is in a function's body.
function walk.body(node, enter)
  for _, statement in ipairs(node.body) do
    walk.all(statement, enter)
  end
end

return walk
