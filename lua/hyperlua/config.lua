-- SPDX-License-Identifier: GPL-2.0-or-later
-- config.load: files described in YAML, in the schema of the pseudofiles
-- section of a Penguin configuration.  The engine (load.c) calls it for
-- config=FILE, when the scripts have run, under its lock.  Everything is
-- checked before a file is added.

local core = require "hyperlua.core"
local file = require "hyperlua.file"
local log = require "hyperlua.log"
local models = require "hyperlua.models"
local schema = require "hyperlua.config_schema"
local yaml = require "hyperlua.yaml"

local ERRORS_MAX = 20
local PATH_MAX = 1024
local INSTEAD, MODELS = schema.INSTEAD, schema.MODELS
local PROPERTIES, SECTIONS = schema.PROPERTIES, schema.SECTIONS
local TYPES, set = schema.TYPES, schema.set
local describe, quote = schema.describe, schema.quote
local is_mapping, to_integer = schema.is_mapping, schema.to_integer

local function names_of(...)
  local names = {}
  for _, members in ipairs { ... } do
    for name in pairs(members) do
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return table.concat(names, ", ")
end

-- One configuration being checked.  A place, `at`, is a line and the key that
-- stands there, below another place: { line = 7, key = "read", up = ... }.
local Loader = {}
Loader.__index = Loader

local function path_of(at)
  local keys = {}
  while at and at.key ~= nil do
    table.insert(keys, 1, quote(tostring(at.key)))
    at = at.up
  end
  return #keys > 0 and table.concat(keys, ".") .. ": " or ""
end

function Loader:fail(at, text, ...)
  self.errors[#self.errors + 1] = {
    line = at.line,
    text = ("%s:%d: %s%s"):format(self.name, at.line, path_of(at),
      text:format(...)),
  }
end

function Loader:expect(at, what, value)
  self:fail(at, "%s is expected, not %s", what, describe(value))
end

function Loader:below(at, mapping, key)
  return { line = self.positions[mapping][key], key = key, up = at }
end

--- The pairs of a mapping as they stand in the file: key, value, place.
function Loader:each(at, mapping)
  local keys = {}
  for key in pairs(mapping) do
    keys[#keys + 1] = key
  end
  local lines = self.positions[mapping]
  if #keys > 1 then
    table.sort(keys, function(a, b)
      if lines[a] ~= lines[b] then
        return lines[a] < lines[b]
      end
      return tostring(a) < tostring(b)
    end)
  end
  local i = 0
  return function()
    i = i + 1
    local key = keys[i]
    if key ~= nil then
      return key, mapping[key], self:below(at, mapping, key)
    end
  end
end

--- As each, with keys that are numbers, in whatever way they are written.
---@param take fun(key, place): integer|string|nil  nil: not such a key
function Loader:each_number(at, mapping, take)
  local next_pair = self:each(at, mapping)
  local lines = {}
  return function()
    for key, value, place in next_pair do
      local number = take(key, place)
      if number and lines[number] then
        self:fail(place, "this number is at line %d already", lines[number])
      elseif number then
        lines[number] = place.line
        return number, value, place
      end
    end
  end
end

-- F of the script NAME; a global function F; F of the module NAME.
local function find_function(plugin, name)
  local script = core.script(plugin)
  if type(script) == "table" and type(script[name]) == "function" then
    return script[name]
  elseif type(rawget(_G, name)) == "function" then
    return rawget(_G, name)
  end
  local found, module = pcall(require, plugin)
  if found and type(module) == "table"
    and type(module[name]) == "function" then
    return module[name]
  end
  if not found and not tostring(module):find "^module '" then
    return nil, "; " .. quote(tostring(module))
  end
  return nil, ""
end

function Loader:from_plugin(at, op, conf)
  self:check_keys(at, "from_plugin", conf,
    { plugin = "text!", ["function"] = "text" })
  local plugin, name = conf.plugin, conf["function"]
  name = (name == nil or name == yaml.null) and op or name
  if type(plugin) ~= "string" or type(name) ~= "string" then
    return
  end
  local fn, why = find_function(plugin, name)
  if not fn then
    local scripts = table.concat(core.scripts(), ", ")
    self:fail(at, "there is no function %s in a script %s.lua%s: loaded %s",
      describe(name), quote(plugin), why,
      scripts == "" and "is none" or "are " .. scripts)
  end
  return fn
end

--- Notes unknown keys, missing keys and wrong values; gives the values when
--- all are right.
function Loader:check_keys(at, what, conf, types)
  local before = #self.errors
  local args = {}
  for key, value, place in self:each(at, conf) do
    local kind = types[key]
    if key == "provenance" then
      if value ~= yaml.null then
        TYPES.text(self, place, value)
      end
    elseif kind and (value ~= yaml.null or kind:find "!") then
      args[key] = TYPES[kind:match "%a+"](self, place, value)
    elseif not kind and key ~= "model" then
      self:fail(place, "this key is not known: %s takes %s", what,
        names_of(types, set "model provenance"))
    end
  end
  for key, kind in pairs(types) do
    if kind:find "!" and conf[key] == nil then
      self:fail(at, "%s needs the key %s", what, key)
    end
  end
  return #self.errors == before and args or nil
end

-- Its error begins with the key that it is about.
function Loader:make(at, op, conf, args)
  local made, model = pcall(models.make, op, conf.model, args)
  if made then
    -- How a file seeks is settled when it is made, by the model's name.
    return op == "lseek" and models.public[conf.model]() or model
  end
  local key, text = tostring(model):match "^([%w_]+): (.*)$"
  if key and conf[key] ~= nil then
    self:fail(self:below(at, conf, key), "%s", text)
  else
    self:fail(at, "%s", tostring(model))
  end
end

--- A model and its arguments; a function; or nil when that was an error.
function Loader:model(at, op, conf)
  if not is_mapping(conf) then
    return self:expect(at, "a mapping with a model", conf)
  end
  local name, known = conf.model, MODELS[op]
  if name == nil then
    return self:fail(at, "the key model is missing: there are %s",
      names_of(known, set "from_plugin"))
  end
  local place = self:below(at, conf, "model")
  if name == "from_plugin" and op == "compat_ioctl" then
    return self:fail(place, "ioctl gets them too, and file.compat says so: "
      .. "{model: same_as_ioctl}")
  elseif name == "from_plugin" then
    return self:from_plugin(at, op, conf)
  elseif schema.MODELS_INSTEAD[name] then
    return self:fail(place, "%s", schema.MODELS_INSTEAD[name])
  elseif not known[name] then
    return self:fail(place, "one of %s is expected, not %s",
      names_of(known, set "from_plugin"), describe(name))
  end
  local args = self:check_keys(at, name, conf, known[name])
  if args and op ~= "compat_ioctl" then
    return self:make(at, op, conf, args), args
  end
end

--- One model for all commands, or { [command] = model, ["*"] = model }.
function Loader:ioctl(at, conf)
  if not is_mapping(conf) then
    return self:expect(at, "a mapping of commands", conf)
  elseif conf.model ~= nil then
    return self:model(at, "ioctl", conf)
  elseif next(conf) == nil then
    return nil
  end
  local function take(key, place)
    local number = to_integer(key)
    if key == "*" or number and number >= 0 and number <= 0xffffffff then
      return number or key
    end
    self:fail(place, 'a command of 32 bits or "*" is expected')
  end
  local commands = {}
  for command, value, place in self:each_number(at, conf, take) do
    commands[command] = self:model(place, "ioctl", value)
  end
  return commands
end

-- What mmap shows at first: what read gives, as far as that is constant.
local function mapped(model, args, size)
  if model == "zero" or model == "one" then
    return model == "zero" and "0" or "1"
  elseif model == "const_buf" then
    return args.val:sub(1, size)
  elseif model == "const_map" then
    return schema.render(args):sub(1, size)
  end
  return true
end

function Loader:field(fields, conf, key, value, at)
  local op = key == "seek" and "lseek" or key
  if op ~= key and conf.lseek ~= nil then
    self:fail(at, "it is another name of lseek, which is here too")
  elseif value == yaml.null and (MODELS[op] or INSTEAD[op]
    or PROPERTIES[op]) then
    return
  elseif INSTEAD[op] then
    self:fail(at, "%s", INSTEAD[op])
  elseif PROPERTIES[op] then
    local property = TYPES[PROPERTIES[op]](self, at, value)
    fields[op] = op ~= "name" and property or nil
  elseif op == "ioctl" then
    fields.ioctl = self:ioctl(at, value)
  elseif MODELS[op] then
    local model, args = self:model(at, op, value)
    local size = to_integer(conf.size) or 0
    fields[op] = model
    if op == "read" and model and size > 0 and size <= core.map_max then
      fields.mmap = mapped(value.model, args, size)
    end
  else
    self:fail(at, "this key is not known: a file takes %s",
      names_of(MODELS, PROPERTIES))
  end
end

function Loader:file(at, path, conf)
  if type(path) ~= "string" or path:sub(1, 1) ~= "/" or #path > PATH_MAX
    or path:find("\0", 1, true) then
    self:fail(at, "an absolute path of at most %d bytes is expected",
      PATH_MAX)
  end
  if not is_mapping(conf) then
    return self:expect(at, "a mapping, {} for all defaults,", conf)
  end
  local fields = {}
  for key, value, place in self:each(at, conf) do
    self:field(fields, conf, key, value, place)
  end
  for op, default in pairs(self.defaults) do
    fields[op] = fields[op] or default
  end
  self.files[#self.files + 1] = { at = at, path = path, fields = fields }
end

function Loader:main(main)
  local skipped = {}
  if not is_mapping(main) then
    return self:expect({ line = 1 }, "a mapping with pseudofiles", main)
  end
  for key, value, at in self:each({}, main) do
    if SECTIONS[key] then
      skipped[#skipped + 1] = key
    elseif key ~= "pseudofiles" then
      self:fail(at, "this key is not known: there are %s",
        names_of(SECTIONS, set "pseudofiles"))
    elseif is_mapping(value) then
      for path, conf, place in self:each(at, value) do
        self:file(place, path, conf)
      end
    elseif value ~= yaml.null then
      self:expect(at, "a mapping of paths", value)
    end
  end
  if #skipped > 0 then
    log.info("%s: only pseudofiles is used, not %s", self.name,
      table.concat(skipped, ", "))
  end
end

-- All, or none when one is refused: what scripts made is then as it was.
-- Quietly, as the defaults are what the configuration asks for.
function Loader:add_files()
  local specs = {}
  for i, entry in ipairs(self.files) do
    local origin = ("%s:%d"):format(self.name, entry.at.line)
    local fits, spec = pcall(file.check, entry.path, entry.fields, origin, true)
    specs[i] = spec
    if not fits then
      local prefix = ("%s: hl.file %s: "):format(origin, entry.path)
      local text = tostring(spec)
      self:fail(entry.at, "%s",
        text:sub(1, #prefix) == prefix and text:sub(#prefix + 1) or text)
    end
  end
  if #self.errors == 0 then
    for _, spec in ipairs(specs) do
      file.commit(spec)
    end
  end
end

-- In the order of the file, the first of them.
function Loader:error_text()
  local lines = {}
  table.sort(self.errors, function(a, b)
    if a.line ~= b.line then
      return a.line < b.line
    end
    return a.text < b.text
  end)
  for i = 1, math.min(#self.errors, ERRORS_MAX) do
    lines[i] = self.errors[i].text
  end
  if #self.errors > ERRORS_MAX then
    lines[#lines + 1] = ("%s: and %d more errors"):format(self.name,
      #self.errors - ERRORS_MAX)
  end
  return table.concat(lines, "\n")
end

-- They keep nothing of their own, so all files share them.
local function make_defaults()
  local defaults = {}
  for op, name in pairs(schema.DEFAULTS) do
    defaults[op] = models.make(op, name, {})
  end
  return defaults
end

local config = {}

--- Checks a configuration and adds its files; none when anything is wrong.
--- Does not wait.
---@param name string  the file, for messages; what it names is in its folder
---@param text string  YAML
---@return integer? files  how many were added
---@return string? errors  one a line: "FILE:LINE: KEYS: what was expected"
function config.load(name, text)
  local main, positions = yaml.load(name, text)
  if main == nil then
    return nil, positions
  end
  local loader = setmetatable({
    name = name, folder = name:match "^.*/" or "", positions = positions,
    errors = {}, files = {}, defaults = make_defaults(),
  }, Loader)
  loader:main(main)
  if #loader.errors == 0 then
    loader:add_files()
  end
  if #loader.errors > 0 then
    return nil, loader:error_text()
  end
  return #loader.files
end

return config
