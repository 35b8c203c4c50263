-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.struct: C structs as the guest's compiler lays them out, read and written
-- at guest addresses.
--
--   local reg = hl.struct "struct reg { u32 off; u32 val; }"
--   reg:read(arg).off                    -- both fields, one question
--   reg:write(arg, { val = 2 })          -- off stays as it is in memory
--   reg:at(arg).val = 2                  -- the same
--
-- A type, from layout.lua, has kind, size and align; an integer also format
-- (string.pack's), low and high, an array element and count, a struct fields
-- and by_name.

local layout = require "hyperlua.layout"
local portal = require "hyperlua.portal"

layout.own_file()
local fail = layout.fail

---@class hl.Struct
---@field size integer  bytes, with padding
---@field align integer  bytes
---@field offsets table<string, integer>  bytes from the start, by field
---@field name? string
local Struct = {}
Struct.__index = Struct

-- --- bytes to values --------------------------------------------------------

local decode = {}

function decode.integer(ctype, bytes, at)
  return (string.unpack(ctype.format, bytes, at))
end

function decode.boolean(_, bytes, at)
  return bytes:byte(at) ~= 0
end

function decode.string(ctype, bytes, at)
  return bytes:sub(at, at + ctype.size - 1):match "^[^\0]*"
end

function decode.array(ctype, bytes, at)
  local element, values = ctype.element, {}
  for i = 1, ctype.count do
    values[i] = decode[element.kind](element, bytes, at)
    at = at + element.size
  end
  return values
end

function decode.struct(ctype, bytes, at)
  local values = {}
  for _, field in ipairs(ctype.fields) do
    values[field.name] = decode[field.type.kind](field.type, bytes,
      at + field.offset)
  end
  return values
end

-- --- values to bytes --------------------------------------------------------

local function refuse(value, what, title, i)
  local given = type(value) == "string" and ("%q"):format(value:sub(1, 40))
    or tostring(value)
  fail("%s%s must be %s, not %s", title, i and "[" .. i .. "]" or "", what,
    given)
end

local function title_of(struct)
  return struct.name and "struct " .. struct.name or "the struct"
end

local function check_keys(struct, values)
  for key in pairs(values) do
    if not struct.by_name[key] then
      fail("%s has no field %s", title_of(struct), tostring(key))
    end
  end
end

local encode = {}

function encode.integer(ctype, value, title, i)
  local number = math.type(value) and math.tointeger(value)
  local low, high = ctype.low, ctype.high
  if not number or low and (number < low or number > high) then
    refuse(value, low and ("an integer from %d to %d"):format(low, high)
      or "an integer", title, i)
  end
  return string.pack(ctype.format, number)
end

function encode.boolean(_, value, title, i)
  if value ~= true and value ~= false then
    refuse(value, "true or false", title, i)
  end
  return value and "\1" or "\0"
end

function encode.string(ctype, value, title, i)
  if type(value) ~= "string" or #value > ctype.size then
    refuse(value, ("a string of up to %d bytes"):format(ctype.size), title, i)
  end
  return value .. ("\0"):rep(ctype.size - #value)
end

-- runs: pieces of memory, each a list of strings with at and stop.  What lies
-- between two fields of a run is padding, and is written as zeros.
local function add(runs, at, bytes)
  local run = runs[#runs]
  if not run or runs.broken then
    run = { at = at, stop = at }
    runs[#runs + 1] = run
    runs.broken = false
  end
  if at > run.stop then
    run[#run + 1] = ("\0"):rep(at - run.stop)
  end
  run[#run + 1] = bytes
  run.stop = at + #bytes
end

-- A field without a value: zeros, or the end of a run.
local function skip(runs, ctype, at)
  if runs.fill then
    add(runs, at, ("\0"):rep(ctype.size))
  else
    runs.broken, runs.partial = true, true
  end
end

local put

local function put_array(runs, ctype, values, at, title)
  if type(values) ~= "table" then
    refuse(values, ("a table of %d values"):format(ctype.count), title)
  elseif #values ~= ctype.count then
    fail("%s must have %d values, not %d", title, ctype.count, #values)
  end
  for i = 1, ctype.count do
    put(runs, ctype.element, values[i], at, title, i)
    at = at + ctype.element.size
  end
end

local function put_struct(runs, struct, values, at, title, i)
  if type(values) ~= "table" then
    refuse(values, "a table of fields", title, i)
  end
  check_keys(struct, values)
  for _, field in ipairs(struct.fields) do
    put(runs, field.type, values[field.name], at + field.offset, field.title)
  end
end

-- title and i (an array's element) name the value, should it be refused.
function put(runs, ctype, value, at, title, i)
  if value == nil then
    skip(runs, ctype, at)
  elseif ctype.kind == "struct" then
    put_struct(runs, ctype, value, at, title, i)
  elseif ctype.kind == "array" then
    put_array(runs, ctype, value, at, title)
  else
    add(runs, at, encode[ctype.kind](ctype, value, title, i))
  end
end

local function runs_of(ctype, value, title, fill)
  local runs = { fill = fill }
  if value == nil then
    refuse(value, "a value", title)
  end
  put(runs, ctype, value, 0, title)
  local last = runs[#runs]
  if last and not runs.partial and last.stop < ctype.size then
    add(runs, ctype.size, "")
  end
  return runs
end

local function write_runs(addr, runs)
  local total = 0
  for _, run in ipairs(runs) do
    local bytes = table.concat(run)
    local written, err, part = portal.write_bytes(addr + run.at, bytes)
    if not written then
      return nil, err, total + part
    end
    total = total + written
  end
  return total
end

-- --- what scripts see -------------------------------------------------------

local function check_addr(addr)
  local integer_addr = math.type(addr) and math.tointeger(addr)
  return integer_addr
    or fail("the address must be an integer, not %s", tostring(addr))
end

--- Reads the whole struct from the process being served.  Waits, once.
---@param addr integer  guest virtual address
---@return table? fields  by name; char arrays end before a NUL
---@return string? err  "EFAULT" when a page is missing
function Struct:read(addr)
  local bytes, err = portal.read_bytes(check_addr(addr), self.size)
  if not bytes then
    return nil, err
  end
  return decode.struct(self, bytes, 1)
end

--- Writes the fields that are given; others stay as they are in memory.
--- Waits, once for each run of fields; once when all are given.
---@param addr integer  guest virtual address
---@param fields table  by name; arrays whole, inner structs as they need
---@return integer? bytes  how many were written, with padding
---@return string? err  "EFAULT" when a page is missing or read-only
---@return integer? part  then: how many were written before that
function Struct:write(addr, fields)
  addr = check_addr(addr)
  return write_runs(addr, runs_of(self, fields, title_of(self), false))
end

--- The struct's bytes, for a read handler.  Does not wait.
---@param fields table  by name; what is missing is 0
---@return string bytes  S.size of them
function Struct:pack(fields)
  return table.concat(runs_of(self, fields, title_of(self), true)[1])
end

--- The fields in bytes, as a write handler gets them.  Does not wait.
---@param bytes string
---@param offset? integer  bytes before the struct, default 0
---@return table? fields  by name
---@return string? err  "EINVAL" when there are too few bytes
function Struct:unpack(bytes, offset)
  offset = offset or 0
  if type(bytes) ~= "string" then
    fail("what is unpacked must be a string, not %s", type(bytes))
  elseif math.type(offset) ~= "integer" or offset < 0 then
    fail("the offset must be an integer from 0, not %s", tostring(offset))
  end
  if self.size > #bytes - offset then
    return nil, "EINVAL"
  end
  return decode.struct(self, bytes, offset + 1)
end

-- Keys that no field can have.
local STRUCT, ADDR = {}, {}
local View = {}

--- A view: view.val reads that field, view.val = 2 writes it; both wait.
--- A field that cannot be read is nil; one that cannot be written raises, as
--- an assignment returns nothing.  An inner struct is a view, an array of
--- structs a table of views; another array is read and assigned as a whole.
---@param addr integer  guest virtual address
---@return table view
function Struct:at(addr)
  return setmetatable({ [STRUCT] = self, [ADDR] = check_addr(addr) }, View)
end

local function field_of(view, name)
  local struct = rawget(view, STRUCT)
  local field = struct.by_name[name]
    or fail("%s has no field %s", title_of(struct), tostring(name))
  return field, rawget(view, ADDR) + field.offset
end

function View.__index(view, name)
  local field, addr = field_of(view, name)
  local ctype = field.type
  if ctype.kind == "struct" then
    return ctype:at(addr)
  elseif ctype.kind == "array" and ctype.element.kind == "struct" then
    local views = {}
    for i = 1, ctype.count do
      views[i] = ctype.element:at(addr + (i - 1) * ctype.element.size)
    end
    return views
  end
  local bytes = portal.read_bytes(addr, ctype.size)
  if bytes then
    return decode[ctype.kind](ctype, bytes, 1)
  end
end

function View.__newindex(view, name, value)
  local field, addr = field_of(view, name)
  local written, err = write_runs(addr, runs_of(field.type, value, field.title,
    false))
  if not written then
    fail("%s at 0x%x: %s", field.title, addr, err)
  end
end

--- Describes a struct in C's words.  Does not wait.
---@param text string  such as "struct reg { u32 off; u32 val; }"
---@param known? table<string, hl.Struct>  structs that text names
---@return hl.Struct
return function(text, known)
  if type(text) ~= "string" then
    fail("expected a description such as \"struct { u32 off; }\", not %s",
      tostring(text))
  elseif known ~= nil and type(known) ~= "table" then
    fail("the structs known must be a table, not %s", tostring(known))
  end
  return layout.parse(text, known or {}, Struct)
end
