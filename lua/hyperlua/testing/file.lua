-- SPDX-License-Identifier: GPL-2.0-or-later
-- Open files of a played program: what hyperlua.ko does for a real one
-- (guest/module/file.c, file_io.c), and what the program then sees.  Results
-- are nil and the errno's name when the call failed.

local hyperfile = require "hyperlua.testing.hyperfile"
local library = require "hyperlua.testing.library"
local misuse = require "hyperlua.testing.misuse"

local file = {}

-- HL_NODE_* and enum hl_node_seek of abi/hyperfile.h.
local OPEN, RELEASE, POLL, FSYNC = 1, 2, 4, 8
local SEEK_NONE, SEEK_FREE, SEEK_SIZE, SEEK_MODEL = 0, 1, 2, 3
local ALWAYS_READY = 0x145      -- EPOLLIN, OUT, RDNORM, WRNORM
local GONE = 0x18               -- EPOLLERR, EPOLLHUP
local WHENCE = { set = 0, cur = 1, ["end"] = 2 }

---@class hl.testing.File
---@field path string
---@field position integer  bytes from the start
local File = {}
File.__index = File

local handles = 0

local function rings(node, flag)
  return node.flags & flag ~= 0
end

-- nil: it was removed, or the file is closed, which is the spec's mistake.
function File:node()
  if self.closed then
    misuse.raise("%s was closed", self.path)
  end
  self.program:enter()
  local node = self.program.guest.played:node(self.path)
  return node and node.id == self.id and node or nil
end

function File:context(compat)
  local program = self.program
  return { node = self.id, flags = compat and 1 or 0, pid = program.pid,
    tid = program.pid, comm = program.comm, handle = self.handle,
    open_flags = self.flags }
end

-- After what played gave for a ring: an integer as the kernel has it.
function File:finish(...)
  local guest = self.program.guest
  return guest.scheduler:wait(self.program.pid, nil, ...)
    or -guest.hl.errno.EINTR
end

-- What the program sees of that: the number, or nil and the errno's name.  What
-- was read lies where the next operation puts its own, so that comes first.
function File:seen(ret, bytes)
  self.program.guest:settle()
  if ret < 0 and ret >= -4095 then
    return nil, self.program.guest.hl.errno.name(-ret) or tostring(-ret)
  end
  return bytes or ret
end

function File:plain(type, length, offset)
  return self:finish(self.program.guest.wire:op(type, self.path, length,
    offset, self:context()))
end

-- Where it reads or writes; nil: it cannot be said.
function File:place(node, offset)
  return (offset == nil or node.seek ~= SEEK_NONE)
    and (offset or self.position) or nil
end

--- As read(2); with an offset, as pread(2).
---@param length integer  bytes, at most 1 MiB are read
---@param offset? integer  bytes; the file's own position stays
---@return string? bytes
---@return string? err
function File:read(length, offset)
  misuse.integer("read: the length", length, 0, math.maxinteger)
  local node, wire = self:node(), self.program.guest.wire
  local at = node and self:place(node, offset)
  if not node or self.flags & 3 == 1 or not at then
    return nil, not node and "ENODEV" or at and "EBADF" or "ESPIPE"
  end
  length = math.min(length, hyperfile.LENGTH_MAX)
  local ret = self:plain(hyperfile.READ, length, at)
  self.position = offset and self.position or at + math.max(ret, 0)
  return self:seen(ret, ret >= 0 and wire:data(ret))
end

--- As write(2); with an offset, as pwrite(2).
---@param data string  at most 1 MiB are written
---@param offset? integer  bytes; the file's own position stays
---@return integer? size  how many bytes the model took
---@return string? err
function File:write(data, offset)
  local node, guest = self:node(), self.program.guest
  local at = node and self:place(node, offset)
  if not node or self.flags & 3 == 0 or not at then
    return nil, not node and "ENODEV" or at and "EBADF" or "ESPIPE"
  end
  data = data:sub(1, hyperfile.LENGTH_MAX)
  local ret = self:finish(guest.wire:write(self.path, data, at,
    self:context()))
  self.position = offset and self.position or at + math.max(ret, 0)
  return self:seen(ret)
end

--- As ioctl(2).
---@param cmd integer  guest.hl.ioctl.IOR and the like make them
---@param arg? integer  a number, or the address of what program:alloc gave
---@param compat? boolean  by a 32-bit program of a 64-bit kernel
---@return integer? ret
---@return string? err
function File:ioctl(cmd, arg, compat)
  misuse.integer("ioctl: the command", cmd)
  misuse.integer("ioctl: the argument", arg or 0)
  if not self:node() then
    return nil, "ENODEV"
  end
  return self:seen(self:finish(self.program.guest.wire:ioctl(self.path, cmd,
    arg, self:context(compat))))
end

-- The size as the model gives it, or the node's.
function File:ask_size(node)
  local wire = self.program.guest.wire
  local ret = self:finish(wire:ask_size(self.path, self:context()))
  return ret, wire:size() or node.size
end

local function within(position, most, errno)
  return position >= 0 and position <= most and position or -errno.EINVAL
end

local function seek(self, node, offset, whence)
  local errno = self.program.guest.hl.errno
  if node.seek == SEEK_MODEL then
    return self:plain(hyperfile.LSEEK, WHENCE[whence], offset)
  elseif node.seek == SEEK_NONE or node.seek == SEEK_FREE and whence == "end"
  then
    return node.seek == SEEK_NONE and -errno.ESPIPE or -errno.EINVAL
  end
  local ret, size = 0, math.maxinteger
  if node.seek == SEEK_SIZE then
    ret, size = self:ask_size(node)
  end
  local from = { set = 0, cur = self.position, ["end"] = size }
  return ret < 0 and ret or within(from[whence] + offset, size, errno)
end

--- As lseek(2).
---@param offset integer
---@param whence? "set"|"cur"|"end"  default "set"
---@return integer? position
---@return string? err
function File:lseek(offset, whence)
  whence = whence or "set"
  if not WHENCE[whence] then
    misuse.raise('lseek: whence is "set", "cur" or "end", not %s',
      tostring(whence))
  end
  local node = self:node()
  if not node then
    return nil, "ENODEV"
  end
  local ret = seek(self, node, misuse.integer("lseek: the offset", offset),
    whence)
  self.position = ret >= 0 and ret or self.position
  return self:seen(ret)
end

--- As poll(2) with a timeout of 0.
---@return integer mask  of EPOLL*
function File:poll()
  local node = self:node()
  if not node then
    return GONE
  elseif not rings(node, POLL) then
    return ALWAYS_READY
  end
  local ret = self:plain(hyperfile.POLL)
  self.program.guest:settle()
  return ret < 0 and 8 or ret & 0xffffffff
end

--- How often who polls the file was told to poll anew since it was opened.
---@return integer
function File:wakes()
  local node = self:node()
  return node and node.wakes - self.woken or 0
end

--- As fsync(2), or fdatasync(2).
---@return integer? zero
---@return string? err
function File:fsync(datasync)
  local node = self:node()
  if not node then
    return nil, "ENODEV"
  end
  return self:seen(rings(node, FSYNC)
    and self:plain(hyperfile.FSYNC, datasync and 1 or 0) or 0)
end

--- What a mapping of the file shows.
---@param offset? integer  bytes
---@param length? integer  bytes, default all
---@return string? bytes
---@return string? err  "ENODEV": it cannot be mapped
function File:map_read(offset, length)
  local node = self:node()
  if not node or node.map_size == 0 then
    return nil, "ENODEV"
  end
  offset = offset or 0
  return self.program.guest.played:map_peek(self.path, offset,
    length or node.map_size - offset)
end

--- The program writes into its mapping.
---@param offset integer  bytes
---@param bytes string
---@return integer? size
---@return string? err
function File:map_write(offset, bytes)
  local node = self:node()
  if not node or node.map_size == 0 then
    return nil, "ENODEV"
  end
  self.program.guest.played:map_poke(self.path, offset, bytes)
  return #bytes
end

function File:close()
  local node = self:node()
  if node and rings(node, RELEASE) then
    self:plain(hyperfile.RELEASE)
  end
  self.closed = true
  self.program.guest:settle()
end

-- --- paths ------------------------------------------------------------------

local function flags_of(program, flags)
  if type(flags) == "string" then
    local value, unknown = library.open_flags(program.guest.target, flags)
    return value or misuse.raise("open: there is no flag %s", unknown)
  end
  return misuse.integer("open: the flags", flags or 2)
end

local AT_FDCWD = -100

-- A pattern's file is made when a program's openat looks for it.
local function look_for(program, path, flags)
  local played = program.guest.played
  program:enter()
  if not played:node(path) then
    program:syscall("openat", { AT_FDCWD, path, flags }, { retval = -2 })
  end
  return played:node(path)
end

--- As open(2), for the program; see Program.open.
---@return hl.testing.File?
---@return string? err
function file.open(program, path, flags)
  flags = flags_of(program, flags)
  local node = look_for(program, path, flags)
  if not node then
    return nil, "ENOENT"
  end
  handles = handles + 1
  local self = setmetatable({ program = program, path = path, id = node.id,
    flags = flags, handle = handles, position = 0, woken = node.wakes }, File)
  if rings(node, OPEN) then
    return self:seen(self:plain(hyperfile.OPEN), self)
  end
  return self
end

--- As stat(2): size, mode, and major and minor of a device.
function file.stat(program, path)
  local node = look_for(program, path, 0)
  if not node then
    return nil, "ENOENT"
  end
  local self = setmetatable({ program = program, path = path, id = node.id,
    flags = 0, handle = 0 }, File)
  local ret, size = self:ask_size(node)
  return self:seen(ret, { size = size, mode = node.mode, major = node.major,
    minor = node.minor })
end

return file
