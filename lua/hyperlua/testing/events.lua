-- SPDX-License-Identifier: GPL-2.0-or-later
-- What else happens to a played program: it is executed, ends, sends signals,
-- and reaches functions that are probed.

local misuse = require "hyperlua.testing.misuse"

-- enum hl_probe_kind, and HL_ANSWER_DROP, of abi/wire.h.
local EXEC, EXIT, SIGNAL, KPROBE, KRETPROBE, UPROBE, URETPROBE =
  1, 2, 3, 4, 5, 6, 7
local DROP = 16
local USER = 2                  -- HL_EVENT_USER

local Events = {}

-- ret and retval; ret is 0 when nobody hears of it.
function Events:tell(event)
  local played, scheduler = self.guest.played, self.guest.scheduler
  event.pid, event.comm = self:enter(), self.comm
  local function resume(task)
    return played:probe_resume(task, event.retval or 0)
  end
  local ret, retval = scheduler:wait(self.pid, resume, played:probe(event))
  self.guest:settle()
  return ret or 0, retval
end

--- The program was executed: for hl.on_exec.
---@param path string
function Events:exec(path)
  self:tell { kind = EXEC, text = path, args = {} }
end

--- The process ends: for hl.on_exit.
---@param code? integer  default 0
---@param signal? integer  what killed it, in place of a code
function Events:exit(code, signal)
  self:tell { kind = EXIT, no_wait = 1,
    args = { signal or misuse.integer("exit: the code", code or 0) << 8 } }
  self.guest.played:kill(self.pid)
  self.ended = true
end

--- Sends a signal: for hl.on_signal.
---@param target hl.testing.Process
---@param number integer  such as 15
---@param more? { si_code?: integer, addr?: integer }
---@return boolean sent  false: a handler dropped it
function Events:kill(target, number, more)
  more = more or {}
  local ret = self:tell { kind = SIGNAL, no_wait = 1, args = {
    misuse.integer("kill: the signal", number), target:alive(), target.pid,
    more.si_code or 0, more.addr or 0 } }
  return ret & DROP == 0
end

-- args, pc and sp of what is probed.
local function place(event, args, more)
  event.args, event.pc, event.sp = args or {}, more and more.pc,
    more and more.sp
  return event
end

--- The kernel enters a function, for this process: for hl.kprobe.
---@param symbol string
---@param args? integer[]
---@param more? { pc?: integer, sp?: integer }
function Events:kprobe(symbol, args, more)
  self:tell(place({ kind = KPROBE, symbol = symbol, flags = USER, no_wait = 1 },
    args, more))
end

--- The kernel leaves a function: for hl.kretprobe.
---@param retval integer  the function's
---@param args? integer[]  those that it was entered with
---@return integer retval  what handlers made of it
function Events:kretprobe(symbol, retval, args, more)
  local _, result = self:tell(place({ kind = KRETPROBE, symbol = symbol,
    flags = USER, no_wait = 1, retval = retval }, args, more))
  return result
end

--- The program enters a function of a file: for hl.uprobe.
---@param path string
---@param symbol string
function Events:uprobe(path, symbol, args, more)
  self:tell(place({ kind = UPROBE, path = path, symbol = symbol }, args, more))
end

--- The program leaves a function of a file: for hl.uretprobe.
---@return integer retval  what handlers made of it
function Events:uretprobe(path, symbol, retval, more)
  local _, result = self:tell(place({ kind = URETPROBE, path = path,
    symbol = symbol, retval = retval }, {}, more))
  return result
end

return Events
