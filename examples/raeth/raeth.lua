-- SPDX-License-Identifier: GPL-2.0-or-later
-- Answers register reads of an Ethernet switch that is not there.
--
--   examples/raeth/run
--
-- shows this line for each read, and the guest's program ends with "done.":
--
--   hyperlua: info: RAEth ioctl: reg=REG_ESW_WT_MAC_AD0, returning val=0x2

local hl = require "hyperlua"
local portal = hl.portal

local RAETH_ESW_REG_READ = 0x89F1

local registers = {
  [0x34] = { "REG_ESW_WT_MAC_AD0", 0x2 }, -- the bit w_mac_done
  [0x80] = { "REG_ESW_WT_MAC_ATC", 0x8234 },
  [0x90] = { "REG_ESW_TABLE_STATUS0", 0x73 },
}
local OTHERS = 0x10173

hl.syscall("on_sys_ioctl_return", {
  arg_filter = { nil, RAETH_ESW_REG_READ, nil },
}, function(syscall, fd, cmd, arg)
  if portal.read_str(arg) ~= "eth0" then return end
  local reg = portal.read_ptr(arg + 16) -- ifr_data: struct esw_reg *
  local code = portal.read_int(reg)
  if not code then return end
  local name, val = table.unpack(registers[code]
    or { ("0x%x"):format(code), OTHERS })
  hl.log.info(("RAEth ioctl: reg=%s, returning val=0x%x"):format(name, val))
  portal.write_int(reg + 4, val)
  syscall.retval = 0
end)
