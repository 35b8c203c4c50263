-- SPDX-License-Identifier: GPL-2.0-or-later
-- A Lua 5.4 source as a tree, with its names resolved.  The source is one that
-- Lua itself could compile, so nothing is checked here.
--
-- A node has kind, line, column; by kind:
--   local: info      global: name      index: base, key      call: base, args
--   method: base, name, args, name_line, name_column
--   function: params, body, is_vararg       table: items { key?, value }
--   string, number: value              binary, unary, paren: a, b, op
-- and statements: set: targets, values; declare: infos, values; block: body;
-- loop: values, body; branch: values, bodies; return: values; do: value
--
-- info, of a local variable: name, line, column, used, sets (after its
-- declaration), value and result (its number among the value's results).

local lexer = require "check.lexer"

local Parser = {}
Parser.__index = Parser

-- --- tokens -----------------------------------------------------------------

function Parser:node(kind, fields)
  fields = fields or {}
  fields.kind = kind
  fields.line = fields.line or self.lex.line
  fields.column = fields.column or self.lex.column
  return fields
end

function Parser:take(kind)
  if self.lex.kind == kind then
    local token = self.lex.token
    self.lex:next()
    return token
  end
end

function Parser:need(kind)
  return self:take(kind) or error(("line %d: %s is expected"):format(
    self.lex.line, kind), 0)
end

-- --- names ------------------------------------------------------------------

function Parser:open()
  self.scope = setmetatable({}, { __index = self.scope, up = self.scope })
end

function Parser:close()
  self.scope = getmetatable(self.scope).up
end

function Parser:info(name, fields)
  local info = fields or self:node("info")
  info.name, info.used, info.sets, info.fn = name, 0, 0, self.fn
  self.infos[#self.infos + 1] = info
  return info
end

function Parser:declare(info)
  self.scope[info.name] = info
end

function Parser:name()
  local node = self:node("global")
  node.name = self:need "name"
  local info = self.scope[node.name]
  if info then
    node.kind, node.info = "local", info
    info.used = info.used + 1
  end
  return node
end

-- --- expressions ------------------------------------------------------------

local PRIORITY = { ["or"] = { 1, 1 }, ["and"] = { 2, 2 }, ["<"] = { 3, 3 },
  [">"] = { 3, 3 }, ["<="] = { 3, 3 }, [">="] = { 3, 3 }, ["~="] = { 3, 3 },
  ["=="] = { 3, 3 }, ["|"] = { 4, 4 }, ["~"] = { 5, 5 }, ["&"] = { 6, 6 },
  ["<<"] = { 7, 7 }, [">>"] = { 7, 7 }, [".."] = { 9, 8 }, ["+"] = { 10, 10 },
  ["-"] = { 10, 10 }, ["*"] = { 11, 11 }, ["/"] = { 11, 11 },
  ["//"] = { 11, 11 }, ["%"] = { 11, 11 }, ["^"] = { 14, 13 } }
local UNARY = { ["not"] = true, ["-"] = true, ["#"] = true, ["~"] = true }
local UNARY_PRIORITY = 12

-- A literal means what Lua says that it means.
local function value_of(token)
  return load("return " .. token, "literal", "t", {})()
end

function Parser:expressions()
  local list = {}
  repeat
    list[#list + 1] = self:expression()
  until not self:take ","
  return list
end

function Parser:table()
  local node = self:node("table", { items = {} })
  self:need "{"
  while not self:take "}" do
    local item = self:node("item")
    if self:take "[" then
      item.key = self:expression()
      self:need "]"
      self:need "="
    elseif self.lex.kind == "name"
      and self.lex.text:find("^%s*=[^=]", self.lex.stop) then
      item.key = self:node("string")
      item.key.value = self:need "name"
      self:need "="
    end
    item.value = self:expression()
    node.items[#node.items + 1] = item
    if not self:take "," then
      self:take ";"
    end
  end
  return node
end

-- From its parameters to its end.
function Parser:func(node, has_self)
  local outer = self.fn
  self.fn = node
  self:open()
  node.params = {}
  if has_self then
    node.params[1] = self:info("self")
    self:declare(node.params[1])
  end
  self:need "("
  while not self:take ")" do
    if self:take "..." then
      node.is_vararg = true
    else
      local info = self:node("info")
      info = self:info(self:need "name", info)
      info.is_param = true
      node.params[#node.params + 1] = info
      self:declare(info)
    end
    self:take ","
  end
  node.body = self:block()
  self:close()
  self:need "end"
  self.fn = outer
  return node
end

function Parser:arguments()
  if self.lex.kind == "string" or self.lex.kind == "{" then
    return { self:simple() }
  end
  self:need "("
  local args = self.lex.kind == ")" and {} or self:expressions()
  self:need ")"
  return args
end

function Parser:suffixed()
  local node
  if self.lex.kind == "(" then
    node = self:node("paren")
    self:need "("
    node.a = self:expression()
    self:need ")"
  else
    node = self:name()
  end
  while true do
    local kind = self.lex.kind
    local more = { base = node, line = node.line, column = node.column }
    if kind == "." then
      self:need "."
      more.key = self:node("string")
      more.key.value = self:need "name"
      node = self:node("index", more)
    elseif kind == "[" then
      self:need "["
      more.key = self:expression()
      self:need "]"
      node = self:node("index", more)
    elseif kind == ":" then
      self:need ":"
      more.name_line, more.name_column = self.lex.line, self.lex.column
      more.name = self:need "name"
      more.args = self:arguments()
      node = self:node("method", more)
    elseif kind == "(" or kind == "{" or kind == "string" then
      more.args = self:arguments()
      node = self:node("call", more)
    else
      return node
    end
  end
end

function Parser:simple()
  local kind = self.lex.kind
  if kind == "string" or kind == "number" then
    local node = self:node(kind)
    node.value = value_of(self:need(kind))
    return node
  elseif kind == "nil" or kind == "true" or kind == "false"
    or kind == "..." then
    local node = self:node(kind)
    self:need(kind)
    return node
  elseif kind == "{" then
    return self:table()
  elseif kind == "function" then
    local node = self:node("function")
    self:need "function"
    return self:func(node)
  end
  return self:suffixed()
end

function Parser:expression(limit)
  local node
  if UNARY[self.lex.kind] then
    node = self:node("unary", { op = self.lex.kind })
    self.lex:next()
    node.a = self:expression(UNARY_PRIORITY)
  else
    node = self:simple()
  end
  while true do
    local op = self.lex.kind
    local priority = PRIORITY[op]
    if not priority or priority[1] <= (limit or 0) then
      return node
    end
    self.lex:next()
    node = self:node("binary", { op = op, a = node, line = node.line,
      column = node.column, b = self:expression(priority[2]) })
  end
end

-- --- statements -------------------------------------------------------------

-- What each gets of the values; the last value may give several.
local function give(infos, values)
  for i, info in ipairs(infos) do
    info.value = values[i] or values[#values]
    info.result = i - math.min(i, #values) + 1
  end
end

function Parser:local_function(node)
  local info = self:info(self.lex.token)
  self:need "name"
  self:declare(info)
  info.value, info.result = self:func(self:node("function")), 1
  node.infos, node.values = { info }, { info.value }
  return node
end

function Parser:local_statement()
  local node = self:node("declare", { infos = {}, values = {} })
  self:need "local"
  if self:take "function" then
    return self:local_function(node)
  end
  repeat
    local info = self:node("info")
    node.infos[#node.infos + 1] = self:info(self:need "name", info)
    if self:take "<" then
      info.attribute = self:need "name"
      self:need ">"
    end
  until not self:take ","
  if self:take "=" then
    node.values = self:expressions()
    give(node.infos, node.values)
  end
  for _, info in ipairs(node.infos) do
    self:declare(info)
  end
  return node
end

-- function a.b:c() is an assignment.
function Parser:function_statement()
  local node = self:node("set", { targets = {}, is_function = true })
  self:need "function"
  local target, has_self = self:name(), false
  while self.lex.kind == "." or self.lex.kind == ":" do
    has_self = self.lex.kind == ":"
    self.lex:next()
    local key = self:node("string")
    key.value = self:need "name"
    target = self:node("index", { base = target, key = key })
  end
  node.targets[1] = target
  self:note_set(target)
  node.values = { self:func(self:node("function"), has_self) }
  return node
end

-- Being assigned is no use.
function Parser:note_set(target)
  if target.kind == "local" then
    target.info.sets = target.info.sets + 1
    target.info.used = target.info.used - 1
  end
end

function Parser:expression_statement()
  local node = self:node("do")
  local first = self:suffixed()
  if self.lex.kind ~= "=" and self.lex.kind ~= "," then
    node.value = first
    return node
  end
  local targets = { first }
  while self:take "," do
    targets[#targets + 1] = self:suffixed()
  end
  for _, target in ipairs(targets) do
    self:note_set(target)
  end
  self:need "="
  node.targets, node.values = targets, self:expressions()
  node.kind = "set"
  return node
end

function Parser:scoped()
  self:open()
  local body = self:block()
  self:close()
  return body
end

function Parser:branch()
  local node = self:node("branch", { values = {}, bodies = {} })
  repeat
    self.lex:next()
    table.insert(node.values, self:expression())
    self:need "then"
    table.insert(node.bodies, self:scoped())
  until self.lex.kind ~= "elseif"
  if self:take "else" then
    table.insert(node.bodies, self:scoped())
  end
  self:need "end"
  return node
end

function Parser:for_loop()
  local node = self:node("loop", { infos = {} })
  self:need "for"
  repeat
    local info = self:node("info")
    node.infos[#node.infos + 1] = self:info(self:need "name", info)
  until not self:take ","
  node.is_in = self:take "=" == nil and self:need "in" ~= nil
  node.values = self:expressions()
  self:need "do"
  self:open()
  for _, info in ipairs(node.infos) do
    info.loop = node
    self:declare(info)
  end
  node.body = self:block()
  self:close()
  self:need "end"
  return node
end

function Parser:while_loop()
  local node = self:node("loop")
  self:need "while"
  node.values = { self:expression() }
  self:need "do"
  node.body = self:scoped()
  self:need "end"
  return node
end

-- Its condition sees the locals of its body.
function Parser:repeat_loop()
  local node = self:node("loop")
  self:need "repeat"
  self:open()
  node.body = self:block()
  self:need "until"
  node.values = { self:expression() }
  self:close()
  return node
end

function Parser:do_block()
  local node = self:node("block")
  self:need "do"
  node.body = self:scoped()
  self:need "end"
  return node
end

function Parser:return_statement()
  local node = self:node("return", { values = {} })
  self:need "return"
  if not self.ENDS[self.lex.kind] and self.lex.kind ~= ";" then
    node.values = self:expressions()
  end
  self:take ";"
  return node
end

-- break, goto and labels say nothing here.
function Parser:jump()
  local kind = self.lex.kind
  self.lex:next()
  if kind ~= "break" then
    self:need "name"
  end
  if kind == "::" then
    self:need "::"
  end
end

local STATEMENTS = {
  ["local"] = Parser.local_statement, ["function"] = Parser.function_statement,
  ["if"] = Parser.branch, ["for"] = Parser.for_loop,
  ["while"] = Parser.while_loop, ["repeat"] = Parser.repeat_loop,
  ["do"] = Parser.do_block, ["return"] = Parser.return_statement,
  ["break"] = Parser.jump, ["goto"] = Parser.jump, ["::"] = Parser.jump,
}

Parser.ENDS = { ["end"] = true, ["else"] = true, ["elseif"] = true,
  ["until"] = true, ["end of file"] = true }

function Parser:block()
  local body = {}
  while not self.ENDS[self.lex.kind] do
    if not self:take ";" then
      local statement = STATEMENTS[self.lex.kind] or self.expression_statement
      body[#body + 1] = statement(self)
    end
  end
  return body
end

--- Parses a source.
---@param text string
---@return table chunk  a node of the kind function
---@return table[] infos  of all its local variables, as they stand there
return function(text)
  local self = setmetatable({ lex = lexer(text), infos = {} }, Parser)
  local chunk = self:node("function", { params = {}, is_vararg = true })
  self.fn = chunk
  self:open()
  chunk.body = self:block()
  return chunk, self.infos
end
