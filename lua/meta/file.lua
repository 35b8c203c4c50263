---@meta _
-- SPDX-License-Identifier: GPL-2.0-or-later
-- Files
--
-- What a path of the guest does. The nodes are real: a character device in
-- /dev, entries of /proc, /proc/sys and /sys, a regular file elsewhere. A
-- handler that raises is reported with line, path and process, and that request
-- gets the default: EINVAL to read and write, 0 to ioctl.

---@class hl
local hl = {}

--- Models a path; the guest makes the file within a moment. Of two models for
--- one path the later wins, and says so. A file that is there already is taken
--- over, and given back when its model is removed.
---@param path string  absolute; may be a pattern such as `/dev/mtd*`: a file
---  that it matches is made when a program looks for it
---@param model hl.FileModel
---@return hl.Node node
function hl.file(path, model) end

--- Each operation is a function or a default model of `hl.models`.
---@class hl.FileModel
---@field read? string|hl.Model|hl.ReadHandler  a string: `const_buf` of that
---@field write? integer|hl.Model|hl.WriteHandler  an integer: always that
---@field ioctl? integer|hl.Model|hl.IoctlHandler|table<integer|"*", integer|hl.Model|hl.IoctlHandler>
---  for all commands, or by command, `"*"` for those that are not there
---@field getattr? hl.GetattrHandler
---@field open? hl.OpenHandler
---@field release? hl.ReleaseHandler
---@field lseek? hl.Model|hl.LseekHandler  without it: within the size, when
---  that is known; else a device gives ESPIPE
---@field poll? hl.Model|hl.PollHandler
---@field fsync? hl.FsyncHandler
---@field size? integer  bytes
---@field mode? integer  permission bits; by default 0666 or, when it can only
---  be read, 0444 (octal)
---@field mmap? boolean|integer|string  what mmap gives: `true` (of that size),
---  a number of bytes, or the bytes
---@field device? integer[]  `{ major, minor }` that stat shows, of a path in
---  /dev

--- Gives data, and a return value if that is not its length; or a negative
--- errno alone.
---@alias hl.ReadHandler async fun(file: hl.File, length: integer, offset: integer): string|integer, integer?

--- Gives how many bytes were taken, or a negative errno.
---@alias hl.WriteHandler async fun(file: hl.File, data: string, offset: integer): integer

--- Gives the return value.
---@alias hl.IoctlHandler async fun(file: hl.File, cmd: integer, arg: integer): integer

--- Gives a return value, and the size in bytes.
---@alias hl.GetattrHandler async fun(file: hl.File): integer, integer?

--- Gives a negative errno, or nothing; flags are the guest's O_*.
---@alias hl.OpenHandler async fun(file: hl.File, flags: integer): integer?

--- The last descriptor of an open file was closed.
---@alias hl.ReleaseHandler async fun(file: hl.File): integer?

--- Gives the new offset, or a negative errno.
---@alias hl.LseekHandler async fun(file: hl.File, offset: integer, whence: integer): integer

--- Gives `true` or `false`, a string of `"r"` and `"w"`, or a mask of EPOLL*.
--- May ask the guest, but not keep the process waiting.
---@alias hl.PollHandler async fun(file: hl.File): boolean|string|integer

--- Gives a negative errno, or nothing.
---@alias hl.FsyncHandler async fun(file: hl.File, datasync: boolean): integer?

--- The operation that a handler serves. It ends with the operation: kept
--- longer, it raises.
---@class hl.File
---@field path string
---@field size integer?  as modelled
---@field pid integer  the process
---@field tid integer  the thread
---@field comm string  the process's name, at most 15 bytes
---@field handle integer  of the open file, from open to release
---@field flags integer  with which it was opened: the guest's O_*
---@field nonblock boolean  whether O_NONBLOCK is among them
---@field compat boolean  of a 32-bit program on a 64-bit kernel
---@field state table  of your own, one for each open file
---@field node hl.Node  what `hl.file` gave
local File = {}

--- Who polls this file is to poll anew.
function File:wake() end

--- Reads from what the guest has mapped.
---@async
---@param offset integer
---@param length integer  bytes, at most 4056
---@return string? bytes
---@return string? err  "ENODEV": the node is gone
function File:map_read(offset, length) end

--- Writes into what the guest has mapped.
---@async
---@param offset integer
---@param bytes string  at most 4056 of them
---@return integer? written  bytes
---@return string? err  "ENODEV": the node is gone
function File:map_write(offset, bytes) end

--- What `hl.file` gives.
---@class hl.Node
---@field path string  as given
---@field model hl.FileModel  as given
---@field origin string  where: `"models/led.lua:3"`
---@field private id integer
local Node = {}

--- Takes the file out of the guest; what was there before is there again. Open
--- files then give ENODEV.
function Node:remove() end

--- Who polls the file is to poll anew.
function Node:wake() end

--- What the guest has of it.
---@return "wanted"|"moving"|"present"|"refused"|"gone"|"pattern" status
---  `"pattern"`: the guest has nothing of the pattern itself
function Node:status() end
