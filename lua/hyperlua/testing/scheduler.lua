-- SPDX-License-Identifier: GPL-2.0-or-later
-- Who waits in a played guest, and its clock, which stands still until somebody
-- waits.  What a spec calls itself goes on at once, the clock with it; what
-- guest:begin began goes on when its time has come or it was woken.

local misuse = require "hyperlua.testing.misuse"

local scheduler = {}

-- --- requests ---------------------------------------------------------------

---@class hl.testing.Request
---@field done boolean
---@field ms? number  how long it waits; math.huge: until it is woken
local Request = {}
Request.__index = Request

--- What the function returned.
function Request:result()
  if not self.done then
    misuse.raise("this request still waits%s: guest:advance(ms) lets time "
      .. "pass, request:interrupt() ends it", self.ms < math.huge
      and (", %g ms from %g ms on"):format(self.ms, self.due - self.ms) or "")
  end
  return table.unpack(self.results, 1, self.results.n)
end

--- A signal ends its wait: what it called gives nil, "EINTR".
function Request:interrupt()
  if self.done then
    misuse.raise "this request has ended already"
  end
  self.scheduler:resume(self, true)
  self.scheduler:settle()
end

-- --- the scheduler ----------------------------------------------------------

local Scheduler = {}
Scheduler.__index = Scheduler

function scheduler.new(guest)
  return setmetatable({ guest = guest, played = guest.played, now = 0,
    requests = {}, woken = {}, running = {} }, Scheduler)
end

function Scheduler:resume(request, interrupted)
  request.ms, request.due, request.task = nil, nil, nil
  local got = table.pack(coroutine.resume(request.co, interrupted))
  if coroutine.status(request.co) == "suspended" then
    request.ms, request.task = got[2], got[3]
    request.due = self.now + request.ms
    return
  end
  request.done = true
  self.running[request.co] = nil
  for i, other in ipairs(self.requests) do
    if other == request then
      table.remove(self.requests, i)
      break
    end
  end
  if not got[1] then
    error(got[2], 0)
  end
  request.results = table.pack(table.unpack(got, 2, got.n))
end

--- Calls the function as a program of its own, until it waits or ends.
function Scheduler:begin(fn, ...)
  local args = table.pack(...)
  local request = setmetatable({ scheduler = self, done = false,
    co = coroutine.create(function()
      return fn(table.unpack(args, 1, args.n))
    end) }, Request)
  self.requests[#self.requests + 1] = request
  self.running[request.co] = request
  self:resume(request)
  return request
end

-- Of those that wait, who is first to go on; among equals, who began first.
function Scheduler:first()
  local first
  for _, request in ipairs(self.requests) do
    if request.due and (not first or request.due < first.due) then
      first = request
    end
  end
  return first
end

function Scheduler:set_now(now)
  self.now = math.max(now, self.now)
  self.played:set_clock(math.floor(self.now * 1000))
end

-- One that was woken, or nil.
function Scheduler:take_woken()
  for _, request in ipairs(self.requests) do
    if request.task and self.woken[request.task] then
      self.woken[request.task] = nil
      return request
    end
  end
end

-- hl.spawn's: a thread of the kernel's, for no process.
function Scheduler:begin_spawned(id)
  self:begin(function()
    local _, region = self.played:kernel()
    self.played:serve(0)
    self:wait(0, nil, self.played:ring(12, region, id))     -- SPAWNED
  end)
end

--- What the module's thread does every 20 ms, until there is nothing to do.
function Scheduler:settle()
  if self.running[coroutine.running()] then
    return      -- the one that drives us does it
  end
  repeat
    self.played:work()
    for _, task in ipairs(self.played:woken()) do
      self.woken[task] = true
    end
    local spawned = self.played:spawned()
    for _, id in ipairs(spawned) do
      self:begin_spawned(id)
    end
    local woken = self:take_woken()
    if woken then
      self:resume(woken)
    end
  until not woken and #spawned == 0
end

-- The spec's own operation waits: others go on until it is its turn.
function Scheduler:drive(ms, task)
  local due = self.now + ms
  self:settle()
  while not self.woken[task] do
    local first = self:first()
    if first and first.due <= due and first.due < math.huge then
      self:set_now(first.due)
      self:resume(first)
    elseif due < math.huge then
      return self:set_now(due)
    else
      misuse.raise("this waits until it is woken, and nobody does that: call "
        .. "it in guest:begin(function() ... end)")
    end
    self:settle()
  end
  self.woken[task] = nil
end

local EVER = -1                 -- HL_WAIT_EVER

--- Gives what a ring of played's gave, once nothing of it waits any more; then
--- all that resume gave.  nil: a signal ended the wait.
---@param pid integer  whose ring it was; 0: nobody's
---@param resume? fun(task: integer): ...  played:resume, or another such
function Scheduler:wait(pid, resume, ret, what, ms, task)
  while what == "waits" do
    ms = ms == EVER and math.huge or ms
    local interrupted
    if self.running[coroutine.running()] then
      interrupted = coroutine.yield(ms, task)
    else
      self:drive(ms, task)
    end
    self.played:serve(pid)
    if interrupted then
      self.played:cancel(task)
      return nil
    elseif resume then
      ret, what, ms, task = resume(task)
    else
      ret, what, ms, task = self.played:resume(task)
    end
  end
  return ret, what
end

--- Lets so much time pass.
function Scheduler:advance(ms)
  local stop = self.now + ms
  self:settle()
  local first = self:first()
  while first and first.due <= stop do
    self:set_now(first.due)
    self:resume(first)
    self:settle()
    first = self:first()
  end
  self:set_now(stop)
end

return scheduler
