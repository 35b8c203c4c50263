-- SPDX-License-Identifier: GPL-2.0-or-later
-- What handlers see of a file, and what the guest is told of its nodes.
local hyperfile = require "hyperfile"

local O_NONBLOCK = { mipsel = 0x80, mips = 0x80, mips64el = 0x80,
  x86_64 = 0x800, arm = 0x800, aarch64 = 0x800 }

local function guest_with(script, target)
  return hyperfile.guest(target or "mipsel", script)
end

describe("file", function()
  it("has the fields of the operation", function()
    local guest = guest_with [[
      hl.file("/dev/a", { size = 5, ioctl = function(file)
        hl.log("%s %d %d %d %s %x %x %s %s %s", file.path, file.size, file.pid,
          file.tid, file.comm, file.handle, file.flags, file.nonblock,
          file.compat, file.node.path)
        hl.log("%s %s", file, file.node:status())
        return 0
      end })
      hl.file("/dev/b", { ioctl = function(file)
        hl.log("%s %s", file.size, getmetatable(file))
        return 0
      end })]]
    guest:ioctl("/dev/a", 1, 0, { pid = 70, tid = 71, comm = "switch",
      handle = -2, open_flags = 0x8002, flags = 1 })
    guest:ioctl("/dev/b", 1)
    assert.are.same({ "info: /dev/a 5 70 71 switch fffffffffffffffe 8002 "
      .. "false true /dev/a", "info: file: /dev/a present",
      "info: nil hyperlua.file" }, guest:log())
  end)

  for target, bit in pairs(O_NONBLOCK) do
    it("knows O_NONBLOCK of " .. target, function()
      local guest = guest_with([[
        hl.file("/dev/a", { ioctl = function(file)
          return file.nonblock and 1 or 0
        end })]], target)
      assert.are.equal(1, guest:ioctl("/dev/a", 1, 0, { open_flags = bit | 2 }))
      assert.are.equal(0, guest:ioctl("/dev/a", 1, 0, { open_flags = ~bit
        & 0xffffffff }))
    end)
  end

  for mistake, message in pairs {
    ["file.name"] = "a file has no field 'name': there are path, size, pid, "
      .. "tid, comm, handle, flags, nonblock, compat, state, node",
    ["file.pid = 1"] = "file.pid cannot be set: file.state is a table of your "
      .. "own, one per open file",
  } do
    it("says so of " .. mistake, function()
      local guest = guest_with('hl.file("/dev/a", { ioctl = function(file) '
        .. "local _ = 0 " .. mistake:gsub("^file.name$", "_ = %0") .. " end })")
      guest:ioctl("/dev/a", 1)
      assert.are.equal("error: spec.lua:1: " .. message
        .. ", in ioctl of /dev/a (spec.lua:1), for pid 0 (); the default "
        .. "answers", guest:log()[1]:match "^[^\n]*")
    end)
  end

  it("cannot be used when its operation is over", function()
    local guest = guest_with [[
      local kept
      hl.file("/dev/a", { ioctl = function(file, cmd)
        if cmd == 0 then
          kept = file
        else
          hl.log(select(2, pcall(function() return kept.path end)))
          hl.log(select(2, pcall(function() kept:wake() end)))
          hl.log(select(2, pcall(tostring, kept)))
          hl.log(file.path)
        end
        return 0
      end })]]
    guest:ioctl("/dev/a", 0)
    guest:ioctl("/dev/a", 1)
    local log = guest:log()
    for i = 1, 3 do
      assert.matches("this operation is over: keep what you need of the file "
        .. "in variables of your own, or in file.state$", log[i])
    end
    assert.are.same({ "info: /dev/a" }, { table.unpack(log, 4) })
  end)

  it("has a state of its own per open file, until that is closed", function()
    local guest = guest_with [[
      local function count(file)
        file.state.count = (file.state.count or 0) + 1
        return file.state.count
      end
      hl.file("/dev/a", { ioctl = count })
      hl.file("/dev/b", { ioctl = count, release = count })
      hl.file("/dev/c", { ioctl = { [1] = count }, release = function()
        error "no"
      end })]]
    local function count(path, handle)
      return (guest:ioctl(path, 1, 0, { handle = handle }))
    end
    for _, path in ipairs { "/dev/a", "/dev/b", "/dev/c" } do
      for handle = 0, 2 do
        assert.are.equal(1, count(path, handle))
        assert.are.equal(2, count(path, handle))
      end
      guest:op(hyperfile.RELEASE, path, 0, 0, { handle = 1 })
      assert.are.equal(1, count(path, 1))
      assert.are.equal(3, count(path, 2))
      assert.are.equal(3, count(path, 0))
      guest:op(hyperfile.RELEASE, path, 0, 0, { handle = 1 })
      guest:op(hyperfile.RELEASE, path, 0, 0, { handle = 2 })
      guest:op(hyperfile.RELEASE, path, 0, 0, { handle = 0 })
    end
  end)

  it("may use the portal", function()
    local guest = guest_with [[
      hl.file("/dev/a", { ioctl = function(file, cmd, arg)
        return hl.portal.write_int(arg + 4, hl.portal.read_int(arg) * 2)
      end })]]
    guest.played:poke(0x10000, "\5\0\0\0\0\0\0\0")
    assert.are.equal(4, guest:ioctl("/dev/a", 1, 0x10000, {}))
    assert.are.equal("\5\0\0\0\10\0\0\0", guest.played:peek(0x10000, 8))
  end)

  it("may not use the portal when the request came without a region",
    function()
      local guest = guest_with [[
        hl.file("/dev/a", { ioctl = function(file, cmd, arg)
          return hl.portal.read_int(arg)
        end })]]
      assert.are.equal(0, guest:ioctl("/dev/a", 1, 0x10000))
      assert.matches("portal.read_int asks the guest, and its request came "
        .. "without a mem_region to do that, in ioctl of", guest:log()[1])
    end)
end)

describe("a node", function()
  local function node_of(guest, path)
    local node = guest.played:nodes()[path]
    if node then
      node.id = nil
    end
    return node
  end

  local NONE, FREE, SIZED, MODEL = 0, 1, 2, 3
  for _, case in ipairs {
    { "/dev/a", "{}", { seek = NONE } },
    { "/proc/a", "{}", { seek = FREE } },
    { "/sys/a", "{ getattr = function() end }",
      { seek = SIZED, flags = 2 } },
    { "/dev/a", "{ getattr = function() end }",
      { seek = SIZED, flags = 2 } },
    { "/dev/a", "{ size = 5 }", { seek = SIZED, size = 5 } },
    { "/dev/a", "{ read = '12345' }",
      { seek = SIZED, size = 5, mode = 292 } },
    { "/dev/a", "{ read = '12345', size = 7 }",
      { seek = SIZED, size = 7, mode = 292 } },
    { "/dev/a", "{ read = hl.models.cycle 'x' }",
      { seek = NONE, mode = 292 } },
    { "/dev/a", "{ lseek = hl.models.default() }", { seek = FREE } },
    { "/proc/a", "{ lseek = hl.models.unsupported(), size = 5 }",
      { seek = NONE, size = 5 } },
    { "/dev/a", "{ lseek = function() end, size = 5 }",
      { seek = MODEL, size = 5, flags = 2 } },
    { "/dev/a", "{ read = function() end }",
      { seek = NONE, mode = 292, flags = 2 } },
    { "/dev/a", "{ read = function() end, write = function() end }",
      { seek = NONE, flags = 2 } },
    { "/dev/a", "{ ioctl = { [1] = function() end } }",
      { seek = NONE, flags = 2 } },
    { "/dev/a", "{ open = function() end }", { seek = NONE, flags = 3 } },
    { "/dev/a", "{ poll = hl.models.blocking() }",
      { seek = NONE, flags = 4 } },
    { "/dev/a", "{ fsync = function() end }", { seek = NONE, flags = 10 } },
    { "/dev/a", "{ mode = 0 }", { seek = NONE, mode = 0 } },
    { "/dev/a", "{ mode = 4095, read = '' }",
      { seek = SIZED, mode = 4095 } },
    { "/dev/a", "{ mmap = 3 }", { seek = NONE, map = "\0\0\0" } },
    { "/dev/a", "{ mmap = 'abc', size = 5 }",
      { seek = SIZED, size = 5, map = "abc\0\0" } },
    { "/dev/a", "{ mmap = true, size = 2 }",
      { seek = SIZED, size = 2, map = "\0\0" } },
  } do
    local path, model, expected = table.unpack(case)
    it(("of %s is told of as %s says"):format(path, model), function()
      for key, value in pairs { size = 0, mode = 438, flags = 0, map = "",
        wakes = 0 } do
        expected[key] = expected[key] or value
      end
      local guest = guest_with(('hl.file("%s", %s)'):format(path, model))
      assert.are.same(expected, node_of(guest, path))
    end)
  end

  it("is mapped with its first bytes, however many", function()
    for _, size in ipairs { 4056, 4057, 8112, 100000 } do
      local guest = guest_with(([[
        local bytes = {}
        for i = 1, %d do bytes[i] = string.char(i * 7 & 255) end
        hl.file("/dev/a", { mmap = table.concat(bytes) })]]):format(size))
      local bytes = {}
      for i = 1, size do
        bytes[i] = string.char(i * 7 & 255)
      end
      assert.is_true(table.concat(bytes) == node_of(guest, "/dev/a").map)
    end
  end)

  it("shows its handlers what is mapped, and lets them change it", function()
    local guest = guest_with [[
      hl.file("/dev/a", { mmap = ("x"):rep(8192), ioctl = function(file, cmd)
        hl.log("%s", file:map_write(4090, "abcdef"))
        hl.log("%s", file:map_read(4089, 8))
        hl.log("%d", #file:map_read(4136, 4056))
        hl.log("%q", file:map_read(8192, 0))
        for _, range in ipairs { { -1, 1 }, { 8193, 0 }, { 8192, 1 },
          { 0, 4057 }, { 0, -1 } } do
          hl.log(select(2, pcall(file.map_read, file, table.unpack(range))))
        end
        hl.log(select(2, pcall(file.map_write, file, 8191, "ab")))
        hl.log(select(2, pcall(file.map_write, file, 0, ("x"):rep(4057))))
        return 0
      end })
      hl.file("/dev/b", { ioctl = function(file)
        return file:map_read(0, 1)
      end })]]
    guest:ioctl("/dev/a", 1, 0, {})
    local log = guest:log()
    for i, line in ipairs(log) do
      log[i] = line:gsub("bad argument #", "")
    end
    assert.are.same({ "info: 6", "info: xabcdefx", "info: 4056", 'info: ""',
      "info: 2 to '?' (the offset lies outside of what mmap gives)",
      "info: 2 to '?' (the offset lies outside of what mmap gives)",
      "info: 3 to '?' (it reaches beyond what mmap gives)",
      "info: 3 to '?' (from 0 to 4056 bytes at a time)",
      "info: 3 to '?' (from 0 to 4056 bytes at a time)",
      "info: 3 to '?' (it reaches beyond what mmap gives)",
      "info: 3 to '?' (at most 4056 bytes at a time)",
    }, log)
    assert.are.equal(("x"):rep(4090) .. "abcdef" .. ("x"):rep(4096),
      node_of(guest, "/dev/a").map)
    guest:ioctl("/dev/b", 1, 0, {})
    assert.matches("this file has no mmap", guest:log()[1])
  end)

  it("is replaced by a later model, which says so", function()
    local guest = guest_with [[

      hl.file("/dev/a", { read = "one", size = 3, poll = function() end })
      hl.file("/dev/a", { read = "three", mode = 256 })]]
    assert.are.same({ "warning: /dev/a: the model of spec.lua:3 takes the "
      .. "place of that of spec.lua:2" }, guest:log())
    assert.are.same({ flags = 0, mode = 256, seek = 2, size = 5, map = "",
      wakes = 0 }, node_of(guest, "/dev/a"))
    assert.are.same({ 5, "three" }, { guest:read("/dev/a", 10, 0) })
  end)

  it("changes in the guest when its model does", function()
    local guest = guest_with
      'hl.file("/dev/a", { read = "one", mmap = "abcd" })'
    local id = guest.played:nodes()["/dev/a"].id
    guest:run [[hl.file("/dev/a", { size = 70000, mmap = ("y"):rep(5000),
      poll = hl.models.blocking(), open = function() end })]]
    assert.are.equal(3, node_of(guest, "/dev/a").size)
    guest.played:work()
    assert.are.equal(id, guest.played:nodes()["/dev/a"].id)
    assert.are.same({ flags = 7, mode = 438, seek = 2, size = 70000, wakes = 0,
      map = ("y"):rep(5000) .. ("\0"):rep(65000) }, node_of(guest, "/dev/a"))
  end)

  it("does not show what was written to the model before", function()
    local guest = guest_with [[hl.file("/dev/a", {
      read = hl.models.stateful "old", write = hl.models.default() })]]
    guest:write("/dev/a", "written", 0)
    assert.are.same({ 7, "written" }, { guest:read("/dev/a", 10, 0) })
    guest:run [[hl.file("/dev/a", { read = hl.models.stateful "new" })]]
    assert.are.same({ 3, "new" }, { guest:read("/dev/a", 10, 0) })
  end)

  it("wakes who polls it, also when it changes at the same time", function()
    local guest = guest_with [[
      a = hl.file("/dev/a", { ioctl = function(file) file:wake() return 0 end })
    ]]
    guest:ioctl("/dev/a", 1)
    guest.played:work()
    assert.are.equal(1, node_of(guest, "/dev/a").wakes)
    guest:run "a:wake() a:wake()"
    guest.played:work()
    assert.are.equal(2, node_of(guest, "/dev/a").wakes)
    guest:run 'a:wake() hl.file("/dev/a", { read = "x" })'
    guest.played:work()
    assert.are.equal(3, node_of(guest, "/dev/a").wakes)
    guest.played:work()
    assert.are.equal(3, node_of(guest, "/dev/a").wakes)
  end)

  it("goes when it is removed, and comes back", function()
    local guest = guest_with [[
      a = hl.file("/dev/a", { read = "1", ioctl = function(file, cmd)
        file.node:remove()
        hl.log(file.path .. file.node:status())
        return 5
      end })
      hl.log(a:status())]]
    assert.are.same({ "info: wanted" }, guest:log())
    assert.are.equal(5, (guest:ioctl("/dev/a", 1, 0, { handle = 1 })))
    guest:run 'hl.log(a:status()) a:remove()'
    guest.played:work()
    assert.is_nil(node_of(guest, "/dev/a"))
    guest:run 'hl.log(a:status()) a:remove() a:wake()'
    assert.are.same({ "info: /dev/apresent", "info: present", "info: gone" },
      guest:log())
    assert.are.equal(-22, (guest:read("/dev/a", 1, 0)))
    guest:log()
    guest:run 'a = hl.file("/dev/a", { read = "22" })'
    guest.played:work()
    assert.are.equal(2, node_of(guest, "/dev/a").size)
    guest:run 'a:remove() a = hl.file("/dev/a", { read = "333" })'
    guest.played:work()
    assert.are.equal(3, node_of(guest, "/dev/a").size)
    assert.are.same({}, guest:log())
  end)

  it("stays when the handle of the one before it is removed", function()
    local guest = guest_with [[
      a = hl.file("/dev/a", { read = "1" })
      a:remove()
      b = hl.file("/dev/a", { read = "22" })
      a:remove() a:wake()
      hl.log(a:status() .. b:status())]]
    guest:log()
    assert.are.same({ 2, 0 }, { node_of(guest, "/dev/a").size,
      node_of(guest, "/dev/a").wakes })
    guest:run 'a:remove() hl.log(a:status() .. b:status())'
    assert.are.same({ "info: gonepresent" }, guest:log())
    guest:run [[c = hl.file("/dev/a", { read = "333" }) b:remove() b:wake()
      hl.log(b:status())]]
    guest.played:work()
    assert.are.same({ 3, 0 }, { node_of(guest, "/dev/a").size,
      node_of(guest, "/dev/a").wakes })
    guest:run "c:remove()"
    guest.played:work()
    assert.is_nil(node_of(guest, "/dev/a"))
  end)

  it("that is a pattern says so", function()
    local guest = guest_with [[
      a = hl.file("/dev/a*", {})
      hl.log(a:status())
      a:remove()
      hl.log(a:status())]]
    assert.are.same({ "info: pattern", "info: gone" }, guest:log())
    assert.are.same({}, guest.played:nodes())
  end)

  it("that was removed before the guest came is not told of", function()
    local guest = guest_with
      'hl.file("/dev/a", {}):remove() hl.file("/dev/b", {})'
    assert.is_nil(node_of(guest, "/dev/a"))
    assert.is_table(node_of(guest, "/dev/b"))
  end)

  it("is there again after the module went and came", function()
    local guest = guest_with [[
      a = hl.file("/dev/a", { mmap = "abc" })
      b = hl.file("/dev/b", {})]]
    guest.played:goodbye()
    assert.are.same({}, guest.played:nodes())
    guest:run "b:remove() hl.log(a:status() .. b:status())"
    assert.are.same({ "info: wantedgone" }, guest:log())
    guest.played:hello()
    assert.are.equal("abc", node_of(guest, "/dev/a").map)
    assert.is_nil(node_of(guest, "/dev/b"))
  end)

  for errno, text in pairs {
    [21] = "there is a folder at that path",
    [16] = "another model has that file, by another path, or it is mapped",
    [30] = "its folder lies on a read-only file system",
    [20] = "a part of its path is a file, not a folder",
    [12] = "Cannot allocate memory",
  } do
    it("that the guest refuses is told of: " .. text, function()
      local path = "/dev/errno/" .. errno
      local guest = guest_with(([[
        a = hl.file("%s", { read = "1" }) hl.file("/dev/b", {})]]):format(path))
      assert.are.same({ ("error: %s (spec.lua:1): the guest could not make it: "
        .. "%s"):format(path, text) }, guest:log())
      assert.is_table(node_of(guest, "/dev/b"))
      guest:run "hl.log(a:status()) a:wake() a:remove() hl.log(a:status())"
      guest.played:work()
      assert.are.same({ "info: refused", "info: gone" }, guest:log())
    end)
  end

  it("that the guest refused is tried again when its model changes",
    function()
      local guest = guest_with 'hl.file("/dev/errno/21", {})'
      guest:log()
      guest:run 'hl.file("/dev/errno/21", {})'
      guest.played:work()
      assert.are.same({ "warning: /dev/errno/21: the model of spec.lua:1 takes "
        .. "the place of that of spec.lua:1", "error: /dev/errno/21 "
        .. "(spec.lua:1): the guest could not make it: there is a folder at "
        .. "that path" }, guest:log())
    end)

  it("is one of ten thousand, if need be", function()
    local guest = guest_with [[
      nodes = {}
      for i = 1, 10000 do
        nodes[i] = hl.file(("/dev/many/%d"):format(i), { read = i .. "\n" })
      end]]
    local nodes, count = guest.played:nodes(), 0
    for i = 1, 10000 do
      assert(nodes["/dev/many/" .. i].size == #(i .. "\n"))
    end
    assert.are.same({ 5, "9999\n" }, { guest:read("/dev/many/9999", 9, 0) })
    guest:run "for _, node in ipairs(nodes) do node:remove() end"
    guest.played:work()
    for _ in pairs(guest.played:nodes()) do
      count = count + 1
    end
    assert.are.equal(0, count)
  end)
end)
