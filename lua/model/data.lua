-- SPDX-License-Identifier: GPL-2.0-or-later
-- What was read of a file, and written to it.

local answers = require "model.answers"
local text = require "model.text"

local MAP_MOST = 16 << 20 -- hl.models.const_map's
local OFFSET_MOST = 1 << 62
local REFUSED_MOST = 16

local data = {}

--- Reads by offset.
function data.reads(context)
  return { context = context, offsets = {}, list = {}, is_plain = true }
end

function data.add_read(reads, line)
  local at = reads.offsets[line.offset]
  if not at then
    at = {}
    reads.offsets[line.offset] = at
    reads.list[#reads.list + 1] = line.offset
  end
  reads.is_plain = reads.is_plain and line.retval == #line.data
    and line.offset >= 0 and line.offset < OFFSET_MOST
  local last = at[#at]
  if last and last.data == line.data and last.length == line.length
    and last.retval == line.retval then
    last.count = last.count + 1
  else
    at[#at + 1] = { offset = line.offset, data = line.data, count = 1,
      length = line.length, retval = line.retval }
  end
end

-- One list, from the first offset on.
local function sorted(reads)
  local all = {}
  table.sort(reads.list)
  for _, offset in ipairs(reads.list) do
    for _, read in ipairs(reads.offsets[offset]) do
      all[#all + 1] = read
    end
  end
  return all
end

local function flat(part)
  if #part.pieces > 1 then
    part.pieces = { table.concat(part.pieces) }
  end
  return part.pieces[1]
end

-- Whether what both have is the same; then the part has the read as well.
local function merge(part, read)
  local known = part.stop - read.offset
  if known > 0 then
    local from = read.offset - part.start + 1
    local common = math.min(known, #read.data)
    if flat(part):sub(from, from + common - 1) ~= read.data:sub(1, common) then
      return false
    end
  end
  if known < #read.data then
    part.pieces[#part.pieces + 1] = read.data:sub(known + 1)
    part.stop = read.offset + #read.data
  end
  return true
end

-- The file's parts, if all reads agree; and where it ends, if one said so.
local function image(reads)
  local parts, stop = {}, nil
  for _, read in ipairs(sorted(reads)) do
    local part = parts[#parts]
    if part and read.offset <= part.stop then
      if not merge(part, read) then
        return nil
      end
    elseif read.data ~= "" or not part then
      parts[#parts + 1] = { start = read.offset, pieces = { read.data },
        stop = read.offset + #read.data }
    end
  end
  for _, read in ipairs(sorted(reads)) do
    local last = parts[#parts].stop
    local ends = read.offset + #read.data == last
      or read.data == "" and read.offset > last
    if #read.data < read.length and not ends then
      return nil
    end
    stop = #read.data < read.length and last or stop
  end
  return parts, stop
end

local function map(parts, size)
  local vals = {}
  for i, part in ipairs(parts) do
    vals[i] = text.put(("[0x%x] = "):format(part.start),
      text.quote(flat(part)))
  end
  return ("hl.models.const_map(%s, %d)"):format(text.list(vals), size)
end

local function body_of(read, errno)
  if read.retval == #read.data then
    return "return " .. text.quote(read.data)
  elseif read.data == "" then
    return "return " .. text.retval(read.retval, errno)
  end
  return ("local data = %s\nreturn data, %s"):format(text.quote(read.data),
    text.retval(read.retval, errno))
end

local function by_offset(reads)
  local needs, errno, list = reads.context.needs, reads.context.errno, {}
  needs.by_offset = true
  for _, offset in ipairs(reads.list) do
    local turns = answers.new(needs, "")
    for _, read in ipairs(reads.offsets[offset]) do
      turns:add({}, body_of(read, errno), read.count)
    end
    list[#list + 1] = text.put(("[%d] = "):format(offset), turns:text())
  end
  return "by_offset " .. text.list(list)
end

--- Lua's text for the field read, and the size that the file has by it.
---@param node? table  of the recording
function data.read_text(reads, node)
  local parts, stop
  if reads.is_plain then
    parts, stop = image(reads)
  end
  if not parts then
    return by_offset(reads), -1
  end
  local size = math.max(node and node.size or -1, parts[#parts].stop)
  if #parts == 1 and parts[1].start == 0 then
    local bytes = flat(parts[1])
    if node and node.size < 0 then
      reads.context.needs.bytes = true
      return text.call("bytes", { text.quote(bytes) }), -1
    end
    return text.quote(bytes), #bytes
  elseif node and node.size >= 0 and size <= MAP_MOST then
    return map(parts, stop or size), stop or size
  end
  return by_offset(reads), -1
end

--- Writes by what was written.
function data.writes(needs)
  return { list = answers.new(needs, "_, data"), refused = {}, names = {},
    by_data = {} }
end

function data.add_write(writes, line, errno)
  local took = line.retval == line.length
  local body = took and "return #data"
    or "return " .. text.retval(line.retval, errno)
  local before = writes.by_data[line.data]
  writes.list:add({}, body)
  if #writes.names > REFUSED_MOST then
    return
  end
  writes.by_data[line.data] = before or body
  writes.is_mixed = writes.is_mixed or before and before ~= body
  if not took and not writes.refused[line.data] then
    writes.refused[line.data] = body
    writes.names[#writes.names + 1] = line.data
  end
end

--- Lua's text for the field write.
function data.write_text(writes)
  local only = writes.list:only()
  if only == "return #data" then
    return "hl.models.discard()"
  elseif only then
    return only:match "^return (.*)$"
  elseif writes.is_mixed or #writes.names > REFUSED_MOST then
    return writes.list:text()
  end
  local lines = {}
  for i, refused in ipairs(writes.names) do
    lines[i] = text.put("if data == ", text.quote(refused), " then")
      .. "\n  " .. writes.refused[refused] .. "\nend"
  end
  lines[#lines + 1] = "return #data"
  return writes.list:call(table.concat(lines, "\n"))
end

return data
