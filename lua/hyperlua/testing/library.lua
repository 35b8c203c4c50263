-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.struct, hl.ioctl, hl.errno and hl.flags for a spec: the engine's own
-- modules, with the numbers of the guest's machine and a process's memory.

local played = require "hyperlua.played"

local library = {}

-- Loads a module of the engine's among others that stand in for the engine.
local function loader(given)
  local loaded = given

  local function load_module(name)
    if loaded[name] == nil then
      local text, chunk = played.source(name)
      local env = setmetatable({ require = load_module }, { __index = _G })
      loaded[name] = assert(load(text, chunk, "t", env))(name)
    end
    return loaded[name]
  end

  return load_module
end

local function core_of(target)
  return { word_bits = target.word_bits, big_endian = target.big_endian,
    machine = target.machine }
end

-- By target's name: these know nothing of a process.
local numbers = {}

--- The machine's errno, ioctl and flags.
function library.numbers(target)
  if not numbers[target.name] then
    local load_module = loader { ["hyperlua.core"] = core_of(target) }
    local ioctl = load_module "hyperlua.ioctl"
    numbers[target.name] = {
      errno = load_module "hyperlua.errno",
      flags = load_module "hyperlua.flags",
      ioctl = { IO = ioctl.IO, IOR = ioctl.IOR, IOW = ioctl.IOW,
        IOWR = ioctl.IOWR },
    }
  end
  return numbers[target.name]
end

--- hl.struct whose read, write and at work on the memory.
function library.struct(target, memory)
  return loader {
    ["hyperlua.core"] = core_of(target),
    ["hyperlua.portal"] = {
      read_bytes = function(addr, size)
        local bytes = memory:peek(addr, size)
        return bytes, not bytes and "EFAULT" or nil
      end,
      write_bytes = function(addr, bytes)
        if not memory:peek(addr, #bytes) then
          return nil, "EFAULT", 0
        end
        memory:poke(addr, bytes)
        return #bytes
      end,
    },
  } "hyperlua.struct"
end

--- The number of "O_RDWR|O_NONBLOCK", or nil and the name that is none.
function library.open_flags(target, text)
  local flags = library.numbers(target).flags
  local known, value = { O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2 }, 0
  for shift = 2, 24 do
    known[flags.open(1 << shift):match "|(O_.*)" or ""] = 1 << shift
  end
  for name in text:gmatch "[^|%s]+" do
    if not known[name] then
      return nil, name
    end
    value = value | known[name]
  end
  return value
end

return library
