---@meta _
-- SPDX-License-Identifier: GPL-2.0-or-later
-- Structs
--
-- C structs as the guest's compiler lays them out: in its byte order, word size
-- and alignment.

---@class hl
local hl = {}

--- Describes a struct in C's words: integers by any of their usual names,
--- `char` arrays, arrays, pointers, inner structs, `__le32`, `__be16`,
--- `__packed`.
---@param text string  such as `"struct reg { u32 off; u32 val; }"`
---@param known? table<string, hl.Struct>  structs that text names
---@return hl.Struct struct
function hl.struct(text, known) end

---@class hl.Struct
---@field size integer  bytes, with padding
---@field align integer  bytes
---@field offsets table<string, integer>  bytes from the start, by field
---@field name string?  as in the text
---@field private kind string
---@field private fields table[]
---@field private by_name table<string, table>
local Struct = {}

--- Reads the whole struct from the process being served, with one question.
---@async
---@param addr integer  guest virtual address
---@return table? fields  by name; `char` arrays end before a NUL
---@return string? err  "EFAULT" when a page is missing
function Struct:read(addr) end

--- Writes the fields that are given; others stay as they are in memory. One
--- question for each run of fields; one when all are given.
---@async
---@param addr integer  guest virtual address
---@param fields table  by name; arrays whole, inner structs as they need
---@return integer? bytes  how many were written, with padding
---@return string? err  "EFAULT" when a page is missing or read-only
---@return integer? part  with an error: how many were written before it
function Struct:write(addr, fields) end

--- A view: `view.val` reads that field, `view.val = 2` writes it; both wait. A
--- field that cannot be read is nil; one that cannot be written raises. An
--- inner struct is a view, an array of structs a table of views; another array
--- is read and assigned as a whole.
---@param addr integer  guest virtual address
---@return table view
function Struct:at(addr) end

--- The struct's bytes, for a read handler.
---@param fields table  by name; what is missing is 0
---@return string bytes
function Struct:pack(fields) end

--- The fields in bytes, as a write handler gets them.
---@param bytes string
---@param offset? integer  bytes before the struct, default 0
---@return table? fields  by name
---@return string? err  "EINVAL" when there are too few bytes
function Struct:unpack(bytes, offset) end
