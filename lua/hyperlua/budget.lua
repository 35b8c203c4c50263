-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.budget: how long a handler may run before it is stopped.

local core = require "hyperlua.core"
local misuse = require "hyperlua.misuse"

local KEYS = { ms = { 1, 60000 }, instructions = { 1000, math.maxinteger } }

--- Of each handler of these scripts, from one wait to the next: the time it may
--- take, and the instructions of Lua's it may run.  What goes beyond is stopped
--- with an error.  Does not wait.
---@param budget? table  ms, default 100; instructions, default 50,000,000
---@return table budget  as it is from now on
return function(budget)
  if budget ~= nil and type(budget) ~= "table" then
    misuse.raise("hl.budget takes a table such as { ms = 200 }, not %s",
      type(budget))
  end
  for key, value in pairs(budget or {}) do
    if not KEYS[key] then
      misuse.raise("hl.budget has no %s: there are ms, instructions",
        tostring(key))
    end
    misuse.integer("hl.budget: " .. key, value, table.unpack(KEYS[key]))
  end
  budget = budget or {}
  local ms, instructions = core.budget(budget.ms, budget.instructions)
  return { ms = ms, instructions = instructions }
end
