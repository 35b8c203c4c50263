-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.on_unload: what a script wants to do when it gives way to another version
-- of itself, or when the run ends.

local log = require "hyperlua.log"
local misuse = require "hyperlua.misuse"

local unload = {}

local functions = {}

--- Calls fn() once, when another version of the scripts has taken the place of
--- this one, or when the run ends.  Requests that this version began may still
--- go on after it.  fn cannot wait.  An error in it is logged, and the others
--- are called all the same.
---@param fn function
function unload.on_unload(fn)
  if type(fn) ~= "function" then
    misuse.raise("hl.on_unload: it calls a function, not a %s", type(fn))
  end
  functions[#functions + 1] = fn
end

local function report(message)
  log.error("%s, in hl.on_unload\n%s", tostring(message),
    debug.traceback(nil, 2))
end

--- The engine (load.c) calls it, the last given first.
function unload.run()
  for i = #functions, 1, -1 do
    local fn = functions[i]
    functions[i] = nil
    xpcall(fn, report)
  end
end

return unload
