-- SPDX-License-Identifier: GPL-2.0-or-later
-- Makes an image of the form qcow2 (version 2), whose tool is not everywhere.

local qcow2 = {}

local BITS = 16
local CLUSTER = 1 << BITS
local COPIED = 1 << 63      -- nothing else refers to that cluster

local function padded(text)
  return text .. ("\0"):rep(-#text % CLUSTER)
end

--- Writes a raw image, of up to 512 MiB, as a qcow2 one: its head, the counts
--- of references, both tables, and then all of its clusters in order.
---@param from string
---@param to string
function qcow2.convert(from, to)
  local input = assert(io.open(from, "rb"))
  local data = padded(input:read "a")
  input:close()
  local count, size = #data // CLUSTER, #data
  assert(count <= CLUSTER // 8)
  local head = string.pack(">c4I4I8I4I4I8I4I4I8I8I4I4I8", "QFI\xfb", 2, 0, 0,
    BITS, size, 0, 1, 3 * CLUSTER, CLUSTER, 1, 0, 0)
  local counts, entries = {}, {}
  for i = 1, count + 5 do
    counts[i] = string.pack(">I2", 1)
  end
  for i = 1, count do
    entries[i] = string.pack(">I8", COPIED | (4 + i) * CLUSTER)
  end
  local output = assert(io.open(to, "wb"))
  output:write(padded(head), padded(string.pack(">I8", 2 * CLUSTER)),
    padded(table.concat(counts)), padded(string.pack(">I8",
    COPIED | 4 * CLUSTER)), padded(table.concat(entries)), data)
  output:close()
end

return qcow2
