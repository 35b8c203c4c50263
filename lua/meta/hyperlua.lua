---@meta hyperlua
-- SPDX-License-Identifier: GPL-2.0-or-later
-- The rest
--
-- What `require "hyperlua"` gives, beside what has a section of its own.

---@class hl
local hl = {}

--- Lines in the engine's log; what a script prints goes there too.
---@type hl.Log
hl.log = {}

--- The guest's error numbers: a handler returns `-hl.errno.EIO`.
---@type hl.Errno
hl.errno = {}

--- Flags of system calls as text, with the numbers of the guest's machine.
---@type hl.Flags
hl.flags = {}

--- Command numbers of ioctl, taken apart and made.
---@type hl.Ioctl
hl.ioctl = {}

--- The memory of the process being served, what the guest's kernel knows of it,
--- and the guest's files and programs.
---@type hl.Portal
hl.portal = {}

--- The default models, which answer in C.
---@type hl.Models
hl.models = {}

--- The host's clock, which never goes back.
---@return number seconds  with fractions
function hl.clock() end

--- Waits so long in the guest's time; other processes and handlers go on. A
--- signal ends the wait as it would end a driver's: the handler is closed, and
--- the call is interrupted. Not in a file's `poll`.
---@async
---@param ms number  milliseconds, from 0 to 999999999999
function hl.sleep(ms) end

--- Something that handlers wait for and signal one another.
---@param name? string  with it, the event is the same for all that give that
---  name, other versions of the scripts too: who waits when a script is reloaded
---  can be woken by the new version
---@return hl.Event event
function hl.event(name) end

--- Plain data that all versions of the scripts share: nil, booleans, numbers,
--- strings, and tables of them, 64 MiB at most.
---@type table
hl.persist = {}

--- Calls `fn()` once, when another version of the scripts has taken the place of
--- this one, or when the run ends; the last given first. Requests that this
--- version began may still go on after it. It cannot wait. An error in it is
--- logged, and the others are called all the same.
---@param fn fun()
function hl.on_unload(fn) end

--- How much each handler of these scripts may use from one wait to the next, and
--- how much memory all of them together. What goes beyond is stopped with an
--- error.
---@param budget? hl.Budget
---@return hl.Budget budget  as it is from now on
function hl.budget(budget) end

---@class hl.Budget
---@field ms? integer  milliseconds, default 100
---@field instructions? integer  of Lua's, default 1,000,000,000
---@field memory? integer  MiB, default 256

--- Calls `fn(...)` once in a thread of its own in the guest's kernel, as soon
--- as there is a guest that can: also while the script loads. It serves no
--- process: memory is that of `portal.of(pid)`. An error in it is logged.
---@param fn async fun(...: any)
---@param ... any  what fn gets
function hl.spawn(fn, ...) end

--- Prints system calls as strace does, on stderr; what `hyperlua trace` calls.
---@param names string  such as `"openat,ioctl"`; `"all"` are all
---@param options? hl.TraceOptions
function hl.trace(names, options) end

---@class hl.TraceOptions
---@field comm? string  only of processes of that name
---@field all? boolean  of others than COMMAND of `hyperlua run` too
---@field out? string  a file of the host, in place of stderr

--- What the engine has done so far.
---@return hl.Stats stats
function hl.stats() end

---@class hl.Stats
---@field reads_direct integer  pieces of user memory read without the guest
---@field reads_guest integer  reads that the guest was asked for
---@field writes integer  writes that the guest was asked for
---@field syscalls integer  events of system calls
---@field probes integer  events of probes
---@field file_ops integer  operations on files
---@field handlers integer  handlers called
---@field errors integer  of those, handlers that raised
---@field dropped integer  requests that ended unanswered: killed, or the module
---  gone
---@field tasks integer  requests in work now

--- The files that the guest has, is to have, or has asked for, in the order in
--- which they were made. A console shows the list as a table.
---@return hl.FileInfo[] files
function hl.files() end

---@class hl.FileInfo
---@field path string
---@field state string  `"present"`; `"wanted"`, `"moving"` and `"leaving"`: the
---  guest is yet to hear of it; `"refused"`; `"pattern"`; `"not modelled"`: only
---  the guest named it
---@field origin string  where it is modelled: `"raeth.lua:20"`
---@field operations string[]  those that are modelled
---@field requests integer  that it had to answer
---@field errors integer  of those, handlers that failed
---@field version? integer  of the scripts

--- The hooks and probes of the scripts that serve, in the order registered. A
--- console shows the list as a table.
---@return hl.HookInfo[] hooks
function hl.hooks() end

---@class hl.HookInfo
---@field what string  such as `"on_sys_ioctl_return"`
---@field state string  as a file's; or `"disabled"`; or `"absent"`: one of those
---  for patterns, of a system call that this kernel has not
---@field origin string  where it was registered
---@field calls integer  of its handler
---@field errors integer  of those, that failed
---@field version integer  of the scripts

--- The handlers and spawned functions that have begun and not ended. A console
--- shows the list as a table.
---@return hl.TaskInfo[] tasks
function hl.tasks() end

---@class hl.TaskInfo
---@field what string  such as `"read of /dev/watchdog"`
---@field origin? string  where it was registered
---@field waits string  for `"the guest"`, `"time"` or `"an event"`; `"a thread"`:
---  it is to begin; `"nothing"`: it is the one that asks
---@field version integer  of the scripts
---@field pid? integer  whom it serves
---@field comm? string  that process's name

--- Writes the log file of `--log-file` or `--out` now.
---@return boolean? written  true
---@return string? err  why not
function hl.results() end

--- The number of a file operation in the guest's protocol.
---@param name string  such as `"read"`; another raises
---@return integer number
function hl.hyper(name) end

--- The name of a file operation's number.
---@param number integer  another raises
---@return string name
function hl.hyper2name(number) end

--- One line, as info. With more arguments, text is a format as in
--- `string.format`.
---@class hl.Log
---@overload fun(text: any, ...: any)
local log = {}

--- A line that says what failed.
---@param text any  a format when there is more
---@param ... any
function log.error(text, ...) end

--- A line that warns.
---@param text any
---@param ... any
function log.warn(text, ...) end

--- A line that tells, as `hl.log(...)` itself.
---@param text any
---@param ... any
function log.info(text, ...) end

--- A line for who looks for a mistake.
---@param text any
---@param ... any
function log.debug(text, ...) end

--- What `hl.event()` gives: anything may wait for it, and be woken.
---@class hl.Event
---@field private waiting table
local Event = {}

--- Waits until `event:signal()`. Not in a file's `poll`.
---@async
---@param ms? number  milliseconds at most; without: without end
---@return boolean signalled  false: the time is over
function Event:wait(ms) end

--- Lets every handler go on that waits for the event now.
---@return integer count  how many waited
function Event:signal() end

---@class hl.Ioctl
local ioctl = {}

--- Takes a command apart. Of a number that was never encoded (0x89f1) it gives
--- what the bits say, and the number as text.
---@param cmd integer  as the handler gets it; its low 32 bits count
---@return hl.IoctlParts parts
function ioctl.decode(cmd) end

--- `_IO('W', 4)` of the guest's C: a command without an argument's size.
---@param kind string|integer  one character, or its number
---@param nr integer  0 to 255
---@return integer cmd  for the guest's machine
function ioctl.IO(kind, nr) end

--- `_IOR('W', 0, struct ...)` of the guest's C: the program reads an answer.
---@param kind string|integer  one character, or its number
---@param nr integer  0 to 255
---@param size integer|hl.Struct  bytes, or what `hl.struct` gave
---@return integer cmd  for the guest's machine
function ioctl.IOR(kind, nr, size) end

--- As `IOR`; the program writes.
---@param kind string|integer
---@param nr integer
---@param size integer|hl.Struct
---@return integer cmd
function ioctl.IOW(kind, nr, size) end

--- As `IOR`; the program writes, and reads an answer.
---@param kind string|integer
---@param nr integer
---@param size integer|hl.Struct
---@return integer cmd
function ioctl.IOWR(kind, nr, size) end

---@class hl.IoctlParts
---@field direction "none"|"read"|"write"|"readwrite"  as the program sees it
---@field type string|integer  a character; an integer when it cannot be printed
---@field number integer
---@field size integer  bytes
---@field text string  such as `_IOR('W', 0, 40)`

---@class hl.Flags
local flags = {}

--- The flags of open, openat and fcntl's F_GETFL.
---@param value integer
---@return string text  such as `O_RDONLY|O_CLOEXEC`
function flags.open(value) end

--- The flags of mmap.
---@param value integer
---@return string text  such as `MAP_PRIVATE|MAP_ANONYMOUS`
function flags.mmap(value) end

--- The protection of mmap and mprotect.
---@param value integer
---@return string text  such as `PROT_READ|PROT_EXEC`
function flags.prot(value) end

--- Whether open's flags make a file, so that it has a mode.
---@param value integer
---@return boolean creates
function flags.creates(value) end

return hl
