-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.spawn: work of a script's own, beside the requests of the guest.

local core = require "hyperlua.core"
local misuse = require "hyperlua.misuse"
local where = require "hyperlua.where"

--- Calls fn(...) in a thread of its own in the guest's kernel, once, as soon as
--- there is a guest that can: also while the script loads.  It may wait, as
--- handlers do; as no process is served there, memory is that of
--- portal.of(pid).  An error in it is logged.  Does not wait.
---@param fn function
---@param ... any
return function(fn, ...)
  if type(fn) ~= "function" then
    misuse.raise("hl.spawn: it calls a function, not a %s", type(fn))
  end
  core.spawn(("hl.spawn (%s)"):format(where(2)), fn, ...)
end
