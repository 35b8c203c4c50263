-- SPDX-License-Identifier: GPL-2.0-or-later
-- Reads a recording (engine/record/record.h has its form), line by line, and
-- checks each, so that what is made of it can trust it.

local json = require "model.json"

local VERSION = 1
local OPS = { read = { "length", "offset" }, write = { "length", "offset" },
  ioctl = { "cmd", "arg" }, getattr = { "size" }, open = { "flags" },
  release = {}, lseek = { "offset", "whence" }, poll = {},
  fsync = { "datasync" } }
local KINDS = { r = true, s = true, w = true }
local SEEKS = { none = true, free = true, size = true, model = true }

local recording = {}

local function need(line, kind, ...)
  for _, key in ipairs { ... } do
    if (math.type(line[key]) or type(line[key])) ~= kind then
      return ("no %s %q"):format(kind, key)
    end
  end
end

local function check_memory(memory)
  if type(memory) ~= "table" then
    return "no list \"memory\""
  end
  for _, item in ipairs(memory) do
    if type(item) ~= "table" or not KINDS[item[1]] or not math.type(item[2])
      or type(item[3]) ~= "string" then
      return "memory that is no [kind, address, bytes]"
    end
  end
end

local function check_args(args)
  for _, arg in ipairs(type(args) == "table" and args or { false }) do
    if not math.type(arg) then
      return "no list of integers \"args\""
    end
  end
end

local function check_set(set)
  return type(set) ~= "table" and "no object \"set\""
    or set.args and check_args(set.args)
    or set.retval and need(set, "integer", "retval")
end

local function check_proto(line)
  for _, arg in ipairs(line.args) do
    if type(arg) ~= "table" or type(arg[1]) ~= "string"
      or type(arg[2]) ~= "string" then
      return "an argument that is no [type, name]"
    end
  end
end

-- Fields that the engine bounds: the least and the most that each can be.
local RANGES = { { "cmd", 0, 0xffffffff }, { "length", 0, 1 << 30 },
  { "mode", 0, 4095 }, { "major", 0, 4095 },
  { "minor", 0, 1048575 }, { "map_size", 0, 1 << 32 } }

local function check_ranges(line)
  for _, range in ipairs(RANGES) do
    local key, least, most = table.unpack(range)
    local value = line[key]
    if value and (value < least or value > most) then
      return ("%q is out of range"):format(key)
    end
  end
  return not line.path:find "^/[^\0]+$" and "\"path\" is none" or nil
end

local CHECKS = {
  node = function(line)
    return need(line, "integer", "size", "mode", "major", "minor", "map_size")
      or need(line, "string", "path") or check_ranges(line)
      or line.size < -1 and '"size" is out of range'
      or not SEEKS[line.seek] and "no word \"seek\""
  end,
  file = function(line)
    local fields = OPS[line.op]
    return not fields and "no operation \"op\""
      or need(line, "integer", "retval", "pid", table.unpack(fields))
      or need(line, "string", "path", "comm", "by")
      or fields[1] == "length" and need(line, "string", "data")
      or check_ranges(line)
  end,
  syscall = function(line)
    return need(line, "integer", "retval", "pid")
      or need(line, "string", "name", "comm")
      or line.phase ~= "enter" and line.phase ~= "return" and "no \"phase\""
      or not line.name:find "^[%w_]+$" and "no system call's \"name\""
      or check_args(line.args) or line.set and check_set(line.set)
  end,
  proto = function(line)
    return need(line, "string", "name") or need(line, "table", "args")
      or check_proto(line)
  end,
  full = function() end,
}

local function check(line)
  local of = type(line.t) == "string" and CHECKS[line.t]
  return not of and "no kind of line that there is" or of(line)
    or line.memory and check_memory(line.memory)
end

local function fail(text, ...)
  error({ text = text:format(...) }, 0)
end

local function take_header(line, name)
  local header = line and json(line)
  if not header or header.hyperlua_recording == nil then
    fail("%s: this is no recording: `hyperlua run --record FILE` makes one",
      name)
  elseif header.hyperlua_recording ~= VERSION then
    fail("%s:1: a recording of version %s, and this hyperlua reads version %d: "
      .. "record it anew", name, tostring(header.hyperlua_recording), VERSION)
  end
  local wrong = need(header, "string", "target")
    or header.word_bits ~= 32 and header.word_bits ~= 64 and "no \"word_bits\""
    or need(header, "boolean", "big_endian")
  if wrong then
    fail("%s:1: %s: record it anew", name, wrong)
  end
  return header
end

-- Of the process itself: another's is not where a model could find it.
local function own_memory(line)
  local memory = {}
  for _, item in ipairs(line.memory or {}) do
    if not item[4] and (item[3] ~= "" or item[1] == "s") then
      memory[#memory + 1] = { kind = item[1], addr = item[2],
        bytes = item[3] }
    end
  end
  return memory
end

local function take(text, number, name, each)
  local line, wrong = json(text)
  wrong = wrong or check(line)
  if wrong then
    fail("%s:%d: %s: mend or delete that line", name, number, wrong)
  end
  line.memory = own_memory(line)
  each(line)
end

local function read(file, name, start)
  local header = take_header(file:read "l", name)
  local each, number, warning = start(header), 1, nil
  for text in file:lines "L" do
    number = number + 1
    if text:sub(-1) ~= "\n" then
      warning = ("%s:%d: the last line is cut, as of a run that was killed: "
        .. "it is left out"):format(name, number)
      break
    end
    take(text:sub(1, -2), number, name, each)
  end
  return warning
end

--- Reads it whole.
---@param name string  the file's
---@param start fun(header: table): fun(line: table)  gets the head, and gives
---  what gets each line
---@return boolean? ok
---@return string? text  an error, or with ok a warning
function recording.read(name, start)
  local file, err = io.open(name, "rb")
  if not file then
    return nil, err
  end
  local ok, what = pcall(read, file, name, start)
  file:close()
  if ok then
    return true, what
  elseif type(what) == "table" then
    return nil, what.text
  end
  return nil, name .. ": " .. what
end

return recording
