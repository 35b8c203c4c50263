-- SPDX-License-Identifier: GPL-2.0-or-later
-- Names that do not exist: of HyperLua's objects, of what handlers get, and
-- globals; fields that cannot be set; functions and tables that nobody uses.

local meta = require "check.meta"
local near = require "check.near"
local walk = require "check.walk"

local names = {}

--- The classes of what a handler gets first: they have what they have, and no
--- script adds to it.
function names.views(api)
  local views = {}
  local function take(type)
    local fn = meta.function_of(api, type)
    local first = fn and fn.params[1] and fn.params[1].type
    local class = first and meta.class_of(api, first)
    if class then
      views[class.name] = true
    end
  end
  for _, class in pairs(api.classes) do
    for _, member in pairs(class.members) do
      take(member.type)
      for _, param in ipairs(member.params or {}) do
        take(param.type)
      end
    end
  end
  return views
end

-- As the source calls it, when that is short.
local function title(check, node, class)
  if node.kind == "local" and node.info.is_param then
    return node.info.name
  end
  return (meta.prefix(check.api, class))
end

local function no_name(check, node, class, name, at)
  check:say(at, "%s has no '%s'%s", title(check, node, class), name,
    near(name, meta.names(check.api, class)))
end

local function is_known(check, class, name)
  return class.any_field or meta.member(check.api, class, name)
    or check.set_names[class.name .. "." .. name]
end

local function check_index(check, node)
  local class = check.infer:class(check.infer:of(node.base))
  local name = node.key.value
  if class and node.key.kind == "string" and not is_known(check, class, name)
  then
    no_name(check, node.base, class, name, node.key)
  end
end

-- A table that hl gives may be added to; its own objects may not.
local function check_set(check, target)
  local class = target.kind == "index" and target.key.kind == "string"
    and check.infer:class(check.infer:of(target.base))
  if not class then
    return
  end
  local name = target.key.value
  local member = meta.member(check.api, class, name)
  local is_ours = class.name == "hl" or check.views[class.name]
  if is_ours and member and not member.text:find "Can be set" then
    check:say(target.key, "%s.%s cannot be set", title(check, target.base,
      class), name)
  elseif not is_ours and not member then
    check.set_names[class.name .. "." .. name] = true
  end
end

local function check_method(check, node)
  local class = check.infer:class(check.infer:of(node.base))
  local member = class and meta.member(check.api, class, node.name)
  local at = { line = node.name_line, column = node.name_column }
  if class and not is_known(check, class, node.name) then
    no_name(check, node.base, class, node.name, at)
  elseif member and member.kind == "function" then
    local name = title(check, node.base, class)
    check:say(at, "%s:%s is no method: write %s.%s(...)", name, node.name,
      name, node.name)
  end
end

-- hook.disable() for hook:disable()
local function check_call(check, node)
  local member = check.infer:of(node.base).member
  if member and member.kind == "method" and #node.args == 0 then
    local name = title(check, node.base.base, member.class)
    check:say(node.base.key, "%s.%s is a method: write %s:%s(...)", name,
      member.name, name, member.name)
  end
end

-- --- globals ----------------------------------------------------------------

local function check_global(check, node)
  local name = node.name
  if name == "hl" and not check.globals.hl then
    check:say(node, "'hl' is not defined: local hl = require \"hyperlua\"")
  elseif not check.globals[name] and not check.set_globals[name] then
    check:say(node, "'%s' is not defined%s", name, near(name,
      check.global_names))
  end
end

-- Functions that YAML names are global.
local function note_global(check, node, target, depth)
  local name = target.name
  local is_for_yaml = check.has_config and node.is_function and depth == 0
  if not is_for_yaml and not check.globals[name]
    and not check.set_globals[name] then
    check:say(target, "'%s' becomes a global: write local", name)
  end
  check.set_globals[name] = true
end

-- --- what nobody uses -------------------------------------------------------

-- A table of filters that was never passed is a handler that hears too much.
local function unused_text(check, info)
  local what = check.infer:of(info.value)
  if what.fn then
    return "the function '%s' is never used"
  elseif what.items then
    local item = what.items.items[1]
    local key = item and item.key and item.key.value
    local is_filter = type(key) == "string"
      and check.api.classes["hl.Filters"].members[key]
    return is_filter and "the filters '%s' are never used"
      or "the table '%s' is never used"
  end
end

function names.unused(check, infos)
  for _, info in ipairs(infos) do
    if info.used == 0 and info.value and not info.attribute
      and info.name:sub(1, 1) ~= "_" then
      local text = unused_text(check, info)
      if text then
        check:say(info, text, info.name)
      end
    end
  end
end

-- --- all of it --------------------------------------------------------------

local VISIT = { index = check_index, method = check_method, call = check_call,
  global = check_global }

-- First what is set: it is there for all that comes, before and after.
function names.note(check, chunk)
  local depth = -1
  local function visit(node)
    if node.kind == "function" then
      depth = depth + 1
      walk.body(node, visit)
      depth = depth - 1
      return false
    end
    for _, target in ipairs(node.kind == "set" and node.targets or {}) do
      if target.kind == "global" then
        note_global(check, node, target, depth)
      end
      check_set(check, target)
    end
  end
  visit(chunk)
end

function names.all(check, chunk)
  local targets = {}
  walk.all(chunk, function(node)
    for _, target in ipairs(node.kind == "set" and node.targets or {}) do
      targets[target] = target.kind == "global" or nil
    end
    local visit = VISIT[node.kind]
    if visit and not targets[node] then
      visit(check, node)
    end
  end)
end

return names
