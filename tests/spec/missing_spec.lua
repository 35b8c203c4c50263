-- SPDX-License-Identifier: GPL-2.0-or-later
-- What the guest looks for and does not find: made when a pattern stands for
-- it, and recorded.
local hyperfile = require "hyperfile"

local ENOENT, ENOTTY, ENODEV = -2, -25, -19
local AGAIN = 8                 -- HL_ANSWER_AGAIN
local ADDR = 0x10000

-- The call with the path as its argument at that place.  Gives the task, when
-- its process is left waiting.
local function call(guest, name, at, path, more)
  local args = { 0, 0, 0 }
  args[at] = ADDR
  guest.played:poke(ADDR, path .. "\0")
  local made = { name = name, args = args, comm = "program", pid = 7 }
  for key, value in pairs(more or {}) do
    made[key] = value
  end
  guest.played:syscall(made)
  return (("<i8"):unpack(guest.played:kernel_peek(guest.region - 4096 + 56, 8)))
end

-- Whether the guest has the files, in the order given.
local function has(guest, ...)
  local nodes, found = guest.played:nodes(), {}
  for i, path in ipairs { ... } do
    found[i] = nodes[path] ~= nil
  end
  return found
end

describe("a pattern", function()
  local PATTERN = [[
    pattern = hl.file("/dev/mtd*", { mode = 384, read = function(file)
      return file.path
    end })]]

  local guest
  before_each(function()
    guest = hyperfile.guest("mipsel", PATTERN)
  end)

  it("is no node", function()
    assert.are.same({}, guest.played:nodes())
  end)

  for name, at in pairs { open = 1, openat = 2, openat2 = 2 } do
    it("makes a file before it is opened, with " .. name, function()
      local task = call(guest, name, at, "/dev/mtd3")
      assert.are.same({ false }, has(guest, "/dev/mtd3"))
      -- It looks again every millisecond.
      assert.are.same({ nil, "waits", 1, task },
        { guest.played:resume(task) })
      guest.played:work()
      local node = guest.played:nodes()["/dev/mtd3"]
      assert.are.equal(384, node.mode)
      assert.are.equal(0, guest.played:resume(task))
      assert.are.same({ 9, "/dev/mtd3" },
        { guest:read("/dev/mtd3", 100, 0, { node = node.id }) })
      local rings = guest.played:rings()
      call(guest, name, at, "/dev/mtd3")
      assert.are.equal(rings + 1, guest.played:rings())
      assert.are.same({}, guest:log())
    end)
  end

  for name, at in pairs { stat = 1, lstat = 1, stat64 = 1, lstat64 = 1,
    fstatat64 = 2, newfstatat = 2, statx = 2, access = 1, faccessat = 2,
    faccessat2 = 2, readlink = 1, readlinkat = 2 } do
    it("makes a file that was looked for in vain, and has " .. name
      .. " made again", function()
        local task = call(guest, name, at, "/dev/mtd3", { retval = ENOENT })
        guest.played:work()
        assert.are.equal(AGAIN, guest.played:resume(task))
        assert.are.same({ true }, has(guest, "/dev/mtd3"))
        call(guest, name, at, "/dev/mtd3", { retval = ENOENT })
        assert.are.equal(0, (("<i8"):unpack(guest.played:kernel_peek(
          guest.region - 4096 + 40, 8))))
      end)
  end

  it("makes no file for a call that did not fail so", function()
    call(guest, "stat", 1, "/dev/mtd3", { retval = -13 })
    call(guest, "stat", 1, "/dev/mtd3", { retval = 0 })
    guest.played:work()
    assert.are.same({}, guest.played:nodes())
  end)

  it("makes one file for all processes that look for it", function()
    local first = call(guest, "open", 1, "/dev/mtd3")
    local second = call(guest, "stat", 1, "/dev/mtd3", { retval = ENOENT })
    assert.are_not.equal(first, second)
    guest.played:work()
    assert.are.equal(0, guest.played:resume(first))
    assert.are.equal(AGAIN, guest.played:resume(second))
    assert.are.same({}, guest:log())
  end)

  it("makes the file though its first process was killed", function()
    guest.played:cancel(call(guest, "open", 1, "/dev/mtd3"))
    guest.played:work()
    assert.are.same({ true }, has(guest, "/dev/mtd3"))
    call(guest, "open", 1, "/dev/mtd3")
    assert.are.same({}, guest:log())
  end)

  it("stands for nothing else", function()
    for _, path in ipairs { "/dev/mt", "/dev/mtd/3", "dev/mtd3", "", "/dev/",
      "/dev/mtd" .. ("x"):rep(5000) } do
      call(guest, "open", 1, path)
    end
    guest.played:syscall { name = "open", args = { 0x7000000 } }
    guest.played:work()
    assert.are.same({}, guest.played:nodes())
    assert.are.same({}, guest:log())
  end)

  it("makes no path that is none", function()
    guest:run 'hl.file("/proc/*/maps", {}) hl.file("/sys/*", {})'
    for _, path in ipairs { "/proc/../maps", "/proc/./maps", "/sys/..",
      "/proc/" .. ("x"):rep(256) .. "/maps" } do
      call(guest, "open", 1, path)
    end
    guest.played:work()
    assert.are.same({}, guest.played:nodes())
    assert.are.same({}, guest:log())
  end)

  it("gives way to a file of that name, and to a later pattern", function()
    guest:run [[
      hl.file("/dev/mtd0", { mode = 1 })
      hl.file("/dev/mtd[0-9]", { mode = 2 })]]
    guest.played:work()
    for i = 0, 1 do
      local task = call(guest, "open", 1, "/dev/mtd" .. i)
      guest.played:work()
      guest.played:resume(task)
      assert.are.equal(i + 1, guest.played:nodes()["/dev/mtd" .. i].mode)
    end
    local task = call(guest, "open", 1, "/dev/mtdx")
    guest.played:work()
    guest.played:resume(task)
    assert.are.equal(384, guest.played:nodes()["/dev/mtdx"].mode)
  end)

  it("that is removed makes no more files", function()
    guest:run "pattern:remove()"
    call(guest, "open", 1, "/dev/mtd3")
    guest.played:work()
    assert.are.same({}, guest.played:nodes())
  end)

  it("has no call made again for a file that the guest refuses", function()
    guest:run 'hl.file("/dev/errno/*", {})'
    local task = call(guest, "stat", 1, "/dev/errno/30", { retval = ENOENT })
    guest.played:work()
    assert.are.equal(0, guest.played:resume(task))
    assert.are.same({ "error: /dev/errno/30 (spec.lua:1): the guest could not "
      .. "make it: its folder lies on a read-only file system" }, guest:log())
  end)

  it("makes 4096 files at most", function()
    for i = 1, 4095 do
      local task = call(guest, "open", 1, "/dev/mtd" .. i)
      guest.played:work()
      guest.played:resume(task)
    end
    assert.are.same({}, guest:log())
    guest.played:cancel(call(guest, "open", 1, "/dev/mtd4096"))
    call(guest, "open", 1, "/dev/mtd4097")
    guest.played:work()
    assert.are.same({ true, true, false }, has(guest, "/dev/mtd4095",
      "/dev/mtd4096", "/dev/mtd4097"))
    assert.are.same({ "warning: /dev/mtd4096 (spec.lua:1): the last of 4096 "
      .. "files that are made for patterns" }, guest:log())
  end)
end)

describe("a record", function()
  local name, guest
  before_each(function()
    name = os.tmpname()
    guest = hyperfile.guest "mipsel"
    assert.is_true(guest.played:record(name .. ".yaml"))
    guest.played:work()
  end)
  after_each(function()
    for _, ending in ipairs { "", ".yaml", ".jsonl", ".missing.yaml" } do
      os.remove(name .. ending)
    end
  end)

  -- What is missing: { "path count process", ... }, without what to paste.
  local function missing()
    guest:run "assert(hl.results())"
    local list, entry = {}, nil
    for line in io.lines(name .. ".missing.yaml") do
      local key, value = line:match '^[- ] (%w+): "?([^"]+)"?$'
      if line:find "^%- " then
        entry = {}
        list[#list + 1] = entry
      end
      if key and value ~= "|" then
        entry[key] = value
      end
      local comm, count = line:match '^    "(%w+)": (%d+)$'
      if comm then
        entry[comm] = count
      end
    end
    return list
  end

  it("has the paths that were opened and not there", function()
    call(guest, "open", 1, "/dev/none", { retval = ENOENT })
    call(guest, "openat", 2, "/dev/none", { retval = ENOENT })
    call(guest, "openat2", 2, "/proc/none", { retval = ENOENT, comm = "other" })
    call(guest, "open", 1, "/dev/forbidden", { retval = -13 })
    call(guest, "stat", 1, "/dev/stat", { retval = ENOENT })
    guest.played:syscall { name = "open", args = { 0x7000000 },
      retval = ENOENT }
    assert.are.same({ { path = "/dev/none", count = "2", program = "2" },
      { path = "/proc/none", count = "1", other = "1" } }, missing())
  end)

  it("has the ioctls that nobody knew", function()
    local function ioctl(cmd, retval)
      guest.played:syscall { name = "ioctl", args = { 3, cmd, 0 },
        comm = "program", pid = 7, retval = retval }
    end
    ioctl(0x89f1, ENOTTY)
    ioctl(0x89f1, ENOTTY)
    ioctl(0x80045700, ENODEV)
    ioctl(0x5401, ENOTTY)
    ioctl(0x740d, ENOTTY)
    ioctl(0x1234, -22)
    ioctl(0x1235, 0)
    assert.are.same({ { cmd = "0x89f1", decoded = "0x89f1", count = "2",
      retval = "-25", program = "2" },
      { cmd = "0x80045700", decoded = "_IOW('W', 0, 4)", count = "1",
        retval = "-19", program = "1" } }, missing())
  end)

  it("has the ioctls of our files with their paths", function()
    guest:run [[
      hl.file("/dev/a", { ioctl = { [1] = 0 } })
      hl.file("/dev/b", { ioctl = hl.models.unhandled() })
      hl.file("/dev/c", {})
      hl.file("/dev/d", { ioctl = -25 })]]
    for _, path in ipairs { "/dev/a", "/dev/b", "/dev/c", "/dev/d" } do
      guest:ioctl(path, 1, 0, { comm = "program" })
      guest:ioctl(path, 2, 0, { comm = "program" })
    end
    local paths = {}
    for i, entry in ipairs(missing()) do
      paths[i] = entry.path .. " " .. entry.cmd .. " " .. entry.retval
    end
    table.sort(paths)
    assert.are.same({ "/dev/a 0x2 -25", "/dev/b 0x1 -25", "/dev/b 0x2 -25",
      "/dev/c 0x1 0", "/dev/c 0x2 0" }, paths)
  end)

  it("is not to be had without a log file", function()
    guest = hyperfile.guest("mipsel", 'hl.log("%s %s", hl.results())')
    assert.are.same({ "info: nil this run has no log file: give log_file= or "
      .. "out=" }, guest:log())
  end)

  it("that cannot be written says why", function()
    local recorded, why = hyperfile.guest("mipsel").played
      :record "/nowhere/none.yaml"
    assert.is_nil(recorded)
    assert.matches("/nowhere/none", why)
  end)
end)
