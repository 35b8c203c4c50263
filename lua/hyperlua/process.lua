-- SPDX-License-Identifier: GPL-2.0-or-later
-- What the guest's kernel knows of its processes.  Each of the makers makes one
-- of hl.portal's functions for the process of p; those wait.  Answers are the
-- guest's, and nothing in them is trusted.

local core = require "hyperlua.core"
local misuse = require "hyperlua.misuse"

local makers = {}

local op = core.op

-- Of what concerns no process.
local NONE = -1

-- Linux's own limit of all arguments and the environment is a quarter of the
-- stack's, at most 6 MiB.
local STRINGS_MAX = 6 << 20

-- Entries of one list, and bytes of all: what a guest says beyond is a loop or
-- an attack, such as many files whose paths are long.
local LIST_MAX = 1 << 17
local BYTES_MAX = 16 << 20

-- As struct hl_proc lies on the wire.
local PROC_FORMAT = "<I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4I8I8I8I8I8c16"
local PROC_SIZE = PROC_FORMAT:packsize()
local PROC_FIELDS = { "pid", "tid", "parent", "session", "group", "threads",
  "word_bits", "state", "uid", "euid", "suid", "fsuid", "gid", "egid", "sgid",
  "fsgid", "start_ns", "arg_start", "arg_end", "env_start", "env_end", "comm" }

local function up_to_nul(s)
  return s:match "^[^\0]*"
end

local function take_proc(bytes, at)
  local values = table.pack(PROC_FORMAT:unpack(bytes, at))
  local proc = {}
  for i, name in ipairs(PROC_FIELDS) do
    proc[name] = values[i]
  end
  proc.state = string.char(proc.state & 0x7f)
  proc.comm = up_to_nul(proc.comm)
  return proc
end

local function ask_proc(p, name)
  local bytes, err = core.ask("portal." .. name, op.PROC, p.pid, 0, nil,
    PROC_SIZE)
  if bytes and #bytes ~= PROC_SIZE then
    return nil, "EPROTO"
  elseif not bytes then
    return nil, err
  end
  return take_proc(bytes, 1)
end

--- All of it.
---@return table? proc  pid, tid, parent, session, group, threads, state (a
---  letter as in /proc/PID/stat), uid, euid, suid, fsuid, gid, egid, sgid,
---  fsgid, comm, word_bits (of its program: 32 or 64; 0: a thread of the
---  kernel's), start_ns (since the boot), arg_start, arg_end, env_start, env_end
---@return string? err
function makers.get_proc(p)
  return function()
    return ask_proc(p, "get_proc")
  end
end

-- A function that gives one field of that.
local function field(name, key)
  return function(p)
    return function()
      local proc, err = ask_proc(p, name)
      if not proc then
        return nil, err
      end
      return proc[key]
    end
  end
end

--- The process's id, of a thread's too.
---@return integer? pid
---@return string? err
makers.get_proc_pid = field("get_proc_pid", "pid")

--- The parent's pid.
---@return integer? pid
---@return string? err
makers.get_proc_parent = field("get_proc_parent", "parent")

--- The name, at most 15 bytes, as in /proc/PID/comm.
---@return string? comm
---@return string? err
makers.get_proc_comm = field("get_proc_comm", "comm")

--- Who it is to the kernel.
---@return table? creds  uid, euid, suid, fsuid, gid, egid, sgid, fsgid
---@return string? err
function makers.get_proc_creds(p)
  return function()
    local proc, err = ask_proc(p, "get_proc_creds")
    if not proc then
      return nil, err
    end
    return {
      uid = proc.uid, euid = proc.euid, suid = proc.suid, fsuid = proc.fsuid,
      gid = proc.gid, egid = proc.egid, sgid = proc.sgid, fsgid = proc.fsgid,
    }
  end
end

-- The bytes of its memory from first to last, or nil, err.
local function read_strings(p, first, last)
  local size = last - first
  if first == 0 or size == 0 then
    return ""
  elseif size < 0 or size > STRINGS_MAX then
    return nil, "E2BIG"
  end
  return p.read_bytes(first, size)
end

-- By plain searches: the guest can make a pattern take minutes.
local function split(bytes)
  local list, at = {}, 1
  while at <= #bytes do
    local nul = bytes:find("\0", at, true) or #bytes + 1
    list[#list + 1] = bytes:sub(at, nul - 1)
    at = nul + 1
  end
  return list
end

--- The arguments that its program was started with.
---@return string[]? args  empty for a thread of the kernel's
---@return string? err
function makers.get_proc_args(p)
  return function()
    local proc, err = ask_proc(p, "get_proc_args")
    if not proc then
      return nil, err
    end
    local bytes, failure = read_strings(p, proc.arg_start, proc.arg_end)
    if not bytes then
      return nil, failure
    end
    return split(bytes)
  end
end

--- The environment that its program was started with.
---@return table<string, string>? env  of a name given twice, the first
---@return string? err
function makers.get_proc_env(p)
  return function()
    local proc, err = ask_proc(p, "get_proc_env")
    if not proc then
      return nil, err
    end
    local bytes, failure = read_strings(p, proc.env_start, proc.env_end)
    if not bytes then
      return nil, failure
    end
    local env = {}
    for _, entry in ipairs(split(bytes)) do
      local name, value = entry:match "^([^=]*)=(.*)$"
      if name and env[name] == nil then
        env[name] = value
      end
    end
    return env
  end
end

--- The path of its program, as /proc/PID/exe shows it.
---@return string? path
---@return string? err  "ENOENT": a thread of the kernel's has none
function makers.get_proc_exe(p)
  return function()
    local path, err = core.ask("portal.get_proc_exe", op.PROC_EXE, p.pid, 0,
      nil, core.chunk)
    if not path then
      return nil, err
    end
    return up_to_nul(path)
  end
end

--- What a descriptor is open on, as /proc/PID/fd shows it: a path, perhaps
--- with " (deleted)", "socket:[7]", "pipe:[7]", "anon_inode:[eventfd]".
---@param fd integer
---@return string? name
---@return string? err  "EBADF": it is not open
function makers.read_fd_name(p)
  return function(fd)
    fd = misuse.integer("portal.read_fd_name: the descriptor", fd)
    local name, err = core.ask("portal.read_fd_name", op.FD_NAME, p.pid,
      fd & 0xffffffff, nil, core.chunk)
    if not name then
      return nil, err
    end
    return up_to_nul(name)
  end
end

-- Asks for what comes after `at` until nothing does.  take(bytes, list) adds
-- what the bytes hold and returns the next `at`; nil: it makes no sense.
local function walk(name, number, pid, take)
  local list, at, size = {}, 0, 0
  while true do
    local bytes, err = core.ask("portal." .. name, number, pid, at, nil,
      core.chunk)
    if not bytes then
      return nil, err
    elseif bytes == "" then
      return list
    end
    local after = take(bytes, list)
    size = size + #bytes
    if not after or not math.ult(at, after) then
      return nil, "EPROTO"
    elseif #list > LIST_MAX or size > BYTES_MAX then
      return nil, "EOVERFLOW"
    end
    at = after
  end
end

local function take_procs(key)
  return function(bytes, list)
    local last
    for at = 1, #bytes - PROC_SIZE + 1, PROC_SIZE do
      local proc = take_proc(bytes, at)
      list[#list + 1] = proc
      last = proc[key]
    end
    return last
  end
end

--- The process's threads.
---@return table[]? threads  as get_proc gives them, by ascending tid
---@return string? err
function makers.get_threads(p)
  return function()
    return walk("get_threads", op.THREAD_NEXT, p.pid, take_procs "tid")
  end
end

-- Records with a name behind each: calls add(list, name, fields...).
local function take_named(format, add)
  local fixed = format:packsize()
  return function(bytes, list)
    local at, after = 1, nil
    while at <= #bytes do
      if #bytes - at + 1 < fixed then
        return nil
      end
      local size = ("<I4"):unpack(bytes, at)
      if size <= fixed or size > #bytes - at + 1 then
        return nil
      end
      local name = up_to_nul(bytes:sub(at + fixed, at + size - 1))
      after = add(list, name, format:unpack(bytes, at))
      at = at + size
    end
    return after
  end
end

local take_maps = take_named("<I4I4I8I8I8I8I4I4", function(list, name, _, flags,
    start, stop, offset, inode, major, minor)
  list[#list + 1] = {
    start = start, stop = stop, size = stop - start, offset = offset,
    read = flags & 1 ~= 0, write = flags & 2 ~= 0, exec = flags & 4 ~= 0,
    shared = flags & 8 ~= 0, inode = inode, major = major, minor = minor,
    name = name,
  }
  return stop
end)

--- What is mapped, as in /proc/PID/maps.
---@return table[]? maps  by ascending address: start, stop (the first address
---  behind it), size, read, write, exec, shared, offset, inode, major, minor,
---  name ("" if it has none)
---@return string? err
function makers.get_maps(p)
  return function()
    return walk("get_maps", op.MAPPING_NEXT, p.pid, take_maps)
  end
end

local take_fds = take_named("<I4I4I4I4I8", function(list, name, _, fd, flags,
    mode, position)
  list[#list + 1] = { fd = fd, flags = flags, mode = mode, position = position,
    name = name }
  return fd + 1
end)

--- What is open.
---@return table[]? fds  by ascending number: fd, name (see read_fd_name), flags
---  (the guest's O_*), mode (the guest's st_mode), position (bytes)
---@return string? err
function makers.get_fds(p)
  return function()
    return walk("get_fds", op.FD_NEXT, p.pid, take_fds)
  end
end

return {
  makers = makers,
  get_procs = function()
    return walk("get_procs", op.PROC_NEXT, NONE, take_procs "pid")
  end,
}
