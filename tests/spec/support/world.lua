-- SPDX-License-Identifier: GPL-2.0-or-later
-- A played guest with processes, and a script that runs in a handler of one.

local played = require "hyperlua.played"

local world = {}

-- Ops of engine/abi/ops.h that specs name.
world.op = { PROC = 13, PROC_NEXT = 14, MAPPING_NEXT = 17, FD_NEXT = 18,
  RUN = 24 }
world.SPAWNED = 12

local DEFAULTS = { "pid", "tid", "parent", "session", "group", "threads",
  "word_bits", "state", "uid", "euid", "suid", "fsuid", "gid", "egid", "sgid",
  "fsgid", "start_ns", "arg_start", "arg_end", "env_start", "env_end" }

--- struct hl_proc
function world.proc(p)
  local values = {}
  for i, name in ipairs(DEFAULTS) do
    values[i] = p[name] or 0
  end
  values[2] = p.tid or p.pid
  values[8] = (p.state or "S"):byte()
  return ("<I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4i8i8i8i8i8"):pack(
    table.unpack(values)) .. ("c16"):pack(p.comm or "program")
end

local function named(head, name)
  local size = 4 + #head + #name + 1
  size = size + -size % 8
  return ("<I4"):pack(size) .. head .. name .. ("\0"):rep(
    size - 4 - #head - #name)
end

--- struct hl_mapping and its name
function world.map(m)
  return named(("<I4i8i8i8i8I4I4"):pack(m.flags or 0, m.start, m.stop,
    m.offset or 0, m.inode or 0, m.major or 0, m.minor or 0), m.name or "")
end

--- struct hl_fd and its name
function world.fd(f)
  return named(("<I4I4I4i8"):pack(f.fd, f.flags or 0, f.mode or 0,
    f.position or 0), f.name or "")
end

local function join(list, pack)
  local pieces = {}
  for i, item in ipairs(list or {}) do
    pieces[i] = pack(item)
  end
  return table.concat(pieces)
end

--- Adds a process: a table of struct hl_proc's fields, and exe, and lists
--- list_threads, maps, fds.
function world.add(guest, p)
  guest:add_process {
    pid = p.pid, proc = world.proc(p), exe = p.exe,
    threads = join(p.list_threads, world.proc),
    maps = join(p.maps, world.map), fds = join(p.fds, world.fd),
  }
end

local PREPARE = [[
local hl = require "hyperlua"
local portal = hl.portal
local function text(value)
  if type(value) == "table" then
    local keys, words = {}, {}
    for key in pairs(value) do keys[#keys + 1] = key end
    table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
    for i, key in ipairs(keys) do
      words[i] = (math.type(key) and "" or key .. "=") .. text(value[key])
    end
    return "{" .. table.concat(words, " ") .. "}"
  end
  return math.type(value) == "integer" and ("%x"):format(value)
    or tostring(value)
end
local function show(...)
  local words = table.pack(...)
  for i = 1, words.n do words[i] = text(words[i]) end
  hl.log(table.concat(words, " "))
end
]]

-- What a script said, without the line that greets the guest.
function world.lines(guest)
  local lines = {}
  for _, line in ipairs(guest:log()) do
    if not line:find "guest: Linux" then
      lines[#lines + 1] = line:gsub("^info: ", ""):match("^[^\n]*")
    end
  end
  return lines
end

--- Runs the script in a new guest that has said hello; body has `hl`, `portal`,
--- `show`.
function world.script(target, body, prepare)
  local guest = played.new(target)
  assert(guest:run(PREPARE .. body), table.concat(guest:log(), "\n"))
  if prepare then
    prepare(guest)
  end
  guest:hello()
  return guest
end

--- Runs body in a handler of an ioctl with arg = 0x10000 of the process 7, and
--- gives what it showed, line by line, and the guest.
function world.handle(target, body, prepare)
  local guest = world.script(target, [[
    hl.syscall("on_sys_ioctl_return", function(syscall, fd, cmd, arg)
      ]] .. body .. "\nend)", prepare)
  guest:syscall { name = "ioctl", args = { 3, 1, 0x10000 }, pid = 7 }
  return world.lines(guest), guest
end

return world
