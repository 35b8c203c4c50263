---@meta _
-- SPDX-License-Identifier: GPL-2.0-or-later
-- Memory, processes, files and programs of the guest
--
-- `hl.portal` is of the process being served, `hl.portal.of(pid)` of another. A
-- script's mistake raises; what the guest refuses is nil and the errno's name:
-- `"EFAULT"` for memory that is not there or forbidden, `"ESRCH"` for a process
-- that is gone. Integers are unsigned, in the guest's byte order; of 8 bytes,
-- the upper half is negative in Lua. Addresses are virtual ones of the process.

--- What there is of any process.
---@class hl.Process
---@field pid integer  0: the one being served
local Process = {}

--- Reads bytes.
---@async
---@param addr integer
---@param size integer  bytes, at most 16 MiB
---@return string? bytes
---@return string? err  "EFAULT", "ESRCH"
---@return string? part  with an error: what could be read before it
function Process.read_bytes(addr, size) end

--- Reads a string up to its NUL.
---@async
---@param addr integer
---@param max? integer  bytes, default 4096; longer strings are cut
---@return string? s  without the NUL
---@return string? err  "EFAULT", "ESRCH"
---@return string? part  with an error: what could be read before it
function Process.read_str(addr, max) end

--- Reads an integer of 1 byte.
---@async
---@param addr integer
---@return integer? value
---@return string? err  "EFAULT", "ESRCH"
function Process.read_byte(addr) end

--- Reads an integer of 2 bytes.
---@async
---@param addr integer
---@return integer? value
---@return string? err  "EFAULT", "ESRCH"
function Process.read_word(addr) end

--- Reads an integer of 4 bytes.
---@async
---@param addr integer
---@return integer? value
---@return string? err  "EFAULT", "ESRCH"
function Process.read_int(addr) end

--- Reads an integer of 8 bytes.
---@async
---@param addr integer
---@return integer? value
---@return string? err  "EFAULT", "ESRCH"
function Process.read_long(addr) end

--- Reads a pointer: as many bytes as those of the program have.
---@async
---@param addr integer
---@return integer? value
---@return string? err  "EFAULT", "ESRCH"
function Process.read_ptr(addr) end

--- Reads integers of 4 bytes.
---@async
---@param addr integer
---@param count integer  at most 16 MiB of them
---@return integer[]? list
---@return string? err  "EFAULT", "ESRCH"
---@return integer[]? part  with an error: those that could be read before it
function Process.read_ints(addr, count) end

--- Reads integers of 8 bytes.
---@async
---@param addr integer
---@param count integer  at most 16 MiB of them
---@return integer[]? list
---@return string? err  "EFAULT", "ESRCH"
---@return integer[]? part  with an error: those that could be read before it
function Process.read_longs(addr, count) end

--- Reads pointers: so many, or up to a NULL, which is not part of the list.
---@async
---@param addr integer
---@param count? integer
---@return integer[]? list
---@return string? err  "EFAULT", "ESRCH"; "E2BIG": 65,536 and no NULL
---@return integer[]? part  with an error: those that could be read before it
function Process.read_ptrs(addr, count) end

--- Reads strings by a list of pointers to them that ends with NULL: an argv.
---@async
---@param addr integer
---@param max? integer  of strings, default and most 65,536
---@return string[]? list
---@return string? err  "EFAULT", "ESRCH"; "E2BIG": no NULL, or more than 16 MiB
---@return string[]? part  with an error: those that could be read before it
function Process.read_strs(addr, max) end

--- Writes bytes.
---@async
---@param addr integer
---@param bytes string
---@return integer? written  bytes: all
---@return string? err  "EFAULT", "ESRCH"
---@return integer? part  with an error: bytes written before it
function Process.write_bytes(addr, bytes) end

--- Writes a string and a NUL behind it.
---@async
---@param addr integer
---@param s string
---@return integer? written  bytes: all, the NUL too
---@return string? err  "EFAULT", "ESRCH"
---@return integer? part  with an error: bytes written before it
function Process.write_str(addr, s) end

--- Writes an integer of 1 byte. One that does not fit, signed or unsigned,
--- raises, here and below.
---@async
---@param addr integer
---@param value integer
---@return integer? written  bytes
---@return string? err  "EFAULT", "ESRCH"
function Process.write_byte(addr, value) end

--- Writes an integer of 2 bytes.
---@async
---@param addr integer
---@param value integer
---@return integer? written  bytes
---@return string? err  "EFAULT", "ESRCH"
function Process.write_word(addr, value) end

--- Writes an integer of 4 bytes.
---@async
---@param addr integer
---@param value integer
---@return integer? written  bytes
---@return string? err  "EFAULT", "ESRCH"
function Process.write_int(addr, value) end

--- Writes an integer of 8 bytes.
---@async
---@param addr integer
---@param value integer
---@return integer? written  bytes
---@return string? err  "EFAULT", "ESRCH"
function Process.write_long(addr, value) end

--- Writes a pointer: as many bytes as those of the program have.
---@async
---@param addr integer
---@param value integer
---@return integer? written  bytes
---@return string? err  "EFAULT", "ESRCH"
function Process.write_ptr(addr, value) end

--- Writes integers of 4 bytes.
---@async
---@param addr integer
---@param list integer[]
---@return integer? written  bytes: all
---@return string? err  "EFAULT", "ESRCH"
---@return integer? part  with an error: bytes written before it
function Process.write_ints(addr, list) end

--- Writes integers of 8 bytes.
---@async
---@param addr integer
---@param list integer[]
---@return integer? written  bytes: all
---@return string? err  "EFAULT", "ESRCH"
---@return integer? part  with an error: bytes written before it
function Process.write_longs(addr, list) end

--- Writes pointers.
---@async
---@param addr integer
---@param list integer[]
---@return integer? written  bytes: all
---@return string? err  "EFAULT", "ESRCH"
---@return integer? part  with an error: bytes written before it
function Process.write_ptrs(addr, list) end

--- The arguments that its program was started with.
---@async
---@return string[]? args  empty for a thread of the kernel's
---@return string? err  "ESRCH", "EFAULT"
function Process.get_proc_args() end

--- The environment that its program was started with.
---@async
---@return table<string, string>? env  of a name given twice, the first
---@return string? err  "ESRCH", "EFAULT"
function Process.get_proc_env() end

--- The process's id, of a thread's too.
---@async
---@return integer? pid
---@return string? err  "ESRCH"
function Process.get_proc_pid() end

--- The parent's pid.
---@async
---@return integer? pid
---@return string? err  "ESRCH"
function Process.get_proc_parent() end

--- The name, as in /proc/PID/comm.
---@async
---@return string? comm  at most 15 bytes
---@return string? err  "ESRCH"
function Process.get_proc_comm() end

--- The path of its program, as /proc/PID/exe shows it.
---@async
---@return string? path
---@return string? err  "ESRCH"; "ENOENT": a thread of the kernel's has none
function Process.get_proc_exe() end

--- Who it is to the kernel.
---@async
---@return hl.Creds? creds
---@return string? err  "ESRCH"
function Process.get_proc_creds() end

--- All that the kernel tells at once.
---@async
---@return hl.Proc? proc
---@return string? err  "ESRCH"
function Process.get_proc() end

--- Its threads.
---@async
---@return hl.Proc[]? threads  by ascending tid
---@return string? err  "ESRCH"
function Process.get_threads() end

--- What is mapped, as in /proc/PID/maps.
---@async
---@return hl.Map[]? maps  by ascending address
---@return string? err  "ESRCH"
function Process.get_maps() end

--- What is open.
---@async
---@return hl.Fd[]? fds  by ascending number
---@return string? err  "ESRCH"
function Process.get_fds() end

--- What a descriptor is open on, as /proc/PID/fd shows it: a path, perhaps with
--- `" (deleted)"`, `socket:[7]`, `pipe:[7]`, `anon_inode:[eventfd]`.
---@async
---@param fd integer
---@return string? name
---@return string? err  "ESRCH"; "EBADF": it is not open
function Process.read_fd_name(fd) end

--- This has what concerns no process, too.
---@class hl.Portal: hl.Process
local portal = {}

--- The same functions for another process.
---@param pid integer  of a process or a thread, as the guest's init sees it
---@return hl.Process other  its functions give nil, "ESRCH" when it is gone
function portal.of(pid) end

--- The processes that are there now.
---@async
---@return hl.Proc[]? procs  by ascending pid
---@return string? err
function portal.get_procs() end

--- Reads a file of the guest whole; those of /proc and /sys, too.
---@async
---@param path string  absolute, in the root of the process being served
---@return string? data
---@return string? err  "ENOENT" and the like; "EFBIG": more than 64 MiB
function portal.read_file(path) end

--- Writes a file of the guest; it is made if it is not there, and emptied else.
---@async
---@param path string  absolute, in the root of the process being served
---@param data string
---@param options? hl.WriteOptions
---@return integer? written  bytes: all
---@return string? err  "ENOENT" and the like
---@return integer? part  with an error: bytes written before it
function portal.write_file(path, data, options) end

---@class hl.WriteOptions
---@field append? boolean  behind what it has
---@field mode? integer  permission bits if it is made, default 0644 (octal)

--- Runs a program in the guest, as its init would, and waits for its end. Not
--- in a file's `poll`.
---@async
---@param program string  absolute path
---@param ... string|integer|hl.RunOptions  arguments; options come last, and
---  may have more arguments in them
---@return hl.RunResult? result
---@return string? err  "ENOENT": there is no such program
function portal.run(program, ...) end

---@class hl.RunOptions
---@field timeout? integer  milliseconds, after which it is killed
---@field env? table<string, string>  in place of init's
---@field output_max? integer  bytes that it may print, default 1 MiB
---@field [integer] string|integer

---@class hl.RunResult
---@field output string  of both streams
---@field status integer?  what it exited with
---@field signal integer?  what ended it, in place of that
---@field timed_out boolean

--- Whether reads may do without the guest where that gives the same bytes: to
--- compare, and to measure.
---@param on boolean
---@return boolean before
function portal.direct(on) end

---@class hl.Creds
---@field uid integer
---@field euid integer
---@field suid integer
---@field fsuid integer
---@field gid integer
---@field egid integer
---@field sgid integer
---@field fsgid integer

---@class hl.Proc: hl.Creds
---@field pid integer  the process
---@field tid integer  the thread
---@field parent integer  its pid
---@field session integer
---@field group integer
---@field threads integer  how many
---@field word_bits integer  of its program: 32 or 64; 0: a thread of the
---  kernel's
---@field state string  a letter as in /proc/PID/stat
---@field comm string  its name, at most 15 bytes
---@field start_ns integer  since the boot
---@field arg_start integer  addresses of its arguments and environment
---@field arg_end integer
---@field env_start integer
---@field env_end integer

---@class hl.Map
---@field start integer
---@field stop integer  the first address behind it
---@field size integer  bytes
---@field read boolean
---@field write boolean
---@field exec boolean
---@field shared boolean
---@field offset integer  in the file, bytes
---@field inode integer
---@field major integer
---@field minor integer
---@field name string  "" if it has none

---@class hl.Fd
---@field fd integer
---@field name string  as `read_fd_name` gives it
---@field flags integer  the guest's O_*
---@field mode integer  the guest's st_mode
---@field position integer  bytes
