-- SPDX-License-Identifier: GPL-2.0-or-later
-- What is passed to HyperLua's functions, against what lua/meta says that they
-- take: keys of tables, and which functions are handlers of what.  A handler's
-- parameters have a type from then on, and the function gets roles:
-- { waits =, sleeps =, what = "hl.kprobe's handler" }.

local meta = require "check.meta"
local near = require "check.near"
local tests = require "check.tests"
local walk = require "check.walk"

local bind = {}

-- The class of a table among the types of a union: one that has members.
local function table_class(check, type)
  local class = meta.class_of(check.api, type)
  return class and next(class.members) and class or nil
end

local function bind_handler(fn, type, what)
  for i, param in ipairs(type.params) do
    if fn.params[i] and param.name ~= "..." then
      fn.params[i].type = fn.params[i].type or param.type
    end
  end
  fn.roles = fn.roles or {}
  table.insert(fn.roles, { waits = type.waits, what = what,
    sleeps = what ~= "poll" })
end

local function bind_key(check, item, class, what)
  local name = item.key.value
  local member = type(name) == "string"
    and meta.member(check.api, class, name)
  if member then
    bind.value(check, item.value, member.type, name)
  elseif not class.any_field then
    check:say(item.key, "%s has no '%s'%s", what, tostring(name),
      near(tostring(name), meta.names(check.api, class)))
  end
end

local function bind_items(check, node, type, what)
  local class = table_class(check, type)
  local element = meta.element_of(check.api, type)
  if node.bound then
    return
  end
  node.bound = true
  for _, item in ipairs(node.items) do
    if class and item.key and item.key.kind == "string" then
      bind_key(check, item, class, what)
    elseif element then
      bind.value(check, item.value, element, what)
    end
  end
  if class and class.name == "hl.Tests" then
    tests(check, node, what)
  end
end

--- One value, where that type is expected.
function bind.value(check, node, type, what)
  local is = check.infer:of(node)
  local handler = is.fn and meta.function_of(check.api, type)
  if handler then
    bind_handler(is.fn, handler, what)
  elseif is.items and type then
    bind_items(check, is.items, type, what)
  end
end

-- { val = "x" } in place of a model's arguments; whether it was.
local function bind_model_keys(check, node, fn, name)
  local given = #node.args == 1 and check.infer:of(node.args[1]).items
  local first = given and given.items[1]
  if not first or not first.key or first.key.kind ~= "string" then
    return false
  end
  for _, overload in ipairs(fn.overloads) do
    local param = meta.function_of(check.api, overload).params[1]
    local keys = meta.keys_of(param.type)
    if not keys then
      return false
    end
    local known = {}
    for _, key in ipairs(keys) do
      known[key] = true
    end
    for _, item in ipairs(given.items) do
      local key = item.key and item.key.value
      if key and not known[key] then
        check:say(item.key, "%s has no '%s'%s", name, tostring(key),
          near(tostring(key), keys))
      end
    end
    return true
  end
end

-- Those of the way to call it that has as many.
local function params_for(check, fn, count)
  if count ~= #fn.params then
    for _, overload in ipairs(fn.overloads) do
      local params = meta.function_of(check.api, overload).params
      if #params == count then
        return params
      end
    end
  end
  return fn.params
end

local function bind_call(check, node, member)
  local name = meta.prefix(check.api, member.class) .. "." .. member.name
  if member.kind == "field" or bind_model_keys(check, node, member, name) then
    return
  end
  local params = params_for(check, member, #node.args)
  for i, arg in ipairs(node.args) do
    local param = params[i] or params[#params]
    if param and (params[i] or param.name == "...") then
      bind.value(check, arg, param.type, name)
    end
  end
end

-- What a file of a models folder returns, { [path] = model }.
local function bind_models(check, chunk)
  local last = chunk.body[#chunk.body]
  local value = last and last.kind == "return" and last.values[1]
  if not value then
    return
  end
  local type = "table<string, hl.FileModel>"
  bind.value(check, value, type, "the file")
  walk.all(chunk, function(node)
    for i, target in ipairs(node.kind == "set" and node.targets or {}) do
      if target.kind == "index" and target.base.kind == "local"
        and target.base.info == value.info and node.values[i] then
        bind.value(check, node.values[i], "hl.FileModel", "the file")
      end
    end
  end)
end

function bind.all(check, chunk)
  if check.is_models then
    bind_models(check, chunk)
  end
  walk.all(chunk, function(node)
    if node.kind == "call" then
      local member = check.infer:of(node.base).member
      if member then
        bind_call(check, node, member)
      end
    elseif node.kind == "method" then
      local class = check.infer:class(check.infer:of(node.base))
      local member = class and meta.member(check.api, class, node.name)
      if member and member.kind == "method" then
        bind_call(check, node, member)
      end
    end
  end)
end

return bind
