---@meta _
-- SPDX-License-Identifier: GPL-2.0-or-later
-- System calls
--
-- A handler runs while the process waits in its system call. What it raises is
-- reported with line and process, and the call goes on as if unhooked. Several
-- handlers of a call run in the order registered.

---@class hl
local hl = {}

--- Registers a handler of a system call. The guest's kernel tests the filters,
--- so what they exclude costs next to nothing.
---@param event string  `on_sys_NAME_enter` or `on_sys_NAME_return`, the name in
---  any spelling (`openat`, `sys_openat`, `__x64_sys_openat`), or
---  `on_all_sys_enter`, `on_all_sys_return`
---@param filters hl.Filters  all that are given must hold; may be left out
---@param handler hl.SyscallHandler
---@return hl.Hook hook
---@overload fun(event: string, handler: hl.SyscallHandler): hl.Hook
function hl.syscall(event, filters, handler) end

--- Gets the system call and as many arguments as it has, unsigned and of their
--- own width; all 8 words of the call when the kernel has no prototype, or when
--- one of its arguments takes two words of 32 bits.
---@alias hl.SyscallHandler async fun(syscall: hl.Syscall, ...: integer)

--- What the guest's kernel knows of its system calls, by bare name.
---@return table<string, hl.Proto>? protos  nil: the guest has yet to say
function hl.protos() end

---@class hl.Proto
---@field name string
---@field number? integer  nil: it has none for 64-bit programs
---@field args hl.ProtoArg[]

---@class hl.ProtoArg
---@field type string  such as `const char *`
---@field name string
---@field bits integer

--- The system call that a handler serves. It ends with the call: kept longer,
--- it raises.
---@class hl.Syscall
---@field name string  the bare name, such as `openat`
---@field args integer[]  from 1. On entry an element can be set
---@field retval integer  Can be set: what the program gets. On return, -512 to
---  -516 are the kernel's word that a signal came first: see `restarts`
---@field skip_syscall boolean  Can be set, on entry: the kernel does not make
---  the call, and the program gets `retval`
---@field again boolean  Can be set, on return: make the call once more
---@field restarts boolean  the result says that the kernel will make it anew
---@field number integer  as the guest's kernel counts
---@field pid integer  the process
---@field tid integer  the thread
---@field comm string  the process's name, at most 15 bytes
---@field compat boolean  of a 32-bit program on a 64-bit kernel
---@field proto hl.Proto?  nil: the kernel does not tell
---@field hook hl.Hook  the handler's own
---@field regs hl.Regs?  the user's registers. Waits, the first time

--- By name, as the guest's machine has them.
---@class hl.Regs
---@field sp integer
---@field pc integer
---@field [string] integer

--- What `hl.syscall` gives. Each may be called inside the handler, and twice.
---@class hl.Hook
---@field event string  as registered
---@field name string  the system call's bare name; `*`: all
---@field private id integer
local Hook = {}

--- Takes the hook out of the guest until `hook:enable()`; the handler is not
--- called from now on.
function Hook:disable() end

--- Puts it back, in its old place among the handlers. Raises when it was
--- removed.
function Hook:enable() end

--- As `disable`, for good.
function Hook:remove() end

--- What must hold for a handler to be called: all that are given.
---@class hl.Filters
---@field arg_filter? (integer|string|hl.Tests)[]  by argument, from 1; nil:
---  any. A string is the text that a `char *` points to
---@field comm_filter? string|hl.Tests  the process's name, at most 15 bytes
---@field pid_filter? integer|hl.Tests  the process
---@field retval_filter? integer|"success"|"error"|hl.Tests  on return only

--- Of an integer, or of a text: all that are given must hold.
---@class hl.Tests
---@field eq? integer  is equal
---@field ne? integer  is not
---@field lt? integer  is less; signed when a negative number is given
---@field gt? integer  is greater
---@field range? integer[]  `{ first, last }`: lies within
---@field outside? integer[]  `{ first, last }`: lies outside
---@field set? integer  all these bits are set
---@field clear? integer  none of these bits is set
---@field mask? integer  with `eq` and `ne`: only these bits are compared
---@field text? string  the whole text
---@field prefix? string
---@field suffix? string
---@field contains? string
