-- SPDX-License-Identifier: GPL-2.0-or-later
-- hyperlua run --net and --drive, up to the boot: QEMU's command line, the
-- modules and the text that process 1 is given, errors.
require "hyperlua.testing"
local made_guest = require "madeguest"

local module = made_guest.module

-- The build folder is the one that we were loaded from.
local build = package.searchpath("hyperlua.played", package.cpath)
  :match "^(.*)/lib/hyperlua/"
local hyperlua = io.popen("realpath " .. build):read "l" .. "/bin/hyperlua"

local guest

before_each(function()
  guest = made_guest.new(hyperlua)
end)

after_each(function()
  guest:remove()
end)

local VIRTIO = "kernel/drivers/virtio/"
local NET_WORDS = "-netdev user,id=net0 "
  .. "-device virtio-net-pci,netdev=net0,status=off,romfile=,addr=0xb"

-- The modules of --net and --drive, which depend on others as in Linux.
local function modules(form)
  return {
    [VIRTIO .. "virtio.ko"] = module("virtio", "", form),
    [VIRTIO .. "virtio_ring.ko"] = module("virtio_ring", "virtio", form),
    [VIRTIO .. "virtio_pci.ko"] = module("virtio_pci", "virtio,virtio_ring",
      form),
    ["kernel/drivers/net/virtio_net.ko"] = module("virtio_net",
      "virtio,virtio_ring,net_failover", form),
    ["kernel/drivers/net/net-failover.ko"] = module("net_failover", "", form),
    ["kernel/drivers/block/virtio_blk.ko"] = module("virtio_blk",
      "virtio_ring,virtio", form),
  }
end

local NET_NAMES = { "001-virtio.ko", "002-virtio_ring.ko", "003-virtio_pci.ko",
  "004-net_failover.ko", "005-virtio_net.ko" }
local DRIVE_NAMES = { "001-virtio.ko", "002-virtio_ring.ko",
  "003-virtio_pci.ko", "004-virtio_blk.ko" }

local function with(names, ...)
  local all = table.move(names, 1, #names, 1, {})
  for i, name in ipairs { ... } do
    all[#all + 1] = ("%03d-%s.ko"):format(#names + i, name)
  end
  return all
end

describe("the modules for a device", function()
  for what, form in pairs {
    ["32 bits, little endian"] = { wide = false, big = false },
    ["32 bits, big endian"] = { wide = false, big = true },
    ["64 bits, little endian"] = { wide = true, big = false },
    ["64 bits, big endian"] = { wide = true, big = true },
  } do
    it("follow those that they depend on, of " .. what, function()
      local files = modules(form)
      guest:write_modules(files)
      assert.are.same({ line = NET_WORDS, names = NET_NAMES, contents = {
        ["001-virtio.ko"] = files[VIRTIO .. "virtio.ko"],
        ["002-virtio_ring.ko"] = files[VIRTIO .. "virtio_ring.ko"],
        ["003-virtio_pci.ko"] = files[VIRTIO .. "virtio_pci.ko"],
        ["004-net_failover.ko"] = files["kernel/drivers/net/net-failover.ko"],
        ["005-virtio_net.ko"] = files["kernel/drivers/net/virtio_net.ko"],
      }, devices = "network 10.0.2.15 255.255.255.0 10.0.2.2 10.0.2.3\n" },
        guest:made "--net user")
    end)
  end

  it("are not in a guest without devices", function()
    guest:write_modules(modules())
    local nothing = { line = "", names = {}, contents = {} }
    assert.are.same(nothing, guest:made "")
    assert.are.same(nothing, guest:made "--net none")
  end)

  it("are left out when the kernel has them built in", function()
    guest:write_modules(modules())
    guest:write_modules { ["modules.builtin"] = VIRTIO .. "virtio.ko\n"
      .. VIRTIO .. "virtio_ring.ko\nkernel/drivers/net/net-failover.ko\n" }
    assert.are.same({ "001-virtio_pci.ko", "002-virtio_net.ko" },
      guest:made("--net user").names)
  end)

  it("are unpacked", function()
    guest:write_modules(modules())
    local net = module("virtio_net", "net_failover")
    local blk = module("virtio_blk", "virtio")
    local pci = module("virtio_pci", "virtio_ring", { wide = true })
    guest:write("targets/mipsel/modules/net", net)
    guest:write("targets/mipsel/modules/blk", blk)
    assert.are.same({ "", 0 }, { guest:shell [[
      cd targets/mipsel/modules
      rm kernel/drivers/*/virtio_[npb]*.ko
      mkdir kernel/net
      xz --check=crc32 --lzma2=dict=1MiB <net >kernel/net/virtio_net.ko.xz
      gzip <blk >kernel/net/virtio-blk.ko.gz]] })
    -- One block, not pressed: what the form of .zst allows.
    guest:write_modules { ["kernel/net/virtio_pci.ko.zst"] =
      string.pack("<I4BI2I3", 0xFD2FB528, 0x60, #pci - 256, 1 | #pci << 3)
      .. pci }
    local made = guest:made("--net user --drive " .. guest:write("disk", "x"))
    assert.are.same({ "001-virtio.ko", "002-virtio_ring.ko",
      "003-virtio_pci.ko", "004-virtio_blk.ko", "005-net_failover.ko",
      "006-virtio_net.ko" }, made.names)
    assert.are.same({ pci, blk, net }, { made.contents["003-virtio_pci.ko"],
      made.contents["004-virtio_blk.ko"], made.contents["006-virtio_net.ko"] })
  end)

  it("are those of updates/ where there are two", function()
    guest:write_modules(modules())
    local newer = module("virtio", "")
    newer = newer .. "newer"
    guest:write_modules { ["updates/virtio.ko"] = newer }
    assert.are.equal(newer, guest:made("--net user").contents["001-virtio.ko"])
  end)

  it("come from --drivers, which may say nothing of the built in", function()
    guest:shell "mkdir none"
    assert.are.same({}, guest:made("--net user --drivers none").names)
    local net = module("virtio_net", "virtio,net-failover")
    guest:write("tree/drivers/net/virtio-net.ko", net)
    assert.are.same({ ["001-virtio_net.ko"] = net },
      guest:made("--net user --drivers tree").contents)
  end)

  it("come from the build tree of another kernel", function()
    guest:write_modules(modules())
    local kernel = "--net user --kernel targets/mipsel/kernel "
      .. "--module targets/mipsel/hyperlua.ko "
    assert.are.same({}, guest:made(kernel).names)
    local net = module("virtio_net", "")
    guest:write("tree/drivers/net/virtio_net.ko", net)
    guest:write("tree/modules.builtin", VIRTIO .. "virtio_pci.ko\n")
    assert.are.same({ ["001-virtio_net.ko"] = net },
      guest:made(kernel .. "--kdir tree").contents)
  end)

  it("are loaded once when they depend on each other", function()
    guest:write_modules(modules())
    guest:write_modules { [VIRTIO .. "virtio.ko"] =
      module("virtio", "virtio_ring,virtio") }
    assert.are.same({ "001-virtio_ring.ko", "002-virtio.ko" },
      table.move(guest:made("--net user").names, 1, 2, 1, {}))
  end)

  it("may be damaged anywhere", function()
    guest:write_modules(modules())
    local whole = module("virtio", "")
    for size = 0, #whole - 1, 11 do
      guest:write_modules { [VIRTIO .. "virtio.ko"] = whole:sub(1, size) }
      local output, status = guest:run "--net user"
      assert.are.same({ ("hyperlua: %smodules/%svirtio.ko is no kernel module, "
        .. "or is cut off: it has no section .modinfo\n"):format(guest.target,
        VIRTIO), 125 }, { output, status })
    end
    for at = 1, #whole, 7 do
      guest:write_modules { [VIRTIO .. "virtio.ko"] = whole:sub(1, at - 1)
        .. "\255" .. whole:sub(at + 1) }
      local output, status = guest:run "--net user"
      assert.is_true(status == 0 or status == 125, output)
    end
  end)
end)

-- An image of 4 KiB with these bytes at that place.
local function image(at, bytes)
  return ("\0"):rep(at) .. bytes .. ("\0"):rep(4096 - at - #bytes)
end

local DISK = ("-drive if=none,id=drive%d,format=%s%s,file=%s "
  .. "-device virtio-blk-pci,drive=drive%d")

describe("--drive", function()
  before_each(function()
    guest:write_modules(modules())
  end)

  it("gives disks in order, each with its format", function()
    local raw = guest:write("a,b c", "x")
    local qcow2 = guest:write("it.img", image(0, "QFI\xfb\0\0\0\2"))
    local made = guest:made("--drive 'a,,b c,readonly=on' --drive it.img "
      .. "--drive it.img,format=raw,cache=unsafe --net user")
    assert.are.equal(table.concat({
      ("-drive 'if=none,id=drive0,format=raw,readonly=on,file=%s' "
        .. "-device virtio-blk-pci,drive=drive0"):format(raw:gsub(",", ",,")),
      DISK:format(1, "qcow2", "", qcow2, 1),
      DISK:format(2, "raw", ",cache=unsafe", qcow2, 2), NET_WORDS }, " "),
      made.line)
    assert.are.equal("network 10.0.2.15 255.255.255.0 10.0.2.2 10.0.2.3\n"
      .. "drives 3\n", made.devices)
  end)

  for what, case in pairs {
    ["ext2 to ext4"] = { image(1080, "\x53\xef"), "crc32c_generic", "ext4" },
    ["squashfs"] = { image(0, "hsqs"), "squashfs" },
    ["FAT16"] = { image(54, "FAT16   "), "nls_cp437", "nls_iso8859_1",
      "nls_ascii", "vfat" },
    ["FAT32"] = { image(82, "FAT32   "), "nls_cp437", "nls_iso8859_1",
      "nls_ascii", "vfat" },
    ["partitions, perhaps"] = { image(510, "\x55\xaa"), "crc32c_generic",
      "ext4", "squashfs", "nls_cp437", "nls_iso8859_1", "nls_ascii", "vfat" },
    ["less than a head"] = { "hsq", "crc32c_generic", "ext4", "squashfs",
      "nls_cp437", "nls_iso8859_1", "nls_ascii", "vfat" },
  } do
    it("has what reads its file system: " .. what, function()
      for _, name in ipairs { "ext4", "squashfs", "vfat", "nls_cp437",
        "nls_ascii", "nls_iso8859-1", "crc32c_generic" } do
        guest:write_modules { ["kernel/" .. name .. ".ko"] =
          module(name, "") }
      end
      guest:write("image", case[1])
      assert.are.same(with(DRIVE_NAMES, table.unpack(case, 2)),
        guest:made("--drive image").names)
    end)
  end

  it("does without a file system that the kernel lacks", function()
    guest:write("image", image(0, "hsqs"))
    assert.are.same(DRIVE_NAMES, guest:made("--drive image").names)
  end)
end)

describe("--net", function()
  before_each(function()
    guest:write_modules(modules())
  end)

  for options, expected in pairs {
    ["user,hostfwd=tcp:127.0.0.1:8080-:80,restrict=on"] =
      "10.0.2.15 255.255.255.0 10.0.2.2 10.0.2.3",
    ["user,net=192.168.1.77/24"] =
      "192.168.1.15 255.255.255.0 192.168.1.2 192.168.1.3",
    ["user,dhcpstart=172.16.0.1,net=172.16.0.0/12,host=172.16.9.9,dns=1.2.3.4"]
      = "172.16.0.1 255.240.0.0 172.16.9.9 1.2.3.4",
    ["user,net=10.0.0.0/8"] = "10.0.2.15 255.0.0.0 10.0.2.2 10.0.2.3",
  } do
    it("takes " .. options, function()
      local made = guest:made("--net " .. options)
      local words = NET_WORDS:gsub("id=net0", "id=net0"
        .. options:match "^user(.*)$")
      assert.are.same({ words, "network " .. expected .. "\n" },
        { made.line, made.devices })
    end)
  end
end)

describe("hyperlua run", function()
  local NET = "none, or user with options of QEMU's -netdev user: "
    .. "user,hostfwd=tcp::8080-:80 (other networks are given by --qemu-arg)"
  local PARTS = "nothing between two commas, or at an end (a comma itself is "
    .. "written twice)"
  local OTHER = "a qcow2 image that names another file, which the guest could "
    .. "then read (add ,format=qcow2 if that is meant)"

  for options, expected in pairs {
    ["--net tap"] = "--net tap: give " .. NET,
    ["--net ''"] = "--net : give " .. NET,
    ["--net users,id=1"] = "--net users,id=1: give " .. NET,
    ["--net user,"] = "--net user,: " .. PARTS,
    ["--net user,restrict=on,id=x"] =
      "--net user,restrict=on,id=x: id= is not for you to give",
    ["--net user,net=10.0.0.0"] = "--net user,net=10.0.0.0: give "
      .. "net=ADDRESS/BITS, with 8 to 28 BITS",
    ["--net user,net=10.0.0.0/32"] = "--net user,net=10.0.0.0/32: give "
      .. "net=ADDRESS/BITS, with 8 to 28 BITS",
    ["--net user,net=home/24"] = "--net user,net=home/24: give "
      .. "net=ADDRESS/BITS, with 8 to 28 BITS",
    ["--net user,host=10.0.2"] =
      "--net user,host=10.0.2: give an address like 10.0.2.2",
    ["--net user --drivers /nowhere"] =
      "--drivers /nowhere: No such file or directory",
    ["--drive nowhere"] = "--drive nowhere: No such file or directory",
    ["--drive lib"] = "--drive lib: a folder, and not an image",
    ["--drive /dev/null"] =
      "--drive /dev/null: neither a file nor a block device",
    ["--drive empty"] = "--drive empty: empty (truncate -s SIZE makes a blank "
      .. "disk of it)",
    ["--drive ''"] = "--drive : " .. PARTS,
    ["--drive disk,,"] = "--drive disk,: No such file or directory",
    ["--drive disk,,,readonly=on"] =
      "--drive disk,: No such file or directory",
    ["--drive disk,if=ide"] = "--drive disk,if=ide: if= is not for you to give",
    ["--drive backed"] = "--drive backed: " .. OTHER,
    ["--drive elsewhere"] = "--drive elsewhere: " .. OTHER,
    [("--drive disk "):rep(5)] = "--drive disk: target mipsel has at most 4",
  } do
    it("refuses " .. options .. " in one line", function()
      guest:write_modules(modules())
      guest:write("empty", "")
      guest:write("disk", "x")
      guest:write("backed", image(0, "QFI\xfb\0\0\0\2\0\0\0\0\0\0\0\x68"))
      guest:write("elsewhere", image(0, "QFI\xfb\0\0\0\3" .. ("\0"):rep(71)
        .. "\4"))
      assert.are.same({ "hyperlua: " .. expected .. "\n", 125 },
        { guest:run(options) })
    end)
  end

  it("names the module that a kernel lacks", function()
    local files = modules()
    files["kernel/drivers/net/net-failover.ko"] = nil
    guest:write_modules(files)
    assert.are.same({ ("hyperlua: the kernel of %smodules has no net_failover, "
      .. "neither as a module nor built in\n"):format(guest.target), 125 },
      { guest:run "--net user" })
  end)

  it("names a module that is no module, or no archive", function()
    guest:write_modules { [VIRTIO .. "virtio_pci.ko"] = "text" }
    assert.are.same({ ("hyperlua: %smodules/%svirtio_pci.ko is no kernel "
      .. "module, or is cut off: it has no section .modinfo\n"):format(
      guest.target, VIRTIO), 125 }, { guest:run "--net user" })
    guest:write_modules { [VIRTIO .. "virtio_pci.ko"] = "\xfd7zXZ\0\0\0" }
    local output, status = guest:run "--net user"
    assert.are.equal(125, status)
    assert.matches("^hyperlua: cannot read [^\n]*/virtio_pci.ko: [^\n]+\n$",
      output)
  end)
end)
