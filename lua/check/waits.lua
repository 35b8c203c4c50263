-- SPDX-License-Identifier: GPL-2.0-or-later
-- Calls that wait for the guest where nothing may: while the script loads, in
-- handlers that cannot, and where Lua itself cannot (a comparator of
-- table.sort, a replacement of string.gsub).  Local functions are followed to
-- where they are called from.

local meta = require "check.meta"
local walk = require "check.walk"

-- Of what a node calls or reads: its name, when that waits.
local function waiting(check, node)
  local member, class
  if node.kind == "method" then
    class = check.infer:class(check.infer:of(node.base))
    member = class and meta.member(check.api, class, node.name)
  elseif node.kind == "call" or node.kind == "index" then
    member = check.infer:of(node.kind == "call" and node.base or node).member
  end
  if not member then
    return nil
  end
  local is_field = member.kind == "field" and node.kind == "index"
  if is_field and member.text:find "Waits" or member.waits
    and node.kind ~= "index" then
    local mark = member.kind == "method" and ":" or "."
    local keeps = member.text:find "file's `poll`"
    return meta.prefix(check.api, member.class) .. mark .. member.name, keeps
  end
end

-- "table.sort" and which argument it calls, of a call that does so.
local function lua_calls(check, node)
  if node.kind == "method" then
    return node.name == "gsub" and "string.gsub", 2
  end
  local base = node.kind == "call" and node.base
  local of = base and base.kind == "index" and base.base
  if of and of.kind == "global" and (of.name == "table" and
    base.key.value == "sort" or of.name == "string"
    and base.key.value == "gsub") then
    return of.name .. "." .. base.key.value, of.name == "table" and 2 or 3
  end
end

-- The functions that a call runs right away, in the caller's place.
local function runs_now(check, node)
  if node.kind ~= "call" then
    return nil
  elseif node.base.kind == "global" and (node.base.name == "pcall"
    or node.base.name == "xpcall") and node.args[1] then
    return check.infer:of(node.args[1]).fn
  end
  return check.infer:of(node.base).fn
end

local follow

local function visit_call(check, node, place)
  local lua_name, at = lua_calls(check, node)
  local callback = lua_name and node.args[at]
    and check.infer:of(node.args[at]).fn
  if callback then
    follow(check, callback, { why = "a function that " .. lua_name
      .. " calls cannot", seen = place.seen })
  end
  local fn = runs_now(check, node)
  if fn then
    follow(check, fn, place)
  end
end

--- Goes through what a function runs by itself.  place: why nothing waits there
--- (nil: it may), and which functions were seen.
function follow(check, fn, place)
  local key = place.why or (place.no_sleep and "poll" or "")
  place.seen[fn] = place.seen[fn] or {}
  if place.seen[fn][key] then
    return
  end
  place.seen[fn][key] = true
  walk.body(fn, function(node)
    if node.kind == "function" then
      return false
    end
    local name, keeps = waiting(check, node)
    if name and (place.why or place.no_sleep and keeps) then
      local at = node.kind == "method"
        and { line = node.name_line, column = node.name_column }
        or node.kind == "call" and node.base.key or node.key or node
      check:say(at, "%s waits, and %s", name, place.why
        or "poll must not keep its process waiting")
    end
    if node.kind == "call" or node.kind == "method" then
      visit_call(check, node, place)
    end
  end)
end

return function(check, chunk)
  local seen = {}
  follow(check, chunk, { seen = seen,
    why = "nothing can while the script loads: use hl.spawn" })
  walk.all(chunk, function(node)
    for _, role in ipairs(node.roles or {}) do
      follow(check, node, { seen = seen, no_sleep = not role.sleeps,
        why = not role.waits and ("a handler of %s cannot"):format(role.what)
          or nil })
    end
    if node.kind == "function" and not node.roles then
      follow(check, node, { seen = seen })
    end
  end)
end
