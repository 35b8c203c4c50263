-- SPDX-License-Identifier: GPL-2.0-or-later
-- What of a --rootfs arrives in the guest, whatever it is packed in.
local rootfs = require "rootfs"

local BIG = ("0123456789abcdef"):rep(20000)     -- several blocks of any kind

-- One of everything. As another user only what needs no rights is made.
local is_root = io.popen("id -u"):read "n" == 0

local WANT = {
  bin = "folder 755 0:0 ",
  ["bin/sh"] = "link 777 0:0 busybox",
  ["bin/busybox"] = "file 4755 0:0 #!",
  big = "file 640 7:8 " .. BIG,
  empty = "file 600 0:0 ",
  ["kept"] = "folder 1777 3:70000 ",
  ["dev"] = "folder 755 0:0 ",
  ["dev/null"] = "char 666 0:5 1:3",
  ["dev/sda300"] = "block 660 0:0 259:70000",
  ["fifo"] = "fifo 622 0:0 ",
  one = "file 644 70001:70002 linked\n",
  two = "file 644 70001:70002 as one",
  ["zwei"] = "file 644 70001:70002 as one",
  ["long"] = "link 777 0:0 " .. ("/very"):rep(40),
  holes = "file 644 0:0 " .. ("\0"):rep(300000) .. "x",
  ["a b"] = "folder 755 0:0 ",
  ["a b/n\xc3\xa4me"] = "file 644 0:0 \n",
  ["a b/\xff\xfe"] = "file 644 0:0 ",
  ["a b/" .. ("n"):rep(200)] = "file 644 0:0 ",
}

local function make_root()
  rootfs.shell [[umask 022; mkdir root; cd root; mkdir bin kept dev 'a b'
    printf '#!' >bin/busybox; chmod 4755 bin/busybox; ln -s busybox bin/sh
    >empty; chmod 600 empty; mkfifo -m 622 fifo
    echo linked >one; chown 70001:70002 one; ln one two; ln one zwei
    truncate -s 300000 holes; printf x >>holes
    mknod -m 666 dev/null c 1 3; chown 0:5 dev/null
    mknod -m 660 dev/sda300 b 259 70000
    chown 3:70000 kept; chmod 1777 kept
    echo >"a b/$(printf 'n\303\244me')"; >"a b/$(printf '\377\376')"]]
  rootfs.shell("cd root; >'a b/" .. ("n"):rep(200) .. "'; ln -s "
    .. ("/very"):rep(40) .. " long")
  rootfs.write(rootfs.folder .. "/root/big", BIG)
  rootfs.shell "cd root; chown 7:8 big; chmod 640 big; touch -hd @86400 *"
end

-- How the same root is packed, by the kind.
local PACKED = {
  folder = "cp -a root it",
  ["pax tar"] = "tar --format=pax -C root -cf it .",
  ["GNU tar"] = "tar --format=gnu -S -C root -cf it .",
  ["tar with absolute names"] = "tar -P --transform 's,^\\./,/,' -C root "
    .. "-cf it .",
  ["tar.gz"] = "tar -C root -czf it .",
  ["tar.bz2"] = "tar -C root -cjf it .",
  ["tar.xz"] = "tar -C root -cJf it .",
  ["tar.lzma"] = "tar -C root --lzma -cf it .",
  ["tar.zst"] = "tar -C root --zstd -cf it .",
  cpio = "cd root && find . | cpio --quiet -o -H newc >../it",
  ["cpio with checksums"] = "cd root && find . | cpio --quiet -o -H crc "
    .. ">../it",
  ["cpio.gz"] = "cd root && find . | cpio --quiet -o -H newc | gzip >../it",
  ["cpio.xz"] = "cd root && find . | cpio --quiet -o -H newc | xz >../it",
  ["two cpios, the second compressed"] = "cd root && echo ./empty | cpio "
    .. "--quiet -o -H newc >../it && find . | cpio --quiet -o -H newc | "
    .. "gzip >>../it",
  ["squashfs (gzip)"] = "mksquashfs root it -quiet -no-progress -comp gzip",
  ["squashfs (xz)"] = "mksquashfs root it -quiet -no-progress -comp xz "
    .. "-b 4096",
  ["squashfs (zstd)"] = "mksquashfs root it -quiet -no-progress -comp zstd "
    .. "-no-fragments",
  ["squashfs (lz4)"] = "mksquashfs root it -quiet -no-progress -comp lz4",
  ["squashfs, not compressed"] = "mksquashfs root it -quiet -no-progress "
    .. "-noI -noD -noF -noX",
  ext2 = "mke2fs -q -t ext2 -d root it 8M",
  ext3 = "mke2fs -q -t ext3 -d root it 16M",
  ext4 = "mke2fs -q -t ext4 -d root it 16M",
  ["ext4 with small blocks and data in its inodes"] = "mke2fs -q -t ext4 -b "
    .. "1024 -I 256 -O inline_data -d root it 16M",
}

describe("--rootfs", function()
  setup(function()
    rootfs.prepare "mipsel"
    if is_root then
      make_root()
    end
  end)
  teardown(rootfs.clean)
  after_each(function()
    rootfs.shell "rm -rf it"
  end)

  for kind, command in pairs(PACKED) do
    it("gives the guest all that is in a " .. kind, function()
      if not is_root then
        pending "only root makes device nodes and other users' files"
        return
      end
      rootfs.shell(command)
      local out, status = rootfs.run "it"
      assert.are.equal(0, status, out)
      local tree, times = rootfs.tree(out)
      tree["lost+found"] = nil      -- an ext image's own
      assert.are.same(WANT, tree)
      assert.are.equal(86400, times.big)
      assert.are.equal("", rootfs.shell "ls -A build/run")
    end)
  end
end)
