-- SPDX-License-Identifier: GPL-2.0-or-later
-- A process's memory, as a spec fills and reads it.  Values have the guest's
-- byte order and word size, and are unsigned, as for hl.portal.  What was never
-- mapped is a hole: a script that reads there gets nil, "EFAULT".

local misuse = require "hyperlua.testing.misuse"

local PAGE = 4096
local FIRST = 0x10000000        -- where alloc begins

local Memory = {}

--- Puts bytes at an address; maps the pages that are missing.
---@param addr integer
---@param bytes string
function Memory:poke(addr, bytes)
  misuse.integer("poke: the address", addr)
  if type(bytes) ~= "string" then
    misuse.raise("poke: the bytes must be a string, not %s (poke_int and the "
      .. "like put numbers)", type(bytes))
  end
  self.guest.played:poke_of(self:alive(), addr, bytes)
end

---@param addr integer
---@param size integer  bytes
---@return string? bytes  nil when there is a hole
function Memory:peek(addr, size)
  misuse.integer("peek: the address", addr)
  misuse.integer("peek: the size", size, 0, 1 << 30)
  return self.guest.played:peek_of(self:alive(), addr, size)
end

--- Maps pages of zeros; those that are there stay as they are.
---@param addr integer
---@param size integer  bytes
function Memory:map(addr, size)
  misuse.integer("map: the size", size, 1, 1 << 30)
  misuse.integer("map: the address", addr)
  local played, pid = self.guest.played, self:alive()
  for page = addr // PAGE, (addr + size - 1) // PAGE do
    if not played:peek_of(pid, page * PAGE, 1) then
      played:poke_of(pid, page * PAGE, "\0")
    end
  end
end

--- Makes a hole of whole pages.
---@param addr integer
---@param size? integer  bytes, default 1
function Memory:unmap(addr, size)
  misuse.integer("unmap: the address", addr)
  self.guest.played:unmap(self:alive(), addr,
    misuse.integer("unmap: the size", size or 1, 1, 1 << 30))
end

--- The page is not in the processor's tables: only the guest's kernel reaches
--- it, so that a script must wait for what it reads there.
---@param addr integer
function Memory:page_out(addr)
  self.guest.played:absent(misuse.integer("page_out: the address", addr))
end

--- Memory of its own, with a hole behind: what reads beyond its end fails.
---@param what integer|string  bytes, or how many zeros
---@return integer addr  aligned to 8 bytes
function Memory:alloc(what)
  local bytes = type(what) == "string" and what
    or ("\0"):rep(misuse.integer("alloc: the size", what, 0, 1 << 28))
  local size = math.max((#bytes + 7) // 8 * 8, 8)
  local stop = ((self.free or FIRST) + size + PAGE - 1) // PAGE * PAGE
  self.free = stop + PAGE
  self:map(stop - size, size)
  self:poke(stop - size, bytes)
  return stop - size
end

--- A string up to its NUL.
---@return string? s  nil when there is a hole before a NUL
function Memory:peek_str(addr)
  local pieces = {}
  repeat
    local size = PAGE - addr % PAGE
    local piece = self:peek(addr, size)
    if not piece then
      return nil
    end
    pieces[#pieces + 1] = piece:match "^[^\0]*"
    addr = addr + size
  until #pieces[#pieces] < size
  return table.concat(pieces)
end

--- Puts a string and a NUL.
function Memory:poke_str(addr, text)
  self:poke(addr, tostring(text) .. "\0")
end

-- As hl.portal's: poke_int(addr, value), peek_int(addr), ...
local SIZES = { byte = 1, word = 2, int = 4, long = 8, ptr = false }
for name, size in pairs(SIZES) do
  local function format(self)
    return self.guest.order .. "I" .. (size or self.guest.word_size), size
      or self.guest.word_size
  end

  Memory["peek_" .. name] = function(self, addr)
    local unpacked, bytes = format(self)
    local got = self:peek(addr, bytes)
    return got and (unpacked:unpack(got))
  end

  Memory["poke_" .. name] = function(self, addr, value)
    local packed, bytes = format(self)
    value = misuse.integer("poke_" .. name .. ": the value", value)
    if bytes < 8 then
      value = value & (1 << 8 * bytes) - 1
    end
    self:poke(addr, packed:pack(value))
  end
end

return Memory
