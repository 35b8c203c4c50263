-- SPDX-License-Identifier: GPL-2.0-or-later
-- A root filesystem boots whole, to its own init.  #qemu
local boot = require "boot"

local folder = boot.build .. "/tests/rootfs-" .. boot.arch

-- busybox as init, which runs what /etc/inittab says.
local MAKE = [[
  set -e
  rm -rf "$1"
  mkdir -p "$1/root/bin" "$1/root/sbin" "$1/root/etc"
  cd "$1/root"
  cp "$2" bin/busybox
  for name in sh cat stat grep poweroff; do ln -s busybox bin/$name; done
  ln -s ../bin/busybox sbin/init
  echo '::sysinit:/etc/rc' >etc/inittab
  cat >etc/rc
  chmod 755 etc/rc
  mksquashfs . ../root.squashfs -quiet -no-progress \
    -p 'node c 640 7 8 10 200' -p 'kept d 1777 9 10' \
    -p 'kept/file f 4711 11 70000 echo kept']]

-- What it found is told by a model's write.
local RC = [[#!/bin/sh
cat /dev/modelled
cat /dev/modelled /kept/file >/dev/result
stat -c '%F %a %u:%g %t:%T' /node /kept /kept/file >/dev/result
cat /proc/1/comm >/dev/result
grep -o eth0 /proc/net/dev >/dev/result
grep -o 'vda$' /proc/partitions >/dev/result
poweroff -f
]]

local SCRIPT = [[
  local hl = require "hyperlua"
  hl.file("/dev/modelled", { read = "from the model\n" })
  hl.file("/dev/result", { write = function(file, data)
    for line in data:gmatch "[^\n]+" do
      hl.log("%s: %s", file.comm, line)
    end
    return #data
  end })]]

describe("a root filesystem", function()
  local image, script = folder .. "/root.squashfs", boot.script(SCRIPT)

  setup(function()
    local rc = boot.script(RC)
    local made = boot.shell { "sh", "-c", 'exec sh -c "$1" sh "$2" "$3" <"$4"',
      "sh", MAKE, folder, boot.target .. "/busybox", rc }
    os.remove(rc)
    assert.are.equal(0, made.status, made.err)
  end)
  teardown(function()
    os.remove(script)
    boot.shell { "rm", "-rf", folder }
  end)

  it("in a squashfs boots to its own init, with the module loaded, a network "
    .. "card and a disk", function()
    local result = boot.run { "--rootfs", image, "--script", script, "--net",
      "user", "--drive", image .. ",readonly=on" }
    assert.are.same({
      "cat: from the model",
      "cat: kept",
      "stat: character special file 640 7:8 a:c8",
      "stat: directory 1777 9:10 0:0",
      "stat: regular file 4711 11:70000 0:0",
      "cat: init",
      "grep: eth0",
      "grep: vda",
    }, boot.infos(result.err), result.err)
    assert.are.equal(0, result.status)
    assert.are.equal("", result.out)
  end)

  it("runs a COMMAND instead of its init", function()
    local result = boot.run({ "--rootfs", image, "--script", script },
      { "sh", "-c", "cat /dev/modelled; cat /proc/1/comm; exit 3" })
    assert.are.same({ "from the model\ninit\n", 3, {} },
      { result.out, result.status, boot.infos(result.err) })
  end)
end)
