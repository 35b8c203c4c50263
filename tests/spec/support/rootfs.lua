-- SPDX-License-Identifier: GPL-2.0-or-later
-- For specs of --rootfs: `hyperlua run --print-qemu` in a build folder of its
-- own, with empty files for a target's parts, and the initramfs that it made.

local made = require "made"

local rootfs = {}

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

rootfs.write = write

--- A folder for the specs, with the command and targets in build/.
function rootfs.prepare(...)
  rootfs.folder = made.shell("mktemp -d"):match "%S+"
  local build = rootfs.folder .. "/build"
  for _, arch in ipairs { ... } do
    local target = build .. "/targets/" .. arch
    assert(os.execute("mkdir -p " .. target .. "/programs"))
    for _, name in ipairs { "kernel", "hyperlua.ko", "programs/init",
      "busybox", "qemu" } do
      write(target .. "/" .. name, "")
    end
  end
  assert(os.execute(("cd %s && mkdir bin lib run && cp %s bin/"):format(build,
    made.program)))
  write(build .. "/lib/libhyperlua.so", "")
end

function rootfs.clean()
  os.execute("rm -rf " .. rootfs.folder)
end

--- A host command in the folder; its output.
function rootfs.shell(command)
  local text, status = made.shell(("cd %s && { %s; }"):format(rootfs.folder,
    command))
  assert(status == 0, text)
  return text
end

--- hyperlua run --print-qemu with that root: both outputs, and the status.
---@param name string  in the folder
function rootfs.run(name, arch, options, command)
  return made.shell(("cd %s && build/bin/hyperlua run --print-qemu --arch %s "
    .. "--rootfs '%s' %s %s"):format(rootfs.folder, arch or "mipsel", name,
    options or "", command or "-- true"))
end

local FIELDS = { "ino", "mode", "uid", "gid", "nlink", "mtime", "size",
  "devmajor", "devminor", "major", "minor", "namesize", "check" }

local function padded(at)
  return at + (-at % 4)
end

--- A newc archive's entries, in order.
local function read_cpio(text)
  local entries, at = {}, 0
  while true do
    assert(text:sub(at + 1, at + 6) == "070701", "no header at " .. at)
    local entry = {}
    for i, field in ipairs(FIELDS) do
      entry[field] = tonumber(text:sub(at + 8 * i - 1, at + 8 * i + 6), 16)
    end
    entry.name = text:sub(at + 111, at + 109 + entry.namesize)
    at = padded(at + 110 + entry.namesize)
    entry.data = text:sub(at + 1, at + entry.size)
    at = padded(at + entry.size)
    if entry.name == "TRAILER!!!" then
      assert(at == #text, "the archive goes on")
      return entries
    end
    entries[#entries + 1] = entry
  end
end

local TYPES = { [0x1] = "fifo", [0x2] = "char", [0x4] = "folder",
  [0x6] = "block", [0x8] = "file", [0xa] = "link", [0xc] = "socket" }

-- Of every guest, so that no spec need tell them.
local OURS = { hyperlua = true, ["hyperlua/init"] = true,
  ["hyperlua/hyperlua.ko"] = true, ["hyperlua/command"] = true,
  ["dev/console"] = true }

--- What a guest would unpack, by path: "TYPE MODE UID:GID", then a device's
--- numbers, the first of a file's names, or content. Our own parts are left
--- out, and times: they are in `times`.
---@return table<string, string> tree, table<string, integer> times
function rootfs.tree(out)
  local path = out:match "%-initrd (%S+)" or error(out)
  local file = assert(io.open(path, "rb"))
  local entries = read_cpio(file:read "a")
  file:close()
  os.execute("rm -r " .. path:match "^(.*)/")
  local tree, times, first, names = {}, {}, {}, {}
  for _, entry in ipairs(entries) do
    names[entry.ino] = (names[entry.ino] or 0) + 1
  end
  for _, entry in ipairs(entries) do
    if not OURS[entry.name] then
      local kind = TYPES[entry.mode >> 12]
      local rest = entry.data
      if kind == "char" or kind == "block" then
        rest = entry.major .. ":" .. entry.minor
      end
      if first[entry.ino] then
        assert(entry.size == 0 or kind == "link", entry.name)
        rest = "as " .. first[entry.ino]
      end
      first[entry.ino] = first[entry.ino] or entry.name
      -- Linux looks for other names only with a count above one.
      assert(kind == "folder" or entry.nlink == names[entry.ino], entry.name)
      tree[entry.name] = ("%s %o %d:%d %s"):format(kind, entry.mode & 0xfff,
        entry.uid, entry.gid, rest)
      times[entry.name] = entry.mtime
    end
  end
  return tree, times
end

return rootfs
