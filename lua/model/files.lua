-- SPDX-License-Identifier: GPL-2.0-or-later
-- The files of a recording as entries of a models file.

local answers = require "model.answers"
local data = require "model.data"
local memory = require "model.memory"
local new_who = require "model.who"
local text = require "model.text"

local COUNTED = { "read", "write", "ioctl", "getattr", "open", "release",
  "lseek", "poll", "fsync" }
local SMALL = 0x10000 -- a greater ioctl argument is a pointer, as like as not

local Files = {}
Files.__index = Files

local files = {}

--- Of a context: needs, errno, decode(cmd), machine.
function files.new(context)
  return setmetatable({ context = context, by_path = {}, paths = {},
    lost = 0 }, Files)
end

function Files:file(path)
  local file = self.by_path[path]
  if not file then
    file = { counts = {}, who = new_who(), ioctls = {}, cmds = {} }
    self.by_path[path] = file
    self.paths[#self.paths + 1] = path
  end
  return file
end

function Files:add_node(line)
  self:file(line.path).node = line
end

local function small(line)
  return line.arg >= 0 and line.arg < SMALL
end

-- Where it writes, what it asked of the argument, and the result.
local function add_ioctl(self, file, line)
  local list = file.ioctls[line.cmd]
  if not list then
    list = answers.new(self.context.needs, "_, _, arg",
      "return -hl.errno.EINVAL")
    file.ioctls[line.cmd] = list
    file.cmds[#file.cmds + 1] = line.cmd
  end
  local arg = { code = "arg", value = line.arg }
  local asked, body, lost = memory.of(line, { arg }, self.context.machine)
  if small(line) then
    asked[#asked + 1] = "arg == " .. text.number(line.arg)
  end
  body[#body + 1] = "return " .. text.retval(line.retval, self.context.errno)
  list:add(asked, table.concat(body, "\n"))
  return lost
end

local function simple(name, params, body)
  return function(self, file, line)
    file[name] = file[name] or answers.new(self.context.needs, params)
    file[name]:add({}, body(line, self.context.errno))
    return #line.memory
  end
end

local function result(line, errno)
  return "return " .. text.retval(line.retval, errno)
end

local ADD = {
  read = function(self, file, line)
    file.reads = file.reads or data.reads(self.context)
    data.add_read(file.reads, line)
    return #line.memory
  end,
  write = function(self, file, line)
    file.writes = file.writes or data.writes(self.context.needs)
    data.add_write(file.writes, line, self.context.errno)
    return #line.memory
  end,
  ioctl = add_ioctl,
  getattr = simple("getattr", "", function(line, errno)
    local size = "local size = " .. text.number(line.size)
    return size .. "\n" .. result(line, errno) .. ", size"
  end),
  lseek = simple("lseek", "", result),
  poll = simple("poll", "", function(line)
    return "return " .. text.number(line.retval)
  end),
  open = simple("open", "", result),
  fsync = simple("fsync", "", result),
  release = function() return 0 end,
}

--- An operation: nothing to model when nobody did.
function Files:add(line)
  local file = self:file(line.path)
  if line.by == "default" then
    return
  end
  file.counts[line.op] = (file.counts[line.op] or 0) + 1
  file.who:add(line)
  self.lost = self.lost + ADD[line.op](self, file, line)
end

-- --- the text ---------------------------------------------------------------

local function command(cmd, decode)
  local name, kind, nr, size = decode(cmd):match(
    "^_(IO[RW]*)%('(.)', (%d+)(.*)%)$")
  if not name then
    return ("[0x%x]"):format(cmd)
  end
  return ("[hl.ioctl.%s(%s, %s%s)]"):format(name, text.quote(kind), nr, size)
end

local function ioctl_text(self, file)
  local list = {}
  table.sort(file.cmds)
  for i, cmd in ipairs(file.cmds) do
    list[i] = text.put(command(cmd, self.context.decode) .. " = ",
      file.ioctls[cmd]:text())
  end
  return text.list(list)
end

local function call_text(list)
  local code = list:text()
  return code:find "^in_turn" and code or code:find "^function" and code
    or list:call("return " .. code)
end

local function poll_text(self, list)
  if list:only() then
    return call_text(list)
  end
  self.context.needs.in_turn, self.context.needs.polled = true, true
  return "polled " .. list:in_order()
end

-- How lseek goes, when the rest does not say it.
local function seek_of(path, node, size)
  local is_device = path:find "^/dev/" ~= nil
  if node.seek == "none" and (size >= 0 or not is_device) then
    return "hl.models.unsupported()"
  end
  return node.seek == "free" and is_device and "hl.models.default()" or nil
end

local function add_node(add, path, node, file, size)
  if node.size >= 0 and node.size ~= size then
    add("size", ("%d"):format(node.size))
  end
  if node.mode ~= ((file.writes or not file.reads) and 438 or 292) then
    add("mode", ('tonumber("%o", 8)'):format(node.mode & 4095))
  end
  if node.major > 0 then
    add("device", ("{ %d, %d }"):format(node.major, node.minor))
  end
  if node.map_size > 0 then
    add("mmap", ("%d"):format(node.map_size))
  end
  add("lseek", not file.lseek and seek_of(path, node, node.size) or nil)
end

local function fields(self, path, file)
  local list, size = {}, -1
  local function add(name, value)
    if value then
      list[#list + 1] = text.put(name .. " = ", value)
    end
  end
  if file.reads then
    local code
    code, size = data.read_text(file.reads, file.node)
    add("read", code)
  end
  add("write", file.writes and data.write_text(file.writes))
  add("ioctl", #file.cmds > 0 and ioctl_text(self, file))
  add("poll", file.poll and poll_text(self, file.poll))
  for _, name in ipairs { "getattr", "lseek", "open", "fsync" } do
    local is_dull = (name == "open" or name == "fsync") and file[name]
      and file[name]:only() == "return 0"
    add(name, file[name] and not is_dull and call_text(file[name]))
  end
  if file.node then
    add_node(add, path, file.node, file, size)
  end
  return list
end

local function comment(file)
  local words = {}
  for _, op in ipairs(COUNTED) do
    local count = file.counts[op]
    words[#words + 1] = count and ("%s: %d"):format(op, count)
  end
  return text.comment(#words == 0 and "nothing was asked of it"
    or ("%s, by %s"):format(table.concat(words, ", "), file.who:text()), 2)
end

-- Nobody modelled it, so nothing of it was answered.
local function is_nobodys(file)
  return not file.node and next(file.counts) == nil
end

--- The table of a models file.
function Files:text()
  local list = {}
  table.sort(self.paths)
  for _, path in ipairs(self.paths) do
    local file = self.by_path[path]
    if not is_nobodys(file) then
      local all = fields(self, path, file)
      all[#all + 1] = #all > 0 and "" or nil
      list[#list + 1] = ("%s\n[%s] = {%s},"):format(comment(file),
        text.quote(path), #all == 0 and ""
        or "\n" .. text.indent(table.concat(all, ",\n"), 2))
    end
  end
  return #list == 0 and "{}" or "{\n" .. text.indent(table.concat(list, "\n"),
    2) .. "\n}"
end

return files
