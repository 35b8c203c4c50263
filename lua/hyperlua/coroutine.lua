-- SPDX-License-Identifier: GPL-2.0-or-later
-- Lets scripts use coroutines of their own around calls that wait.
--
-- A portal call inside such a coroutine yields the engine's token.  Whoever
-- resumes that coroutine passes the token on, up to the engine, and resumes it
-- when the guest has answered; the script sees none of this.  When the handler
-- is ended meanwhile, so are its coroutines that wait.

local token = require("hyperlua.core").wait_token
local resume, yield = coroutine.resume, coroutine.yield
local isyieldable, close = coroutine.isyieldable, coroutine.close

local Wait = {
  __close = function(wait)
    local ok, message = true, nil
    if wait.thread then
      ok, message = close(wait.thread)
    end
    if not ok then
      error(message, 0)
    end
  end,
}

local function wait_with(thread)
  local wait <close> = setmetatable({ thread = thread }, Wait)
  yield(token)
  wait.thread = nil
end

local function pass_on(thread, ok, first, ...)
  if ok and first == token then
    if not isyieldable() then
      error("a coroutine cannot wait for the guest here: inside table.sort, "
        .. "string.gsub, or a metamethod called from C", 3)
    end
    wait_with(thread)
    return pass_on(thread, resume(thread))
  end
  return ok, first, ...
end

function coroutine.resume(thread, ...)
  return pass_on(thread, resume(thread, ...))
end

local function results(thread, ok, first, ...)
  if not ok then
    coroutine.close(thread)
    error(first, 0)
  end
  return first, ...
end

function coroutine.wrap(fn)
  local thread = coroutine.create(fn)
  return function(...)
    return results(thread, coroutine.resume(thread, ...))
  end
end
