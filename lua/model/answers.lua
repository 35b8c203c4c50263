-- SPDX-License-Identifier: GPL-2.0-or-later
-- The answers to one kind of request, as a Lua value or function: always the
-- same one, one after the other, or by what the request said.
--
-- An answer is a function's body; "return 5", without a variable, is a value.

local text = require "model.text"

local Answers = {}
Answers.__index = Answers

local answers = {}

--- Of a table of what the model needs besides: in_turn, turns, ...; and room,
--- how many different answers it may still have, and left_out, how many it has
--- not.
---@param params string  of its functions
---@param fallback? string  the body when nothing that was seen is asked
function answers.new(needs, params, fallback)
  return setmetatable({ needs = needs, params = params, fallback = fallback,
    variants = {}, by_asked = {}, count = 0 }, Answers)
end

local function variant_of(self, asked)
  local variant = self.by_asked[asked]
  if not variant then
    variant = { asked = asked, runs = {} }
    self.by_asked[asked] = variant
    self.variants[#self.variants + 1] = variant
  end
  return variant
end

-- Its first one always has.
local function has_room(self, body, count)
  local needs = self.needs
  if body ~= "" and needs.room <= 0 and #self.variants > 0 then
    needs.left_out = needs.left_out + count
    return false
  end
  needs.room = needs.room - (body ~= "" and 1 or 0)
  return true
end

local function add(self, asked, body, count)
  local variant = self.by_asked[asked]
  local last = variant and variant.runs[#variant.runs]
  self.count = self.count + count
  self.is_changed = self.is_changed or body ~= ""
  if last and last.body == body then
    last.count = last.count + count
  elseif has_room(self, body, count) then
    variant = variant_of(self, asked)
    variant.runs[#variant.runs + 1] = { count = count, body = body }
  end
end

--- Some more, one after the other.
---@param asked string[]  conditions that held
---@param body string  "": it changed nothing
---@param count? integer  default 1
function Answers:add(asked, body, count)
  add(self, text.all(asked), body, count or 1)
end

--- All of several lists in one, if what was asked tells the answers apart.
function answers.merge(lists)
  local all = answers.new(lists[1].needs, lists[1].params)
  for _, list in ipairs(lists) do
    for _, variant in ipairs(list.variants) do
      for _, run in ipairs(variant.runs) do
        all.needs.room = math.max(all.needs.room, 1) -- it was there before
        add(all, variant.asked, run.body, run.count)
      end
    end
  end
  for _, variant in ipairs(all.variants) do
    if #variant.runs > 1 or variant.asked == "" and #all.variants > 1 then
      return nil
    end
  end
  return all
end

--- The body that all of them have, if there is one.
function Answers:only()
  local only
  for _, variant in ipairs(self.variants) do
    for _, run in ipairs(variant.runs) do
      if only and only ~= run.body then
        return nil
      end
      only = run.body
    end
  end
  return only
end

function Answers:call(body)
  return body == "" and ("function(%s) end"):format(self.params)
    or ("function(%s)\n%s\nend"):format(self.params, text.indent(body, 2))
end

local function value(self, body)
  return body:match "^return ([^#].*)$" or self:call(body)
end

local function turns(self, runs)
  local list = {}
  for i, run in ipairs(runs) do
    list[i] = text.put(("{ %d, "):format(run.count), value(self, run.body),
      " }")
  end
  return text.list(list)
end

local function in_turn(self, runs)
  self.needs.in_turn = true
  return "in_turn " .. turns(self, runs)
end

--- What polled takes: all of them, whatever was asked.
function Answers:in_order()
  return turns(self, self.variants[1].runs)
end

-- Inside a function: turns are kept outside.
local function inner(self, variant)
  if #variant.runs == 1 then
    return variant.runs[1].body
  end
  local kept = self.needs.turns
  kept[#kept + 1] = in_turn(self, variant.runs)
  return ("return turns[%d](%s)"):format(#kept, self.params)
end

local function by_asked(self)
  local lines, fallback = {}, self.fallback
  for _, variant in ipairs(self.variants) do
    local is_nothing = #variant.runs == 1 and variant.runs[1].body == ""
    if variant.asked == "" then
      fallback = inner(self, variant)
    elseif not is_nothing then
      lines[#lines + 1] = ("%s %s then\n%s"):format(#lines == 0 and "if"
        or "elseif", variant.asked, text.indent(inner(self, variant), 2))
    end
  end
  lines[#lines + 1] = "end"
  lines[#lines + 1] = fallback
  return self:call(table.concat(lines, "\n"))
end

--- Lua's text of a function, or of what always is the answer.
function Answers:text()
  local only = self:only()
  if only then
    return value(self, only)
  elseif #self.variants == 1 then
    return in_turn(self, self.variants[1].runs)
  end
  return by_asked(self)
end

return answers
