-- SPDX-License-Identifier: GPL-2.0-or-later
-- A played guest with processes, and a script that runs in a handler of one.

require "hyperlua.testing"
local played = require "hyperlua.played"
local records = require "hyperlua.testing.records"

local world = {}

-- Ops of engine/abi/ops.h that specs name.
world.op = { PROC = 13, PROC_NEXT = 14, MAPPING_NEXT = 17, FD_NEXT = 18,
  RUN = 24 }
world.SPAWNED = 12

world.proc, world.map = records.proc, records.map

--- Adds a process: see records.process.
function world.add(guest, p)
  guest:add_process(records.process(p))
end

local PREPARE = [[
local hl = require "hyperlua"
local portal = hl.portal
local function text(value)
  if type(value) == "table" then
    local keys, words = {}, {}
    for key in pairs(value) do keys[#keys + 1] = key end
    table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
    for i, key in ipairs(keys) do
      words[i] = (math.type(key) and "" or key .. "=") .. text(value[key])
    end
    return "{" .. table.concat(words, " ") .. "}"
  end
  return math.type(value) == "integer" and ("%x"):format(value)
    or tostring(value)
end
local function show(...)
  local words = table.pack(...)
  for i = 1, words.n do words[i] = text(words[i]) end
  hl.log(table.concat(words, " "))
end
]]

-- What a script said, without the line that greets the guest.
function world.lines(guest)
  local lines = {}
  for _, line in ipairs(guest:log()) do
    if not line:find "guest: Linux" then
      lines[#lines + 1] = line:gsub("^info: ", ""):match("^[^\n]*")
    end
  end
  return lines
end

--- Runs the script in a new guest that has said hello; body has `hl`, `portal`,
--- `show`.
function world.script(target, body, prepare)
  local guest = played.new(target)
  assert(guest:run(PREPARE .. body), table.concat(guest:log(), "\n"))
  if prepare then
    prepare(guest)
  end
  guest:hello()
  return guest
end

--- Runs body in a handler of an ioctl with arg = 0x10000 of the process 7, and
--- gives what it showed, line by line, and the guest.
function world.handle(target, body, prepare)
  local guest = world.script(target, [[
    hl.syscall("on_sys_ioctl_return", function(syscall, fd, cmd, arg)
      ]] .. body .. "\nend)", prepare)
  guest:syscall { name = "ioctl", args = { 3, 1, 0x10000 }, pid = 7 }
  return world.lines(guest), guest
end

return world
