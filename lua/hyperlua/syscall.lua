-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.syscall: handlers of system calls.  The filters are checked here, once,
-- and evaluated in the guest's kernel before anything reaches the engine.

local core = require "hyperlua.core"
local where = require "hyperlua.where"

local PHASES = { enter = core.phase_enter, ["return"] = core.phase_return }
local KNOWN = {
  arg_filter = true, comm_filter = true, pid_filter = true,
  retval_filter = true,
}

-- "raeth.lua:20" of the call being checked, however deep the check is.
local caller

local function fail(text, ...)
  error(caller .. ": hl.syscall: " .. text:format(...), 0)
end

local function parse_event(event)
  if type(event) ~= "string" then
    fail("the event must be a string such as \"on_sys_ioctl_return\"")
  end
  local name, phase = event:match("^on_sys_([%w_]+)_(%a+)$")
  if not PHASES[phase] then
    fail("no event %q: write on_sys_NAME_enter or on_sys_NAME_return", event)
  end
  if #name > core.name_max then
    fail("the name in %q is too long", event)
  end
  return name, PHASES[phase]
end

local function integer_test(key, subject, value, bits)
  local integer = math.tointeger(value)
  if not integer then
    fail("%s must be an integer, not %s", key, tostring(value))
  end
  if bits == 64 then
    return { subject = subject, mask = -1, value = integer }
  end
  if integer < -(1 << 31) or integer >= 1 << 32 then
    fail("%s = 0x%x can match nothing: it has 32 bits", key, integer)
  end
  return { subject = subject, mask = 0xffffffff, value = integer }
end

local function arg_tests(tests, filter)
  if type(filter) ~= "table" then
    fail("arg_filter must be a table such as { nil, 0x89F1 }")
  end
  for i, value in pairs(filter) do
    if math.type(i) ~= "integer" or i < 1 or i > core.args_max then
      fail("arg_filter has no argument %s: they count from 1 to %d",
        tostring(i), core.args_max)
    end
    tests[#tests + 1] = integer_test("arg_filter[" .. i .. "]",
      core.subject_arg0 + i - 1, value, core.word_bits)
  end
end

local function comm_test(comm)
  if type(comm) ~= "string" then
    fail("comm_filter must be a string, not %s", type(comm))
  end
  if #comm > core.comm_max or comm:find("\0", 1, true) then
    fail("comm_filter %q can match nothing: Linux keeps %d bytes of a "
      .. "process's name, up to a NUL", comm, core.comm_max)
  end
  return { subject = core.subject_comm, text = comm }
end

local function filter_tests(filters, phase)
  local tests = {}
  for key in pairs(filters) do
    if not KNOWN[key] then
      fail("no filter %q: there are arg_filter, comm_filter, pid_filter, "
        .. "retval_filter", tostring(key))
    end
  end
  if filters.arg_filter ~= nil then
    arg_tests(tests, filters.arg_filter)
  end
  if filters.comm_filter ~= nil then
    tests[#tests + 1] = comm_test(filters.comm_filter)
  end
  if filters.pid_filter ~= nil then
    tests[#tests + 1] = integer_test("pid_filter", core.subject_pid,
      filters.pid_filter, 32)
  end
  if filters.retval_filter ~= nil then
    if phase ~= PHASES["return"] then
      fail("retval_filter: on entry there is no return value yet")
    end
    tests[#tests + 1] = integer_test("retval_filter", core.subject_retval,
      filters.retval_filter, core.word_bits)
  end
  return tests
end

local Hook = {}
Hook.__index = Hook

--- Takes the hook out of the guest; the handler is not called again.
--- Does not wait; may be called inside the handler, and twice.
function Hook:remove()
  core.hook_remove(self.id)
end

--- Registers a handler of a system call.
---@param event string  on_sys_NAME_enter or on_sys_NAME_return
---@param filters? table  arg_filter, comm_filter, pid_filter, retval_filter:
---  all that are given must hold; each is compared for equality
---@param handler fun(syscall, ...)  gets the system call and its arguments as
---  unsigned integers; may wait for the guest
---@return table hook  with hook:remove()
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
  local hook = setmetatable({ event = event }, Hook)
  hook.id = core.hook_add({
    name = name,
    phase = phase,
    title = ("%s (%s)"):format(event, caller),
    tests = filter_tests(filters, phase),
    optional = optional,
  }, handler, hook)
  return hook
end

return setmetatable({
  --- As hl.syscall, for our own: a kernel that lacks the call is no error.
  optional = function(event, filters, handler)
    return add(event, filters, handler, true)
  end,
}, {
  __call = function(_, event, filters, handler)
    return add(event, filters, handler)
  end,
})
