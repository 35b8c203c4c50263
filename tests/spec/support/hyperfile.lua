-- SPDX-License-Identifier: GPL-2.0-or-later
-- For specs: the guest's side of IGLOO_HYPERFS_MAGIC, packed here and not with
-- the engine's code.  The layouts are those of the seed (abi/hyperfile.h).
local played = require "hyperlua.played"

local hyperfile = {
  MAGIC = 0x51ec3692, RETRY = 0xdeadbeef,
  FILE_OP = 0, GET_NUM = 1, GET_PATHS = 2,
  READ = 0, WRITE = 1, IOCTL = 2, GETATTR = 3, OPEN = 4, RELEASE = 5,
  LSEEK = 6, POLL = 7, FSYNC = 8,
  TARGETS = { "mipsel", "mips", "mips64el", "x86_64", "arm", "aarch64" },
}

-- What struct.pack would be told in the seed: byte order and word.
local ORDER = {
  mipsel = "<I4", mips = ">I4", mips64el = "<I8", x86_64 = "<I8",
  arm = "<I4", aarch64 = "<I8",
}

-- Where things lie, counted from guest:kernel().
local AT = { op = 0, context = 40, size = 0x100, path = 0x200, data = 0x1000 }
local UNTOUCHED = "\xEE"

local Guest = {}
Guest.__index = Guest

-- A guest whose script is that; it has said hello.
function hyperfile.guest(target, script)
  local self = setmetatable({ played = played.new(target) }, Guest)
  self.order, self.word = ORDER[target]:sub(1, 1), ORDER[target]:sub(2)
  self.word_size = self.word == "I4" and 4 or 8
  self.mask = -1 >> 64 - 8 * self.word_size
  self.own, self.region = self.played:kernel()
  if script then
    self:run(script)
  end
  assert(self.played:hello() == 0)
  return self
end

function Guest:run(script)
  local ran = self.played:run('local hl = require "hyperlua" ' .. script)
  assert(ran, table.concat(self.played:log(), "\n"))
end

-- The log since the last time, without the handshake's line.
function Guest:log()
  local log, lines = self.played:log(), {}
  for i = (self.seen or 0) + 1, #log do
    if not log[i]:find "^info: guest: Linux " then
      lines[#lines + 1] = log[i]
    end
  end
  self.seen = #log
  return lines
end

-- Where nothing of that size may be read or written: nowhere, the user's, a
-- hole in the kernel's, and what reaches beyond its end and the machine's.
function Guest:unreachable(size)
  return { 0, 0x400000, self.own - 0x10000, self.own + (260 << 12) - size + 1,
    self.mask, -1 }
end

function Guest:pack(format, ...)
  return (self.order .. format:gsub("w", self.word)):pack(...)
end

-- struct hl_file_context: little-endian whatever the guest is.
function hyperfile.context(more)
  local c = { node = 0, flags = 0, pid = 7, tid = 8, comm = "program",
    handle = 0, open_flags = 0 }
  for key, value in pairs(more) do
    c[key] = value
  end
  return ("<I4I4I4I4c16i8I4I4"):pack(c.node, c.flags, c.pid, c.tid, c.comm,
    c.handle, c.open_flags, 0)
end

-- Places path and struct; format is of what follows type and path.
function Guest:place(type, path, context, format, ...)
  self.played:kernel_poke(self.own + AT.path, path .. "\0")
  self.played:kernel_poke(self.own + AT.op,
    self:pack("i4w" .. format, type, self.own + AT.path, ...))
  if context then
    self.played:kernel_poke(self.own + AT.context, hyperfile.context(context))
  end
end

-- Rings for what place() placed.  Without a context nobody may be asked.
function Guest:ring(context)
  return self.played:ring(hyperfile.MAGIC, hyperfile.FILE_OP, self.own,
    context and not context.no_region and self.region or 0, context and 1 or 0)
end

-- Operations laid out as HYP_READ is: ret, and all that push_ret says.
function Guest:op(type, path, length, offset, context)
  self:place(type, path, context, "wwi8", self.own + AT.data, length or 0,
    offset or 0)
  return self:ring(context)
end

function Guest:guard(at, size)
  self.played:kernel_poke(self.own + at, UNTOUCHED:rep(size))
end

-- What was written to guarded memory, from its start.
function Guest:written(at, size)
  return (self.played:kernel_peek(self.own + at, size):gsub("\xEE+$", ""))
end

-- ret, bytes that the engine wrote, whatever ret says
function Guest:read(path, length, offset, context)
  local room = math.min(math.max(length, 0), 1 << 20) + 64
  self:guard(AT.data, math.min(room, 1 << 20))
  local ret, waits, ms, task = self:op(hyperfile.READ, path, length, offset,
    context)
  return ret, waits or self:written(AT.data, math.min(room, 1 << 20)), ms, task
end

function Guest:write(path, data, offset, context)
  self.played:kernel_poke(self.own + AT.data, data)
  return self:op(hyperfile.WRITE, path, #data, offset, context)
end

function Guest:ioctl(path, cmd, arg, context)
  self:place(hyperfile.IOCTL, path, context, "I4w", cmd, arg or 0)
  return self:ring(context)
end

-- ret, size
function Guest:getattr(path, context)
  self:place(hyperfile.GETATTR, path, context, "w", self.own + AT.size)
  self:guard(AT.size, 16)
  local ret = self:ring(context)
  local size = self.played:kernel_peek(self.own + AT.size, 16)
  return ret, (size:sub(1, 8) ~= UNTOUCHED:rep(8)
    and (self.order .. "i8"):unpack(size) or nil)
end

hyperfile.AT = AT
return hyperfile
