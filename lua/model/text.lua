-- SPDX-License-Identifier: GPL-2.0-or-later
-- Values as Lua's text, for people to read; what came from the guest can be
-- nothing but a string in it.

local text = {}

local WIDTH = 56 -- of a piece of a long string, in characters
local COLUMNS = 79
local KEYWORDS = {}
for word in ([[and break do else elseif end false for function goto if in local
  nil not or repeat return then true until while hl portal syscall turns]])
  :gmatch "%a+" do
  KEYWORDS[word] = true
end

local NAMED = { ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r",
  ['"'] = '\\"', ["\\"] = "\\\\" }

local function escape(c)
  return NAMED[c] or ("\\x%02x"):format(c:byte())
end

-- Where to break: behind a newline, or before WIDTH is passed.
local function break_of(quoted, from)
  local at = from
  while at <= #quoted and at - from < WIDTH do
    local is_escape = quoted:byte(at) == 92
    local c = is_escape and quoted:sub(at + 1, at + 1)
    at = at + (c == "x" and 4 or c and 2 or 1)
    if c == "n" then
      break
    end
  end
  return at
end

--- A string; a long one over several lines, which may be indented.
function text.quote(bytes)
  local quoted = bytes:gsub('[%c"\\\127-\255]', escape)
  if #quoted <= WIDTH then
    return '"' .. quoted .. '"'
  end
  local pieces, from = {}, 1
  while from <= #quoted do
    local stop = break_of(quoted, from)
    -- \z skips blanks, the string's own as well.
    pieces[#pieces + 1] = quoted:sub(from, stop - 1):gsub("^ ", "\\x20")
    from = stop
  end
  return '"' .. table.concat(pieces, "\\z\n  ") .. '"'
end

--- A number that a machine knows: small ones in decimal.
function text.number(value)
  return (value >= -9 and value <= 9 and "%d" or "0x%x"):format(value)
end

--- A result: a count, or -hl.errno.NAME.
---@param errno table  hl.errno, of the guest's machine
function text.retval(value, errno)
  local name = value < 0 and value >= -4095 and errno.name(-value)
  return name and "-hl.errno." .. name
    or value == math.mininteger and "math.mininteger" or ("%d"):format(value)
end

--- Whether it can name an argument.
function text.is_name(name)
  return name:find "^%a[%w_]*$" ~= nil and not KEYWORDS[name]
end

--- Without what would end a comment, or disturb a terminal.
function text.plain(value)
  return (value:gsub("[%c\127-\255]", "?"))
end

--- Lines with blanks before each.
function text.indent(lines, blanks)
  return (lines:gsub("[^\n]+", (" "):rep(blanks) .. "%0"))
end

--- Words as a comment, of as many lines as are needed.
function text.comment(words, blanks)
  local lines, line = {}, "--"
  for word in text.plain(words):gmatch "%S+" do
    if #line > 2 and #line + 1 + #word + (blanks or 0) > COLUMNS then
      lines[#lines + 1], line = line, "--"
    end
    line = line .. " " .. word
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

-- Whether it can stand in a line of its own with some blanks before it.
local function is_short(line)
  return #line < COLUMNS - 20 and not line:find "\n"
end

--- first .. value .. last; below first when it is long, unless it is of several
--- lines that end as they begin.
function text.put(first, value, last)
  local line = first .. value .. (last or "")
  if is_short(line) or value:find "\n" and not value:find '^"' then
    return line
  end
  return first:gsub(" $", "") .. "\n" .. text.indent(value, 2) .. (last or "")
end

--- A table of these.
function text.list(items)
  local line = "{ " .. table.concat(items, ", ") .. " }"
  if #items == 0 or is_short(line) then
    return #items == 0 and "{}" or line
  end
  return "{\n" .. text.indent(table.concat(items, ",\n"), 2) .. ",\n}"
end

--- f(a, b)
function text.call(name, args)
  local line = ("%s(%s)"):format(name, table.concat(args, ", "))
  if is_short(line) then
    return line
  end
  return name .. "(\n" .. text.indent(table.concat(args, ",\n"), 2) .. ")"
end

--- Conditions that all hold.
function text.all(conditions)
  local line = table.concat(conditions, " and ")
  return is_short(line) and line or table.concat(conditions, "\n    and ")
end

return text
