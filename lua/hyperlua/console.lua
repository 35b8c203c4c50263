-- SPDX-License-Identifier: GPL-2.0-or-later
-- What `hyperlua console` asks: expressions, and what a word could become.
-- Called by engine/console_eval.c; a client is a number.
--
-- Each console has variables of its own, behind which are the scripts': what is
-- typed cannot break a script by accident.  _G.name = value is the way to them.

local core = require "hyperlua.core"
local log = require "hyperlua.log"
local show = require "hyperlua.show"

local concat, pack, sort = table.concat, table.pack, table.sort
local find, sub = string.find, string.sub
local getmetatable, rawget, setmetatable = debug.getmetatable, rawget,
  setmetatable
local load, next, require, tostring, type = load, next, require, tostring, type
local globals = _G

local console = {}

-- By client.
local environments = {}

-- To the console that it was typed in, from wherever it is called.
local function printer(client)
  return function(...)
    local words = pack(...)
    for i = 1, words.n do
      words[i] = tostring(words[i])
    end
    local line = concat(words, "\t")
    if not core.console_print(client, line) then
      log.info(line)
    end
  end
end

local function environment(client)
  local own = environments[client]
  if not own then
    local hl = require "hyperlua"
    own = setmetatable({ hl = hl, portal = hl.portal,
      print = printer(client) }, { __index = globals })
    environments[client] = own
  end
  return own
end

-- As Lua's own prompt does: an expression, or else statements.  A function, or
-- nil, what is wrong, and whether more text may mend that.
local function compile(client, text)
  local env = environment(client)
  local fn, first = load("return " .. text, "=console", "t", env)
  if fn then
    return fn
  end
  local err
  fn, err = load(text, "=console", "t", env)
  return fn, err, not fn and (find(err, "<eof>$") or find(first, "<eof>$"))
end

--- Evaluates what was typed.  Waits if that does, and raises what it raises.
---@param client integer
---@param text string
---@return string kind  "value"; "more": it is not complete; "error"
---@return string text  what it gave, or why it does not compile
function console.evaluate(client, text)
  local expression, err, is_part = compile(client, text)
  if expression then
    return "value", show(expression())
  end
  return is_part and "more" or "error", err
end

function console.forget(client)
  environments[client] = nil
end

-- --- completion -------------------------------------------------------------

-- Names looked at, in one table; and given.
local LOOK_MAX = 100000
local NAMES_MAX = 1000

-- The table behind a value, without calling anything.
local function behind(value)
  local meta = getmetatable(value)
  local index = type(meta) == "table" and rawget(meta, "__index")
  return type(index) == "table" and index or nil
end

-- Through at most so many of those.
local DEPTH = 8

local function field(value, name)
  for _ = 1, DEPTH do
    if type(value) == "table" and rawget(value, name) ~= nil then
      return rawget(value, name)
    end
    value = behind(value)
    if value == nil then
      return nil
    end
  end
end

-- Adds to `names`, by name, the keys that begin with `start`.
local function add_keys(names, from, start)
  local looked = 0
  for key in next, from do
    looked = looked + 1
    if looked > LOOK_MAX then
      return
    end
    if type(key) == "string" and sub(key, 1, #start) == start
      and find(key, "^[%a_][%w_]*$") then
      names[key] = true
    end
  end
end

local function all_keys(value, start)
  local names = {}
  for _ = 1, DEPTH do
    if type(value) == "table" then
      add_keys(names, value, start)
    end
    value = behind(value)
    if value == nil then
      break
    end
  end
  return names
end

-- "hl.portal.re" -> the value of hl.portal, "hl.portal.", "re"
local function owner(client, word)
  local value, at = environment(client), 1
  while true do
    local stop = find(word, "[.:]", at)
    if not stop then
      return value, sub(word, 1, at - 1), sub(word, at)
    end
    value = field(value, sub(word, at, stop - 1))
    if value == nil then
      return nil
    end
    at = stop + 1
  end
end

--- What the last word of the line could become.  Calls nothing of a script's.
---@param client integer
---@param line string  up to the cursor
---@return string names  one a line, sorted
function console.complete(client, line)
  local from = #line
  while from > 0 and find(sub(line, from, from), "[%w_.:]") do
    from = from - 1
  end
  local value, prefix, start = owner(client, sub(line, from + 1))
  if value == nil then
    return ""
  end
  local list = {}
  for name in next, all_keys(value, start) do
    list[#list + 1] = prefix .. name
  end
  sort(list)
  return concat(list, "\n", 1, math.min(#list, NAMES_MAX))
end

return console
