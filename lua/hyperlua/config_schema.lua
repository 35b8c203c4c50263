-- SPDX-License-Identifier: GPL-2.0-or-later
-- The schema that config.lua checks a configuration against: Penguin's, with
-- what HyperLua has no counterpart for, and the types of values.  Only
-- config.lua calls it; `loader` and `at` below are what it says there.

local yaml = require "hyperlua.yaml"

local schema = {}

function schema.set(words)
  local members = {}
  for word in words:gmatch "%S+" do
    members[word] = true
  end
  return members
end

-- The rest of a Penguin configuration, which is not about files.
schema.SECTIONS = schema.set [[core patches vars env nvram netdevs uboot_env
  blocked_signals lib_inject static_files plugins init_plugins network]]

-- The models and their keys: a type below, with "!" where it is required.
local MAP = { size = "size", pad = "pad", vals = "map!" }
schema.MODELS = {
  read = {
    zero = {}, one = {}, empty = {}, default = {},
    const_buf = {
      val = "text!", null_terminate = "boolean", nul_terminate = "boolean",
    },
    cycle = { val = "text!" },
    const_map = MAP,
    const_map_file = {
      filename = "filename!", size = MAP.size, pad = MAP.pad, vals = MAP.vals,
    },
    from_file = { filename = "filename!" },
    stateful = { initial = "text" },
    sequence = { vals = "values!", cycle = "boolean" },
  },
  write = {
    discard = {}, default = {}, unhandled = {},
    to_file = { filename = "filename!" },
    return_const = { const = "integer!" },
  },
  ioctl = {
    zero = {}, unhandled = {},
    return_const = { val = "integer" },
    write_data = { data = "text!", val = "integer" },
  },
  poll = {
    always_ready = {}, blocking = {},
  },
  lseek = { default = {}, unsupported = {} },
  compat_ioctl = { same_as_ioctl = {} },
  open = {}, release = {}, fsync = {},
}

-- What answers where the configuration says nothing.
schema.DEFAULTS = {
  read = "default", write = "default", ioctl = "unhandled",
  poll = "always_ready",
}

-- Of the file itself.  Penguin has a name for flash devices alone.
schema.PROPERTIES = { size = "size", mode = "mode", name = "text" }

schema.INSTEAD = {
  plugin = "has no counterpart: give each operation its function with "
    .. "{model: from_plugin, plugin: SCRIPT, function: NAME}",
  mmap = "needs no function: a file with a size can be mapped, and shows "
    .. "what read gives when that is constant",
  flush = "has no counterpart: use release, at the last close",
  fasync = "has no counterpart: use poll",
  lock = "has no counterpart: the guest's kernel keeps the locks itself",
  read_iter = "has no counterpart: use read, which serves readv too",
  write_iter = "has no counterpart: use write, which serves writev too",
  get_unmapped_area = "has no counterpart: the guest's kernel chooses",
}

local WRITE_A_FUNCTION = "%s, and {model: from_plugin, plugin: SCRIPT, "
  .. "function: NAME}"
schema.MODELS_INSTEAD = {
  custom = "custom models are Python: "
    .. WRITE_A_FUNCTION:format "write a function in a script",
  periodic = "periodic models are a timer: "
    .. WRITE_A_FUNCTION:format "write a function in a script that says when",
}

local function is_list(value)
  return getmetatable(value) == yaml.list
end

function schema.is_mapping(value)
  return type(value) == "table" and not is_list(value)
end

function schema.quote(text)
  text = #text > 60 and text:sub(1, 60) .. "..." or text
  return (text:gsub("%c", function(c)
    return ("\\x%02x"):format(c:byte())
  end))
end

function schema.describe(value)
  if value == yaml.null then
    return "null"
  elseif type(value) == "string" then
    return '"' .. schema.quote(value) .. '"'
  elseif type(value) == "table" then
    return is_list(value) and "a list" or "a mapping"
  end
  return tostring(value)
end

function schema.to_integer(value)
  return math.type(value) == "integer" and value
    or type(value) == "string" and math.tointeger(tonumber(value)) or nil
end

local to_integer = schema.to_integer

-- Each gives the value as the models want it, or notes an error.
local TYPES = {}
schema.TYPES = TYPES

function TYPES.text(loader, at, value)
  if type(value) == "string" then
    return value
  end
  loader:expect(at, "a string", value)
end

function TYPES.filename(loader, at, value)
  if type(value) ~= "string" or value == "" or value:find("\0", 1, true) then
    return loader:expect(at, "a file name", value)
  end
  return value:sub(1, 1) == "/" and value or loader.folder .. value
end

function TYPES.integer(loader, at, value)
  return to_integer(value) or loader:expect(at, "an integer", value)
end

function TYPES.size(loader, at, value)
  local size = to_integer(value)
  if size and size >= 0 then
    return size
  end
  loader:expect(at, "an integer from 0 on", value)
end

function TYPES.mode(loader, at, value)
  local mode = to_integer(value)
  if mode and mode >= 0 and mode <= 0xfff then
    return mode
  end
  loader:expect(at, "a mode from 0 to 0o7777", value)
end

local BOOLEANS = {
  ["true"] = true, yes = true, on = true,
  ["false"] = false, no = false, off = false,
}

function TYPES.boolean(loader, at, value)
  if type(value) == "string" then
    value = BOOLEANS[value:lower()]
  end
  if type(value) == "boolean" then
    return value
  end
  loader:expect(at, "true or false", value)
end

function TYPES.pad(loader, at, value)
  if type(value) == "string" or math.type(value) == "integer" then
    return value
  end
  loader:expect(at, "a string or a byte", value)
end

function TYPES.values(loader, at, value)
  if not is_list(value) then
    return loader:expect(at, "a list", value)
  end
  for i, entry in ipairs(value) do
    if type(entry) ~= "string" and type(entry) ~= "number" then
      return loader:expect(loader:below(at, value, i), "a string or a number",
        entry)
    end
  end
  return value
end

-- At an offset: a string, a list of bytes, or a list of strings.
local function take_content(loader, at, value)
  if type(value) == "string" then
    return value
  elseif not is_list(value) then
    return loader:expect(at, "a string or a list", value)
  end
  local kind = type(value[1]) == "string" and "string" or "integer"
  for i, entry in ipairs(value) do
    local byte = math.type(entry) == "integer" and entry >= 0 and entry <= 255
    if kind == "string" and type(entry) ~= "string" then
      return loader:expect(loader:below(at, value, i), "a string", entry)
    elseif kind == "integer" and not byte then
      return loader:expect(loader:below(at, value, i), "a byte", entry)
    end
  end
  return value
end

local function bytes_of(content)
  if type(content) == "string" then
    return content
  elseif type(content[1]) == "string" then
    return table.concat(content, "\0")
  end
  local bytes = {}
  for i, byte in ipairs(content) do
    bytes[i] = string.char(byte)
  end
  return table.concat(bytes)
end

--- The file of a const_map, whose arguments the model has accepted.
function schema.render(args)
  local pad = args.pad or 0
  pad = type(pad) == "string" and pad or string.char(pad)
  local offsets, parts, size = {}, {}, 0
  for offset in pairs(args.vals) do
    offsets[#offsets + 1] = offset
  end
  table.sort(offsets)
  for _, offset in ipairs(offsets) do
    local bytes = bytes_of(args.vals[offset])
    parts[#parts + 1] = pad:rep(offset - size) .. bytes
    size = offset + #bytes
  end
  parts[#parts + 1] = pad:rep((args.size or 0x10000) - size)
  return table.concat(parts)
end

function TYPES.map(loader, at, value)
  if not schema.is_mapping(value) then
    return loader:expect(at, "a mapping of offsets", value)
  end
  local function take(key, place)
    return to_integer(key) or loader:fail(place, "an offset is expected")
  end
  local contents = {}
  for offset, content, place in loader:each_number(at, value, take) do
    contents[offset] = take_content(loader, place, content)
  end
  return contents
end

return schema
