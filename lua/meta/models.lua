---@meta _
-- SPDX-License-Identifier: GPL-2.0-or-later
-- Default models
--
-- They answer one operation of a file in C, at once. Each takes its arguments,
-- the main one first, or a table of them by name. One value may be used for any
-- number of operations and files: each gets a model of its own.

--- What they give, for a field of `hl.file`'s model.
---@class hl.Model

---@class hl.Models
local models = {}

--- read: the digit 0.
---@return hl.Model
function models.zero() end

--- read: the digit 1.
---@return hl.Model
function models.one() end

--- read: nothing.
---@return hl.Model
function models.empty() end

--- read: a file of these bytes.
---@param val string
---@param null_terminate? boolean  a NUL behind them
---@param nul_terminate? boolean  the same
---@return hl.Model
---@overload fun(keys: { val: string, null_terminate?: boolean, nul_terminate?: boolean }): hl.Model
function models.const_buf(val, null_terminate, nul_terminate) end

--- read: val over and over, without an end.
---@param val string
---@return hl.Model
---@overload fun(keys: { val: string }): hl.Model
function models.cycle(val) end

--- read: values at offsets.
---@param vals table<integer, string|integer[]|string[]>  by offset: bytes as a
---  string or a list of integers; a list of strings has a NUL between them
---@param size? integer  bytes of the file, default 65,536
---@param pad? string|integer  the byte elsewhere, default 0
---@return hl.Model
---@overload fun(keys: { vals: table, size?: integer, pad?: string|integer }): hl.Model
function models.const_map(vals, size, pad) end

--- read: as `const_map`, kept in a file of the host, which is made when it is
--- not there, and is what the guest reads from then on.
---@param filename string
---@param vals table<integer, string|integer[]|string[]>
---@param size? integer
---@param pad? string|integer
---@return hl.Model
---@overload fun(keys: { filename: string, vals: table, size?: integer, pad?: string|integer }): hl.Model
function models.const_map_file(filename, vals, size, pad) end

--- read: what a file of the host has at that moment; a missing one is empty.
---@param filename string
---@return hl.Model
---@overload fun(keys: { filename: string }): hl.Model
function models.from_file(filename) end

--- read: what the guest wrote to the file, over `initial`, byte by byte; for
--- write take `default`.
---@param initial? string
---@return hl.Model
---@overload fun(keys: { initial?: string }): hl.Model
function models.stateful(initial) end

--- read: one entry after the other. A read at offset 0 takes the next one when
--- the last byte of the one before was read; others go on in the same one.
---@param vals string[]
---@param cycle? boolean  behind the last one comes the first; else it stays
---@return hl.Model
---@overload fun(keys: { vals: string[], cycle?: boolean }): hl.Model
function models.sequence(vals, cycle) end

--- read: EINVAL. write: all is taken, and kept for `stateful`. lseek: within
--- the size; a device without one can be sought freely.
---@return hl.Model
function models.default() end

--- write: all is taken; only `stateful` sees it.
---@return hl.Model
function models.discard() end

--- write: into a file of the host at the same offset; made when it is not
--- there.
---@param filename string
---@return hl.Model
---@overload fun(keys: { filename: string }): hl.Model
function models.to_file(filename) end

--- write, ioctl: one number whatever is asked. Of write it may be called
--- `const`, too, as Penguin does.
---@param val? integer  for ioctl 0 by default
---@return hl.Model
---@overload fun(keys: { val?: integer, const?: integer }): hl.Model
function models.return_const(val) end

--- ioctl: fills what `arg` points at, and returns `val`.
---@param data string
---@param val? integer  default 0
---@return hl.Model
---@overload fun(keys: { data: string, val?: integer }): hl.Model
function models.write_data(data, val) end

--- write: EINVAL. ioctl: ENOTTY, and it is listed among what is missing.
---@return hl.Model
function models.unhandled() end

--- poll: one can read and write.
---@return hl.Model
function models.always_ready() end

--- poll: one never can.
---@return hl.Model
function models.blocking() end

--- lseek: ESPIPE.
---@return hl.Model
function models.unsupported() end
