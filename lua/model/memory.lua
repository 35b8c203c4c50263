-- SPDX-License-Identifier: GPL-2.0-or-later
-- What handlers read and wrote of a process's memory, as Lua that finds the
-- same places in another run: from an argument, or through a pointer that was
-- read before.

local text = require "model.text"

local NEAR_ARG, NEAR_POINTER = 0x10000, 0x1000
local LEAST = 0x1000 -- no smaller number is a pointer
local BASES_MOST = 512
local SEARCHED = 0x1000 -- bytes of a read, for pointers

local READERS = { [1] = "byte", [2] = "word", [4] = "int", [8] = "long" }

local memory = {}

local function place(code, offset)
  return offset == 0 and code or ("%s + %s"):format(code, text.number(offset))
end

-- The base that an address is nearest behind; the first of two as near.
local function find(bases, addr)
  local best, offset
  for _, base in ipairs(bases) do
    local distance = addr - base.value
    if distance >= 0 and distance < base.near
      and (not offset or distance < offset) then
      best, offset = base, distance
    end
  end
  return best, offset
end

-- Each word that was read may be a pointer.
local function add_pointers(bases, item, where, machine, compat)
  local size = compat and 4 or machine.word_bits // 8
  local format = (machine.big_endian and ">" or "<") .. "I" .. size
  for at = 0, math.min(#item.bytes, SEARCHED) - size, size do
    local value = format:unpack(item.bytes, at + 1)
    if (value < 0 or value >= LEAST) and #bases < BASES_MOST then
      local addr = place(where.base.code, where.offset + at)
      bases[#bases + 1] = { value = value, near = NEAR_POINTER, item = item,
        at = at, size = size, code = ("portal.read_ptr(%s)"):format(addr) }
    end
  end
end

local function order(machine)
  return machine.big_endian and ">" or "<"
end

local function integer(bytes, machine)
  return text.number((order(machine) .. "i" .. #bytes):unpack(bytes)
    & (#bytes == 8 and -1 or (1 << 8 * #bytes) - 1))
end

local function asks(addr, bytes, machine)
  local reader = READERS[#bytes]
  return reader and ("portal.read_%s(%s) == %s"):format(reader, addr,
      integer(bytes, machine))
    or text.put(("portal.read_bytes(%s, %d) == "):format(addr, #bytes),
      text.quote(bytes))
end

local function writes(addr, bytes, machine)
  local writer = READERS[#bytes]
  return text.call("portal.write_" .. (writer or "bytes"),
    { addr, writer and integer(bytes, machine) or text.quote(bytes) })
end

-- What was read besides pointers, which are others in the next run.
local function add_asked(asked, item, where, pointers, machine)
  local at = 0
  if item.kind == "s" then
    asked[#asked + 1] = text.put(("portal.read_str(%s) == "):format(
      place(where.base.code, where.offset)), text.quote(item.bytes))
    return
  end
  table.sort(pointers, function(a, b) return a.at < b.at end)
  for i = 1, #pointers + 1 do
    local stop = pointers[i] and pointers[i].at or #item.bytes
    if stop > at then
      asked[#asked + 1] = asks(place(where.base.code, where.offset + at),
        item.bytes:sub(at + 1, stop), machine)
    end
    at = pointers[i] and stop + pointers[i].size or stop
  end
end

-- Of each access where it is; which words were pointers, by access.
local function resolve(line, bases, machine)
  local places, pointers = {}, {}
  for i, item in ipairs(line.memory) do
    local base, offset = find(bases, item.addr)
    if base then
      places[i] = { base = base, offset = offset }
      base.is_used = true
      if item.kind == "r" then
        add_pointers(bases, item, places[i], machine, line.compat)
      end
    end
  end
  for _, base in ipairs(bases) do
    if base.is_used and base.item then
      pointers[base.item] = pointers[base.item] or {}
      table.insert(pointers[base.item], base)
    end
  end
  return places, pointers
end

--- What a request did.
---@param line table  of the recording
---@param args { code: string, value: integer }[]  what may be pointers; gets
---  is_used
---@param machine table  big_endian, word_bits
---@return string[] asked  conditions: what it read before it wrote
---@return string[] written  statements
---@return integer lost  accesses whose place nothing tells
function memory.of(line, args, machine)
  local bases, asked, written, lost = {}, {}, {}, 0
  for i, arg in ipairs(args) do
    arg.near = NEAR_ARG
    if arg.value < 0 or arg.value >= LEAST then
      bases[#bases + 1] = args[i]
    end
  end
  local places, pointers = resolve(line, bases, machine)
  for i, item in ipairs(line.memory) do
    local where = places[i]
    local addr = where and place(where.base.code, where.offset)
    if not addr then
      lost = lost + 1
    elseif item.kind == "w" then
      written[#written + 1] = writes(addr, item.bytes, machine)
    elseif #written == 0 then -- what comes later may be its own
      add_asked(asked, item, where, pointers[item] or {}, machine)
    end
  end
  return asked, written, lost
end

return memory
