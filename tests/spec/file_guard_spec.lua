-- SPDX-License-Identifier: GPL-2.0-or-later
-- What once went wrong with files, each by its symptom.  What needs a step
-- between two rings, or a call block of its own, is in c/test_guard.c.
local hyperfile = require "hyperfile"

local EBUSY, EINVAL, ENOTTY, EINTR, EIO = -16, -22, -25, -4, -5
local CONTEXT = { pid = 7, comm = "program" }
local NOT_LOGGED = "warning: more odd file requests are not logged"

local function guest_with(script)
  return hyperfile.guest("mipsel", script)
end

local function open_file(handle)
  return { pid = 7, comm = "program", handle = handle }
end

describe("those who wait", function()
  local READERS = 4096 - 64     -- HL_TASKS_MAX, HL_TASKS_KEPT

  it("are all woken though they take every place that a process can have",
    function()
      local guest = guest_with [[
        local event = hl.event()
        hl.file("/dev/wait", {
          read = function() event:wait() return "x" end,
          write = function() return event:signal() end,
        })]]
      local function read()
        return select(4, guest:op(hyperfile.READ, "/dev/wait", 1, 0, CONTEXT))
      end
      local tasks = {}
      for i = 1, READERS - 1 do
        tasks[i] = read()
      end
      -- It gives 4031; a write's result is no more than its length.
      assert.are.equal(2, (guest:write("/dev/wait", "go", 0, CONTEXT)))
      read()
      assert.are.equal(EBUSY, (guest:op(hyperfile.READ, "/dev/wait", 1, 0,
        CONTEXT)))
      guest.played:work()
      local woken = guest.played:woken()
      table.sort(woken)
      table.sort(tasks)
      assert.are.same(tasks, woken)
      assert.are.same({}, guest:log())
    end)
end)

describe("a handler's result", function()
  local ECHO = [[
    local function echo(file) return result end
    hl.file("/dev/echo", { read = echo, write = echo, getattr = echo,
      open = echo, release = echo, lseek = echo, poll = echo, fsync = echo,
      ioctl = echo })
    function give(value) result = value end]]
  local OPERATIONS = { read = hyperfile.READ, write = hyperfile.WRITE,
    getattr = hyperfile.GETATTR, open = hyperfile.OPEN,
    release = hyperfile.RELEASE, lseek = hyperfile.LSEEK,
    poll = hyperfile.POLL, fsync = hyperfile.FSYNC }

  local function give(guest, value)
    guest:run(("give(%s)"):format(value))
  end

  local function ask(guest, op)
    if op == "getattr" then
      return (guest:getattr("/dev/echo", CONTEXT))
    end
    return (guest:op(OPERATIONS[op], "/dev/echo", 4, 0, CONTEXT))
  end

  for op in pairs(OPERATIONS) do
    it("that is below every errno is EINVAL for " .. op .. ", and said",
      function()
        local guest = guest_with(ECHO)
        give(guest, -4095)
        assert.are.equal(-4095, ask(guest, op))
        assert.are.same({}, guest:log())
        for _, value in ipairs { "-4096", "-70000", "math.mininteger" } do
          give(guest, value)
          assert.are.equal(EINVAL, ask(guest, op))
          assert.are.same({ ("error: %s of /dev/echo (spec.lua:2): %d is no "
            .. "errno"):format(op, load("return " .. value)()) }, guest:log())
        end
      end)
  end

  it("is an int for ioctl, whatever it is", function()
    local guest = guest_with(ECHO)
    for value, answer in pairs { [-70000] = -70000, [-4096] = -4096,
      [0x7fffffff] = 0x7fffffff, [0x80000000] = -0x80000000,
      [1 << 40 | 5] = 5, [0xdeadbeef] = 0xdeadbeef - (1 << 32) } do
      give(guest, value)
      assert.are.equal(answer, (guest:ioctl("/dev/echo", 1, 0, CONTEXT)))
    end
    assert.are.same({}, guest:log())
  end)

  it("of a model that is HYP_RETRY's number is not HYP_RETRY", function()
    local guest = guest_with 'hl.file("/dev/a", { ioctl = 0xdeadbeef })'
    assert.are.equal(hyperfile.RETRY - (1 << 32),
      (guest:ioctl("/dev/a", 1, 0, CONTEXT)))
  end)

  it("that is too long for its read is said once per file", function()
    local guest = guest_with [[
      local model = { read = function() return "hello" end }
      hl.file("/dev/a", model) hl.file("/dev/b", model)]]
    for _ = 1, 3 do
      assert.are.same({ 2, "he" }, { guest:read("/dev/a", 2, 0, CONTEXT) })
      assert.are.same({ 3, "hel" }, { guest:read("/dev/b", 3, 0, CONTEXT) })
    end
    assert.are.same({ "warning: /dev/a (spec.lua:2): read returned 5 bytes, "
      .. "and the guest asked for 2: the rest is dropped",
      "warning: /dev/b (spec.lua:2): read returned 5 bytes, and the guest "
      .. "asked for 3: the rest is dropped" }, guest:log())
  end)
end)

describe("an ioctl handler that fails", function()
  it("is ENOTTY in a table of commands, and 0 without one", function()
    local guest = guest_with [[
      local function fail() error "no" end
      hl.file("/dev/table", { ioctl = { [5] = fail } })
      hl.file("/dev/all", { ioctl = fail })]]
    assert.are.equal(ENOTTY, (guest:ioctl("/dev/table", 5, 0, CONTEXT)))
    assert.are.equal(0, (guest:ioctl("/dev/all", 5, 0, CONTEXT)))
    local log = guest:log()
    for i, line in ipairs(log) do
      log[i] = line:match "^[^\n]*"
    end
    assert.are.same({ "error: spec.lua:1: no, in ioctl of /dev/table "
      .. "(spec.lua:2), for pid 7 (program); the default answers",
      "error: spec.lua:1: no, in ioctl of /dev/all (spec.lua:3), for pid 7 "
      .. "(program); the default answers" }, log)
  end)
end)

describe("file.state", function()
  local COUNT = [[
    local function count(file)
      file.state.n = (file.state.n or 0) + 1
      return tostring(file.state.n)
    end
    hl.file("/dev/a", { read = count })
    hl.file("/dev/b", { read = count, release = function() end })]]
  local guest
  before_each(function()
    guest = guest_with(COUNT)
  end)

  local function count(path, handle)
    return select(2, guest:read(path, 8, 0, open_file(handle)))
  end

  it("is a new one when the guest starts anew, by the same handle", function()
    assert.are.equal("1", count("/dev/a", 5))
    assert.are.equal("2", count("/dev/a", 5))
    guest.played:goodbye()
    guest.played:hello()
    assert.are.equal("1", count("/dev/a", 5))
    guest.played:hello()
    assert.are.equal("1", count("/dev/a", 5))
  end)

  it("is not another node's, by the same handle", function()
    assert.are.equal("1", count("/dev/a", 5))
    assert.are.equal("1", count("/dev/b", 5))
    assert.are.equal("1", count("/dev/a", 6))
    assert.are.equal("2", count("/dev/a", 5))
  end)

  it("ends with release, with and without a handler of it", function()
    for _, path in ipairs { "/dev/a", "/dev/b" } do
      count(path, 5)
      count(path, 6)
      assert.are.equal(0, (guest:op(hyperfile.RELEASE, path, 0, 0,
        open_file(5))))
      assert.are.equal("1", count(path, 5))
      assert.are.equal("2", count(path, 6))
    end
  end)

  it("ends when the node is modelled anew", function()
    count("/dev/a", 5)
    guest:run [[hl.file("/dev/a", { read = function(file)
      return tostring(file.state.n)
    end })]]
    assert.are.equal("nil", count("/dev/a", 5))
  end)

  it("is one for each of 65536 open files of a node, and no more", function()
    for handle = 1, 65536 do
      guest:op(hyperfile.READ, "/dev/a", 8, 0, open_file(handle))
    end
    assert.are.same({}, guest:log())
    assert.are.same({ EINVAL, "" },
      { guest:read("/dev/a", 8, 0, open_file(65537)) })
    assert.are.equal("error: spec.lua:2: file.state: 65536 open files of this "
      .. "node have one already, in read of /dev/a (spec.lua:5), for pid 7 "
      .. "(program); the default answers", guest:log()[1]:match "^[^\n]*")
    assert.are.equal("2", count("/dev/a", 65536))
    assert.are.equal("1", count("/dev/b", 65537))
    guest:op(hyperfile.RELEASE, "/dev/a", 0, 0, open_file(1))
    assert.are.equal("1", count("/dev/a", 65537))
  end)
end)

describe("a record", function()
  local ENDINGS = { "", ".yaml", ".jsonl", ".missing.yaml" }
  local name, guest
  before_each(function()
    name = os.tmpname()
    guest = hyperfile.guest "mipsel"
    assert.is_true(guest.played:record(name .. ".yaml"))
    guest.played:work()
  end)
  after_each(function()
    for _, ending in ipairs(ENDINGS) do
      os.remove(name .. ending)
    end
  end)

  local function written(ending)
    guest:run "assert(hl.results())"
    local file <close> = assert(io.open(name .. ending))
    return file:read "a"
  end

  -- "path cmd count" of each missing ioctl, without a path if it has none.
  local function missing()
    local list = {}
    for line in written ".missing.yaml":gmatch "[^\n]+" do
      local key, value = line:match "^[- ] (%w+): (.+)$"
      if key == "path" or key == "cmd" and line:find "^%-" then
        list[#list + 1] = value
      elseif key == "cmd" or key == "count" then
        list[#list] = list[#list] .. " " .. value
      end
    end
    return list
  end

  local function failing_call(cmd, tid)
    guest.played:syscall { name = "ioctl", args = { 3, cmd, 0 },
      comm = "program", pid = tid, retval = ENOTTY }
  end

  it("lists an ioctl of a file of ours once, by its path", function()
    guest:run 'hl.file("/dev/a", { ioctl = { [1] = 0 } })'
    guest:ioctl("/dev/a", 0x89f1, 0, { tid = 8 })
    failing_call(0x89f1, 8)
    assert.are.same({ "/dev/a 0x89f1 1" }, missing())
  end)

  it("lists no ioctl that a model of ours refused", function()
    guest:run('hl.file("/dev/a", { ioctl = function() return -25 end })'
      .. 'hl.file("/dev/b", { ioctl = -25 })')
    for _, path in ipairs { "/dev/a", "/dev/b" } do
      guest:ioctl(path, 0x89f1, 0, { tid = 8 })
      failing_call(0x89f1, 8)
    end
    assert.are.same({}, missing())
  end)

  it("lists another's ioctl though one of ours failed before", function()
    guest:run 'hl.file("/dev/a", { ioctl = -25 })'
    guest:ioctl("/dev/a", 0x89f1, 0, { tid = 8 })
    failing_call(0x89f1, 9)
    failing_call(0x89f2, 8)
    failing_call(0x89f1, 8)
    failing_call(0x89f1, 8)
    assert.are.same({ "0x89f1 2", "0x89f2 1" }, missing())
  end)

  it("that could not be written is written as soon as it can be", function()
    guest:run 'hl.file("/dev/a", { read = "one" })'
    guest:read("/dev/a", 3, 0, CONTEXT)
    local path = name .. ".yaml"
    assert(os.remove(path) and os.execute("mkdir " .. path))
    for _ = 1, 2 do
      guest:run 'hl.log("%s", (hl.results()))'
    end
    assert(os.remove(path))
    guest:run 'hl.log("%s", (hl.results()))'
    assert.are.same({ "info: nil", "info: nil", "info: true" }, guest:log())
    assert.matches('data: "one"', written ".yaml", 1, true)
  end)

  it("has a read that a signal ended, with EINTR", function()
    guest:run [[hl.file("/dev/a", { read = function()
      hl.sleep(5)
      return "x"
    end })]]
    guest.played:cancel((select(4, guest:op(hyperfile.READ, "/dev/a", 1, 0,
      CONTEXT))))
    assert.are.equal("/dev/a:\n  read:\n  - readval: " .. EINTR
      .. '\n    bytes_requested: 1\n    data: ""\n', written ".yaml")
  end)

  it("has the guest's own path of the 4097th unknown file too", function()
    guest:run 'hl.file("/dev/known", { read = "x" })'
    for i = 1, 4100 do
      guest:ioctl("/dev/u" .. i, 1, 0)
    end
    assert.are.equal(EINVAL, (guest:read("/dev/last", 4, 0)))
    assert.are.equal(0, (guest:ioctl("/dev/last", 9, 0)))
    assert.are.equal(1, (guest:read("/dev/known", 4, 0)))
    local stream = written ".jsonl"
    assert.are.equal(2, select(2, stream:gsub('"path":"/dev/last"', "")))
    assert.are.equal(1, select(2, stream:gsub('"path":"/dev/u4100"', "")))
    assert.is_nil(stream:find('"others"', 1, true))
  end)

  it("names what a pattern answered as the guest did", function()
    guest:run [[
      local function path(file) return file.path end
      hl.file("/dev/mtd*", { read = path })
      hl.file("/dev/led?", { read = "const" })]]
    assert.are.same({ 9, "/dev/mtd5" }, { guest:read("/dev/mtd5", 40, 0) })
    assert.are.same({ 5, "const" }, { guest:read("/dev/led2", 40, 0) })
    assert.are.same({ '"path":"/dev/mtd5"', '"path":"/dev/led2"' },
      { written(".jsonl"):match '("path":"[^"]*").-("path":"[^"]*")' })
  end)

  it("has no terminal's ioctl of a file that models none", function()
    guest:run [[
      hl.file("/dev/a", { read = "x" })
      hl.file("/dev/b", { ioctl = { [1] = 0 } })
      hl.file("/dev/c", { ioctl = hl.models.unhandled() })]]
    local paths = { "/dev/a", "/dev/b", "/dev/c", "/dev/unknown" }
    local listed = {}
    for i, path in ipairs(paths) do
      guest:ioctl(path, 2, 0, CONTEXT)
      listed[i] = path .. " 0x2 1"
    end
    guest:log()
    assert.are.same(listed, missing())
    for _, path in ipairs(paths) do
      for _, cmd in ipairs { 0x5401, 0x5413, 0x540d, 0x7401, 0x40087468 } do
        assert.are.equal(ENOTTY, (guest:ioctl(path, cmd, 0, CONTEXT)))
      end
    end
    assert.are.same({}, guest:log())
    assert.are.same(listed, missing())
  end)
end)

describe("a terminal's ioctl", function()
  it("is said of no file, before or after another one", function()
    local guest = guest_with 'hl.file("/dev/a", {})'
    assert.are.equal(ENOTTY, (guest:ioctl("/dev/a", 0x5401, 0, CONTEXT)))
    assert.are.same({}, guest:log())
    assert.are.equal(0, (guest:ioctl("/dev/a", 1, 0, CONTEXT)))
    assert.are.equal(1, #guest:log())
  end)

  it("is answered by the model that there is", function()
    local guest = guest_with [[
      hl.file("/dev/a", { ioctl = { [0x5401] = 3 } })
      hl.file("/dev/b", { ioctl = function() return -5 end })]]
    assert.are.equal(3, (guest:ioctl("/dev/a", 0x5401, 0, CONTEXT)))
    assert.are.equal(EIO, (guest:ioctl("/dev/b", 0x5401, 0, CONTEXT)))
  end)
end)

describe("odd requests", function()
  it("are logged a thousand times, and then no more", function()
    local guest = guest_with ""
    for _ = 1, 500 do
      assert.are.equal(EINVAL, (guest:op(99, "/dev/a", 1, 0)))
      assert.are.equal(EINVAL, (guest:op(hyperfile.READ, "", 1, 0)))
    end
    local log = guest:log()
    assert.are.equal(1000, #log)
    assert.are.same({ "warning: Unknown hyperfile operation 99 - ignore",
      "warning: Empty device name in hyperfile request - ignore" },
      { log[999], log[1000] })
    for i = 1, 100 do
      guest:op(99, "/dev/a", 1, 0)
      guest:op(hyperfile.READ, "", 1, 0)
      guest:op(hyperfile.READ, "/dev/u" .. i, 1, 0)
      guest:op(hyperfile.READ, ("x"):rep(1025), 1, 0)
    end
    assert.are.same({ NOT_LOGGED }, guest:log())
  end)
end)

describe("a pattern", function()
  it("answers a path that was asked for before it was made", function()
    local guest = guest_with ""
    assert.are.equal(EINVAL, (guest:read("/dev/mtd1", 20, 0)))
    guest:run [[hl.file("/dev/mtd*", { read = function(file)
      return file.path
    end })]]
    assert.are.same({ 9, "/dev/mtd1" }, { guest:read("/dev/mtd1", 20, 0) })
    guest:run 'hl.file("/dev/mtd1", { read = "own" })'
    assert.are.same({ 3, "own" }, { guest:read("/dev/mtd1", 20, 0) })
  end)
end)

describe("a file that the guest refuses", function()
  -- MIPS numbers most errors above 34 as no other machine does.
  for target, texts in pairs {
    mipsel = { [122] = "Operation not supported", [89] =
      "Function not " .. "implemented", [78] = "File name too long",
      [28] = "No space left on device" },
    x86_64 = { [122] = "Disk quota exceeded", [38] =
      "Function not " .. "implemented", [36] = "File name too long",
      [95] = "Operation not supported" },
  } do
    it("has the error's text as it is numbered on " .. target, function()
      for errno, text in pairs(texts) do
        local path = "/dev/errno/" .. errno
        local guest = hyperfile.guest(target, ("hl.file(%q, {})"):format(path))
        assert.are.same({ ("error: %s (spec.lua:1): the guest could not make "
          .. "it: %s"):format(path, text) }, guest:log())
      end
    end)
  end
end)
