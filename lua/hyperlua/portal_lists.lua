-- SPDX-License-Identifier: GPL-2.0-or-later
-- The portal's arrays and lists in a process's memory.  Each of the
-- makers makes one of hl.portal's functions for the process of p; those wait.

local core = require "hyperlua.core"
local misuse = require "hyperlua.misuse"

local makers = {}

local ORDER = core.big_endian and ">" or "<"
local PAGE = 4096
local BYTES_MAX = 16 << 20

-- Pointers of a list that ends with NULL, and bytes of a string in one: the
-- kernel's own limits of argv are of that size.
local POINTERS_MAX = 65536
local STRING_MAX = 131072

-- By p of portal.of(pid): what its program's pointers have.
local words = setmetatable({}, { __mode = "k" })

-- Bytes of a pointer of p's program; or nil, err.
local function word_of(p)
  if p.pid == 0 or core.word_bits == 32 then
    return core.word()
  end
  if not words[p] then
    local proc, err = p.get_proc()
    if not proc then
      return nil, err
    end
    words[p] = proc.word_bits == 32 and 4 or 8
  end
  return words[p]
end

-- All whole integers of the bytes, onto the list; up to a 0 if it ends there.
local function take(list, bytes, size, ends)
  local format = ORDER .. "I" .. size
  for at = 1, #bytes - size + 1, size do
    local value = format:unpack(bytes, at)
    if ends and value == 0 then
      return true
    end
    list[#list + 1] = value
  end
  return false
end

local function read_array(p, name, addr, count, size)
  misuse.integer(name .. ": the address", addr)
  misuse.integer(name .. ": the count", count, 0, BYTES_MAX // size)
  local bytes, err, part = p.read_bytes(addr, count * size)
  local list = {}
  take(list, bytes or part or "", size)
  if bytes then
    return list
  end
  return nil, err, list
end

--- Reads unsigned integers of 4 bytes (read_ints), 8 (read_longs).
---@param addr integer
---@param count integer  at most 16 MiB of them
---@return integer[]? list
---@return string? err
---@return integer[]? part  with an error: those that could be read before it
function makers.read_ints(p)
  return function(addr, count)
    return read_array(p, "portal.read_ints", addr, count, 4)
  end
end

function makers.read_longs(p)
  return function(addr, count)
    return read_array(p, "portal.read_longs", addr, count, 8)
  end
end

-- Page by page, as the list may end right before one that is not there.
local function read_to_null(p, name, addr, word)
  local list = {}
  misuse.integer(name .. ": the address", addr)
  while #list <= POINTERS_MAX do
    local size = math.max(PAGE - addr % PAGE, word)
    size = size - size % word
    local bytes, err, part = p.read_bytes(addr, size)
    if take(list, bytes or part or "", word, true) then
      return list
    end
    if not bytes then
      return nil, err, list
    end
    addr = addr + size
  end
  return nil, "E2BIG", list
end

--- Reads pointers: so many, or up to a NULL, which is not part of the list.
---@param addr integer
---@param count? integer
---@return integer[]? list
---@return string? err  "E2BIG": 65,536 and no NULL
---@return integer[]? part  with an error: those that could be read before it
function makers.read_ptrs(p)
  return function(addr, count)
    local word, err = word_of(p)
    if not word then
      return nil, err
    elseif count ~= nil then
      return read_array(p, "portal.read_ptrs", addr, count, word)
    end
    return read_to_null(p, "portal.read_ptrs", addr, word)
  end
end

--- Reads strings by a list of pointers to them that ends with NULL: an argv.
---@param addr integer
---@param max? integer  of strings, default and most 65,536
---@return string[]? list
---@return string? err  "E2BIG": 65,536 and no NULL, or more than 16 MiB
---@return string[]? part  with an error: those that could be read before it
function makers.read_strs(p)
  return function(addr, max)
    max = misuse.integer("portal.read_strs: the maximum", max or POINTERS_MAX,
      0, POINTERS_MAX)
    local pointers, err, part = p.read_ptrs(addr)
    local list, bytes = {}, 0
    for _, pointer in ipairs(pointers or part or {}) do
      if #list == max then
        return list
      end
      local s, failure = p.read_str(pointer, STRING_MAX)
      bytes = bytes + (s and #s or 0)
      if not s or bytes > BYTES_MAX then
        return nil, failure or "E2BIG", list
      end
      list[#list + 1] = s
    end
    if pointers or #list == max then
      return list
    end
    return nil, err, list
  end
end

local function write_array(p, name, addr, list, size)
  local format, bits, pieces = ORDER .. "I" .. size, 8 * size, {}
  misuse.integer(name .. ": the address", addr)
  if type(list) ~= "table" then
    misuse.raise("%s: the list must be a table, not %s", name, type(list))
  end
  for i, value in ipairs(list) do
    value = misuse.integer(("%s: list[%d]"):format(name, i), value)
    if bits < 64 and (value < -(1 << bits - 1) or value >= 1 << bits) then
      misuse.raise("%s: list[%d] = %d does not fit %d bits", name, i, value,
        bits)
    end
    pieces[i] = format:pack(bits < 64 and value & (1 << bits) - 1 or value)
  end
  return p.write_bytes(addr, table.concat(pieces))
end

--- Writes integers of 4 bytes (write_ints), 8 (write_longs), or pointers.
---@param addr integer
---@param list integer[]
---@return integer? written  bytes: all
---@return string? err
---@return integer? part  with an error: bytes written before it
function makers.write_ints(p)
  return function(addr, list)
    return write_array(p, "portal.write_ints", addr, list, 4)
  end
end

function makers.write_longs(p)
  return function(addr, list)
    return write_array(p, "portal.write_longs", addr, list, 8)
  end
end

function makers.write_ptrs(p)
  return function(addr, list)
    local word, err = word_of(p)
    if not word then
      return nil, err
    end
    return write_array(p, "portal.write_ptrs", addr, list, word)
  end
end

return { makers = makers, word_of = word_of }
