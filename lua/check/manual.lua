-- SPDX-License-Identifier: GPL-2.0-or-later
-- Writes lua/reference.md from lua/meta:
--
--   lua5.4 lua/check/manual.lua >lua/reference.md
--
-- tests/spec/meta_spec.lua fails when that was forgotten.

local manual = {}

local meta

-- --- pieces of Markdown -----------------------------------------------------

local function code(text)
  return "`" .. text .. "`"
end

-- As GitHub names a heading.
local function anchor(heading)
  return "#" .. heading:lower():gsub("[^%w_ -]", ""):gsub(" ", "-")
end

-- A type; one that is a class, or a list of them, leads to it.
local function type_text(api, type)
  local name = type:match "^([%w_.]+)[%[%]?]*$"
  if name and (api.classes[name] or api.aliases[name]) then
    return ("[%s](%s)"):format(code(type), anchor(manual.heading(api, name)))
  end
  return code(type)
end

-- The text as lines; paragraphs stay apart.
local function paragraphs(text)
  return (text:match "^%s*(.-)%s*$")
end

-- --- names ------------------------------------------------------------------

--- What a class or an alias has above it.
function manual.heading(api, name)
  local class = api.classes[name]
  if not class then
    return name
  end
  local short, is_own = meta.prefix(api, class)
  return not is_own and class.name ~= "hl.Process" and short or name
end

local function words(params)
  local names = {}
  for i, param in ipairs(params) do
    names[i] = param.name .. (param.optional and "?" or "")
  end
  return table.concat(names, ", ")
end

-- The ways to call it, the first of them the whole one.
local function signatures(api, fn)
  local mark = fn.kind == "method" and ":" or "."
  local name = meta.prefix(api, fn.class) .. mark .. fn.name
  local all = { ("%s(%s)"):format(name, words(fn.params)) }
  for _, overload in ipairs(fn.overloads) do
    local params = meta.function_of(api, overload).params
    local keys = params[1] and meta.keys_of(params[1].type or "")
    all[#all + 1] = keys
      and ("%s { %s = }"):format(name, table.concat(keys, " =, "))
      or ("%s(%s)"):format(name, words(params))
  end
  return all
end

-- --- entries ----------------------------------------------------------------

local Writer = {}
Writer.__index = Writer

function Writer:line(text, ...)
  self[#self + 1] = select("#", ...) > 0 and text:format(...) or text
end

function Writer:item(name, type, text)
  self:line("- %s%s%s", name, type_text(self.api, type),
    text ~= "" and ": " .. text or "")
end

function Writer:func(fn)
  local ways = signatures(self.api, fn)
  self:line("### %s\n", ways[1])
  if #ways > 1 then
    self:line("also %s\n", code(table.concat(ways, "`, `", 2)))
  end
  self:line("%s %s\n", paragraphs(fn.text),
    fn.waits and "**Waits.**" or "Does not wait.")
  for _, param in ipairs(fn.params) do
    self:item(code(param.name) .. " ", param.type, param.text)
  end
  for _, result in ipairs(fn.returns) do
    self:item("gives " .. (result.name and code(result.name) .. " " or ""),
      result.type, result.text)
  end
  self:line("")
end

-- Of many, such as the errors' numbers, the names alone.
local MANY = 40

local function name_list(fields)
  local names = {}
  for i, field in ipairs(fields) do
    names[i] = code(field.name)
      .. (field.text ~= "" and " (" .. field.text .. ")" or "")
  end
  return table.concat(names, ", ")
end

function Writer:fields(fields)
  local public = {}
  for _, field in ipairs(fields) do
    if not field.private then
      public[#public + 1] = field
    end
  end
  if #public > MANY then
    return self:line("%s\n", name_list(public))
  end
  for _, field in ipairs(public) do
    self:item(code(field.name .. (field.optional and "?" or "")) .. " ",
      field.type, field.text)
  end
  if #public > 0 then
    self:line("")
  end
end

-- Whether there is nothing to say of a class but its functions.
local function is_empty(entry)
  return entry.text == "" and #entry.fields == 0 and #entry.class.calls == 0
end

function Writer:class(entry)
  local class = entry.class
  if is_empty(entry) and class.name == "hl" then
    return
  end
  local heading = manual.heading(self.api, class.name)
  self:line("### %s\n", heading)
  for _, call in ipairs(class.calls) do
    self:line("%s\n", code(("%s(%s)"):format(heading,
      words(meta.function_of(self.api, call).params))))
  end
  local held = self.api.classes.hl.members[heading:match "^hl%.(.*)$"]
  local text = paragraphs((held and held.text .. " " or "") .. entry.text)
  if text ~= "" then
    self:line("%s\n", text)
  end
  if class.parent then
    self:line("All of %s, and:\n", type_text(self.api, class.parent))
  end
  self:fields(entry.fields)
end

function Writer:alias(entry)
  self:line("### %s\n", entry.name)
  self:line("%s\n", code(entry.type))
  self:line("%s\n", paragraphs(entry.text))
end

-- hl.portal and its like are told with their classes.
function Writer:field(field)
  if not meta.class_of(self.api, field.type) then
    self:line("### %s.%s\n", meta.prefix(self.api, field.class), field.name)
    self:line("%s: %s\n", code(field.type), paragraphs(field.text))
  end
end

Writer["function"], Writer.method = Writer.func, Writer.func

local HEAD = [[
<!-- Made from lua/meta by lua/check/manual.lua: change it there. -->
# What scripts can call

`local hl = require "hyperlua"` gives all of this. What **waits** keeps the
guest's process waiting, and nothing else; it works inside `pcall` and
coroutines of your own, not where Lua cannot wait (`table.sort`, `string.gsub`),
not while a script loads (there is `hl.spawn`), and not in handlers that cannot.
What a script does wrong raises; what the guest refuses is nil and an errno's
name. A `?` is what may be left out, or be nil.

The same for an editor with LuaLS is `lua/meta`: name that folder in its
`workspace.library`, as this repository's `.luarc.json` does.
]]

--- The whole page.
---@param api table  what meta.read gave
---@param reader table  the module meta
---@return string markdown
function manual.page(api, reader)
  meta = reader
  local writer = setmetatable({ api = api }, Writer)
  writer:line(HEAD)
  for _, file in ipairs(api.files) do
    writer:line("- [%s](%s)", file.title, anchor(file.title))
  end
  writer:line("")
  for _, file in ipairs(api.files) do
    writer:line("## %s\n", file.title)
    if file.text ~= "" then
      writer:line("%s\n", paragraphs(file.text))
    end
    for _, entry in ipairs(file.entries) do
      writer[entry.kind](writer, entry)
    end
  end
  return (table.concat(writer, "\n"):gsub("\n\n\n+", "\n\n"))
end

-- As a program: the sources are where it lies itself.
if arg and arg[0] and arg[0]:find "manual%.lua$" then
  local folder = arg[0]:match "^(.*)check/manual%.lua$" or "./"
  package.path = folder .. "?.lua"
  local reader = require "check.meta"
  local api = reader.read(function(name)
    local file = assert(io.open(folder .. "meta/" .. name .. ".lua"))
    local text = file:read "a"
    file:close()
    return text
  end)
  io.write(manual.page(api, reader))
end

return manual
