-- SPDX-License-Identifier: GPL-2.0-or-later
-- What the guest looks for and does not find: recorded for the list of what
-- is missing, and made when a pattern (`/dev/mtd*`) stands for it.

local core = require "hyperlua.core"
local log = require "hyperlua.log"
local portal = require "hyperlua.portal"
local syscall = require "hyperlua.syscall"

local missing = {}

local ENOENT, ENOTTY, ENODEV = 2, 25, 19

-- Where the path is among the arguments.  A kernel lacks some of them.
local OPENS = { open = 1, openat = 2, openat2 = 2 }
local LOOKS = { stat = 1, lstat = 1, stat64 = 1, lstat64 = 1, fstatat64 = 2,
  newfstatat = 2, statx = 2, access = 1, faccessat = 2, faccessat2 = 2,
  readlink = 1, readlinkat = 2 }

-- Asked of every file that is not a terminal: no sign of anything missing.
-- MIPS has them in two groups.
local TERMINAL_TYPES = { [0x54] = true, [0x74] = true }

local function hook(name, phase, filter, handler)
  syscall.optional(("on_sys_%s_%s"):format(name, phase), filter, handler)
end

-- The guest may think of any number of paths: a bound for them.
local MADE_MAX = 4096
local made = 0

local function make(path)
  local pattern = core.file_match(path)
  if not pattern or made == MADE_MAX then
    return nil
  end
  -- What cannot be a path, "/dev/..", matches too, and is none of our making.
  local ok, node = pcall(require("hyperlua.file").add_match, path, pattern)
  if not ok then
    return nil
  end
  made = made + 1
  if made == MADE_MAX then
    log.warn("%s (%s): the last of %d files that are made for patterns", path,
      pattern.origin, made)
  end
  return node
end

-- By path, so that a second process waits too, and not in vain.
local making = {}

-- Waits until the guest has the file; whether it has.
local function add(path)
  local node = making[path] or make(path)
  if not node then
    return false
  end
  making[path] = node
  while node:status() == "wanted" or node:status() == "moving" do
    core.wait("a file that a pattern stands for", 1)
  end
  making[path] = nil
  return node:status() == "present"
end

local patterns = false

--- Hooks the calls by which a path that a pattern stands for is reached.
function missing.watch_patterns()
  if patterns then
    return
  end
  patterns = true
  for name, at in pairs(OPENS) do
    hook(name, "enter", {}, function(_, ...)
      add(portal.read_str((select(at, ...))) or "")
    end)
  end
  for name, at in pairs(LOOKS) do
    hook(name, "return", { retval_filter = -ENOENT }, function(call, ...)
      if add(portal.read_str((select(at, ...))) or "") then
        call.again = true
      end
    end)
  end
end

--- Makes those that the version before has made for patterns of this one: they
--- may be open.  The engine (load.c) calls it when the scripts have run.
function missing.adopt()
  for _, path in ipairs(patterns and core.files_made() or {}) do
    make(path)
  end
end

--- Hooks failing opens and ioctls, for the list of what is missing.
function missing.record()
  for name, at in pairs(OPENS) do
    hook(name, "return", { retval_filter = -ENOENT }, function(call, ...)
      local path = portal.read_str((select(at, ...)))
      if path then
        core.missing_path(path, call.pid, call.comm)
      end
    end)
  end
  for _, errno in ipairs { ENOTTY, ENODEV } do
    hook("ioctl", "return", { retval_filter = -errno }, function(call, _, cmd)
      if not TERMINAL_TYPES[cmd >> 8 & 0xff] then
        core.missing_ioctl(cmd, -errno, call.pid, call.comm, call.tid)
      end
    end)
  end
end

return missing
