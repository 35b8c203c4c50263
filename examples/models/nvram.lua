-- SPDX-License-Identifier: GPL-2.0-or-later
-- The settings of a router: NAME=VALUE and a NUL each, in 32 KiB.
--
--   examples/models/run sh -c 'tr "\0" "\n" </dev/nvram | head -n 3;
--     printf wan_proto=none | dd of=/dev/nvram bs=23 seek=1 status=none;
--     strings /dev/nvram'
--
-- shows
--
--   hyperlua: info: nvram: "wan_proto=none" at 23
--   lan_ipaddr=192.168.1.1
--   wan_proto=dhcp
--   boot_wait=on
--   lan_ipaddr=192.168.1.1
--   wan_proto=none
--   boot_wait=on

local hl = require "hyperlua"

local SIZE = 0x8000
local settings = { "lan_ipaddr=192.168.1.1", "wan_proto=dhcp", "boot_wait=on" }
local bytes = table.concat(settings, "\0")
bytes = bytes .. ("\0"):rep(SIZE - #bytes)

return { ["/dev/nvram"] = { size = SIZE, ioctl = -hl.errno.ENOTTY,
  read = function(_, length, offset)
    return bytes:sub(offset + 1, offset + length)
  end,
  write = function(_, data, offset)
    if offset + #data > SIZE then return -hl.errno.ENOSPC end
    bytes = bytes:sub(1, offset) .. data .. bytes:sub(offset + #data + 1)
    hl.log("nvram: %q at %d", data, offset)
    return #data
  end,
} }
