-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.portal: what a guest's process has in memory, what the guest's kernel
-- knows of it, and the guest's files and programs.
--
-- What is read or asked is of the process being served; with portal.of(pid), of
-- another.  All functions that take an address wait for the guest, save for
-- reads that the engine can do at once.  A script's mistake raises; what the
-- guest refuses is nil and the errno's name: "EFAULT" for memory that is not
-- there or forbidden, "ESRCH" for a process that is gone.

local core = require "hyperlua.core"
local files = require "hyperlua.guest_file"
local lists = require "hyperlua.portal_lists"
local misuse = require "hyperlua.misuse"
local process = require "hyperlua.process"
require "hyperlua.errno" -- where the engine finds the errors' names

local PID_MAX = (1 << 31) - 1

-- Their functions are made for a process of its own.
local makers = {}
for _, some in ipairs { lists.makers, process.makers } do
  for name, maker in pairs(some) do
    makers[name] = maker
  end
end

-- The rest of portal.of(pid) is made when it is first used.
local Other = {
  __index = function(self, name)
    local maker = makers[name]
    if not maker then
      misuse.raise("portal.of(pid) has no %s", tostring(name))
    end
    local fn = maker(self)
    rawset(self, name, fn)
    return fn
  end,
}

-- A 32-bit program's pointers are shorter on a 64-bit kernel, too.
local function fit_pointers(other)
  local function by_word(int, long)
    return function(...)
      local word, err = lists.word_of(other)
      if not word then
        return nil, err
      end
      return (word == 4 and int or long)(...)
    end
  end
  other.read_ptr = by_word(other.read_int, other.read_long)
  other.write_ptr = by_word(other.write_int, other.write_long)
end

local own = core.portal(0)
local portal = { pid = 0 }

--- Reads bytes.
---@param addr integer  guest virtual address
---@param size integer  bytes, at most 16 MiB
---@return string? bytes
---@return string? err  "EFAULT", "ESRCH"
---@return string? part  with an error: what could be read before it
portal.read_bytes = own.read_bytes

--- Reads a string up to its NUL.
---@param addr integer
---@param max? integer  bytes, default 4096; longer strings are cut
---@return string? s  without the NUL
---@return string? err
---@return string? part  with an error: what could be read before it
portal.read_str = own.read_str

--- Reads an unsigned integer in the guest's byte order: of 1 byte (byte), 2
--- (word), 4 (int), 8 (long), or as many as the program's pointers have (ptr).
---@param addr integer
---@return integer? value  of 8 bytes, the upper half is negative in Lua
---@return string? err
portal.read_byte, portal.read_word = own.read_byte, own.read_word
portal.read_int, portal.read_long = own.read_int, own.read_long
portal.read_ptr = own.read_ptr

--- Writes bytes.
---@param addr integer
---@param bytes string
---@return integer? written  bytes: all
---@return string? err
---@return integer? part  with an error: bytes written before it
portal.write_bytes = own.write_bytes

--- As write_bytes, with a NUL behind the string; that is counted, too.
portal.write_str = own.write_str

--- Writes an integer; it must fit the size, signed or unsigned.
---@param addr integer
---@param value integer
---@return integer? written  bytes
---@return string? err
portal.write_byte, portal.write_word = own.write_byte, own.write_word
portal.write_int, portal.write_long = own.write_int, own.write_long
portal.write_ptr = own.write_ptr

portal.read_file, portal.write_file = files.read_file, files.write_file
portal.run = files.run

for name, maker in pairs(makers) do
  portal[name] = maker(portal)
end

--- The same functions for another process, but for those that concern none
--- (read_file, write_file, run, get_procs).  Does not wait.
---@param pid integer  of a process or a thread, as the guest's init sees it
---@return table other  other.pid is the pid
function portal.of(pid)
  pid = misuse.integer("portal.of: the pid", pid, 1, PID_MAX)
  local other = core.portal(pid)
  other.pid = pid
  if core.word_bits == 64 then
    fit_pointers(other)
  end
  return setmetatable(other, Other)
end

--- Processes that are there now.  Waits.
---@return table[]? procs  as get_proc gives them, by ascending pid
---@return string? err
portal.get_procs = process.get_procs

--- Whether reads may do without the guest where that gives the same bytes: to
--- compare, and to measure.  Does not wait.
---@param on boolean
---@return boolean before
portal.direct = core.direct

return portal
