-- SPDX-License-Identifier: GPL-2.0-or-later
-- For `hyperlua check`: lists what scripts would install, without a guest.  It
-- runs in the engine's Lua state before the scripts, and notes what they
-- register at the functions below our own modules.  Gives the function that
-- makes the list, which the command calls when all has been loaded.

local core = require "hyperlua.core"
local filter = require "hyperlua.filter"

local OPERATIONS = { "read", "write", "ioctl", "getattr", "open", "release",
  "lseek", "poll", "fsync" }
local SHOWN = 8                 -- commands of a file's ioctl

-- What there is: { kind, text, id }; and the filters checked last.
local entries, filters = {}, {}

local function add(kind, id, text)
  entries[#entries + 1] = { kind = kind, id = id, text = text }
end

local function drop(kind, id)
  for i = #entries, 1, -1 do
    if entries[i].kind == kind and entries[i].id == id then
      table.remove(entries, i)
    end
  end
end

-- --- filters in words -------------------------------------------------------

local function value_words(value)
  if math.type(value) == "integer" then
    return value > 9 and ("0x%x"):format(value) or tostring(value)
  elseif type(value) == "table" then
    return value_words(value[1]) .. " to " .. value_words(value[2])
  end
  return ("%q"):format(value)
end

local function test_words(tests)
  if type(tests) ~= "table" then
    return "is " .. value_words(tests)
  end
  local words = {}
  for name, value in pairs(tests) do
    words[#words + 1] = name .. " " .. value_words(value)
  end
  table.sort(words)
  return table.concat(words, ", ")
end

local function filter_words(given)
  local words = {}
  for i = 1, core.args_max do
    if given.arg_filter and given.arg_filter[i] ~= nil then
      words[#words + 1] = ("argument %d %s"):format(i,
        test_words(given.arg_filter[i]))
    end
  end
  for _, name in ipairs { "comm", "pid", "retval" } do
    local tests = given[name .. "_filter"]
    if tests ~= nil then
      words[#words + 1] = name .. " " .. test_words(tests)
    end
  end
  return #words > 0 and ": " .. table.concat(words, "; ") or ""
end

-- --- files in words ---------------------------------------------------------

-- The names of models that were made, by model.
local model_names = setmetatable({}, { __mode = "k" })

local function who(answerer)
  return type(answerer) == "function" and "Lua"
    or model_names[answerer] or "a model"
end

local function ioctl_words(words, spec)
  local commands = {}
  for command in pairs(spec.ioctls or {}) do
    commands[#commands + 1] = command
  end
  table.sort(commands)
  for i, command in ipairs(commands) do
    if #commands > SHOWN and i == SHOWN then
      words[#words + 1] = ("%d more ioctls"):format(#commands - i + 1)
      break
    end
    words[#words + 1] = ("ioctl 0x%x by %s"):format(command,
      who(spec.ioctls[command]))
  end
end

local function file_words(spec)
  local words = {}
  for _, op in ipairs(OPERATIONS) do
    if op == "ioctl" then
      ioctl_words(words, spec)
    end
    if spec[op] then
      words[#words + 1] = op .. " by " .. who(spec[op])
    end
  end
  return #words > 0 and ": " .. table.concat(words, ", ") or ""
end

-- --- noting -----------------------------------------------------------------

local function wrap(module, name, around)
  local original = module[name]
  module[name] = function(...)
    return around(original, ...)
  end
end

wrap(filter, "tests", function(tests, given, ...)
  filters = given
  return tests(given, ...)
end)

wrap(core, "model_new", function(model_new, op, name, ...)
  local model = model_new(op, name, ...)
  model_names[model] = name
  return model
end)

-- Those that our own modules add on behalf of a pattern are optional.
wrap(core, "hook_add", function(hook_add, spec, ...)
  local words = filter_words(filters)
  local id = hook_add(spec, ...)
  if not spec.optional then
    add("hook", id, spec.title .. words)
  end
  return id
end)

wrap(core, "probe_add", function(probe_add, spec, ...)
  local words = filter_words(filters)
  local id = probe_add(spec, ...)
  add("probe", id, spec.title .. words)
  return id
end)

wrap(core, "file_set", function(file_set, spec)
  local id, before = file_set(spec)
  drop("file", spec.path)
  add("file", spec.path, ("%s (%s)%s"):format(spec.path, spec.origin,
    file_words(spec)))
  return id, before
end)

wrap(core, "spawn", function(spawn, title, ...)
  add("spawn", nil, title)
  return spawn(title, ...)
end)

-- Hooks and probes have ids of one kind.
wrap(core, "hook_remove", function(hook_remove, id)
  drop("hook", id)
  drop("probe", id)
  return hook_remove(id)
end)

--- The list as text: a line each, in the order registered.
return function()
  local lines = {}
  for i, entry in ipairs(entries) do
    lines[i] = ("%-6s%s\n"):format(entry.kind, entry.text)
  end
  return table.concat(lines)
end
