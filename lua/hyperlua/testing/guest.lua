-- SPDX-License-Identifier: GPL-2.0-or-later
-- A played guest with scripts of the engine; testing.guest makes one.

local hyperfile = require "hyperlua.testing.hyperfile"
local library = require "hyperlua.testing.library"
local misuse = require "hyperlua.testing.misuse"
local played = require "hyperlua.played"
local process = require "hyperlua.testing.process"
local records = require "hyperlua.testing.records"
local scheduler = require "hyperlua.testing.scheduler"

local guest = {}

---@class hl.testing.Guest: hl.testing.Process
---@field arch string  "mipsel"
---@field order string  "<" or ">", as string.pack has it
---@field word_size integer  4 or 8
---@field first hl.testing.Process  whose fields and methods the guest has, too
local Guest = {}

-- What a guest has not is its first process's.
function Guest:__index(key)
  local own = Guest[key]
  if own ~= nil then
    return own
  end
  local first = rawget(self, "first")
  local value = first and first[key]
  return type(value) == "function" and function(of, ...)
    return value(of == self and first or of, ...)
  end or value
end

-- --- the log ----------------------------------------------------------------

-- Lines from that one on, without the one that greets the guest.
local function lines_from(self, first, is_wanted)
  self.played:say_faults()
  local log, lines = self.played:log(), {}
  for i = first, #log do
    if not log[i]:find "^info: guest: Linux " and is_wanted(log[i]) then
      lines[#lines + 1] = log[i]
    end
  end
  return lines, #log
end

local function without_traceback(line)
  return (line:gsub("\n  | stack traceback:.*", ""))
end

--- What was logged since the last time, such as "info: pressed", without
--- tracebacks.  The spec has seen errors that are among these.
---@return string[]
function Guest:log()
  local lines, last = lines_from(self, self.seen + 1, function()
    return true
  end)
  self.seen, self.taken = last, last
  for i, line in ipairs(lines) do
    lines[i] = without_traceback(line)
  end
  return lines
end

--- The errors that the spec has not seen yet, with tracebacks.
---@return string[]
function Guest:take_errors()
  if self.left then
    local left = self.left
    self.left = {}
    return left
  end
  local lines, last = lines_from(self, self.taken + 1, function(line)
    return line:find "^error: "
  end)
  self.taken = last
  return lines
end

--- The errors that the spec has not seen yet, without "error: ".
---@return string[]
function Guest:errors()
  local lines = self:take_errors()
  for i, line in ipairs(lines) do
    lines[i] = without_traceback(line):gsub("^error: ", "")
  end
  return lines
end

-- --- what there is in the guest ---------------------------------------------

function Guest:free_pid()
  self.last_pid = self.last_pid + 1
  return self.last_pid
end

--- Another process.
---@param what table  pid, comm, exe; args, env: lists of texts; fds: names, or
---  tables, by number; maps; threads: names by number; parent, uid, ...
---@return hl.testing.Process
function Guest:process(what)
  return process.new(self, what or {})
end

--- What hl.portal.read_file finds and write_file writes.
---@param path string
---@param content? string|fun(): string  nil: leave it as it is
---@return string? bytes  what it holds now
function Guest:file(path, content)
  self.made_up_files[path] = type(content) == "function" and content or nil
  if type(content) == "function" then
    return nil
  end
  return self.played:file(path, content)
end

--- What hl.portal.run runs.
---@param path string
---@param answer table|fun(args: string[], env: string[]): table  output,
---  status or signal, timed_out
function Guest:program(path, answer)
  self.made_up_programs[path] = type(answer) == "function" and answer
    or function() return answer end
end

local function errno_of(self, name)
  return name and library.numbers(self.target).errno[name]
end

local OPS = played.ops()

--- What the guest's kernel answers, where no other function here says it.
---@param op string  as in engine/abi/ops.h: "read", "proc_exe", ...
---@param fn? fun(addr: integer, size: integer, data: string, pid: integer):
---  string|integer|nil, string?  the answer's bytes; its size, where it has
---  none; nil and an errno's name; nothing: as without the function
function Guest:answer(op, fn)
  if not OPS[op] then
    misuse.raise("answer: the guest has no operation %s", tostring(op))
  end
  self.played:answer(OPS[op], fn and function(...)
    local answer, err = fn(...)
    return answer, errno_of(self, err)
  end)
end

-- Files and programs that a function makes up are made when they are needed.
local function answer_made_up(self)
  self.played:answer(OPS.file_open, function(_, _, path)
    local content = self.made_up_files[path]
    if content then
      self.played:file(path, content())
    end
  end)
  self.played:answer(OPS.run, function(_, _, data)
    local args, env = records.run_args(data)
    local answer = self.made_up_programs[args[1]]
    if answer then
      self.played:program(args[1], records.run_result(answer(args, env)))
    end
  end)
end

-- --- time -------------------------------------------------------------------

--- Lets milliseconds pass: what was begun and is due goes on, hl.clock() too.
function Guest:advance(ms)
  if type(ms) ~= "number" or ms < 0 then
    misuse.raise("advance takes milliseconds, not %s", tostring(ms))
  end
  self.scheduler:advance(ms)
end

--- Milliseconds that have passed since the guest was made.
---@return number
function Guest:now()
  return self.scheduler.now
end

--- Runs a function as a program that may wait, while the spec goes on.
---@param fn function  what it calls of the guest's may wait
---@return hl.testing.Request
function Guest:begin(fn, ...)
  if type(fn) ~= "function" then
    misuse.raise("begin takes a function, not %s", type(fn))
  end
  local request = self.scheduler:begin(fn, ...)
  self:settle()
  return request
end

--- What the guest's kernel does soon by itself: files and hooks that scripts
--- add appear, those who were woken go on.  Every operation ends with it.
function Guest:settle()
  self.scheduler:settle()
end

--- Frees it now, and not when it is collected.
function Guest:close()
  self.left = self:take_errors()
  self.played:close()
end

guest.Guest = Guest

-- --- making one -------------------------------------------------------------

---@param target table  of played.targets()
---@param first table  the first process, as for guest:process
function guest.new(target, first)
  local self = setmetatable({ played = played.new(target.name),
    target = target, arch = target.name, word_size = target.word_bits // 8,
    order = target.big_endian and ">" or "<", seen = 0, taken = 0,
    last_pid = 99, made_up_files = {}, made_up_programs = {} }, Guest)
  self.wire = hyperfile.new(self.played, target)
  self.scheduler = scheduler.new(self)
  self.scheduler:set_now(0)
  self.first = process.new(self, first)
  answer_made_up(self)
  return self
end

return guest
