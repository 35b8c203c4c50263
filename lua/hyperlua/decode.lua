-- SPDX-License-Identifier: GPL-2.0-or-later
-- What a program passed to a system call, as text: strings quoted, flags and
-- ioctl commands by name.  For trace.lua; reads the process being served.

local core = require "hyperlua.core"
local flags = require "hyperlua.flags"
local ioctl = require "hyperlua.ioctl"
local portal = require "hyperlua.portal"

local SHOWN, STRINGS = 32, 16           -- bytes of a text, texts of a list
local SIGNED = { int = 32, pid_t = 32, clockid_t = 32, key_serial_t = 32,
  long = core.word_bits, ssize_t = core.word_bits, off_t = core.word_bits }

local decode = {}

--- Without what would spoil a line.
function decode.plain(text)
  return (text:gsub("[%c\x7f-\xff]", function(c)
    return c == "\n" and "\\n" or ("\\%03o"):format(c:byte())
  end))
end

local function quoted(text, more)
  return '"' .. decode.plain(text:sub(1, SHOWN):gsub('[\\"]', "\\%0")) .. '"'
    .. ((more or #text > SHOWN) and "..." or "")
end

function decode.pointer(addr)
  return addr == 0 and "NULL" or ("0x%x"):format(addr)
end

--- At most 32 of so many bytes, quoted.  Waits.
function decode.bytes(addr, size)
  local is_more = math.ult(SHOWN, size)
  local got = portal.read_bytes(addr, is_more and SHOWN or size)
  return got and quoted(got, is_more) or decode.pointer(addr)
end

local function list(addr)
  local texts = addr ~= 0 and portal.read_strs(addr, STRINGS)
  for i = 1, texts and #texts or 0 do
    texts[i] = quoted(texts[i])
  end
  return texts and "[" .. table.concat(texts, ", ") .. "]"
    or decode.pointer(addr)
end

local function number(kind, value)
  if SIGNED[kind] then
    local above = 64 - SIGNED[kind]
    return ("%d"):format((value << above) // (1 << above))
  end
  return (kind:find "mode_t" and "0%o" or kind:find "long"
    and math.ult(0xffff, value) and "0x%x" or "%d"):format(value)
end

--- How many arguments the program passed: open's mode is not always there.
function decode.count(name, args, values)
  local last = #args
  local is_mode = last > 1 and name:find "^open" and args[last].name == "mode"
  return is_mode and not flags.creates(values[last - 1]) and last - 1 or last
end

--- One argument.  Waits.
---@param name string  the system call
---@param args { type: string, name: string }[]  its prototype
---@param i integer
---@param values integer[]
---@return string? text  nil: a buffer that the call is to fill, and its size
---  is the next argument
function decode.argument(name, args, i, values)
  local kind, arg, value = args[i].type, args[i].name, values[i]
  local next_arg = args[i + 1]
  local sized = next_arg
    and (next_arg.type == "size_t" or next_arg.name:find "siz")
  if kind == "const char *" and sized then
    return decode.bytes(value, values[i + 1])
  elseif kind == "const char *" then
    local text = portal.read_str(value, SHOWN + 1)
    return text and quoted(text) or decode.pointer(value)
  elseif arg == "argv" then
    return list(value)
  elseif kind:find "%*" then
    return not (kind == "char *" and sized) and decode.pointer(value) or nil
  elseif arg:find "dfd$" and value & 0xffffffff == 0xffffff9c then
    return "AT_FDCWD"
  elseif arg == "fd" then
    return number("int", value)
  elseif arg == "cmd" and name == "ioctl" then
    return ioctl.decode(value).text
  elseif arg == "flags" and name:find "^open" then
    return flags.open(value)
  elseif arg == "flags" and name:find "^mmap" then
    return flags.mmap(value)
  elseif arg == "prot" then
    return flags.prot(value)
  end
  return number(kind, value)
end

return decode
