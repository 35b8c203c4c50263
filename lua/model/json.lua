-- SPDX-License-Identifier: GPL-2.0-or-later
-- A line of a recording: JSON as the engine writes it, and nothing else of it.
-- Integers wrap at 64 bits; {"hex":"00ff"} is a string of these bytes.

local ESCAPED = { ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f",
  n = "\n", r = "\r", t = "\t" }
local DEEPEST = 8
local NAMED = { ["true"] = true, ["false"] = false }

local value -- the function for any

local function fail(at, what)
  error(("column %d: %s"):format(at, what), 0)
end

local function unescape(at, text)
  return (text:gsub("\\(.)(%x?%x?%x?%x?)", function(c, digits)
    if c == "u" and #digits == 4 then
      return utf8.char(tonumber(digits, 16))
    end
    return (ESCAPED[c] or fail(at, "a string with \\" .. c)) .. digits
  end))
end

-- From behind the quote; the string and what comes behind it.
local function string_at(line, at)
  local from, stop = at, at
  repeat
    stop = line:find('["\\]', stop)
    if not stop then
      fail(from, "a string without an end")
    end
    local is_escape = line:byte(stop) == 92
    stop = stop + (is_escape and 2 or 1)
  until not is_escape
  local text = line:sub(from, stop - 2)
  return text:find("\\", 1, true) and unescape(from, text) or text, stop
end

local function integer_at(line, at)
  local sign, digits = line:match("^(%-?)(%d+)", at)
  if not digits or #digits > 20 or line:find("^[.eE]", at + #sign + #digits)
  then
    fail(at, "no integer")
  elseif #digits == 20 and digits > "18446744073709551615" then
    fail(at, "an integer of more than 64 bits")
  end
  local number = math.tointeger(tonumber(digits))
  if not number then -- beyond 2^63: by halves, as tonumber gives a float
    number = math.tointeger(tonumber(digits:sub(1, -11))) * 10000000000
      + math.tointeger(tonumber(digits:sub(-10)))
  end
  return sign == "-" and -number or number, at + #sign + #digits
end

local function list_at(line, at, depth)
  local list, item = {}, nil
  while line:sub(at, at) ~= "]" do
    item, at = value(line, at, depth)
    list[#list + 1] = item
    at = line:match("^,()[^%]]", at) or line:match("^()%]", at)
      or fail(at, "no , or ]")
  end
  return list, at + 1
end

local BYTES = {}
for byte = 0, 255 do
  BYTES[("%02x"):format(byte)] = string.char(byte)
end

local function bytes_of(at, hex)
  if #hex % 2 ~= 0 or hex:find "[^0-9a-f]" then
    fail(at, "no bytes in hex")
  end
  return (hex:gsub("%x%x", BYTES))
end

local function object_at(line, at, depth)
  local object, from, key = {}, at, nil
  while line:sub(at, at) ~= "}" do
    at = line:match('^"()', at) or fail(at, "no key")
    key, at = string_at(line, at)
    at = line:match("^:()", at) or fail(at, "no :")
    object[key], at = value(line, at, depth)
    at = line:match("^,()[^}]", at) or line:match("^()}", at)
      or fail(at, "no , or }")
  end
  local hex = object.hex
  return type(hex) == "string" and bytes_of(from, hex) or object, at + 1
end

function value(line, at, depth)
  local c = line:sub(at, at)
  if depth == DEEPEST then
    fail(at, "too deep")
  elseif c == '"' then
    return string_at(line, at + 1)
  elseif c == "{" then
    return object_at(line, at + 1, depth + 1)
  elseif c == "[" then
    return list_at(line, at + 1, depth + 1)
  end
  local name = line:match("^%a+", at)
  if NAMED[name] ~= nil then
    return NAMED[name], at + #name
  end
  return integer_at(line, at)
end

--- The object of a line, or nil and what is wrong with it.
return function(line)
  local ok, object, stop = pcall(value, line, 1, 0)
  if not ok then
    return nil, object
  elseif type(object) ~= "table" or stop <= #line then
    return nil, "no JSON object"
  end
  return object
end
