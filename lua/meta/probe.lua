---@meta _
-- SPDX-License-Identifier: GPL-2.0-or-later
-- Other events
--
-- What happens in the guest beside system calls. All take filters, which may be
-- left out and which the guest's kernel tests, and give a probe.

---@class hl
local hl = {}

--- A program was executed: the handler runs in its process before its first
--- instruction.
---@param filters hl.Filters  argument 1 is the program's path, tested as a
---  text; may be left out
---@param handler async fun(event: hl.ExecEvent)
---@return hl.Probe probe
---@overload fun(handler: async fun(event: hl.ExecEvent)): hl.Probe
function hl.on_exec(filters, handler) end

--- A process ended, all its threads. The handler cannot wait.
---@param filters hl.Filters  argument 1 is the status as wait(2) gives it; may
---  be left out
---@param handler fun(event: hl.ExitEvent)
---@return hl.Probe probe
---@overload fun(handler: fun(event: hl.ExitEvent)): hl.Probe
function hl.on_exit(filters, handler) end

--- A signal is being sent. The event is of the process that sends it. The
--- handler cannot wait.
---@param filters hl.Filters  arguments 1 to 5: number, target pid, target tid,
---  si_code, si_addr; may be left out
---@param handler fun(event: hl.SignalEvent)
---@return hl.Probe probe
---@overload fun(handler: fun(event: hl.SignalEvent)): hl.Probe
function hl.on_signal(filters, handler) end

--- A function of the guest's kernel is called. The handler cannot wait.
---@param symbol string  `"vfs_read"`, or `"vfs_read+0x10"` for an instruction
---@param filters hl.Filters  integers, comm and pid only; may be left out
---@param handler fun(event: hl.CodeEvent)
---@return hl.Probe probe
---@overload fun(symbol: string, handler: fun(event: hl.CodeEvent)): hl.Probe
function hl.kprobe(symbol, filters, handler) end

--- A function of the guest's kernel returns; `event.args` are those of the
--- call. The handler cannot wait.
---@param symbol string
---@param filters hl.Filters  as of `kprobe`, and `retval_filter`; may be left
---  out
---@param handler fun(event: hl.ReturnEvent)
---@return hl.Probe probe
---@overload fun(symbol: string, handler: fun(event: hl.ReturnEvent)): hl.Probe
function hl.kretprobe(symbol, filters, handler) end

--- An instruction of a program or library is reached, in any process. The file
--- may come later.
---@param path string  absolute, in the guest
---@param symbol string|integer  as of `kprobe`, or an offset in the file
---@param filters hl.Filters  may be left out
---@param handler async fun(event: hl.CodeEvent)
---@return hl.Probe probe
---@overload fun(path: string, symbol: string|integer, handler: async fun(event: hl.CodeEvent)): hl.Probe
function hl.uprobe(path, symbol, filters, handler) end

--- A function of a program or library returns; its arguments are not known.
---@param path string
---@param symbol string|integer
---@param filters hl.Filters  `retval_filter`, comm and pid; may be left out
---@param handler async fun(event: hl.ReturnEvent)
---@return hl.Probe probe
---@overload fun(path: string, symbol: string|integer, handler: async fun(event: hl.ReturnEvent)): hl.Probe
function hl.uretprobe(path, symbol, filters, handler) end

--- What every handler of these gets. It ends with the event: kept longer, it
--- raises.
---@class hl.ProbeEvent
---@field kind string  `"exec"`, `"exit"`, `"signal"`, `"kprobe"`,
---  `"kretprobe"`, `"uprobe"`, `"uretprobe"`
---@field pid integer  the process
---@field tid integer  the thread
---@field comm string  the process's name, at most 15 bytes
---@field compat boolean  of a 32-bit program on a 64-bit kernel
---@field probe hl.Probe  the handler's own

---@class hl.ExecEvent: hl.ProbeEvent
---@field path string  of the program

---@class hl.ExitEvent: hl.ProbeEvent
---@field code integer?  what it exited with; nil: a signal killed it
---@field signal integer?  that killed it

---@class hl.SignalEvent: hl.ProbeEvent
---@field signal integer
---@field target_pid integer  to whom
---@field target_tid integer
---@field si_code integer  signed
---@field addr integer
---@field drop boolean  Can be set: true, and it is not sent

---@class hl.CodeEvent: hl.ProbeEvent
---@field args integer[]  from 1 to 8, as the machine passes them in registers
---@field pc integer
---@field sp integer

---@class hl.ReturnEvent: hl.CodeEvent
---@field retval integer  Can be set: what the caller gets

--- What these give. Each may be called inside the handler, and twice.
---@class hl.Probe
---@field kind string  as in the event
---@field title string  `"kprobe vfs_read (probe.lua:3)"`
---@field private id integer
local Probe = {}

--- Takes the probe out of the guest until `probe:enable()`; the handler is not
--- called from now on.
function Probe:disable() end

--- Puts it back. Raises when it was removed.
function Probe:enable() end

--- As `disable`, for good.
function Probe:remove() end
