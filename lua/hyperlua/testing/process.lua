-- SPDX-License-Identifier: GPL-2.0-or-later
-- Processes of a played guest: each has memory of its own, opens files and
-- makes system calls.

local events = require "hyperlua.testing.events"
local file = require "hyperlua.testing.file"
local library = require "hyperlua.testing.library"
local memory = require "hyperlua.testing.memory"
local misuse = require "hyperlua.testing.misuse"
local records = require "hyperlua.testing.records"

local process = {}

---@class hl.testing.Process
---@field pid integer
---@field comm string
---@field hl table  struct, ioctl, errno, flags as scripts have them; struct's
---  read, write and at work on this process's memory
local Process = {}

for _, methods in ipairs { memory, events } do
  for name, method in pairs(methods) do
    Process[name] = method
  end
end

local function hl_of(self)
  local numbers = library.numbers(self.guest.target)
  return { errno = numbers.errno, flags = numbers.flags, ioctl = numbers.ioctl,
    struct = library.struct(self.guest.target, self) }
end

function Process:__index(key)
  if key == "hl" then
    rawset(self, "hl", hl_of(self))
  end
  return rawget(self, key) or Process[key]
end

-- The pid, unless it has ended.
function Process:alive()
  if self.ended then
    misuse.raise("the process %d (%s) has ended", self.pid, self.comm)
  end
  return self.pid
end

-- From now on the engine is asked by this process.
function Process:enter()
  self.guest.played:serve(self:alive())
  return self.pid
end

-- --- system calls -----------------------------------------------------------

local KNOWN = { retval = true, number = true, compat = true, regs = true }

local function check_options(options)
  for key in pairs(options) do
    if not KNOWN[key] then
      misuse.raise("syscall: no option %s: there are retval, number, compat, "
        .. "regs", tostring(key))
    end
  end
end

function Process:set_regs(values)
  local regs = self.guest.target.regs
  for name, value in pairs(values) do
    self.guest.played:set_reg(regs[name] or misuse.raise("syscall: %s has no "
      .. "register %s", self.guest.arch, tostring(name)),
      misuse.integer("syscall: a register", value))
  end
end

-- Texts go to the process's memory.
function Process:place_args(args)
  local placed = {}
  for i = 1, 8 do
    local arg = args[i]
    placed[i] = type(arg) == "string" and self:alloc(arg .. "\0")
      or misuse.integer(("syscall: argument %d"):format(i), arg or 0)
    if self.guest.word_size == 4 then
      placed[i] = placed[i] & 0xffffffff
    end
  end
  return placed
end

--- Makes a system call: hooks on entry, the kernel, hooks on return.
---@param name string  bare: "ioctl"
---@param args? (integer|string)[]  a string: a pointer to that text
---@param options? table  retval: what the kernel gives, default 0, or a
---  function of the arguments that says it; regs: the user's registers by
---  name; number; compat: of a 32-bit program
---@return integer retval  what the program gets
---@return { skipped: boolean, args: integer[] } call  whether the kernel never
---  saw it; the arguments as they were at last
function Process:syscall(name, args, options)
  options = options or {}
  check_options(options)
  local played, retval = self.guest.played, options.retval
  local is_computed = type(retval) == "function"
  self:set_regs(options.regs or {})
  local call = { name = name, args = self:place_args(args or {}),
    comm = self.comm, pid = self:enter(), number = options.number,
    compat = options.compat, kernel = is_computed and retval or nil,
    retval = not is_computed and retval or nil }
  local result = played:syscall(call)
  local function resume()
    result = played:syscall_resume(result)
    return nil, result.waits and "waits", result.ms, result.waits
  end
  local _, over = self.guest.scheduler:wait(self.pid, resume, nil,
    result.waits and "waits", result.ms, result.waits)
  self.guest:settle()
  if over == nil and result.waits then
    result.retval = -self.guest.hl.errno.EINTR
  end
  return result.retval, { skipped = result.skipped, args = result.args }
end

-- --- files ------------------------------------------------------------------

--- Opens a modelled file, as open(2).
---@param path string
---@param flags? string|integer  such as "O_RDONLY|O_NONBLOCK"; default O_RDWR
---@return hl.testing.File?
---@return string? err  "ENOENT": no script models it; what its open gave
function Process:open(path, flags)
  return file.open(self, path, flags)
end

-- Opens, calls the method, closes.
local function once(self, path, flags, method, ...)
  local opened, err = file.open(self, path, flags)
  if not opened then
    return nil, err
  end
  local got = table.pack(opened[method](opened, ...))
  opened:close()
  return table.unpack(got, 1, got.n)
end

--- Opens the file, reads once, and closes it.
---@param length? integer  bytes, default 4096
---@param offset? integer  bytes
---@return string? bytes
---@return string? err  the errno's name
function Process:read(path, length, offset)
  return once(self, path, "O_RDONLY", "read", length or 4096, offset)
end

--- Opens the file, writes once, and closes it.
---@return integer? size  how many bytes the model took
---@return string? err
function Process:write(path, data, offset)
  return once(self, path, "O_WRONLY", "write", data, offset)
end

--- Opens the file, makes one ioctl, and closes it.
---@return integer? ret
---@return string? err
function Process:ioctl(path, cmd, arg)
  return once(self, path, "O_RDWR", "ioctl", cmd, arg)
end

--- As stat(2).
---@return { size: integer, mode: integer, major: integer, minor: integer }?
---@return string? err
function Process:stat(path)
  return file.stat(self, path)
end

-- --- making one -------------------------------------------------------------

local FIELDS = { pid = true, comm = true, exe = true, args = true, env = true,
  fds = true, maps = true, threads = true, parent = true, session = true,
  group = true, uid = true, euid = true, suid = true, fsuid = true, gid = true,
  egid = true, sgid = true, fsgid = true, state = true, start_ns = true,
  word_bits = true }

local function check_fields(what)
  for key in pairs(what) do
    if not FIELDS[key] then
      misuse.raise("a process has no field %s", tostring(key))
    end
  end
end

-- env = { HOME = "/root" } or { "HOME=/root" }
local function env_list(env)
  local list = {}
  for key, value in pairs(env) do
    list[#list + 1] = math.type(key) and value or key .. "=" .. value
  end
  table.sort(list)
  return list
end

local function joined(list)
  return #list > 0 and table.concat(list, "\0") .. "\0" or ""
end

-- fds = { [3] = "socket:[7]", [4] = { name =, flags =, mode =, position = } }
local function fd_list(fds)
  local list = {}
  for fd, what in pairs(fds) do
    local record = type(what) == "table" and what or { name = what }
    list[#list + 1] = { fd = fd, name = record.name, flags = record.flags,
      mode = record.mode, position = record.position }
  end
  table.sort(list, function(a, b) return a.fd < b.fd end)
  return list
end

local MODES = { r = 1, w = 2, x = 4, s = 8 }

-- maps = { { start =, size =, mode = "rx", name =, ... } }, ascending
local function map_list(maps)
  local list = {}
  for i, map in ipairs(maps) do
    local flags = 0
    for letter in (map.mode or "r"):gmatch "[rwxs]" do
      flags = flags | MODES[letter]
    end
    list[i] = { start = map.start, stop = map.start + map.size, flags = flags,
      offset = map.offset, inode = map.inode, major = map.major,
      minor = map.minor, name = map.name }
  end
  return list
end

local function thread_list(self, threads)
  local list = { { pid = self.pid, comm = self.comm } }
  for tid, comm in pairs(threads) do
    list[#list + 1] = { pid = self.pid, tid = tid, comm = comm }
  end
  table.sort(list, function(a, b)
    return (a.tid or a.pid) < (b.tid or b.pid)
  end)
  return list
end

-- Its arguments and environment, where they will lie in its memory.
local function texts_of(self, what)
  local args = joined(what.args or { self.comm })
  local env = joined(env_list(what.env or {}))
  local start = 0x7fff0000 - (#args + #env + 4095) // 4096 * 4096
  return { arg_start = start, arg_end = start + #args,
    env_start = start + #args, env_end = start + #args + #env,
    bytes = args .. env }
end

local function describe(self, what)
  local record = { word_bits = self.guest.word_size * 8, parent = 1,
    session = self.pid, group = self.pid }
  for key, value in pairs(what) do
    record[key] = value
  end
  for _, id in ipairs { "uid", "gid" } do
    for _, kind in ipairs { "e", "s", "fs" } do
      record[kind .. id] = record[kind .. id] or record[id]
    end
  end
  record.pid, record.comm = self.pid, self.comm
  record.list_threads = thread_list(self, what.threads or {})
  record.threads = #record.list_threads
  record.exe = what.exe or "/bin/" .. self.comm
  record.fds, record.maps = fd_list(what.fds or {}), map_list(what.maps or {})
  return record
end

--- A new process; see guest:process.
function process.new(guest, what)
  check_fields(what)
  local comm = what.comm or "program"
  local self = setmetatable({ guest = guest, comm = comm:sub(1, 15),
    pid = misuse.integer("a process's pid", what.pid or guest:free_pid(), 1,
      (1 << 31) - 1) }, Process)
  local record, texts = describe(self, what), texts_of(self, what)
  for key, value in pairs(texts) do
    record[key] = value
  end
  guest.played:add_process(records.process(record))
  self:poke(texts.arg_start, texts.bytes)
  return self
end

process.Process = Process
return process
