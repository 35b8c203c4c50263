-- SPDX-License-Identifier: GPL-2.0-or-later
-- What an expression is, as far as lua/meta and the source tell:
--   { type = "hl.Hook?" }    a value of a type of lua/meta
--   { member = ..., type }   a function or a field that is declared there
--   { fn = node }            a function of the source
--   { items = node }         a table of the source
--   { value = ... }          a constant
-- Only what is assigned once, where it is declared, is known.

local meta = require "check.meta"

local Infer = {}
Infer.__index = Infer

local NOTHING = {}

--- The class that a value is of, if it has any members.
function Infer:class(what)
  local class = what.type and meta.class_of(self.api, what.type)
  return class and next(class.members) and class or nil
end

-- for _, proc in ipairs(hl.portal.get_procs()) do
local function from_loop(self, info)
  local loop, call = info.loop, info.loop.values[1]
  local base = call.kind == "call" and call.base
  if loop.is_in and loop.infos[2] == info and base and base.kind == "global"
    and (base.name == "ipairs" or base.name == "pairs") and call.args[1] then
    local list = self:of(call.args[1])
    return { type = list.type and meta.element_of(self.api, list.type) }
  end
  return NOTHING
end

local function of_local(self, info)
  if info.sets > 0 or info.busy then
    return NOTHING
  elseif info.type then
    return { type = info.type }
  elseif info.loop then
    return from_loop(self, info)
  elseif not info.value then
    return NOTHING
  end
  info.busy = true
  local what = self:of(info.value, info.result)
  info.busy = nil
  return what
end

-- The type of one of several results.
local function result(self, member, number)
  if member.returns then
    local given = member.returns[number]
    return { type = given and given.type }
  end
  local class = member.type and meta.class_of(self.api, member.type)
  local call = class and class.calls[1]
  local fn = call and meta.function_of(self.api, call)
  return { type = fn and number == 1 and fn.result or nil }
end

local function of_call(self, node, number)
  local base, first = node.base, node.args[1]
  if base.kind == "global" and base.name == "require" and first then
    return { type = first.value == "hyperlua" and "hl" or nil }
  elseif base.kind == "global" and base.name == "assert" and first then
    return self:of(first, number)
  end
  local member = self:of(base).member
  return member and result(self, member, number) or NOTHING
end

local function of_member(self, class, name)
  local member = class and type(name) == "string"
    and meta.member(self.api, class, name)
  return member and { member = member, type = member.type } or NOTHING
end

local function of_index(self, node)
  local base = self:of(node.base)
  local class = self:class(base)
  if class and node.key.kind == "string" then
    return of_member(self, class, node.key.value)
  elseif base.type and node.key.kind ~= "string" then
    return { type = meta.element_of(self.api, base.type) }
  end
  return NOTHING
end

local function of_method(self, node, number)
  local what = of_member(self, self:class(self:of(node.base)), node.name)
  return what.member and result(self, what.member, number) or NOTHING
end

local function of_negative(self, node)
  local value = node.op == "-" and self:of(node.a).value
  return type(value) == "number" and { value = -value } or NOTHING
end

local KINDS = {
  paren = function(self, node) return self:of(node.a) end,
  ["local"] = function(self, node) return of_local(self, node.info) end,
  call = of_call,
  method = of_method,
  index = of_index,
  unary = of_negative,
  binary = function(self, node)
    return node.op == "or" and self:of(node.a) or NOTHING
  end,
  ["function"] = function(_, node) return { fn = node } end,
  table = function(_, node) return { items = node } end,
  string = function(_, node) return { value = node.value } end,
  number = function(_, node) return { value = node.value } end,
}

--- What a node is; number: which of its results.
function Infer:of(node, number)
  local kind = KINDS[node.kind]
  return kind and kind(self, node, number or 1) or NOTHING
end

return function(api)
  return setmetatable({ api = api }, Infer)
end
