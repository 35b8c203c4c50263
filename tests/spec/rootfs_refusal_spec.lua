-- SPDX-License-Identifier: GPL-2.0-or-later
-- A --rootfs that cannot be the guest's is refused by one line.
local rootfs = require "rootfs"

local shell = rootfs.shell

--- A tar archive of { name, type, content or the link's target, size? }.
local function tar(entries)
  local blocks = {}
  for _, entry in ipairs(entries) do
    local name, kind, text, size = table.unpack(entry)
    local is_file = kind == "0"
    local head = string.pack("c100c8c8c8c12c12c8c1c100c8c247", name,
      "0000755", "0000000", "0000000", ("%011o"):format(size
        or (is_file and #text or 0)), "00000000000", "        ", kind,
      is_file and "" or text or "", "ustar\0" .. "00", "")
    local sum = 0
    for i = 1, #head do
      sum = sum + head:byte(i)
    end
    blocks[#blocks + 1] = head:sub(1, 148) .. ("%06o\0 "):format(sum)
      .. head:sub(157)
    blocks[#blocks + 1] = is_file and text .. ("\0"):rep(-#text % 512) or ""
  end
  return table.concat(blocks) .. ("\0"):rep(1024)
end

--- The start of a program, as far as it is looked at.
local function elf(class, order, machine)
  return "\127ELF" .. string.char(class, order) .. "\1" .. ("\0"):rep(9)
    .. string.pack(order == 2 and ">HH" or "<HH", 2, machine) .. "rest"
end

local ARM, MIPS_BIG, I386 = elf(1, 1, 40), elf(1, 2, 8), elf(1, 1, 3)

local function it_is(text)
  rootfs.write(rootfs.folder .. "/it", text)
end

local FOLDER = "5"
local SH = { "bin/sh", "0", "#!" }

describe("--rootfs refuses", function()
  setup(function() rootfs.prepare("mipsel", "x86_64", "aarch64") end)
  teardown(rootfs.clean)
  before_each(function() shell "rm -rf it root" end)

  local function refused(line, ...)
    assert.are.same({ "hyperlua: " .. line .. "\n", 125 },
      { rootfs.run("it", ...) })
    assert.are.equal("", shell "ls -A build/run")
  end

  it("a file that is not there", function()
    refused "--rootfs it: No such file or directory"
  end)

  it("what is neither a folder nor a file", function()
    shell "mkfifo it"
    refused "--rootfs it: neither a folder nor a file"
  end)

  it("an empty file", function()
    shell ">it"
    refused "--rootfs it: is empty"
  end)

  for what, command in pairs {
    folder = "mkdir it",
    tar = "tar cf it -T /dev/null",
    ["tar.gz"] = "tar czf it -T /dev/null",
    cpio = "cpio --quiet -o -H newc </dev/null >it",
    squashfs = "mkdir root; mksquashfs root it -quiet -no-progress",
  } do
    it("an empty " .. what, function()
      shell(command)
      refused "--rootfs it: has no files in it"
    end)
  end

  for what, text in pairs { ["text"] = "hello\n", ["zip"] = "PK\3\4",
    ["noise"] = ("\x93\1\254x"):rep(1000) } do
    it("a file of unknown kind: " .. what, function()
      it_is(text)
      refused("--rootfs it: neither a folder, nor a tar or cpio archive, nor "
        .. "a squashfs or ext2/3/4 image")
    end)
  end

  it("a squashfs of an old version", function()
    it_is("hsqs" .. ("\0"):rep(24) .. "\3\0\0\0" .. ("\0"):rep(5000))
    local line = "--rootfs it: a squashfs of an old version or a vendor's own "
      .. "kind: unpack it, and give the folder"
    refused(line)
    it_is("sqsh" .. ("\0"):rep(5000))
    refused(line)
  end)

  it("a root of another architecture, by its name", function()
    it_is(tar { { "bin", FOLDER }, { "bin/busybox", "0", ARM },
      { "bin/sh", "2", "/bin/busybox" } })
    refused("--rootfs it: its /bin/sh is for ARM (32 bit, little endian), and "
      .. "target mipsel runs MIPS (32 bit, little endian)")
    refused("--rootfs it: its /bin/sh is for ARM (32 bit, little endian), and "
      .. "target x86_64 runs x86-64 (64 bit, little endian); i386 (32 bit, "
      .. "little endian)", "x86_64")
    it_is(tar { SH, { "sbin/init", "0", MIPS_BIG } })
    refused("--rootfs it: its /sbin/init is for MIPS (32 bit, big endian), and "
      .. "target mipsel runs MIPS (32 bit, little endian)")
  end)

  it("no root of 32 bits that a kernel of 64 bits runs", function()
    for arch, program in pairs { x86_64 = I386, aarch64 = ARM } do
      it_is(tar { { "bin/sh", "0", program } })
      assert.are.equal("file 755 0:0 " .. program,
        rootfs.tree(rootfs.run("it", arch))["bin/sh"])
    end
  end)

  it("one without an init when there is no COMMAND", function()
    it_is(tar { SH, { "sbin/init", "2", "nowhere" } })
    refused("--rootfs it: no init in it (/sbin/init, /etc/init, /bin/init, "
      .. "/init, /init.real, /sbin/preinit, /etc/preinit): give a COMMAND "
      .. "after --", nil, nil, " ")
  end)

  it("entries that lead outside", function()
    it_is(tar { { "a/../../x", "0", "text" } })
    refused "--rootfs it: its entry a/../../x leads outside of it"
  end)

  it("an entry below a file", function()
    it_is(tar { { "a", "0", "text" }, { "a/b", "0", "text" } })
    refused("--rootfs it: /a/b cannot be made in the guest: a part of it is "
      .. "no folder there")
  end)

  it("an entry below a circle of links", function()
    it_is(tar { { "a", "2", "b" }, { "b", "2", "a" },
      { "a/x", "0", "text" } })
    refused("--rootfs it: /a/x cannot be made in the guest: a part of it is "
      .. "no folder there")
  end)

  it("a hard link to nothing, or to itself", function()
    it_is(tar { { "a", "1", "b" } })
    refused("--rootfs it: its entry a: is a hard link to b, which is no file "
      .. "before it")
    it_is(tar { { "a", "1", "a" } })
    refused("--rootfs it: its entry a: is a hard link to a, which is no file "
      .. "before it")
  end)

  it("a link that leads nowhere at all", function()
    it_is(tar { { "a", "2", "" } })
    refused("--rootfs it: its entry a: damaged: its link /a has a target of 0 "
      .. "bytes")
  end)

  it("a file in the place of a folder that has others in it", function()
    it_is(tar { { "a/b", "0", "text" }, { "a", "0", "text" } })
    refused("--rootfs it: /a is a folder in the guest: end it with a slash to "
      .. "put a file into it")
  end)

  it("a file of a hundred terabytes, at once", function()
    shell "mkdir root; truncate -s 4T root/huge"
    local line = "its %shuge%s too large for an initramfs (4 GiB)"
    it_is(tar { { "huge", "0", "", 8 << 30 - 1 } })
    refused("--rootfs it: " .. line:format("entry ", ":"))
    shell "tar -C root -Scf it ."
    refused("--rootfs it: " .. line:format("entry ./", ":"))
    shell "mke2fs -q -t ext4 -d root it 8M"
    refused("--rootfs it: " .. line:format("file /", " is"))
    shell "rm it; mv root it"
    refused "--rootfs it: it/huge is too large for an initramfs (4 GiB)"
  end)

  it("one that the machine's memory cannot hold, and tells how much it takes",
    function()
      shell "mkdir root; truncate -s 300M root/a; truncate -s 3G root/b"
      for _, command in ipairs { "cp -a root it", "tar -C root -Scf it .",
        "rm -rf it; mke2fs -q -t ext4 -d root it 8M" } do
        shell(command)
        local out, status = rootfs.run("it", "x86_64")
        assert.are.same({ "hyperlua: --rootfs it is too big for an initramfs: "
          .. "it needs --memory 10247 (MiB), and target x86_64 can have "
          .. "6144\n", 125 }, { out, status })
        shell "rm -rf it"
      end
    end)

  it("one that --memory cannot hold; without --memory it gets what it needs",
    function()
      shell "mkdir it; truncate -s 300M it/a"
      refused("--memory 300: too little to hold it: give 1031 (MiB)", "x86_64",
        "--memory 300")
      local out, status = rootfs.run("it", "x86_64")
      assert.are.same({ "-m 1031 ", 0 }, { out:match "%-m %d+ ", status })
      shell "rm -r build/run/*"
      out, status = rootfs.run("it", "x86_64", "--memory 1000")
      assert.are.same({ "-m 1000 ", 0 }, { out:match "%-m %d+ ", status })
      shell "rm -r build/run/*"
    end)
end)

describe("--rootfs takes", function()
  setup(function() rootfs.prepare "mipsel" end)
  teardown(rootfs.clean)
  before_each(function() shell "rm -rf it root" end)

  local function gives(want, entries)
    it_is(tar(entries))
    local out, status = rootfs.run "it"
    assert.are.equal(0, status, out)
    assert.are.same(want, (rootfs.tree(out)))
  end

  it("the first of its inits that is a program, for process 1", function()
    it_is(tar { { "sbin/init", "2", "/nowhere" }, { "etc/init", FOLDER },
      { "lib/init", "0", "#!" }, { "bin", "2", "lib" } })
    local out, status = rootfs.run("it", nil, nil, " ")
    assert.are.equal(0, status, out)
    assert.are.equal("file 644 0:0 /bin/init",
      rootfs.tree(out)["hyperlua/own-init"])
  end)

  it("the last of two entries of a name", function()
    gives({ a = "file 755 0:0 second", b = "link 755 0:0 a",
        c = "folder 755 0:0 ", dev = "folder 755 0:0 " },
      { { "a", FOLDER }, { "a", "0", "first" }, { "./a", "0", "second" },
        { "b", "0", "text" }, { "b", "2", "a" }, { "c", "2", "b" },
        { "c", FOLDER } })
  end)

  it("an entry below a link, where the link leads inside", function()
    gives({ a = "link 755 0:0 /../b/", b = "folder 755 0:0 ",
        ["b/x"] = "file 755 0:0 text", dev = "folder 755 0:0 " },
      { { "a", "2", "/../b/" }, { "a/x", "0", "text" } })
  end)

  it("links in circles that nothing is below", function()
    gives({ a = "link 755 0:0 b", b = "link 755 0:0 a",
        dev = "folder 755 0:0 " }, { { "a", "2", "b" }, { "b", "2", "a" } })
  end)

  it("a hard link of a link or a device", function()
    gives({ a = "link 755 0:0 x", b = "link 755 0:0 as a",
        c = "char 755 0:0 0:0", d = "char 755 0:0 as c",
        dev = "folder 755 0:0 " },
      { { "a", "2", "x" }, { "b", "1", "a" }, { "c", "3" },
        { "d", "1", "c" } })
  end)
end)

-- What is damaged anywhere gives a guest or one line: never a crash, and no
-- reader that goes on for ever.
describe("a damaged --rootfs", function()
  local ONE_LINE = "^hyperlua: %-%-rootfs it[: ][^\n]*\n$"

  setup(function()
    rootfs.prepare "mipsel"
    shell [[mkdir -p root/bin root/dev; ln -s ls root/bin/sh
      echo text >root/a; ln root/a root/b; seq 5000 >root/c]]
    rootfs.write(rootfs.folder .. "/root/bin/ls", ("x"):rep(100000))
  end)
  teardown(rootfs.clean)

  local function survives(what)
    local out, status = rootfs.run "it"
    if status == 0 then
      shell "rm -r build/run/*"
    else
      assert.are.equal(125, status, what .. out)
      assert.matches(ONE_LINE, out, what)
      assert.is_nil(out:match "reading it failed" or out:match "given up",
        what .. out)
    end
  end

  for kind, command in pairs {
    tar = "tar -C root -cf whole .",
    ["tar.xz"] = "tar -C root -cJf whole .",
    cpio = "cd root; find . | cpio --quiet -o -H newc >../whole",
    squashfs = "rm -f whole; mksquashfs root whole -quiet -no-progress",
    ext4 = "mke2fs -q -t ext4 -d root whole 2M",
    ext2 = "mke2fs -q -t ext2 -d root whole 1M",
  } do
    it("of the kind " .. kind .. " never harms", function()
      shell(command)
      local file = assert(io.open(rootfs.folder .. "/whole", "rb"))
      local whole = file:read "a"
      file:close()
      local random = 1
      for i = 1, 20 do
        local size = (#whole - 1) * i // 20
        it_is(whole:sub(1, size))
        survives(("cut off at %d: "):format(size))
        random = random * 6364136223846793005 + 1442695040888963407
        -- Heads and tables are at the beginning, and a squashfs's at its end.
        local at = (random >> 20)
          % math.min(#whole, i % 3 == 0 and #whole or 3000)
        at = i % 3 == 1 and #whole - at or at + 1
        it_is(whole:sub(1, at - 1)
          .. string.char(whole:byte(at) ~ (1 << (random >> 61 & 7)))
          .. whole:sub(at + 1))
        survives(("changed at %d: "):format(at))
      end
    end)
  end
end)
