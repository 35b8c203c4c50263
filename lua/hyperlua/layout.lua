-- SPDX-License-Identifier: GPL-2.0-or-later
-- For hl.struct alone: reads a struct's description in C, and lays it out as
-- the guest's compiler does.  struct.lua has what scripts call.

local core = require "hyperlua.core"

local layout = {}

local ORDER = core.big_endian and ">" or "<"
local WORD = core.word_bits // 8
-- Plain char has no sign on ARM (e_machine 40) and arm64 (183).
local CHAR_SIGNED = core.machine ~= 40 and core.machine ~= 183
-- As much as portal.read_bytes reads at once.
local SIZE_MAX = 16 << 20

-- The files whose lines a script's mistake is not blamed on.
local own = { [debug.getinfo(1, "S").source] = true }

function layout.own_file()
  own[debug.getinfo(2, "S").source] = true
end

--- Raises, and blames the script's line, however deep the check is.
function layout.fail(text, ...)
  local level = 2
  local info = debug.getinfo(level, "Sl")
  while info and (own[info.source] or info.currentline < 0) do
    level = level + 1
    info = debug.getinfo(level, "Sl")
  end
  local where = info and ("%s:%d: "):format(info.short_src, info.currentline)
  error((where or "") .. "hl.struct: " .. text:format(...), 0)
end

local fail = layout.fail

-- --- types ------------------------------------------------------------------
-- A type has kind, size and align; an integer also format (string.pack's),
-- low and high, an array element and count, a struct fields and by_name.

local function integer(size, signed, order)
  local bits = 8 * size
  return {
    kind = "integer", size = size, align = size,
    format = (order or ORDER) .. (signed and "i" or "I") .. size,
    low = size < 8 and (signed and -(1 << bits - 1) or 0) or nil,
    high = size < 8 and (1 << (signed and bits - 1 or bits)) - 1 or nil,
  }
end

local CHAR = integer(1, CHAR_SIGNED)
local POINTER = integer(WORD)
local BOOL = { kind = "boolean", size = 1, align = 1 }

local TYPES = {
  bool = BOOL, _Bool = BOOL, size_t = POINTER, uintptr_t = POINTER,
  ssize_t = integer(WORD, true), intptr_t = integer(WORD, true),
}
for _, bits in ipairs { 8, 16, 32, 64 } do
  local unsigned, signed = integer(bits // 8), integer(bits // 8, true)
  for _, form in ipairs { "u%d", "__u%d", "uint%d_t" } do
    TYPES[form:format(bits)] = unsigned
  end
  for _, form in ipairs { "s%d", "__s%d", "int%d_t" } do
    TYPES[form:format(bits)] = signed
  end
  if bits > 8 then
    TYPES["__le" .. bits] = integer(bits // 8, false, "<")
    TYPES["__be" .. bits] = integer(bits // 8, false, ">")
  end
end

-- C's own names are made of these words, in any order.
local WORDS = {
  signed = true, unsigned = true, char = true, short = true, int = true,
  long = true,
}
local WORD_SIZES = { [""] = 4, char = 1, short = 2, long = WORD, longlong = 8 }

local QUALIFIERS = { const = true, volatile = true, __user = true }

-- Gives each field its offset, by C's rules.
local function lay_out(struct, packed)
  local offset, align = 0, 1
  for _, field in ipairs(struct.fields) do
    local step = packed and 1 or field.type.align
    offset = (offset + step - 1) // step * step
    field.offset = offset
    struct.offsets[field.name] = offset
    offset = offset + field.type.size
    align = math.max(align, step)
  end
  struct.align = align
  struct.size = (offset + align - 1) // align * align
  return struct
end

-- --- the parser -------------------------------------------------------------

local NAME = "[%a_][%w_]*"

local Parser = {}
Parser.__index = Parser

-- mark: where the text begins that is not as expected.
function Parser:fail(mark, text, ...)
  local rest = self.text:match("^[^\n]*", mark)
  if #rest > 40 then
    rest = rest:sub(1, 40) .. "..."
  end
  fail("%s: " .. text, rest == "" and "at its end" or '"' .. rest .. '"', ...)
end

-- Goes past blanks and comments; returns where the next token begins.
function Parser:mark()
  repeat
    local before = self.at
    self.at = self.text:match("^%s*()", before)
    self.at = self.text:match("^//[^\n]*()", self.at) or self.at
    if self.text:find("^/%*", self.at) then
      self.at = self.text:match("^/%*.-%*/()", self.at)
        or self:fail(self.at, "expected the comment's end, */")
    end
  until self.at == before
  return self.at
end

function Parser:take(pattern)
  local token, after = self.text:match("^(" .. pattern .. ")()", self:mark())
  self.at = after or self.at
  return token
end

-- Takes a name if it is one of the set.
function Parser:take_of(set)
  local mark = self:mark()
  local word = self:take(NAME)
  if set[word] then
    return word
  end
  self.at = mark
end

function Parser:expect(pattern, what)
  return self:take(pattern) or self:fail(self:mark(), "expected %s", what)
end

function Parser:qualifiers()
  repeat until not self:take_of(QUALIFIERS)
end

function Parser:packed()
  local mark = self:mark()
  local word = self:take_of { __packed = true, __attribute__ = true }
  if word == "__attribute__" then
    local what = self:take "%(%s*%(%s*[%w_]+%s*%)%s*%)" or ""
    what = what:match(NAME)
    if what ~= "packed" and what ~= "__packed__" then
      self:fail(mark, "expected __attribute__((packed)): no other is known")
    end
  end
  return word ~= nil
end

-- What follows the word struct: a description, or the name of one.
function Parser:struct()
  local mark = self:mark()
  local packed = self:packed()
  local name = self:take(NAME)
  if not self:take "{" then
    if not name then
      self:fail(self:mark(), "expected a struct's name or {")
    end
    return self.known[name] or { unknown = "struct " .. name, mark = mark }
  end
  local struct = setmetatable({
    kind = "struct", name = name, fields = {}, by_name = {}, offsets = {},
  }, self.metatable)
  repeat
    self:member(struct)
  until self:take "}"
  lay_out(struct, self:packed() or packed)
  if struct.size > SIZE_MAX then
    self:fail(mark, "it has %d bytes, more than 16 MiB", struct.size)
  end
  if name then
    self.known[name] = struct
  end
  return struct
end

-- Such as unsigned long int; word is the first.
function Parser:c_integer(mark, word)
  local signed, size = nil, ""
  repeat
    if word == "signed" or word == "unsigned" then
      signed = word == "signed"
    elseif word ~= "int" then
      size = size .. word
    end
    word = self:take_of(WORDS)
  until not word
  if not WORD_SIZES[size] then
    self:fail(mark, "expected a type of C")
  elseif size == "char" and signed == nil then
    return CHAR
  end
  return integer(WORD_SIZES[size], signed ~= false)
end

-- The type before the names.  One that is not known may still be pointed to.
function Parser:type()
  self:qualifiers()
  local mark = self:mark()
  local word = self:expect(NAME, "a field's type")
  if word == "struct" then
    return self:struct()
  elseif word == "union" then
    self:fail(mark, "unions are not supported: describe each form as a struct "
      .. "of its own")
  elseif WORDS[word] then
    return self:c_integer(mark, word)
  end
  return self.known[word] or TYPES[word] or { unknown = word, mark = mark }
end

function Parser:array(element)
  local mark = self:mark()
  local digits = self:expect("%d%w*", "an array's size, decimal or "
    .. "hexadecimal")
  -- Neither octal, nor so long that Lua's integers wrap.
  local count = not digits:find "^0%d" and #digits <= 10
    and math.tointeger(tonumber(digits))
  if not count or count < 1 or count > SIZE_MAX // element.size then
    self:fail(mark, "expected a size from 1 to 16 MiB, decimal or hexadecimal")
  end
  self:expect("%]", "]")
  mark = self:mark()
  if self:take "%[" then
    self:fail(mark, "arrays of arrays are not supported")
  end
  if element == CHAR then
    return { kind = "string", size = count, align = 1 }
  end
  return {
    kind = "array", element = element, count = count,
    size = count * element.size, align = element.align,
  }
end

-- A name, with the stars before it and the array's size after it.
function Parser:declarator(base)
  local type = base
  while self:take "%*" do
    type = POINTER
    self:qualifiers()
  end
  if type.unknown then
    self:fail(type.mark, "expected a type, and %s is none", type.unknown)
  end
  local mark = self:mark()
  local name = self:expect(NAME, "a field's name")
  if self:take ":" then
    self:fail(mark, "bitfields are not supported: describe the whole integer")
  elseif self:take "%[" then
    type = self:array(type)
  end
  return name, type, mark
end

-- One type and its names, up to the semicolon.
function Parser:member(struct)
  local base = self:type()
  self:qualifiers()
  repeat
    local name, type, mark = self:declarator(base)
    if struct.by_name[name] then
      self:fail(mark, "there is a field %s already", name)
    end
    local title = struct.name and struct.name .. "." .. name or name
    local field = { name = name, title = title, type = type }
    struct.by_name[name] = field
    struct.fields[#struct.fields + 1] = field
  until not self:take ","
  self:expect(";", ";")
end

--- A struct's description to its type; structs get the metatable.
function layout.parse(text, known, metatable)
  local parser = setmetatable({
    text = text, at = 1, known = {}, metatable = metatable,
  }, Parser)
  for name, struct in pairs(known) do
    if getmetatable(struct) ~= metatable then
      fail("%s must be what hl.struct gave", tostring(name))
    end
    parser.known[name] = struct
  end
  local mark = parser:mark()
  if not parser:take_of { struct = true } then
    parser:fail(mark, "expected struct { ... }")
  end
  local struct = parser:struct()
  if struct.unknown then
    parser:fail(parser:mark(), "expected {")
  end
  parser:take ";"
  mark = parser:mark()
  if mark <= #text then
    parser:fail(mark, "expected the end")
  end
  return struct
end

return layout
