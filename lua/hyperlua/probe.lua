-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.on_exec, on_exit, on_signal, kprobe, kretprobe, uprobe, uretprobe: what
-- happens in the guest beside system calls.  Checked here, once; filters are
-- evaluated in the guest's kernel.  Nothing here waits.

local core = require "hyperlua.core"
local filter = require "hyperlua.filter"
local where = require "hyperlua.where"

-- args: how many an arg_filter may name.  texts: those may be texts.
local KINDS = {
  exec = { args = 1, texts = true }, exit = { args = 1 },
  signal = { args = 5 },
  kprobe = { args = core.args_max },
  kretprobe = { args = core.args_max, retval = true },
  uprobe = { args = core.args_max, texts = true },
  uretprobe = { args = 0, retval = true },
}

local PATH_MAX = 3000

-- "hl.kprobe", and "raeth.lua:20" of the call being checked.
local name, caller

local function fail(text, ...)
  error(("%s: %s: "):format(caller, name) .. text:format(...), 0)
end

local Probe = {}
Probe.__index = Probe
Probe.__name = "hyperlua.probe"

local function check(self, method)
  if getmetatable(self) ~= Probe then
    error(("%s: call it as probe:%s()"):format(method, method), 3)
  end
  return self.id
end

--- Takes the probe out of the guest until probe:enable(); the handler is not
--- called from now on.  May be called inside the handler, and twice.
function Probe:disable()
  core.hook_disable(check(self, "disable"))
end

--- Puts it back.  Raises when it was removed.
function Probe:enable()
  if not core.hook_enable(check(self, "enable")) then
    error(("%s was removed: register it anew"):format(self.title), 2)
  end
end

--- As disable, for good.
function Probe:remove()
  core.hook_remove(check(self, "remove"))
end

local function add(kind, spec, filters, handler)
  if type(filters) == "function" and handler == nil then
    filters, handler = nil, filters
  end
  if filters ~= nil and type(filters) ~= "table" then
    fail("the filters must be a table, not %s", type(filters))
  end
  if type(handler) ~= "function" then
    fail("the handler must be a function, not %s", type(handler))
  end
  local tests = filter.tests(filters or {}, KINDS[kind], fail)
  spec.kind, spec.count = core.probe_kinds[kind], #tests
  spec.tests = table.concat(tests)
  if #spec.tests + #(spec.path or "") + #(spec.symbol or "")
    > core.filter_size_max then
    fail("the path and the filters' texts are too long together")
  end
  spec.offset = spec.offset or 0
  spec.title = ("%s (%s)"):format(spec.what, caller)
  local probe = setmetatable({ kind = kind, title = spec.title }, Probe)
  probe.id = core.probe_add(spec, handler, probe)
  return probe
end

-- "vfs_read", "vfs_read+0x10", or for a file a number: symbol, offset
local function parse_symbol(symbol, in_file)
  if in_file and math.type(symbol) == "integer" and symbol >= 0 then
    return nil, symbol
  end
  if type(symbol) ~= "string" then
    fail("the symbol must be a string such as \"%s\"%s, not %s",
      in_file and "main" or "vfs_read",
      in_file and ", or an offset in the file" or "", tostring(symbol))
  end
  local base, offset = symbol:match "^([^+%s%c]+)%+?(%w*)$"
  if not base or #base > 255 or symbol:find "%+$" then
    fail("%q is no symbol: write NAME or NAME+OFFSET", symbol)
  end
  offset = offset == "" and 0 or math.tointeger(tonumber(offset))
  if not offset then
    fail("%q: the offset must be a number such as 16 or 0x10", symbol)
  end
  return base, offset
end

local function parse_path(path)
  if type(path) ~= "string" or not path:find "^/[^\0]*$" then
    fail("the file must be an absolute path of the guest's, such as "
      .. "\"/bin/busybox\", not %s", tostring(path))
  end
  if #path > PATH_MAX then
    fail("the path of %d bytes is too long: %d at most", #path, PATH_MAX)
  end
  return path
end

local function event(kind)
  return function(filters, handler)
    name, caller = "hl.on_" .. kind, where(2)
    return add(kind, { what = "on_" .. kind }, filters, handler)
  end
end

local function in_kernel(kind)
  return function(symbol, filters, handler)
    name, caller = "hl." .. kind, where(2)
    local base, offset = parse_symbol(symbol)
    return add(kind, { what = kind .. " " .. symbol, symbol = base,
      offset = offset }, filters, handler)
  end
end

local function in_file(kind)
  return function(path, symbol, filters, handler)
    name, caller = "hl." .. kind, where(2)
    local base, offset = parse_symbol(symbol, true)
    return add(kind, { path = parse_path(path), symbol = base, offset = offset,
      what = ("%s %s:%s"):format(kind, path, base and symbol
        or ("0x%x"):format(offset)) }, filters, handler)
  end
end

return {
  --- A program was executed: the handler runs in its process before its first
  --- instruction, and may wait.
  ---@param filters? table  comm_filter, pid_filter, arg_filter; argument 1 is
  ---  the program's path, tested as a text
  ---@param handler fun(event)  event.path, .pid, .tid, .comm
  ---@return table probe  with :disable(), :enable(), :remove()
  on_exec = event "exec",

  --- A process ended, all its threads.  The handler cannot wait.
  ---@param filters? table  argument 1 is the status as wait(2) gives it
  ---@param handler fun(event)  event.code, or event.signal that killed it
  on_exit = event "exit",

  --- A signal is being sent: event.drop = true, and it is not.  The event is
  --- of the process that sends.  The handler cannot wait.
  ---@param filters? table  arguments 1 to 5: number, target pid, target tid,
  ---  si_code, si_addr
  ---@param handler fun(event)  event.signal, .target_pid, .target_tid,
  ---  .si_code, .addr, .drop
  on_signal = event "signal",

  --- A function of the guest's kernel was called.  The handler cannot wait.
  ---@param symbol string  "vfs_read", or "vfs_read+0x10" for an instruction
  ---@param filters? table  integers, comm and pid only
  ---@param handler fun(event)  event.args[1] to [8], .pc, .sp
  kprobe = in_kernel "kprobe",

  --- It returns: event.retval can be set; event.args are those of the call.
  kretprobe = in_kernel "kretprobe",

  --- An instruction of a program was reached, in any process.  May wait.
  --- The file may come later.
  ---@param path string  absolute, in the guest
  ---@param symbol string|integer  as above, or an offset in the file
  ---@param filters? table
  ---@param handler fun(event)  event.args[1] to [8], .pc, .sp
  uprobe = in_file "uprobe",

  --- A function of a program returns: event.retval can be set.  May wait.
  uretprobe = in_file "uretprobe",
}
