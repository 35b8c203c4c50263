-- SPDX-License-Identifier: GPL-2.0-or-later
-- The guest's side of IGLOO_HYPERFS_MAGIC, packed here and not with the
-- engine's code.  The layouts are those of the seed (abi/hyperfile.h).

local hyperfile = {
  MAGIC = 0x51ec3692, RETRY = 0xdeadbeef,
  FILE_OP = 0, GET_NUM = 1, GET_PATHS = 2,
  READ = 0, WRITE = 1, IOCTL = 2, GETATTR = 3, OPEN = 4, RELEASE = 5,
  LSEEK = 6, POLL = 7, FSYNC = 8,
  LENGTH_MAX = 1 << 20,         -- bytes of one read or write
}

-- Where things lie, counted from guest:kernel().
local AT = { op = 0, context = 40, size = 0x100, path = 0x200, data = 0x1000 }
local UNTOUCHED = "\xEE"

local Wire = {}
Wire.__index = Wire

--- What speaks the protocol to a played guest's engine.
---@param played userdata  as played.new gave it
---@param target { word_bits: integer, big_endian: boolean }
function hyperfile.new(played, target)
  local self = setmetatable({ played = played }, Wire)
  self.order = target.big_endian and ">" or "<"
  self.word_size = target.word_bits // 8
  self.word = "I" .. self.word_size
  self.mask = -1 >> 64 - target.word_bits
  self.own, self.region = played:kernel()
  return self
end

-- "w" is the guest's word.
function Wire:pack(format, ...)
  return (self.order .. format:gsub("w", self.word)):pack(...)
end

--- struct hl_file_context: little-endian whatever the guest is.
function hyperfile.context(more)
  local c = { node = 0, flags = 0, pid = 7, tid = 8, comm = "program",
    handle = 0, open_flags = 0 }
  for key, value in pairs(more) do
    c[key] = value
  end
  return ("<I4I4I4I4c16i8I4I4"):pack(c.node, c.flags, c.pid, c.tid,
    c.comm:sub(1, 15), c.handle, c.open_flags, 0)
end

--- Places path and struct; format is of what follows type and path.
function Wire:place(type, path, context, format, ...)
  self.played:kernel_poke(self.own + AT.path, path .. "\0")
  self.played:kernel_poke(self.own + AT.op,
    self:pack("i4w" .. format, type, self.own + AT.path, ...))
  if context then
    self.played:kernel_poke(self.own + AT.context, hyperfile.context(context))
  end
end

--- Rings for what place() placed.  Without a context nobody may be asked.
function Wire:ring(context)
  return self.played:ring(hyperfile.MAGIC, hyperfile.FILE_OP, self.own,
    context and not context.no_region and self.region or 0, context and 1 or 0)
end

--- Operations laid out as HYP_READ is: ret, or nil, "waits", ms, task.
function Wire:op(type, path, length, offset, context)
  self:place(type, path, context, "wwi8", self.own + AT.data, length or 0,
    offset or 0)
  return self:ring(context)
end

function Wire:guard(at, size)
  self.played:kernel_poke(self.own + at, UNTOUCHED:rep(size))
end

--- What was written to guarded memory, from its start.
function Wire:written(at, size)
  return (self.played:kernel_peek(self.own + at, size):gsub("\xEE+$", ""))
end

--- The first bytes of what a read has given.
function Wire:data(size)
  return self.played:kernel_peek(self.own + AT.data, size)
end

--- ret, bytes that the engine wrote, whatever ret says
function Wire:read(path, length, offset, context)
  local room = math.min(math.max(length, 0), hyperfile.LENGTH_MAX) + 64
  self:guard(AT.data, math.min(room, hyperfile.LENGTH_MAX))
  local ret, waits, ms, task = self:op(hyperfile.READ, path, length, offset,
    context)
  return ret, waits or self:written(AT.data, math.min(room,
    hyperfile.LENGTH_MAX)), ms, task
end

function Wire:write(path, data, offset, context)
  self.played:kernel_poke(self.own + AT.data, data)
  return self:op(hyperfile.WRITE, path, #data, offset, context)
end

function Wire:ioctl(path, cmd, arg, context)
  self:place(hyperfile.IOCTL, path, context, "I4w", cmd, arg or 0)
  return self:ring(context)
end

--- ret; or nil, "waits", ms, task.  See size().
function Wire:ask_size(path, context)
  self:place(hyperfile.GETATTR, path, context, "w", self.own + AT.size)
  self:guard(AT.size, 16)
  return self:ring(context)
end

--- What ask_size() gave, or nil.
function Wire:size()
  local size = self.played:kernel_peek(self.own + AT.size, 16)
  return size:sub(1, 8) ~= UNTOUCHED:rep(8)
    and (self.order .. "i8"):unpack(size) or nil
end

--- ret, size
function Wire:getattr(path, context)
  return self:ask_size(path, context), self:size()
end

hyperfile.AT, hyperfile.Wire = AT, Wire
return hyperfile
