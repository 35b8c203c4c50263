-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.ioctl: an ioctl's command number to its parts and back, as the guest's
-- <asm/ioctl.h> has it.  Nothing here waits.

local core = require "hyperlua.core"

local NR_BITS, TYPE_BITS = 8, 8
local TYPE_SHIFT = NR_BITS
local SIZE_SHIFT = TYPE_SHIFT + TYPE_BITS

-- MIPS (e_machine 8) has one size bit less, and a bit of its own for "none".
local MIPS = core.machine == 8
local SIZE_BITS = MIPS and 13 or 14
local DIR_SHIFT = SIZE_SHIFT + SIZE_BITS
local SIZE_MAX = (1 << SIZE_BITS) - 1
local NONE = MIPS and 1 or 0
local READ = 2
local WRITE = MIPS and 4 or 1

-- "W" for 0x57; a number that is no such character stays one.
local function character(letter)
  local char = string.char(letter)
  return char:find "^%g$" and char or letter
end

local ioctl = {}

--- Takes a command apart.  Of a number that was never encoded (0x89f1) it
--- gives what the bits say, and the number as text.
---@param cmd integer  as the handler gets it; the kernel uses its low 32 bits
---@return { direction: string, type: string|integer, number: integer,
---  size: integer, text: string } parts  direction, as the program sees it, is
---  "none", "read", "write" or "readwrite"; type a character, or an integer
---  when it cannot be printed; size in bytes; text such as "_IOR('W', 0, 40)"
function ioctl.decode(cmd)
  local number = math.type(cmd) and math.tointeger(cmd)
  if not number then
    error("hl.ioctl.decode: the command must be an integer, not "
      .. tostring(cmd), 2)
  end
  local direction, letter, nr, size, text = core.ioctl_decode(number)
  return { direction = direction, type = character(letter), number = nr,
    size = size, text = text }
end

-- Blames the caller of IO, IOR, ...: those call encode as their last act.
local function check(name, value, what, max)
  local number = math.type(value) and math.tointeger(value)
  if not number or number < 0 or number > max then
    error(("hl.ioctl.%s: the %s must be from 0 to %d, not %s"):format(name,
      what, max, tostring(value)), 3)
  end
  return number
end

local function encode(name, dir, kind, nr, size)
  if type(kind) == "string" and #kind == 1 then
    kind = kind:byte()
  end
  if type(size) == "table" then
    size = size.size
  end
  return dir << DIR_SHIFT
    | check(name, size, "size", SIZE_MAX) << SIZE_SHIFT
    | check(name, kind, "type, a character or a number,", 0xff) << TYPE_SHIFT
    | check(name, nr, "number", 0xff)
end

--- _IO('W', 4) of the guest's C: a command without an argument's size.
---@param kind string|integer  one character, or its number
---@param nr integer  0 to 255
---@return integer cmd  for the guest's machine
function ioctl.IO(kind, nr)
  return encode("IO", NONE, kind, nr, 0)
end

--- _IOR('W', 0, struct ...) of the guest's C: the program reads an answer.
---@param kind string|integer  one character, or its number
---@param nr integer  0 to 255
---@param size integer|hl.Struct  bytes, or what hl.struct gave
---@return integer cmd  for the guest's machine
function ioctl.IOR(kind, nr, size)
  return encode("IOR", READ, kind, nr, size)
end

--- As IOR; the program writes.
function ioctl.IOW(kind, nr, size)
  return encode("IOW", WRITE, kind, nr, size)
end

--- As IOR; the program writes, and reads an answer.
function ioctl.IOWR(kind, nr, size)
  return encode("IOWR", READ | WRITE, kind, nr, size)
end

return ioctl
