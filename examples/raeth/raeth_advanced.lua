-- SPDX-License-Identifier: GPL-2.0-or-later
-- Answers one register read of one program before the kernel sees it.
--
--   examples/raeth/run
--
-- shows these lines, with your addresses, and the program ends with "done.":
--
--   hyperlua: info: Detected table_del polling for w_mac_done (sp=0x7fe3d9a8)
--   hyperlua: info: Skipped the ioctl and set w_mac_done

local hl = require "hyperlua"
local portal = hl.portal

local RAETH_ESW_REG_READ = 0x89F1
local REG_ESW_WT_MAC_AD0 = 0x34
local W_MAC_DONE = 0x2

hl.syscall("on_sys_ioctl_enter", {
  comm_filter = "mtk7530_switch",
  arg_filter = { nil, RAETH_ESW_REG_READ, nil },
}, function(syscall, fd, cmd, arg)
  if portal.read_str(arg) ~= "eth0" then return end
  local reg = portal.read_ptr(arg + 16) -- ifr_data: struct esw_reg *
  if portal.read_int(reg) ~= REG_ESW_WT_MAC_AD0 then return end
  hl.log.info(("Detected table_del polling for w_mac_done (sp=0x%x)")
    :format(syscall.regs.sp))
  -- Into esw_reg.val: its copy in the caller's frame would be overwritten.
  portal.write_int(reg + 4, W_MAC_DONE)
  syscall.skip_syscall = true
  syscall.retval = 0
  hl.log.info("Skipped the ioctl and set w_mac_done")
end)
