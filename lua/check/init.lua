-- SPDX-License-Identifier: GPL-2.0-or-later
-- `hyperlua check`, the part that reads sources (engine/cli/check.c runs it in
-- a Lua state of its own, without an engine).  What HyperLua has is known from
-- lua/meta alone.

local bind = require "check.bind"
local infer = require "check.infer"
local meta = require "check.meta"
local names = require "check.names"
local parse = require "check.parse"
local waits = require "check.waits"

local Check = {}
Check.__index = Check

--- Notes a finding at a node, once.
function Check:say(node, text, ...)
  text = text:format(...)
  local key = ("%d:%d:%s"):format(node.line, node.column, text)
  if not self.said[key] then
    self.said[key] = true
    self.findings[#self.findings + 1] = { line = node.line,
      column = node.column, text = text }
  end
end

-- What every script has besides what it defines.
local function known_globals()
  local set, list = {}, {}
  for name in pairs(_G) do
    set[name], list[#list + 1] = true, name
  end
  table.sort(list)
  return set, list
end

-- The same lines and columns, without a first line for the shell.
local function without_shebang(text)
  return (text:gsub("^#[^\n]*", ""))
end

local function by_place(a, b)
  if a.line ~= b.line then
    return a.line < b.line
  elseif a.column ~= b.column then
    return a.column < b.column
  end
  return a.text < b.text
end

local check = {}

--- Reads one source.
---@param api table  what meta.read gave
---@param text string
---@param options? table  models: it is a file of a models folder; config: YAML
---  may name its functions; globals: a table of what other sources define,
---  which it adds to
---@return table[] findings  line, column, text, as they stand there; none for
---  what Lua cannot compile: who loads it says so
function check.source(api, text, options)
  options = options or {}
  text = without_shebang(text)
  if not load(text, "=source", "t", {}) then
    return {}
  end
  local chunk, infos = parse(text)
  local globals, global_names = known_globals()
  local self = setmetatable({
    api = api, infer = infer(api), findings = {}, said = {}, set_names = {},
    views = names.views(api), globals = globals, global_names = global_names,
    set_globals = options.globals or {}, is_models = options.models,
    has_config = options.config,
  }, Check)
  bind.all(self, chunk)
  names.note(self, chunk)
  names.all(self, chunk)
  names.unused(self, infos)
  waits(self, chunk)
  table.sort(self.findings, by_place)
  return self.findings
end

local api
local defined = {}              -- globals, by all sources

-- As the command has lua/meta compiled in: modules that give their text.
local function text_of(name)
  return require("check.text." .. name)
end

--- For the command: one source after the other.
---@param name string  for messages
---@param text string
---@param is_models boolean
---@param has_config boolean
---@return integer count  of findings
---@return string lines  "FILE:LINE:COLUMN: text"
function check.report(name, text, is_models, has_config)
  api = api or meta.read(text_of)
  local lines = {}
  for i, found in ipairs(check.source(api, text, { models = is_models,
    config = has_config, globals = defined })) do
    lines[i] = ("%s:%d:%d: %s\n"):format(name, found.line, found.column,
      found.text)
  end
  return #lines, table.concat(lines)
end

return check
