-- SPDX-License-Identifier: GPL-2.0-or-later
-- Reads lua/meta, the LuaLS definitions of what scripts call: for the
-- reference (manual.lua), for `hyperlua check`, and for the spec that compares
-- them with what the engine has.  In any Lua 5.4; no engine is needed.
--
-- It knows of LuaLS's annotations what is used there, in this form: a type and
-- the text about it have two blanks between them, and what goes on in the next
-- line begins with two blanks.

local meta = {}

--- The files of lua/meta, in the order of the reference.
meta.FILES = { "syscall", "probe", "file", "models", "portal", "struct",
  "hyperlua", "errno" }

-- --- types ------------------------------------------------------------------

local OPENING = { ["("] = 1, ["{"] = 1, ["["] = 1, ["<"] = 1,
  [")"] = -1, ["}"] = -1, ["]"] = -1, [">"] = -1 }

--- Splits at a mark that is in no brackets.
---@param text string
---@param mark string  one character
---@return string[] pieces  without blanks around them
function meta.split(text, mark)
  local pieces, depth, from = {}, 0, 1
  for at = 1, #text + 1 do
    local char = text:sub(at, at)
    depth = depth + (OPENING[char] or 0)
    if at > #text or char == mark and depth == 0 then
      pieces[#pieces + 1] = text:sub(from, at - 1):match "^%s*(.-)%s*$"
      from = at + 1
    end
  end
  return pieces
end

-- The types of a union, without "?", and with what aliases stand for.
local function members(api, type, all)
  all = all or {}
  for _, member in ipairs(meta.split(type or "", "|")) do
    member = member:gsub("%?$", "")
    local alias, inner = api.aliases[member], member:match "^(%b())$"
    if alias then
      members(api, alias.type, all)
    elseif inner then
      members(api, inner:sub(2, -2), all)
    else
      all[#all + 1] = member
    end
  end
  return all
end

--- The class among the types of a union, or nil.
function meta.class_of(api, type)
  for _, member in ipairs(members(api, type)) do
    if api.classes[member] then
      return api.classes[member]
    end
  end
end

--- What a list of that type has, or nil.
function meta.element_of(api, type)
  for _, member in ipairs(members(api, type)) do
    local element = member:match "^(.*)%[%]$"
      or member:match "^table<[^,]+,%s*(.*)>$"
    if element then
      return element
    end
  end
end

local function take_parameters(text)
  local params = {}
  for _, piece in ipairs(text == "" and {} or meta.split(text, ",")) do
    local name, type = piece:match "^([%w_.]+)%??:%s*(.*)$"
    params[#params + 1] = { name = name or piece, type = type }
  end
  return params
end

--- The function among the types of a union: whether it may wait, and what it
--- takes; or nil.
function meta.function_of(api, type)
  for _, member in ipairs(members(api, type)) do
    local head, rest = member:match "^(a?s?y?n?c?%s?fun)(%(.*)$"
    if head then
      return {
        waits = head:find "^async" ~= nil,
        params = take_parameters(rest:match "^%b()":sub(2, -2)),
        result = rest:match "^%b():%s*(.*)$",
      }
    end
  end
end

--- The keys of a table type: { name: string, other?: integer }.
function meta.keys_of(type)
  local keys = {}
  local inner = type:match "^{%s*(.-)%s*}$"
  for _, piece in ipairs(inner and meta.split(inner, ",") or {}) do
    keys[#keys + 1] = piece:match "^[%w_]+"
  end
  return inner and keys or nil
end

-- --- blocks of annotations --------------------------------------------------

local Reader = {}
Reader.__index = Reader

-- "integer? value  of 8 bytes": the type, and what comes behind two blanks.
local function with_text(rest)
  local head, text = rest:match "^(.-)  +(.*)$"
  return head or rest, text or ""
end

local function take_param(rest)
  local head, text = with_text(rest)
  local name, optional, type = head:match "^([%w_.]+)(%??)%s+(.*)$"
  return { name = name, optional = optional ~= "", type = type, text = text }
end

-- A type may have blanks in it, so the name is the last word that is alone.
local function take_return(rest)
  local head, text = with_text(rest)
  local type, name = head:match "^(.*[^,:])%s+([%a_][%w_]*)$"
  return { type = type or head, name = name, text = text }
end

local function take_field(rest)
  local private, after = rest:match "^(private)%s+(.*)$"
  local head, text = with_text(after or rest)
  local name, optional, type = head:match "^([%w_]+)(%??)%s+(.*)$"
  if not name then              -- [string] integer: any name may be there
    type = head:match "^%[string%]%s+(.*)$"
  end
  return { kind = "field", name = name, optional = optional == "?",
    type = type, text = text, private = private ~= nil }
end

function Reader:fail(text, ...)
  error(("lua/meta/%s.lua:%d: "):format(self.file.name, self.line)
    .. text:format(...), 0)
end

function Reader:add(entry)
  entry.file, entry.line = self.file.name, self.line
  self.file.entries[#self.file.entries + 1] = entry
  return entry
end

-- A class may be said in several files: each adds to it.
function Reader:class(rest, text)
  local name, parent = rest:match "^([%w_.]+):?%s*([%w_.]*)$"
  if not name then
    self:fail("no class: %s", rest)
  end
  local class = self.api.classes[name]
    or { name = name, members = {}, calls = {} }
  self.api.classes[name] = class
  class.parent = parent ~= "" and parent or class.parent
  return self:add { kind = "class", class = class, text = text, fields = {} }
end

function Reader:member(class, member)
  if class.members[member.name] then
    self:fail("%s.%s is said twice", class.name, member.name)
  end
  class.members[member.name] = member
  member.class = class
  return member
end

function Reader:fields(entry, block)
  for _, tag in ipairs(block.tags) do
    if tag.name == "field" then
      local field = take_field(tag.rest)
      if field.name then
        self:member(entry.class, field)
        entry.fields[#entry.fields + 1] = field
      else
        entry.class.any_field = entry.class.any_field or field.type
      end
    elseif tag.name == "overload" then
      table.insert(entry.class.calls, tag.rest)
    end
  end
end

-- What a function's annotations say, and what its parentheses have.
function Reader:check_params(fn, names)
  for i, name in ipairs(names) do
    if not fn.params[i] or fn.params[i].name ~= name then
      self:fail("%s: @param %s is missing, or in another order", fn.name, name)
    end
  end
  if #fn.params ~= #names then
    self:fail("%s: @param %s is no parameter", fn.name,
      fn.params[#names + 1].name)
  end
end

function Reader:func(block, variable, mark, name, parameters)
  local class = self.variables[variable]
    or self:fail("%s is no class's variable", variable)
  local fn = { kind = mark == ":" and "method" or "function", name = name,
    text = block.text, params = {}, returns = {}, overloads = {},
    waits = false }
  for _, tag in ipairs(block.tags) do
    if tag.name == "param" then
      table.insert(fn.params, take_param(tag.rest))
    elseif tag.name == "return" then
      table.insert(fn.returns, take_return(tag.rest))
    elseif tag.name == "overload" then
      table.insert(fn.overloads, tag.rest)
    elseif tag.name == "async" then
      fn.waits = true
    else
      self:fail("@%s is not read here", tag.name)
    end
  end
  self:check_params(fn, parameters == "" and {}
    or meta.split(parameters, ","))
  self:add(self:member(class, fn))
end

-- What follows the annotations says what they are about.
function Reader:settle(block, code)
  local first = block.tags[1] or { name = "", rest = "" }
  if first.name == "class" then
    local entry = self:class(first.rest, block.text)
    self:fields(entry, block)
    local variable = code:match "^local ([%w_]+) = {}$"
    self.variables[variable or ""] = entry.class
  elseif first.name == "alias" then
    local name, type = first.rest:match "^([%w_.]+)%s+(.*)$"
    self.api.aliases[name] = self:add { kind = "alias", name = name,
      type = type, text = block.text }
  elseif first.name == "type" then
    local variable, name = code:match "^([%w_]+)%.([%w_]+) = {}$"
    local class = self.variables[variable or ""]
      or self:fail("what has this type?")
    self:add(self:member(class, { kind = "field", name = name,
      type = first.rest, text = block.text }))
  else
    local variable, mark, name, parameters =
      code:match "^function ([%w_]+)([.:])([%w_]+)%((.-)%) end$"
    if not variable then
      self:fail("no function follows these annotations")
    end
    self:func(block, variable, mark, name, parameters)
  end
end

-- --- lines ------------------------------------------------------------------

local function add_text(text, more)
  if more == "" then
    return text .. "\n\n"
  end
  return text .. ((text == "" or text:sub(-1) == "\n") and "" or " ") .. more
end

-- Into a tag: what comes behind a type that fills its line is text.
local function continue(tag, more)
  tag.rest = tag.rest .. (tag.rest:find("  ", 1, true) and " " or "  ") .. more
end

function Reader:annotation(block, line)
  local name, rest = line:match "^%-%-%-@(%l+)%s*(.*)$"
  local more = line:match "^%-%-%-  +(.*)$"
  if name then
    table.insert(block.tags, { name = name, rest = rest })
  elseif more and #block.tags > 0 then
    continue(block.tags[#block.tags], more)
  else
    block.text = add_text(block.text, line:match "^%-%-%- ?(.*)$")
  end
end

-- "-- Files", and below it what there is to say of all.
function Reader:heading(text)
  local file = self.file
  if text:find "^SPDX" then
    return
  elseif not file.title then
    file.title = text
  elseif #file.entries == 0 then
    file.text = add_text(file.text, text)
  end
end

function Reader:read(name, text)
  self.file = { name = name, entries = {}, text = "" }
  self.variables, self.line = {}, 0
  table.insert(self.api.files, self.file)
  local block
  for line in (text .. "\n\n"):gmatch "(.-)\n" do
    self.line = self.line + 1
    if line:find "^%-%-%-@meta" then
      goto continue
    elseif line:find "^%-%-%-" then
      block = block or { text = "", tags = {} }
      self:annotation(block, line)
    elseif block then
      self:settle(block, line)
      block = nil
    elseif line:find "^%-%-" then
      self:heading(line:match "^%-%- ?(.*)$")
    end
    ::continue::
  end
  self.file.text = self.file.text:match "^%s*(.-)%s*$"
end

-- --- all of it --------------------------------------------------------------

--- Reads all files.
---@param text_of fun(name: string): string  of lua/meta/NAME.lua
---@return table api  files, in their order, each with entries; classes and
---  aliases by name
function meta.read(text_of)
  local reader = setmetatable({
    api = { files = {}, classes = {}, aliases = {} },
  }, Reader)
  for _, name in ipairs(meta.FILES) do
    reader:read(name, text_of(name))
  end
  return reader.api
end

--- The member of a class, or of one that it is made from; or nil.
function meta.member(api, class, name)
  while class do
    if class.members[name] then
      return class.members[name]
    end
    class = class.parent and api.classes[class.parent]
  end
end

--- The names of all members, sorted; private ones too when asked for.
function meta.names(api, class, with_private)
  local names = {}
  while class do
    for name, member in pairs(class.members) do
      if with_private or not member.private then
        names[#names + 1] = name
      end
    end
    class = class.parent and api.classes[class.parent]
  end
  table.sort(names)
  return names
end

local function descends(api, class, name)
  while class and class.name ~= name do
    class = class.parent and api.classes[class.parent]
  end
  return class ~= nil
end

--- "hl.portal" of a class that hl has an object of; "hook" and true of others.
function meta.prefix(api, class)
  if class.name == "hl" then
    return "hl"
  end
  for _, name in ipairs(meta.names(api, api.classes.hl)) do
    local member = api.classes.hl.members[name]
    local held = member.kind == "field" and meta.class_of(api, member.type)
    if held and descends(api, held, class.name) then
      return "hl." .. name
    end
  end
  return class.name:match "[%w_]+$":lower(), true
end

return meta
