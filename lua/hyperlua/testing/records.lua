-- SPDX-License-Identifier: GPL-2.0-or-later
-- A played guest's processes, packed as its kernel tells of them (abi/wire.h).

local records = {}

local FIELDS = { "pid", "tid", "parent", "session", "group", "threads",
  "word_bits", "state", "uid", "euid", "suid", "fsuid", "gid", "egid", "sgid",
  "fsgid", "start_ns", "arg_start", "arg_end", "env_start", "env_end" }

--- struct hl_proc
function records.proc(p)
  local values = {}
  for i, name in ipairs(FIELDS) do
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
function records.map(m)
  return named(("<I4i8i8i8i8I4I4"):pack(m.flags or 0, m.start, m.stop,
    m.offset or 0, m.inode or 0, m.major or 0, m.minor or 0), m.name or "")
end

--- struct hl_fd and its name
function records.fd(f)
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

--- For played:add_process: a table of struct hl_proc's fields, and exe, and
--- lists list_threads, maps, fds.
function records.process(p)
  return {
    pid = p.pid, proc = records.proc(p), exe = p.exe,
    threads = join(p.list_threads, records.proc),
    maps = join(p.maps, records.map), fds = join(p.fds, records.fd),
  }
end

--- struct hl_run_result and what the program printed
---@param ended { output?: string, status?: integer, signal?: integer,
---  timed_out?: boolean }
function records.run_result(ended)
  return ("<I4I4"):pack(ended.signal or (ended.status or 0) << 8,
    ended.timed_out and 1 or 0) .. (ended.output or "")
end

local function strings(data, at, count)
  local list = {}
  for i = 1, count do
    list[i], at = ("z"):unpack(data, at)
  end
  return list, at
end

--- struct hl_run_args and its strings
---@return string[] args, string[] env, integer timeout_ms, integer output_max
function records.run_args(data)
  local args, envs, timeout_ms, output_max, at = ("<I4I4I4I4"):unpack(data)
  args, at = strings(data, at, args)
  return args, strings(data, at, envs), timeout_ms, output_max
end

return records
