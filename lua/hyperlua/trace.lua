-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.trace, which `hyperlua trace` calls: prints system calls as strace does.
-- What the program passed is decoded as it calls; the line comes on return.

local core = require "hyperlua.core"
local decode = require "hyperlua.decode"
local errno = require "hyperlua.errno"
local portal = require "hyperlua.portal"
local probe = require "hyperlua.probe"
local syscall_hook = require("hyperlua.syscall").add

local NO_RETURN = { exit = 1, exit_group = 1, sigreturn = 1, rt_sigreturn = 1 }
local ADDRESS = { brk = 1, mmap = 1, mmap2 = 1, mremap = 1, shmat = 1 }
local RESTART = { [512] = "ERESTARTSYS", [513] = "ERESTARTNOINTR",
  [514] = "ERESTARTNOHAND", [516] = "ERESTART_RESTARTBLOCK" }

-- Of a call whose prototype the kernel does not tell: six numbers.
local UNKNOWN = {}
for i = 1, 6 do
  UNKNOWN[i] = { type = "unsigned long", name = "" }
end

-- Decodes what can be decoded before the call is made.
local function begin(syscall, ...)
  local call = { pid = syscall.pid, comm = decode.plain(syscall.comm),
    name = syscall.name, values = { ... } }
  call.args = syscall.proto and syscall.proto.args or UNKNOWN
  call.count = decode.count(call.name, call.args, call.values)
  for i = 1, call.count do
    call[i] = decode.argument(call.name, call.args, i, call.values)
  end
  return call
end

-- What a call returned, and the buffers that it filled.
local function result(call, retval)
  for i = 1, call.count do
    call[i] = call[i] or retval >= 0
      and decode.bytes(call.values[i], retval)
  end
  if retval < 0 and retval >= -4095 then
    return RESTART[-retval] and "? " .. RESTART[-retval]
      or "-1 " .. (errno.name(-retval) or -retval)
  elseif ADDRESS[call.name] then
    return ("0x%x"):format(retval & (-1 >> 64 - core.word_bits))
  end
  return ("%d"):format(retval)
end

local function hooks(names, filters, enter, leave)
  for name in tostring(names):gmatch "[^,]*" do
    if type(names) ~= "string" or not name:find "^[%w_]+$" then
      error(("hl.trace: %q is no list such as \"openat,ioctl\""):format(
        tostring(names)), 0)
    end
    local event = name == "all" and "on_all_sys_" or "on_sys_" .. name .. "_"
    syscall_hook(event .. "enter", filters, enter)
    syscall_hook(event .. "return", filters, leave)
  end
end

local function open(path)
  local file, message = io.open(path, "w")
  if not file then
    error("hl.trace: " .. message, 0)
  end
  file:setvbuf "line"
  return file
end

--- Prints the system calls of COMMAND of `hyperlua run` and of what it starts.
---@param names string  such as "openat,ioctl"; "all" are all
---@param options? table  comm: only of processes of that name; all: of others
---  than COMMAND's too; out: a file of the host, in place of stderr
return function(names, options)
  options = options or {}
  local out = options.out and open(options.out) or io.stderr
  local pending, ours = {}, {}          -- calls by thread; booleans by process

  -- Of COMMAND: what descends from process 1, which is the run's own.
  local function is_ours(pid, name)
    if ours[pid] == nil then
      local parent = portal.of(pid).get_proc_parent() or 0
      if parent ~= 1 then
        ours[pid] = parent > 2 and is_ours(parent)
      elseif name and name:find "^execve"
        or portal.of(pid).get_proc_exe() ~= portal.of(1).get_proc_exe() then
        ours[pid] = true
      end
    end
    return ours[pid]
  end

  local function finish(tid, call, text)
    pending[tid] = nil
    for i = 1, call.count do
      call[i] = call[i] or decode.pointer(call.values[i])
    end
    out:write(("%d %s %s(%s) = %s\n"):format(call.pid, call.comm, call.name,
      table.concat(call, ", "), text))
  end

  local function enter(syscall, ...)
    if not options.all and not is_ours(syscall.pid, syscall.name) then
      return
    end
    local tid, call = syscall.tid, begin(syscall, ...)
    if pending[tid] then                -- it never returned
      finish(tid, pending[tid], "?")
    end
    if NO_RETURN[call.name] then
      return finish(tid, call, "?")
    end
    pending[tid], call.start = call, core.clock()
  end

  local function leave(syscall)
    local call, now = pending[syscall.tid], core.clock()
    if call and call.name == syscall.name then
      finish(syscall.tid, call, ("%s <%.6f>"):format(
        result(call, syscall.retval), now - call.start))
    end
  end

  hooks(names, { comm_filter = options.comm }, enter, leave)
  probe.on_exit(function(event)
    ours[event.pid] = nil
    for tid, call in pairs(pending) do
      if call.pid == event.pid then
        finish(tid, call, "?")
      end
    end
  end)
end
