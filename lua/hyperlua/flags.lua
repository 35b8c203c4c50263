-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.flags: flags of system calls as text, with the numbers of the guest's
-- machine: hl.flags.open(0x241) is "O_WRONLY|O_CREAT|O_TRUNC" on x86.
-- Nothing here waits.

local machine = require("hyperlua.core").machine

-- Linux, include/uapi/asm-generic/fcntl.h and mman.h.
local OPEN = { O_CREAT = 0x40, O_EXCL = 0x80, O_NOCTTY = 0x100, O_TRUNC = 0x200,
  O_APPEND = 0x400, O_NONBLOCK = 0x800, O_DSYNC = 0x1000, O_DIRECT = 0x4000,
  O_LARGEFILE = 0x8000, O_DIRECTORY = 0x10000, O_NOFOLLOW = 0x20000,
  O_NOATIME = 0x40000, O_CLOEXEC = 0x80000, O_PATH = 0x200000 }
local MMAP = { MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_FIXED = 0x10,
  MAP_ANONYMOUS = 0x20, MAP_NORESERVE = 0x4000, MAP_POPULATE = 0x8000,
  MAP_STACK = 0x20000 }
local PROT = { PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4 }

local function change(names, changes)
  for name, bits in pairs(changes) do
    names[name] = bits
  end
end

-- By e_machine: MIPS, ARM and AArch64 have numbers of their own.
if machine == 8 then
  change(OPEN, { O_CREAT = 0x100, O_EXCL = 0x400, O_NOCTTY = 0x800,
    O_APPEND = 8, O_NONBLOCK = 0x80, O_DSYNC = 0x10, O_DIRECT = 0x8000,
    O_LARGEFILE = 0x2000 })
  change(MMAP, { MAP_ANONYMOUS = 0x800, MAP_NORESERVE = 0x400,
    MAP_POPULATE = 0x10000, MAP_STACK = 0x40000 })
elseif machine == 40 or machine == 183 then
  change(OPEN, { O_DIRECT = 0x10000, O_LARGEFILE = 0x20000,
    O_DIRECTORY = 0x4000, O_NOFOLLOW = 0x8000 })
end

local ACCESS = { [0] = "O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE" }

-- In the numbers' order; what has no name comes last, as a number.
local function text(names, value, first)
  local order, words = {}, { first }
  for name in pairs(names) do
    order[#order + 1] = name
  end
  table.sort(order, function(a, b)
    return names[a] < names[b]
  end)
  for _, name in ipairs(order) do
    if value & names[name] ~= 0 then
      words[#words + 1], value = name, value & ~names[name]
    end
  end
  if value ~= 0 or not words[1] then
    words[#words + 1] = ("0x%x"):format(value)
  end
  return table.concat(words, "|")
end

return {
  --- The flags of open, openat and fcntl's F_GETFL.
  ---@param value integer
  ---@return string text  such as "O_RDONLY|O_CLOEXEC"
  open = function(value)
    return text(OPEN, value & ~3, ACCESS[value & 3])
  end,

  --- The flags of mmap.
  mmap = function(value)
    return text(MMAP, value)
  end,

  --- The protection of mmap and mprotect.
  prot = function(value)
    return value == 0 and "PROT_NONE" or text(PROT, value)
  end,

  --- Whether open's flags make a file, so that it has a mode.
  creates = function(value)
    return value & OPEN.O_CREAT ~= 0
  end,
}
