-- SPDX-License-Identifier: GPL-2.0-or-later
-- A guest that stays up for many programs: each is a new version of its
-- script, which the engine reloads, with a file that says what to run.

local Shared = {}
Shared.__index = Shared

-- The guest's side.  The file that it waits for is the last thing that a
-- version adds, so that all else of that version is there.
local LOOP = [[
  n=1
  while :; do
    until job=$(cat /dev/jobs/$n 2>/dev/null); do :; done
    [ "$job" = end ] && exit
    sh -c "$job" >/tmp/out 2>/tmp/err </dev/null
    echo $? $(wc -c </tmp/out) $(wc -c </tmp/err)
    cat /tmp/out /tmp/err
    rm -f /tmp/*
    n=$((n + 1))
  done]]

--- Boots it, with every program of guest/ in it.
---@param boot table  boot.lua
---@param options string[]
function Shared.new(boot, options)
  local self = setmetatable({ number = 0 }, Shared)
  self.script = boot.script ""
  self.errors = self.script:gsub("%.lua$", ".err")
  local words = { "--script", self.script, "--timeout", "900", "--add",
    boot.guest .. ":/bin" }
  table.move(options, 1, #options, #words + 1, words)
  self.output = assert(io.popen(boot.line(boot.run_words(words,
    { "sh", "-c", LOOP })) .. " 2>" .. self.errors, "r"))
  self.seen = 0
  -- Younger than the pipe, so that it is finalized before that waits.
  self.last = setmetatable({}, { __gc = function() self:close() end })
  return self
end

-- What has been added to standard error since the last time.
function Shared:news()
  local file = assert(io.open(self.errors, "rb"))
  file:seek("set", self.seen)
  local text = file:read "a"
  self.seen = self.seen + #text
  file:close()
  return text
end

-- A new version takes the file's place in one step.
function Shared:load(text, job)
  self.number = self.number + 1
  local file = assert(io.open(self.script .. ".new", "w"))
  file:write(text, ("\nrequire 'hyperlua'.file('/dev/jobs/%d', { read = %q })")
    :format(self.number, job))
  file:close()
  os.rename(self.script .. ".new", self.script)
end

-- That many bytes; reading none would wait for more.
function Shared:take(count)
  return count == "0" and "" or self.output:read(math.tointeger(count)) or ""
end

--- Runs a command there, under a script's text.  nil when the guest is lost.
---@param text string
---@param command string  for the guest's shell
---@return { status: integer, out: string, err: string }?
function Shared:run(text, command)
  self:load(text, command)
  local line = self.output:read "l"
  local status, out, err = (line or ""):match "^(%d+) (%d+) (%d+)$"
  if not status then
    return nil, (line or "") .. self:news()
  end
  out, err = self:take(out), self:take(err)
  return { status = math.tointeger(status), out = out,
    err = self:news() .. err }
end

function Shared:close()
  if self.output then
    self:load("", "end")
    self.output:close()
    self.output = nil
    os.remove(self.script)
    os.remove(self.errors)
  end
end

return Shared
