-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.budget: how long a handler may run before it is stopped.

local core = require "hyperlua.core"
local misuse = require "hyperlua.misuse"

local KEYS = { ms = { 1, 60000 }, instructions = { 1000, math.maxinteger },
  memory = { 16, 65536 } }

--- Of each handler of these scripts, from one wait to the next: the time it may
--- take, and the instructions of Lua's it may run; and the memory that all of
--- them may have together.  What goes beyond is stopped with an error.
--- Does not wait.
---@param budget? table  ms, default 100; instructions, default 1,000,000,000;
---  memory, in MiB, default 256
---@return table budget  as it is from now on
return function(budget)
  if budget ~= nil and type(budget) ~= "table" then
    misuse.raise("hl.budget takes a table such as { ms = 200 }, not %s",
      type(budget))
  end
  for key, value in pairs(budget or {}) do
    if not KEYS[key] then
      misuse.raise("hl.budget has no %s: there are ms, instructions, memory",
        tostring(key))
    end
    misuse.integer("hl.budget: " .. key, value, table.unpack(KEYS[key]))
  end
  budget = budget or {}
  local ms, instructions, memory = core.budget(budget.ms, budget.instructions,
    budget.memory)
  return { ms = ms, instructions = instructions, memory = memory }
end
