-- SPDX-License-Identifier: GPL-2.0-or-later
-- hyperlua model: a recording as a file of a models folder.

local files = require "model.files"
local helpers = require "model.helpers"
local recording = require "model.recording"
local syscalls = require "model.syscalls"
local text = require "model.text"

-- A file of Lua can have 131,071 functions.
local ROOM = 65536

local HEAD = [[
-- Answers as HyperLua recorded it on %s. Put it into a folder DIR, and
--
--   hyperlua run --models DIR -- COMMAND
--
-- It is yours to edit: a read, write or ioctl can be a value, one of
-- hl.models, or a function.
%s
local hl = require "hyperlua"
]]

-- What it has to say besides, and cannot do.
local function notes(all)
  local list = {}
  local function note(count, format)
    if count > 0 then
      list[#list + 1] = text.comment(format:format(count))
    end
  end
  note(all.files.lost + all.syscalls.lost, "Not in it: %d accesses to memory "
    .. "that no argument leads to.")
  note(all.syscalls.again, "Not in it: %d times a handler had the kernel make "
    .. "the call again.")
  note(all.dropped, "Not in it: %d requests that ended before their answer.")
  note(all.context.needs.left_out, "Not in it: %d answers, behind the first "
    .. ROOM .. " different ones.")
  note(all.full, "The recording's limit was reached (--record-limit): what "
    .. "followed is not in it.")
  return #list == 0 and "" or "--\n" .. table.concat(list, "\n") .. "\n"
end

local function write(all)
  local needs = all.context.needs
  local model, hooks = all.files:text(), all.syscalls:text()
  local parts = { HEAD:format(text.plain(all.header.target), notes(all)) }
  local code = hooks .. model
  if code:find("portal.", 1, true) or #needs.turns > 0 then
    parts[1] = parts[1] .. "local portal = hl.portal\n"
  end
  for _, helper in ipairs(helpers) do
    parts[#parts + 1] = needs[helper[1]] and helper[2] or nil
  end
  if #needs.turns > 0 then
    parts[#parts + 1] = "local turns = " .. text.list(needs.turns) .. "\n"
  end
  parts[#parts + 1] = hooks ~= "" and hooks .. "\n" or nil
  parts[#parts + 1] = "return " .. model .. "\n"
  return table.concat(parts, "\n")
end

local TAKE = {
  node = function(all, line) all.files:add_node(line) end,
  file = function(all, line) all.files:add(line) end,
  proto = function(all, line) all.syscalls:add_proto(line) end,
  syscall = function(all, line) all.syscalls:add(line) end,
  full = function(all) all.full = 1 end,
}

-- The machine's numbers, by the engine's own modules.
local function context_of(header, machine)
  package.loaded["hyperlua.core"] = machine
  return { needs = { turns = {}, room = ROOM, left_out = 0 },
    errno = require "hyperlua.errno", decode = machine.decode,
    machine = { big_endian = header.big_endian,
      word_bits = header.word_bits } }
end

--- The model of a recording.
---@param name string  the recording's file
---@param machine_of fun(name: string): table?  machine, its ELF number; decode
---@return string? model
---@return string? text  an error, or with a model a warning
return function(name, machine_of)
  local all = { dropped = 0, full = 0 }
  local ok, message = recording.read(name, function(header)
    local machine = machine_of(header.target)
    if not machine then
      error({ text = ("%s:1: a recording of %q, and there is no such machine")
        :format(name, header.target) }, 0)
    end
    all.header, all.context = header, context_of(header, machine)
    all.files = files.new(all.context)
    all.syscalls = syscalls.new(all.context)
    return function(line)
      if line.dropped then
        all.dropped = all.dropped + 1
      else
        TAKE[line.t](all, line)
      end
    end
  end)
  if not ok then
    return nil, message
  end
  return write(all), message
end
