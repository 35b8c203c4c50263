-- SPDX-License-Identifier: GPL-2.0-or-later
-- What handlers made of system calls, as hooks that do the same.

local answers = require "model.answers"
local memory = require "model.memory"
local new_who = require "model.who"
local text = require "model.text"

local SMALL = 0x10000 -- a greater word is a pointer, as like as not
local NAMES_MOST = 50 -- characters
local HOOKS_MOST = 256 -- of a call: a guest tests them one by one
-- Of kernels that do not tell.
local KNOWN = { ioctl = { { "unsigned int", "fd" }, { "unsigned int", "cmd" },
  { "unsigned long", "arg" } } }

local Syscalls = {}
Syscalls.__index = Syscalls

local syscalls = {}

--- Of a context: needs, errno, machine.
function syscalls.new(context)
  return setmetatable({ context = context, protos = {}, events = {},
    by_event = {}, lost = 0, again = 0 }, Syscalls)
end

function Syscalls:add_proto(line)
  self.protos[line.name] = line.args
end

-- How its handler calls the arguments: as the kernel, if all fit one line.
local function names_of(proto, count)
  local names, plain, taken = {}, {}, {}
  for i = 1, count do
    local name = proto and proto[i] and proto[i][2] or ""
    plain[i] = "arg" .. i
    if not text.is_name(name) or taken[name] then
      name = plain[i]
    end
    names[i], taken[name] = name, true
  end
  return #table.concat(names, ", ") < NAMES_MOST and names or plain
end

-- Descriptors and pointers are others in the next run.
local function is_compared(proto, i, value)
  local kind, name = table.unpack(proto and proto[i] or {})
  return kind and not kind:find("*", 1, true) and not name:find "fd$"
    and kind ~= "umode_t" -- which is chance, unless a file is made
    and (not kind:find "long" or value >= 0 and value < SMALL)
end

local function event_of(self, line)
  local key = ("on_sys_%s_%s"):format(line.name, line.phase)
  local event = self.by_event[key]
  if not event then
    local proto = self.protos[line.name] or KNOWN[line.name]
    event = { key = key, proto = proto, groups = {}, by_args = {},
      names = names_of(proto, #line.args), who = new_who() }
    self.by_event[key] = event
    self.events[#self.events + 1] = event
  end
  return event
end

local function group_of(self, event, line)
  local compared = {}
  for i, value in ipairs(line.args) do
    compared[i] = is_compared(event.proto, i, value) and text.number(value)
      or "nil"
  end
  while compared[#compared] == "nil" do
    compared[#compared] = nil
  end
  local key = table.concat(compared, ", ")
  local group = event.by_args[key]
  if not group then
    group = { args = compared, list = answers.new(self.context.needs,
      table.concat({ "syscall", table.unpack(event.names) }, ", ")) }
    event.by_args[key] = group
    event.groups[#event.groups + 1] = group
  end
  return group
end

local function add_changes(self, line, body)
  local set = line.set or {}
  for i, value in ipairs(set.args or {}) do
    if value ~= line.args[i] then
      body[#body + 1] = ("syscall.args[%d] = %s"):format(i, text.number(value))
    end
  end
  if set.retval then
    body[#body + 1] = "syscall.retval = " .. text.retval(set.retval,
      self.context.errno)
  end
  if set.skip then
    body[#body + 1] = "syscall.skip_syscall = true"
  end
  self.again = self.again + (set.again and 1 or 0)
end

--- A hooked system call.
function Syscalls:add(line)
  local event, args = event_of(self, line), {}
  for i, value in ipairs(line.args) do
    args[i] = { code = event.names[i], value = value }
  end
  local asked, body, lost = memory.of(line, args, self.context.machine)
  add_changes(self, line, body)
  if #body > 0 then
    event.who:add(line)
    self.lost = self.lost + lost
  end
  group_of(self, event, line).list:add(asked, table.concat(body, "\n"))
end

-- --- the text ---------------------------------------------------------------

-- The arguments that all groups have.
local function common_args(groups)
  local args = table.move(groups[1].args, 1, #groups[1].args, 1, {})
  for _, group in ipairs(groups) do
    for i = 1, #args do
      args[i] = args[i] == group.args[i] and args[i] or "nil"
    end
  end
  return args
end

local function hook(event, args, list)
  while args[#args] == "nil" do
    args[#args] = nil
  end
  local filter = #args == 0 and "" or ("{ arg_filter = %s },"):format(
    text.list(args))
  local code = list:text()
  if not code:find "^function" and not code:find "^in_turn" then
    code = list:call("")
  end
  local first = ('hl.syscall("%s", %s'):format(event.key, filter):gsub(" $", "")
  return first .. "\n" .. text.indent(code, 2) .. ")"
end

-- One hook for all when what is asked in memory tells them apart.
local function hooks_of(event, changed)
  local lists, hooks = {}, {}
  for i, group in ipairs(event.groups) do
    lists[i] = group.list
  end
  local all = answers.merge(lists)
  if all then
    return { hook(event, common_args(event.groups), all) }
  end
  for i = 1, math.min(#changed, HOOKS_MOST) do
    hooks[i] = hook(event, changed[i].args, changed[i].list)
  end
  if #changed > HOOKS_MOST then
    hooks[#hooks + 1] = text.comment(("and %d more, with other arguments")
      :format(#changed - HOOKS_MOST))
  end
  return hooks
end

local function event_text(event)
  local changed, count = {}, 0
  for _, group in ipairs(event.groups) do
    if group.list.is_changed then
      changed[#changed + 1], count = group, count + group.list.count
    end
  end
  if #changed == 0 then
    return nil
  end
  return text.comment(("seen: %d, by %s"):format(count, event.who:text()))
    .. "\n" .. table.concat(hooks_of(event, changed), "\n")
end

--- All hooks; "" when there are none.
function Syscalls:text()
  local list = {}
  table.sort(self.events, function(a, b) return a.key < b.key end)
  for _, event in ipairs(self.events) do
    list[#list + 1] = event_text(event)
  end
  return table.concat(list, "\n\n")
end

return syscalls
