-- SPDX-License-Identifier: GPL-2.0-or-later
-- --net and --drive: the guest and the host reach each other, and what is on
-- an image is in both.  #qemu
local boot = require "boot"
local qcow2 = require "qcow2"

local folder

setup(function()
  folder = os.tmpname()
  os.remove(folder)
  local made = boot.shell { "sh", "-c", ([[
    mkdir -p %s/files && cd %s
    echo from the host >files/note
    PATH=$PATH:/sbin:/usr/sbin
    truncate -s 8M ext4 blank
    mke2fs -q -t ext4 -d files ext4
    mksquashfs files squashfs -comp xz -quiet -no-progress
    ]]):format(folder, folder) }
  assert.are.same({ status = 0, out = "", err = "" }, made)
  qcow2.convert(folder .. "/ext4", folder .. "/it,s.qcow2")
end)

teardown(function()
  os.execute("rm -r " .. folder)
end)

local GUEST = [[
  set -e
  mkdir /a /b /c /d
  mount /dev/vda /a
  mount /dev/vdb /b
  mount /dev/vdc /c
  mkdosfs /dev/vdd
  mount /dev/vdd /d
  cat /a/note /b/note /c/note
  echo from the guest | tee /a/new /c/new >/d/new
  touch /b/new 2>/dev/null || echo cannot write
  awk '/^.dev.vd/ { print $1, $3 }' /proc/mounts
  umount /a /b /c /d
  cat /etc/resolv.conf
  echo the page of the guest >/tmp/page
  httpd -p 80 -h /tmp
  echo the guest is ready | nc 10.0.2.2]]

local function slurp(name)
  local file = assert(io.open(folder .. "/" .. name, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

describe("a guest with a network and disks", function()
  it("reaches the host, is reached, reads and writes images", function()
    local words = boot.run_words({ "--net", "user,hostfwd=tcp:127.0.0.1:0-:80",
      "--drive", folder .. "/ext4",
      "--drive", folder .. "/squashfs,readonly=on",
      "--drive", folder .. "/it,,s.qcow2", "--drive", folder .. "/blank",
      "--qemu-arg", "-qmp", "--qemu-arg",
      "unix:" .. folder .. "/qmp,server=on,wait=off" },
      { "sh", "-c", GUEST })
    local result = boot.shell { "perl", boot.source .. "/tests/boot/host.pl",
      folder .. "/said", folder .. "/qmp", table.unpack(words) }
    assert.are.same({ status = 0, err = result.err, out = [[
from the host
from the host
from the host
cannot write
/dev/vda ext4
/dev/vdb squashfs
/dev/vdc ext4
/dev/vdd vfat
nameserver 10.0.2.3
the host has it
]] }, result, result.err)
    assert.are.equal("the guest is ready\nHTTP/1.1 200 OK\r\n"
      .. "the page of the guest\n", slurp "said")
    assert.are.equal("from the guest\n", boot.shell { "sh", "-c",
      "/sbin/debugfs -R 'cat /new' " .. folder .. "/ext4" }.out)
  end)
end)

-- They are the same on every target.
describe("what the guest lacks", function()
  -- Without what ends a line of the console, and the greeting.
  local function run(options)
    local result = boot.run(options, { "true" })
    result.err = result.err:gsub("\r", "")
      :gsub("^hyperlua: info: guest: [^\n]*\n", "")
    return result
  end
  local STOPPED = "hyperlua: the guest stopped before true ended: see the "
    .. "console\n"
  local NO_DRIVER = "the kernel has no driver for QEMU's %s, built in or among "
    .. "--drivers, or it failed (the kernel's log says why)\n"

  if boot.arch ~= "mipsel" then
    return
  end

  it("is told in one line: a network's driver", function()
    assert.are.same({ status = 125, out = "", err = "hyperlua: no eth0: "
      .. NO_DRIVER:format "virtio-net-pci" .. STOPPED },
      run { "--net", "user", "--drivers", folder })
  end)

  it("is told in one line: a disk's driver", function()
    assert.are.same({ status = 125, out = "", err = "hyperlua: no /dev/vda: "
      .. NO_DRIVER:format "virtio-blk-pci" .. STOPPED },
      run { "--drive", folder .. "/blank", "--drivers", folder })
  end)

  it("is told in one line: a module that its kernel takes", function()
    for _, name in ipairs { "pci", "net" } do
      boot.shell { "cp", boot.target .. "/hyperlua.ko",
        folder .. "/files/virtio_" .. name .. ".ko" }
    end
    assert.are.same({ status = 125, out = "", err = "hyperlua: cannot load "
      .. "/hyperlua/modules/002-virtio_net.ko: File exists (the kernel may "
      .. "say why above)\n" .. STOPPED },
      run { "--net", "user", "--drivers", folder .. "/files" })
  end)
end)

describe("what QEMU refuses", function()
  for what, case in pairs {
    ["an option of its own"] = { { "--qemu-arg", "-nonsense" },
      "-nonsense: invalid option" },
    ["a port that is none"] = { { "--net", "user,hostfwd=tcp::http-:80" },
      "-netdev user,id=net0,hostfwd=tcp::http-:80: Invalid host forwarding "
      .. "rule 'tcp::http-:80' (Bad host port)" },
  } do
    it("is told in its own words: " .. what, function()
      local result = boot.run(case[1], { "true" })
      result.err = result.err:gsub("^[^ ]*qemu[^ ]*: ", "")
      assert.are.same({ status = 125, out = "", err = case[2]
        .. "\nhyperlua: QEMU failed with status 1; its message is above\n" },
        result)
    end)
  end
end)
