-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.log: lines in the engine's log.  hl.log(...) is hl.log.info(...).

local core = require "hyperlua.core"

local log = {}

--- Logs one line; with more arguments, text is a format as in string.format.
--- Does not wait.
local function at(level)
  return function(text, ...)
    if select("#", ...) > 0 then
      text = string.format(text, ...)
    end
    core.log(level, tostring(text))
  end
end

log.error = at(0)
log.warn = at(1)
log.info = at(2)
log.debug = at(3)

return setmetatable(log, {
  __call = function(_, text, ...)
    log.info(text, ...)
  end,
})
