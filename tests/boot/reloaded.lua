-- SPDX-License-Identifier: GPL-2.0-or-later
-- The script of the reload test (reload_spec.lua): every answer says which
-- version gave it.  Its guest (guest/reload.c) has it replaced by the next
-- version by writing to /dev/next.
local hl = require "hyperlua"

local VERSION = 1

local PATH = debug.getinfo(1, "S").source:sub(2)
local persist = hl.persist
if not persist.writes then
  persist.writes = 0              -- a handler may count at this moment: once
end

local answer = ("%d %d\n"):format(VERSION, VERSION)

hl.file("/dev/model", {
  read = function() return answer end,
  write = function(_, data)
    persist.writes = persist.writes + 1
    return #data
  end,
  ioctl = function() return VERSION end,
})

hl.file("/dev/slow", { read = function()
  local begun = VERSION
  hl.sleep(1)
  return ("%d %d\n"):format(begun, VERSION)
end })

-- The same in all versions, and one that differs in each: both always match.
hl.syscall("on_sys_getpriority_return", { arg_filter = { 0, 1 } },
  function(syscall) syscall.retval = VERSION end)
hl.syscall("on_sys_getpriority_return",
  { arg_filter = { 0, { range = { 2, 2 + VERSION } } } },
  function(syscall) syscall.retval = VERSION end)

-- A node of each second version.
if VERSION % 2 == 0 then
  hl.file("/dev/even", { read = "even\n" })
end

local function slurp(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

local function write(path, text)
  local file <close> = assert(io.open(path, "w"))
  assert(file:write(text))
end

-- In turns by truncating and writing, and by renaming over.
hl.file("/dev/next", { write = function(_, data)
  local text = slurp(PATH):gsub("VERSION = %d+", "VERSION = "
    .. math.tointeger(data) + 0, 1)
  if VERSION % 2 == 0 then
    write(PATH, text)
  else
    write(PATH .. ".new", text)
    assert(os.rename(PATH .. ".new", PATH))
  end
  return #data
end })

-- Resident KiB, without the code that QEMU makes: with -icount that grows.
local function resident()
  local kib, counts = 0, true
  for line in slurp "/proc/self/smaps":gmatch "[^\n]+" do
    counts = line:find "^%x+%-%x+ ..%-" ~= nil or counts
      and not line:find "^%x+%-%x+ "
    kib = kib + (counts and line:match "^Rss: *(%d+)" or 0)
  end
  return math.tointeger(kib)
end

-- "what the guest wrote so far, QEMU's resident KiB"
hl.file("/dev/report", { read = function()
  return ("%d %d\n"):format(persist.writes, resident())
end })

-- What the guest measured, for the host.
hl.file("/dev/figures", { write = function(_, data)
  write(PATH .. ".figures", data)
  return #data
end })
