-- SPDX-License-Identifier: GPL-2.0-or-later
-- Reads and changes what a process asks by a private ioctl, and who asks.
--
--   examples/ioctl_interaction/run
--
-- shows these lines, with your numbers, and the guest's program what was
-- written into its memory:
--
--   hyperlua: info: Interface: eth0
--   hyperlua: info: Data: 0x1234
--   hyperlua: info: FD: socket:[731]
--   hyperlua: info: Found process: ioctl_interaction_test first second
--   hyperlua: info: Found env: HOME=/root TERM=linux
--   hyperlua: info: Found pid: 69

local hl = require "hyperlua"
local portal = hl.portal

local SIOCDEVPRIVATE = 0x89F0
local IFNAMSIZ = 16

hl.syscall("on_sys_ioctl_return", {
  arg_filter = { nil, SIOCDEVPRIVATE, nil },
}, function(syscall, fd, op, arg)
  hl.log("Interface: %s", portal.read_str(arg))
  hl.log("Data: 0x%x", portal.read_int(arg + IFNAMSIZ))

  portal.write_str(arg, "test")
  assert(portal.read_str(arg) == "test", "r/w failed")
  portal.write_int(arg + IFNAMSIZ, 0x12345678)
  assert(portal.read_int(arg + IFNAMSIZ) == 0x12345678, "r/w failed")

  hl.log("FD: %s", portal.read_fd_name(fd) or "[???]")
  hl.log("Found process: %s", table.concat(portal.get_proc_args(), " "))
  local env = portal.get_proc_env()
  hl.log("Found env: HOME=%s TERM=%s", env.HOME, env.TERM)
  hl.log("Found pid: %d", portal.get_proc_pid())
end)
