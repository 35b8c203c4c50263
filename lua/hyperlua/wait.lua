-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.sleep and hl.event: a handler waits, and its process with it, while
-- other processes and handlers go on.  A signal ends the wait as it would end
-- a driver's: the handler is closed, and the call is interrupted.

local core = require "hyperlua.core"

local wait = {}

-- Blames the caller of the function of that name.
local function check(name, ms)
  if type(ms) ~= "number" or not (ms >= 0 and ms < 1e12) then
    error(("%s takes milliseconds, from 0 to 999999999999, not %s"):format(name,
      tostring(ms)), 3)
  end
end

--- Waits so many milliseconds of the guest's time.
---@param ms number
function wait.sleep(ms)
  check("hl.sleep", ms)
  core.wait("hl.sleep", ms)
end

-- Its entries are those who wait.  Weak: one in a coroutine of a script's own
-- that nobody resumes any more is collected, and never closed.
local Event = { __mode = "k" }
Event.__index = Event
Event.__name = "hyperlua.event"

local function forget(entry)
  entry.event[entry] = nil
end

local Entry = { __close = forget }

--- Waits until event:signal(), at most so many milliseconds.
---@param ms? number  nil: without end
---@return boolean signalled  false: the time is over
function Event:wait(ms)
  if ms ~= nil then
    check("event:wait", ms)
  end
  local entry <close> = setmetatable({ event = self, task = core.task() },
    Entry)
  self[entry] = true
  return core.wait("event:wait", ms)
end

--- Lets every handler go on that waits for the event now.  Does not wait.
---@return integer count  how many waited
function Event:signal()
  local count = 0
  for entry in pairs(self) do
    if core.wake(entry.task) then
      count = count + 1
    else
      self[entry] = nil
    end
  end
  return count
end

-- The same, of all versions of the scripts: the tasks that wait are keys of a
-- table that these share.
local Shared = {}
Shared.__index = Shared
Shared.__name = "hyperlua.event"

local SharedEntry = {
  __close = function(entry)
    entry.waiting[entry.task] = nil
  end,
}

function Shared:wait(ms)
  if ms ~= nil then
    check("event:wait", ms)
  end
  local entry <close> = setmetatable({ waiting = self.waiting,
    task = core.task() }, SharedEntry)
  if entry.task then
    self.waiting[entry.task] = true
  end
  return core.wait("event:wait", ms)
end

function Shared:signal()
  local count, tasks = 0, {}
  for task in pairs(self.waiting) do
    tasks[#tasks + 1] = task
  end
  for _, task in ipairs(tasks) do
    if core.wake(task) then
      count = count + 1
    else
      self.waiting[task] = nil
    end
  end
  return count
end

--- Something that handlers wait for and signal one another.
---@param name? string  with it, the event is the same for all that give that
---  name, other versions of the scripts too: who waits when a script is
---  reloaded can be woken by the new version
function wait.event(name)
  if name == nil then
    return setmetatable({}, Event)
  end
  if type(name) ~= "string" then
    error(("hl.event takes a name or nothing, not %s"):format(type(name)), 2)
  end
  local events = core.persist "events"
  events[name] = events[name] or {}
  return setmetatable({ waiting = events[name] }, Shared)
end

return wait
