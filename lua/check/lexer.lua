-- SPDX-License-Identifier: GPL-2.0-or-later
-- The tokens of a Lua 5.4 source that Lua itself has found to be right.

local KEYWORDS = {}
for word in ([[and break do else elseif end false for function goto if in local
  nil not or repeat return then true until while]]):gmatch "%l+" do
  KEYWORDS[word] = true
end

-- The longest first.
local MARKS = { "...", "<<", ">>", "//", "==", "~=", "<=", ">=", "::", ".." }

local Lexer = {}
Lexer.__index = Lexer

-- Behind a long bracket that begins at `at`, or nil.
local function long_end(text, at)
  local equals = text:match("^%[(=*)%[", at)
  if equals then
    local _, stop = text:find("]" .. equals .. "]", at, true)
    return stop and stop + 1 or #text + 1
  end
end

local function skip(text, at)
  while true do
    at = text:match("^%s*()", at)
    if text:sub(at, at + 1) ~= "--" then
      return at
    end
    at = long_end(text, at + 2) or text:match("^[^\n]*()", at)
  end
end

local function string_end(text, at)
  local quote, from = text:sub(at, at), at + 1
  while true do
    local stop = text:find("[\\" .. quote .. "]", from)
    if not stop then
      return #text + 1
    elseif text:sub(stop, stop) == quote then
      return stop + 1
    end
    from = stop + 2
  end
end

local function number_end(text, at)
  local exponent = text:find("^0[xX]", at) and "[pP]" or "[eE]"
  local stop = text:match("^[%w.]+()", at)
  while text:find("^[+-]", stop) and text:find("^" .. exponent, stop - 1) do
    stop = text:match("^[%w.]+()", stop + 1) or stop + 1
  end
  return stop
end

-- kind, and where it ends.
local function scan(text, at)
  local char = text:sub(at, at)
  if char == "" then
    return "end of file", at
  elseif char:find "[%a_]" then
    local stop = text:match("^[%w_]+()", at)
    local word = text:sub(at, stop - 1)
    return KEYWORDS[word] and word or "name", stop
  elseif text:find("^%.?%d", at) then
    return "number", number_end(text, at)
  elseif char == '"' or char == "'" then
    return "string", string_end(text, at)
  elseif long_end(text, at) then
    return "string", long_end(text, at)
  end
  for _, mark in ipairs(MARKS) do
    if text:sub(at, at + #mark - 1) == mark then
      return mark, at + #mark
    end
  end
  return char, at + 1
end

--- Goes on to the next token: kind ("name", "number", "string", a keyword, a
--- mark), text, at, line, column.
function Lexer:next()
  self.last_line = self.line
  self.at = skip(self.text, self.stop)
  self.kind, self.stop = scan(self.text, self.at)
  self.token = self.text:sub(self.at, self.stop - 1)
  while self.lines[self.line + 1] and self.lines[self.line + 1] <= self.at do
    self.line = self.line + 1
  end
  self.column = self.at - self.lines[self.line] + 1
end

return function(text)
  local self = setmetatable({ text = text, stop = 1, line = 1 }, Lexer)
  self.lines = { 1 }
  for at in text:gmatch "\n()" do
    self.lines[#self.lines + 1] = at
  end
  self:next()
  return self
end
