-- SPDX-License-Identifier: GPL-2.0-or-later
-- The guest's files by path, and programs run in it: hl.portal.read_file,
-- write_file, run.  All wait.  They are done by the guest's kernel with all its
-- rights; a handler has one file open at a time, and that only inside these.

local core = require "hyperlua.core"
local misuse = require "hyperlua.misuse"

local guest_file = {}

local op, ask, CHUNK = core.op, core.ask, core.chunk

-- HL_OPEN_* of the wire.
local READ, WRITE, APPEND, MODE_SHIFT = 1, 2, 4, 32

-- What a script may hold of a file in one piece.
local READ_MAX = 64 << 20
local OUTPUT_DEFAULT = 1 << 20

-- Of what concerns no process.
local NONE = -1

local function check_path(name, path)
  if type(path) ~= "string" or path:sub(1, 1) ~= "/" then
    misuse.raise("%s: the path must be absolute, not %s", name, tostring(path))
  elseif path:find("\0", 1, true) or #path >= CHUNK then
    misuse.raise("%s: the path has a NUL, or more than %d bytes", name,
      CHUNK - 1)
  end
end

-- The open file to its end, which is closed; or nil, err.
local function read_all(name, max)
  local pieces, size = {}, 0
  while true do
    local piece, err = ask(name, op.FILE_READ, NONE, 0, nil, CHUNK)
    if piece == "" then
      ask(name, op.FILE_CLOSE, NONE, 0)
      return table.concat(pieces)
    end
    size = size + (piece and #piece or 0)
    if not piece or size > max then
      ask(name, op.FILE_CLOSE, NONE, 0)
      return nil, err or "EFBIG"
    end
    pieces[#pieces + 1] = piece
  end
end

--- Reads a file of the guest whole; synthetic ones of /proc and /sys, too.
---@param path string  absolute, in the root of the process being served
---@return string? data
---@return string? err  "ENOENT" and the like; "EFBIG": more than 64 MiB
function guest_file.read_file(path)
  local name = "portal.read_file"
  check_path(name, path)
  local opened, err = ask(name, op.FILE_OPEN, NONE, READ, path)
  if not opened then
    return nil, err
  end
  return read_all(name, READ_MAX)
end

local function write_all(name, data)
  local done = 0
  while done < #data do
    local written, err = ask(name, op.FILE_WRITE, NONE, 0,
      data:sub(done + 1, done + CHUNK))
    if not written or written == 0 then
      ask(name, op.FILE_CLOSE, NONE, 0)
      return nil, err or "EIO", done
    end
    done = done + written
  end
  local closed, err = ask(name, op.FILE_CLOSE, NONE, 0)
  if not closed then
    return nil, err, done
  end
  return done
end

--- Writes a file of the guest; it is made if it is not there, and emptied else.
---@param path string  absolute, in the root of the process being served
---@param data string
---@param options? table  append = true: behind what it has; mode = its
---  permission bits if it is made, default 0644 (octal)
---@return integer? written  bytes: all
---@return string? err
---@return integer? part  with an error: bytes written before it
function guest_file.write_file(path, data, options)
  local name = "portal.write_file"
  options = options or {}
  check_path(name, path)
  if type(data) ~= "string" then
    misuse.raise("%s: the data must be a string, not %s", name, type(data))
  elseif type(options) ~= "table" then
    misuse.raise("%s: the options must be a table, not %s", name,
      type(options))
  end
  local mode = options.mode == nil and 0x1a4 or options.mode
  mode = misuse.integer(name .. ": the mode", mode, 0, 0xfff)
  local opened, err = ask(name, op.FILE_OPEN, NONE,
    (options.append and APPEND or WRITE) | mode << MODE_SHIFT, path)
  if not opened then
    return nil, err, 0
  end
  return write_all(name, data)
end

local RUN_OPTIONS = { env = true, timeout = true, output_max = true }

-- For the check that what is written of them is what there is.
guest_file.RUN_OPTIONS = RUN_OPTIONS

-- The options are the last argument if that is a table.
local function split_options(arguments)
  local last = arguments[arguments.n]
  if type(last) ~= "table" then
    return {}, arguments
  end
  local words = { n = arguments.n - 1 + #last }
  table.move(arguments, 1, arguments.n - 1, 1, words)
  table.move(last, 1, #last, arguments.n, words)
  for key in pairs(last) do
    if not RUN_OPTIONS[key] and math.type(key) ~= "integer" then
      misuse.raise("portal.run has no option %s: there are env, timeout, "
        .. "output_max", tostring(key))
    end
  end
  return last, words
end

local function add_word(words, what, word)
  if type(word) == "number" then
    word = tostring(word)
  end
  if type(word) ~= "string" or word:find("\0", 1, true) then
    misuse.raise("portal.run: %s must be a string without a NUL, not %s", what,
      type(word))
  end
  words[#words + 1] = word .. "\0"
end

-- As struct hl_run_args and its strings lie on the wire.
local function pack_run(program, arguments)
  local options, words = split_options(arguments)
  local strings, envs = { program .. "\0" }, 0
  for i = 1, words.n do
    add_word(strings, "argument " .. i, words[i])
  end
  if type(options.env or {}) ~= "table" then
    misuse.raise("portal.run: env must be a table by name")
  end
  for key, value in pairs(options.env or {}) do
    add_word(strings, "env." .. tostring(key), ("%s=%s"):format(key, value))
    envs = envs + 1
  end
  local head = ("<I4I4I4I4"):pack(1 + words.n, envs,
    misuse.integer("portal.run: timeout", options.timeout or 0, 0, 0x7fffffff),
    misuse.integer("portal.run: output_max",
      options.output_max or OUTPUT_DEFAULT, 0, READ_MAX))
  local bytes = head .. table.concat(strings)
  if #bytes > CHUNK then
    misuse.raise("portal.run: program, arguments and environment have more "
      .. "than %d bytes", CHUNK - #head)
  end
  return bytes
end

--- Runs a program in the guest, as its init would, and waits for its end.
---   portal.run("/bin/ls", "-l", "/tmp")
---   portal.run("/bin/sh", "-c", "sleep 9", { timeout = 500 })
---@param program string  absolute path
---@param ... string|table  arguments; last a table of more, with timeout = ms
---  after which it is killed, env = { NAME = value } in place of init's, and
---  output_max = bytes that it may print, default 1 MiB
---@return table? result  output (both streams), status (what it exited with) or
---  signal (what ended it), timed_out (boolean)
---@return string? err  "ENOENT": there is no such program
function guest_file.run(program, ...)
  local name = "portal.run"
  check_path(name, program)
  local answer, err = ask(name, op.RUN, NONE, 0,
    pack_run(program, table.pack(...)), 8)
  if not answer then
    return nil, err
  elseif #answer ~= 8 then
    return nil, "EPROTO"
  end
  local status, timed_out = ("<I4I4"):unpack(answer)
  local output, failure = read_all(name, READ_MAX)
  if not output then
    return nil, failure
  end
  local signal = status & 0x7f
  return {
    output = output,
    status = signal == 0 and status >> 8 & 0xff or nil,
    signal = signal ~= 0 and signal or nil,
    timed_out = timed_out ~= 0,
  }
end

return guest_file
