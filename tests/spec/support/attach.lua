-- SPDX-License-Identifier: GPL-2.0-or-later
-- Consoles of a played guest, over its real socket.

local played = require "hyperlua.played"

local attach = {}

--- A path where nothing is.
function attach.path()
  local path = os.tmpname()
  os.remove(path)
  return path
end

local Console = {}
Console.__index = Console

--- Sends a request; its answers come by receive.
function Console:send(kind, text)
  text = text or ""
  assert(self.connection:write(("%s %d\n%s"):format(kind, #text, text)))
end

--- kind, text
function Console:receive()
  return self.connection:receive()
end

--- The answer to a request.
function Console:ask(kind, text)
  self:send(kind, text)
  return self:receive()
end

--- What the text gives; an error or an incomplete text fails.
function Console:eval(text)
  local kind, answer = self:ask("eval", text)
  assert(kind == "value", answer)
  return answer
end

--- Sends an expression that waits, and comes back when it does.
function Console:begin(text)
  self:send("eval", text)
  local kind, names = self:ask("complete", "hl.sle")
  assert(kind == "names" and names == "hl.sleep", names)
end

function Console:close()
  self.connection:close()
end

--- A console of the guest that listens there.
function attach.connect(path)
  local connection = assert(played.connect(path))
  local console = setmetatable({ connection = connection }, Console)
  console.hello = { console:receive() }
  return console
end

--- One for this guest, and the path.
function attach.to(guest)
  local path = attach.path()
  assert(guest:console(path))
  local console = attach.connect(path)
  console.guest = guest -- which is closed when nothing holds it
  return console, path
end

return attach
