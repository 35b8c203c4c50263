-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.file: what a path of the guest does.  Checked here, kept in C (file.c).

local core = require "hyperlua.core"
local log = require "hyperlua.log"
local models = require "hyperlua.models"
local where = require "hyperlua.where"

local file = {}

local OPERATIONS = { "read", "write", "ioctl", "getattr", "open", "release",
  "lseek", "poll", "fsync" }
local KNOWN = { size = true, mode = true, mmap = true, device = true }
for _, op in ipairs(OPERATIONS) do
  KNOWN[op] = true
end

-- For the check that what is written of them is what there is.
file.KNOWN = KNOWN

-- Of the hl.file being checked, for messages.
local path, origin

local function fail(text, ...)
  error(("%s: hl.file %s: %s"):format(origin, path, text:format(...)), 0)
end

--- What a field may be instead of a function or a model.
local SHORT = {
  read = { string = "const_buf" },
  write = { number = "return_const" },
  ioctl = { number = "return_const" },
}

local function answerer(op, key, value)
  local short = SHORT[op] and SHORT[op][type(value)]
  local model_of = core.model_op(value)
  if type(value) == "function" or model_of == op then
    return value
  elseif model_of then
    fail("%s: this model is one of %s", key, model_of)
  end
  local ok, made
  if short then
    ok, made = pcall(models.make, op, short, value)
  elseif models.is_default(value) then
    ok, made = pcall(models.instantiate, op, value)
  else
    fail("%s must be a function or a model such as hl.models.default(), "
      .. "not %s", key, value == nil and "nothing" or type(value))
  end
  if not ok then
    fail("%s: %s", key, tostring(made))
  end
  return made
end

local function is_command_table(value)
  return type(value) == "table" and not models.is_default(value)
end

-- { [0x89F1] = fn, ["*"] = 0 }
local function take_commands(spec, commands)
  spec.ioctls = {}
  for cmd, value in pairs(commands) do
    if cmd == "*" then
      spec.ioctl = answerer("ioctl", "ioctl[\"*\"]", value)
    else
      local integer = math.tointeger(cmd)
      if not integer or integer < -(1 << 31) or integer >= 1 << 32 then
        fail("ioctl[%s]: a command is an integer of 32 bits, or \"*\"",
          tostring(cmd))
      end
      spec.ioctls[integer & 0xffffffff] = answerer("ioctl",
        ("ioctl[0x%x]"):format(integer), value)
    end
  end
end

local function take_operations(spec, model)
  for _, op in ipairs(OPERATIONS) do
    local value = model[op]
    if op == "ioctl" and is_command_table(value) then
      take_commands(spec, value)
    elseif value ~= nil then
      spec[op] = answerer(op, op, value)
    end
  end
end

local function integer_field(model, key, most)
  local value = model[key]
  if value == nil then
    return nil
  end
  local integer = math.tointeger(value)
  if not integer or integer < 0 or integer > most then
    fail("%s must be an integer from 0 to %d, not %s", key, most,
      tostring(value))
  end
  return integer
end

-- true: as long as size; a number: that long; a string: these bytes
local function take_map(spec, model)
  local map = model.mmap
  if map == nil or map == false then
    return
  end
  if map == true then
    map = spec.size
  elseif type(map) == "string" then
    spec.map_bytes = map
    map = math.max(#map, spec.size or 0)
  end
  if math.type(map) ~= "integer" or map < 1 or map > core.map_max then
    fail("mmap must be true (with a size), a number of bytes from 1 to %d, or "
      .. "a string", core.map_max)
  end
  spec.map_size = map
end

local function is_lua(value)
  return type(value) == "function"
end

-- file.state lives until the file is closed, so that must be told.
local function needs_release(spec)
  for _, op in ipairs(OPERATIONS) do
    if is_lua(spec[op]) then
      return true
    end
  end
  for _, value in pairs(spec.ioctls or {}) do
    if is_lua(value) then
      return true
    end
  end
  return false
end

local function flags(spec)
  return (spec.open and core.node_open or 0)
    | (needs_release(spec) and core.node_release or 0)
    | (spec.poll and core.node_poll or 0)
    | (spec.fsync and core.node_fsync or 0)
end

--- How lseek goes, with a known size and without one.  A device without a size
--- is a stream; programs rewind files of /proc and /sys, sized or not.
local function take_seek(spec, model)
  local lseek = model.lseek
  local name = models.is_default(lseek) and lseek.name
  if is_lua(spec.lseek) then
    spec.seek_sized, spec.seek_unsized = core.seek_model, core.seek_model
  elseif name == "unsupported" then
    spec.seek_sized, spec.seek_unsized = core.seek_none, core.seek_none
  else
    spec.seek_sized = core.seek_size
    spec.seek_unsized = spec.getattr and core.seek_size
      or (name == "default" or not path:find "^/dev/") and core.seek_free
      or core.seek_none
  end
end

-- What stat says of a file in /dev.
local function take_device(spec, model)
  local device = model.device
  if device == nil then
    return
  elseif not path:find "^/dev/" then
    fail("device is of a path below /dev")
  end
  local major = type(device) == "table" and math.tointeger(device[1])
  local minor = type(device) == "table" and math.tointeger(device[2])
  if not major or major < 1 or major > 4095
    or not minor or minor < 0 or minor > 1048575 then
    fail("device must be { MAJOR, MINOR }, integers from 1 to 4095 and from 0 "
      .. "to 1048575")
  end
  spec.major, spec.minor = major, minor
end

local function mode(spec, model)
  return integer_field(model, "mode", 4095)
    or (spec.write or not spec.read) and 438    -- 0666
    or 292                                      -- 0444
end

local function check_path(value)
  path = tostring(value):gsub("\0", "?")
  if type(value) ~= "string" or value:sub(1, 1) ~= "/" or value == "/" then
    fail("a path is a string that begins with /")
  end
  if #value > core.path_max then
    path = value:sub(1, 40) .. "..."
    fail("the path has %d bytes, and may have %d", #value, core.path_max)
  end
  if value:find("\0", 1, true) then
    fail("the path has a NUL in it")
  end
  for part in value:sub(2):gmatch "([^/]*)/?" do
    if part == "." or part == ".." or #part > 255 then
      fail("the path has a part that no folder can hold: %q", part:sub(1, 40))
    end
  end
  if value:find "//" or value:sub(-1) == "/" then
    fail("the path has an empty part")
  end
end

local function check_model(model)
  if type(model) ~= "table" or models.is_default(model) then
    fail("a model is a table such as { read = \"1\\n\" }, not %s", type(model))
  end
  for key in pairs(model) do
    if not KNOWN[key] then
      fail("no field %q: there are read, write, ioctl, getattr, open, "
        .. "release, lseek, poll, fsync, size, mode, mmap, device",
        tostring(key))
    end
  end
end

local Node = {}
Node.__index = Node
Node.__name = "hyperlua.node"

--- Takes the file out of the guest; what was there before is there again.
--- Does not wait; open files then give ENODEV.
function Node:remove()
  core.file_remove(self.id)
end

--- Who polls the file is to poll anew.  Does not wait.
function Node:wake()
  core.file_wake(self.id)
end

--- "wanted", "moving", "present", "refused" or "gone"; "pattern", of which
--- the guest has nothing itself.
function Node:status()
  return core.file_state(self.id)
end

--- Checks all that can be wrong; nothing is added yet.
---@param where_from string  for messages: "models/led.lua:3"
---@param quiet? boolean  it says nothing of operations that nobody models
---@return table spec  for file.commit
function file.check(for_path, model, where_from, quiet)
  origin, path = where_from, "?"
  check_path(for_path)
  check_model(model)
  local node = setmetatable({ path = for_path, model = model,
    origin = where_from }, Node)
  local spec = { path = for_path, origin = where_from, object = node,
    quiet = quiet, pattern = for_path:find "[*?%[]" ~= nil,
    size = integer_field(model, "size", math.maxinteger) }
  take_operations(spec, model)
  take_map(spec, model)
  take_seek(spec, model)
  take_device(spec, model)
  spec.flags = flags(spec)
  spec.mode = mode(spec, model)
  return spec
end

local function warn_of_models(spec)
  for _, op in ipairs(OPERATIONS) do
    local problem = core.model_problem(spec[op])
    if problem then
      log.warn("%s: hl.file %s: %s: %s", spec.origin, spec.path, op, problem)
    end
  end
end

--- Adds what file.check has checked; of two models for one path the later
--- wins, and says so.
---@return table node
function file.commit(spec)
  local node, before = spec.object, nil
  node.id, before = core.file_set(spec)
  if before then
    log.warn("%s: the model of %s takes the place of that of %s", spec.path,
      spec.origin, before)
  end
  warn_of_models(spec)
  if spec.pattern then
    require("hyperlua.missing").watch_patterns()
  end
  return node
end

--- Models a path that a pattern stands for.
function file.add_match(for_path, pattern)
  local spec = file.check(for_path, pattern.model, pattern.origin)
  spec.of_pattern = true
  return file.commit(spec)
end

--- Of a file in the models folder, { [path] = model, ... }: all, or none when
--- one is refused.
function file.add_all(all, where_from)
  if type(all) ~= "table" then
    error(where_from .. ": a file in the models folder returns a table "
      .. "{ [path] = model }, not " .. type(all), 0)
  end
  local paths, specs = {}, {}
  for key in pairs(all) do
    if type(key) ~= "string" then
      error(("%s: a path is a string, not %s"):format(where_from,
        tostring(key)), 0)
    end
    paths[#paths + 1] = key
  end
  table.sort(paths)
  for i, each in ipairs(paths) do
    specs[i] = file.check(each, all[each], where_from)
  end
  for _, spec in ipairs(specs) do
    file.commit(spec)
  end
end

--- hl.file(path, model): see the README for the fields of a model.
--- Does not wait: the guest makes the file within a moment.
function file.public(path, model)
  return file.commit(file.check(path, model, where(2)))
end

return file
