-- SPDX-License-Identifier: GPL-2.0-or-later
-- A whole Debian, of tests/debian-root, boots to its own init, and its own
-- tools use what a script models.  #qemu
local boot = require "boot"

-- sysvinit's own table, as far as it counts here, and one more line.
local INITTAB = [[
id:2:initdefault:
si::sysinit:/etc/init.d/rcS
l0:0:wait:/etc/init.d/rc 0
l6:6:wait:/etc/init.d/rc 6
hl:2:wait:/bin/sh /etc/models
ka:2:wait:/sbin/poweroff
]]

local MODELS = [[
hwclock -r >/dev/result
hwclock --set --date "2030-01-02 03:04:05" >/dev/result
hwclock -r | cut -c 1-16 >/dev/result
cat /proc/mtd /etc/hostname.modelled >/dev/result
dpkg-query -W -f '${Package} ${Status}\n' sysvinit-core >/dev/result
dd if=/etc/hostname.modelled bs=1 count=3 status=none of=/etc/three
cat /etc/three >/dev/result
]]

local SCRIPT = [[
  local hl = require "hyperlua"
  hl.file("/etc/hostname.modelled", { read = "switch\n" })
  hl.file("/dev/result", { size = 0, write = function(file, data)
    local first = hl.portal.of(1)
    for line in data:gmatch "[^\n]+" do
      hl.log("%s below %s: %s", file.comm, first.get_proc_comm(), line)
    end
    return #data
  end })]]

describe("a Debian root filesystem", function()
  it("boots to its own init, and its tools run against models", function()
    local script, inittab, models = boot.script(SCRIPT), boot.script(INITTAB),
      boot.script(MODELS)
    local result = boot.run { "--rootfs", boot.target .. "/debian-root.tar.zst",
      "--script", script, "--models", boot.source .. "/examples/models",
      "--add", inittab .. ":/etc/inittab", "--add", models .. ":/etc/models" }
    os.remove(script)
    os.remove(inittab)
    os.remove(models)
    local lines = boot.infos(result.err)
    lines[1] = (lines[1] or ""):gsub("%d%d%.%d+", "SECONDS")
    assert.are.same({
      "hwclock below init: 2001-02-03 04:05:SECONDS+00:00",
      "cut below init: 2030-01-02 03:04",
      "cat below init: dev:    size   erasesize  name",
      'cat below init: mtd0: 00040000 00010000 "firmware"',
      "cat below init: switch",
      "dpkg-query below init: sysvinit-core install ok installed",
      "cat below init: swi",
    }, lines, result.err)
    assert.are.equal(0, result.status)
  end)
end)
