-- SPDX-License-Identifier: GPL-2.0-or-later
-- Values as text for a console: what is in a table, to a small depth.  Nothing
-- of a script's is called: its metamethods may wait, raise, or lie.

local core = require "hyperlua.core"
local listing = require "hyperlua.listing"

local byte, find, format, gsub, rep, sub = string.byte, string.find,
  string.format, string.gsub, string.rep, string.sub
local concat, pack, sort = table.concat, table.pack, table.sort
local getmetatable, next, rawget, rawlen = debug.getmetatable, next, rawget,
  rawlen
local ipairs, max, min, tostring, type = ipairs, math.max, math.min, tostring,
  type
local math_type, utf8_len = math.type, utf8.len

-- Bytes of all, and of a string within a table or as a key.
local ALL_MAX = 60 << 10
local STRING_MAX = 4 << 10
local KEY_MAX = 100
-- Tables within tables; entries of one; columns of one on a single line.
local DEPTH_MAX = 4
local ENTRIES_MAX = 200
local COLUMNS = 76

local ESCAPES = { ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r",
  ['"'] = '\\"', ["\\"] = "\\\\" }

local function escape(char)
  return ESCAPES[char] or format("\\x%02x", byte(char))
end

-- As in Lua's source; of UTF-8 what it says, of other bytes their numbers.
local function quote(s, most)
  local cut = #s > most and format("... (%d bytes)", #s) or ""
  local part = sub(s, 1, most)
  local bytes = utf8_len(part) and '[%c"\\\127]' or '[%c"\\\127-\255]'
  return '"' .. gsub(part, bytes, escape) .. '"' .. cut
end

local function name_of(value)
  local meta = getmetatable(value)
  local name = type(meta) == "table" and rawget(meta, "__name")
  return type(name) == "string" and sub(name, 1, 100) or type(value)
end

-- What is no table.
local function plain(value, most)
  local kind = type(value)
  if kind == "string" then
    return quote(value, most)
  elseif math_type(value) == "integer" then
    return format("%d", value)
  elseif kind == "number" or kind == "boolean" or kind == "nil" then
    return tostring(value)
  end
  return format("%s: %p", name_of(value), value)
end

local function key_text(key)
  if type(key) == "string" and find(key, "^[%a_][%w_]*$") then
    return key
  end
  return "[" .. plain(key, KEY_MAX) .. "]"
end

-- Numbers first, then by text.
local function sorted_keys(value, first)
  local keys, more = {}, 0
  for key in next, value do
    if math_type(key) == "integer" and key >= 1 and key <= first then
      goto listed
    elseif #keys < ENTRIES_MAX then
      keys[#keys + 1] = key
    else
      more = more + 1
    end
    ::listed::
  end
  sort(keys, function(a, b)
    local a_number, b_number = math_type(a), math_type(b)
    if a_number and b_number then
      return a < b
    elseif a_number or b_number then
      return a_number ~= nil
    end
    return key_text(a) < key_text(b)
  end)
  return keys, more
end

-- Tables of hl.persist are empty; their metamethods are ours.
local persist_meta = getmetatable(core.persist "data")
local LOOKED_AT_MAX = 10000

local function contents(value)
  if getmetatable(value) ~= persist_meta then
    return value
  end
  local copy, count = {}, 0
  for key, member in persist_meta.__pairs(value) do
    copy[key], count = member, count + 1
    if count == LOOKED_AT_MAX then
      break
    end
  end
  return copy
end

local render

-- The texts of a table's entries.
local function entries(shown, state, depth)
  local value = contents(shown)
  local list, first = {}, min(rawlen(value), ENTRIES_MAX)
  for i = 1, first do
    list[i] = render(rawget(value, i), state, depth + 1)
  end
  local keys, more = sorted_keys(value, rawlen(value))
  for _, key in ipairs(keys) do
    local name = key_text(key)
    state.left = state.left - #name
    list[#list + 1] = name .. " = " .. render(rawget(value, key), state,
      depth + 1)
  end
  more = more + rawlen(value) - first
  if more > 0 then
    list[#list + 1] = format("... (%d more)", more)
  end
  return list
end

local function lay_out(list, depth)
  local line = concat(list, ", ")
  if #line + 2 * depth + 4 <= COLUMNS and not find(line, "\n", 1, true) then
    return "{ " .. line .. " }"
  end
  local indent = "\n" .. rep("  ", depth)
  return "{" .. indent .. "  " .. concat(list, "," .. indent .. "  ")
    .. indent .. "}"
end

-- --- records as a table ------------------------------------------------------

local function cell(value)
  if type(value) == "table" then
    return concat(value, ",")
  end
  return value == nil and "-" or tostring(value)
end

-- The cells of each line, and how wide each column is.
local function cells(list, names)
  local lines, widths = { names }, {}
  for i = 1, min(#list, ENTRIES_MAX) do
    lines[i + 1] = {}
    for column, name in ipairs(names) do
      lines[i + 1][column] = cell(list[i][name])
    end
  end
  for column = 1, #names do
    widths[column] = 0
    for _, line in ipairs(lines) do
      widths[column] = max(widths[column], #line[column])
    end
  end
  return lines, widths
end

local function rows(list, names)
  local lines, widths = cells(list, names)
  for i, line in ipairs(lines) do
    local padded = {}
    for column, text in ipairs(line) do
      padded[column] = text .. rep(" ", widths[column] - #text)
    end
    lines[i] = gsub(concat(padded, "  "), " +$", "")
  end
  if #list > ENTRIES_MAX then
    lines[#lines + 1] = format("... (%d more)", #list - ENTRIES_MAX)
  end
  return concat(lines, "\n")
end

-- state: bytes that are left; tables that this is in.
function render(value, state, depth)
  if state.left <= 0 then
    return "..."
  end
  local text
  if type(value) ~= "table" then
    text = plain(value, depth == 0 and ALL_MAX or STRING_MAX)
  elseif next(contents(value)) == nil then
    text = "{}"
  elseif depth == 0 and listing.columns(value) then
    text = rows(value, listing.columns(value))
  elseif state[value] then
    text = format("%s: %p (it is in this)", name_of(value), value)
  elseif depth >= DEPTH_MAX then
    text = format("%s: %p", name_of(value), value)
  else
    state[value] = true
    local list = entries(value, state, depth)
    state[value] = nil
    return lay_out(list, depth)
  end
  state.left = state.left - #text
  return text
end

--- All values in one text, with tabs between them.  Does not wait.
---@param ... any
---@return string text
return function(...)
  local values, state = pack(...), { left = ALL_MAX }
  for i = 1, values.n do
    values[i] = render(values[i], state, 0)
  end
  return concat(values, "\t", 1, values.n)
end
