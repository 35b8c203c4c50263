-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.syscall: handlers of system calls.  What scripts pass is checked here;
-- the filters are evaluated in the guest's kernel.  Nothing here waits.

local core = require "hyperlua.core"
local filter = require "hyperlua.filter"
local where = require "hyperlua.where"

local PHASES = { enter = core.phase_enter, ["return"] = core.phase_return }

-- How the kernel and those who write about it spell system calls: what comes
-- before the bare name, which begins with none of these.
local PREFIXES = { "^__x64_", "^__x32_", "^__ia32_", "^__arm64_", "^__se_",
  "^__do_", "^__", "^compat_sys_", "^ksys_", "^sys32_", "^sys_", "^SyS_" }

-- Functions and numbers whose names differ from the system call's.
local RENAMED = {
  newstat = "stat", newlstat = "lstat", newfstat = "fstat", newuname = "uname",
  mmap_pgoff = "mmap2", old_readdir = "readdir", _llseek = "llseek",
  _newselect = "select", _sysctl = "sysctl",
}

-- "raeth.lua:20" of the call being checked, however deep the check is.
local caller

local function fail(text, ...)
  error(caller .. ": hl.syscall: " .. text:format(...), 0)
end

local function bare(name)
  for _, prefix in ipairs(PREFIXES) do
    local rest, found = name:gsub(prefix, "")
    if found > 0 and rest ~= "" then
      return bare(rest)
    end
  end
  return name
end

-- The bare name, "*" for all, and the phase.
local function parse_event(event)
  if type(event) ~= "string" then
    fail("the event must be a string such as \"on_sys_ioctl_return\"")
  end
  local phase = event:match "_(%a+)$"
  local name = PHASES[phase] and event:match "^on_(.+)_%a+$" or ""
  if name == "all_sys" then
    return "*", PHASES[phase]
  end
  name = bare(name) ~= name and bare(name) or ""
  if not name:find "^[%w_]+$" then
    fail("no event %q: write on_sys_NAME_enter or on_sys_NAME_return, or "
      .. "on_all_sys_enter or on_all_sys_return", event)
  end
  if #name > core.name_max then
    fail("the name in %q is too long", event)
  end
  return RENAMED[name] or name, PHASES[phase]
end

local Hook = {}
Hook.__index = Hook
Hook.__name = "hyperlua.hook"

local function check(self, method)
  if getmetatable(self) ~= Hook then
    error(("%s: call it as hook:%s()"):format(method, method), 3)
  end
  return self.id
end

--- Takes the hook out of the guest until hook:enable(); the handler is not
--- called from now on.  May be called inside the handler, and twice.
function Hook:disable()
  core.hook_disable(check(self, "disable"))
end

--- Puts it back, in its old place among the handlers.  Raises when it was
--- removed.
function Hook:enable()
  if not core.hook_enable(check(self, "enable")) then
    error(("%s was removed: register it anew"):format(self.event), 2)
  end
end

--- As disable, for good.
function Hook:remove()
  core.hook_remove(check(self, "remove"))
end

--- Registers a handler of a system call.
---@param event string  on_sys_NAME_enter or on_sys_NAME_return, the name in any
---  spelling (openat, __x64_sys_openat), or on_all_sys_enter, on_all_sys_return
---@param filters? table  arg_filter, comm_filter, pid_filter, retval_filter:
---  all that are given must hold; each is a value, or a table of eq, ne, lt,
---  gt, range, outside, set, clear, mask, text, prefix, suffix, contains
---@param handler fun(syscall, ...)  gets the system call and as many arguments
---  as it has, unsigned and of their own width; may wait for the guest.  All 8
---  words of the call when the kernel has no prototype, or when one of its
---  arguments takes two words of 32 bits.  On return, -512 to -516 are the
---  kernel's word that a signal came first: see syscall.restarts; programs see
---  EINTR instead, or nothing as the call is made once more
---@return table hook  with .event, .name, :disable(), :enable(), :remove()
local function add(event, filters, handler, optional)
  caller = where(2)
  if type(filters) == "function" and handler == nil then
    filters, handler = {}, filters
  end
  filters = filters or {}
  local name, phase = parse_event(event)
  if type(filters) ~= "table" then
    fail("the filters must be a table, not %s", type(filters))
  end
  if type(handler) ~= "function" then
    fail("the handler of %q must be a function, not %s", event, type(handler))
  end
  local hook = setmetatable({ event = event, name = name }, Hook)
  local tests = filter.tests(filters, {
    texts = true,
    retval = phase == PHASES["return"],
    why_no_retval = "on entry there is no return value yet",
  }, fail)
  hook.id = core.hook_add({
    name = name,
    phase = phase,
    title = ("%s (%s)"):format(event, caller),
    tests = table.concat(tests),
    count = #tests,
    optional = optional,
  }, handler, hook)
  return hook
end

return {
  add = function(event, filters, handler)
    return add(event, filters, handler)
  end,

  --- As hl.syscall, for our own: a kernel that lacks the call is no error.
  optional = function(event, filters, handler)
    return add(event, filters, handler, true)
  end,
}
