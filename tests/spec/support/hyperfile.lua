-- SPDX-License-Identifier: GPL-2.0-or-later
-- For specs: a guest that speaks HyperFile's protocol byte for byte.
local archs = require("hyperlua.testing").archs
local played = require "hyperlua.played"
local wire = require "hyperlua.testing.hyperfile"

local hyperfile = setmetatable({ TARGETS = archs }, { __index = wire })

local targets = {}
for _, target in ipairs(played.targets()) do
  targets[target.name] = target
end

local Guest = setmetatable({}, { __index = wire.Wire })
Guest.__index = Guest

-- A guest whose script is that; it has said hello.
function hyperfile.guest(target, script)
  local self = setmetatable(wire.new(played.new(target), targets[target]),
    Guest)
  if script then
    self:run(script)
  end
  assert(self.played:hello() == 0)
  return self
end

function Guest:run(script)
  local ran = self.played:run('local hl = require "hyperlua" ' .. script)
  assert(ran, table.concat(self.played:log(), "\n"))
end

-- The log since the last time, without the handshake's line.
function Guest:log()
  local log, lines = self.played:log(), {}
  for i = (self.seen or 0) + 1, #log do
    if not log[i]:find "^info: guest: Linux " then
      lines[#lines + 1] = log[i]
    end
  end
  self.seen = #log
  return lines
end

-- Where nothing of that size may be read or written: nowhere, the user's, a
-- hole in the kernel's, and what reaches beyond its end and the machine's.
function Guest:unreachable(size)
  return { 0, 0x400000, self.own - 0x10000, self.own + (260 << 12) - size + 1,
    self.mask, -1 }
end

return hyperfile
