-- SPDX-License-Identifier: GPL-2.0-or-later
-- Reads that do without the guest, and those that must not.
local hyperfile = require "hyperfile"
local world = require "world"

local STATS = [[
  local function reads()
    local stats = hl.stats()
    return stats.reads_direct, stats.reads_guest
  end
]]

local function handle(target, body, prepare)
  return world.handle(target, STATS .. body, prepare)
end

local function poke(bytes)
  return function(guest)
    guest:poke(0x10000, bytes)
  end
end

describe("a read that does without the guest", function()
  it("rings no doorbell, and is counted", function()
    local lines, guest = handle("mipsel", [[
      show(portal.read_int(arg), portal.read_str(arg + 4),
        portal.read_bytes(arg, 4))
      show(reads())]], poke("abcdefg\0"))
    assert.are.same({ "64636261 efg abcd", "3 0" }, lines)
    local rings = guest:rings()
    guest:syscall { name = "ioctl", args = { 3, 1, 0x10000 } }
    assert.are.equal(rings + 1, guest:rings())
  end)

  it("does not exist on targets where it would not be the same", function()
    for _, target in ipairs { "x86_64", "aarch64", "arm" } do
      local lines = handle(target, [[
        show(portal.direct(true), portal.read_int(arg))
        show(reads())]], poke("abcd"))
      assert.are.same({ "false 64636261", "0 1" }, lines)
    end
  end)

  it("can be switched off and on", function()
    local lines = handle("mipsel", [[
      show(portal.direct(false), portal.read_int(arg), portal.direct(true))
      show(portal.read_int(arg))
      show(reads())]], poke("abcd"))
    assert.are.same({ "true 64636261 false", "64636261", "1 1" }, lines)
  end)

  it("leaves to the guest what its vCPU has no translation for", function()
    local lines = handle("mipsel", [[
      local pages = ""
      for c in ("abcde"):gmatch "." do pages = pages .. c:rep(4096) end
      show(portal.read_bytes(arg, #pages) == pages)
      show(reads())
      show(portal.read_str(arg, #pages) == pages)
      show(reads())]], function(guest)
      for page = 0, 4 do
        guest:poke(0x10000 + page * 4096, ("abcde"):sub(page + 1, page + 1)
          :rep(4096))
      end
      guest:absent(0x11000)
      guest:absent(0x14000)
    end)
    -- A page is two questions, as a region holds a little less.
    assert.are.same({ "true", "3 4", "true", "6 8" }, lines)
  end)

  it("ends a string at its NUL, however the pages lie", function()
    for length = 4090, 4100 do
      local lines = handle("mipsel", "show(#portal.read_str(arg, 9000))",
        poke(("x"):rep(length) .. "\0" .. ("y"):rep(8192)))
      assert.are.same({ ("%x"):format(length) }, lines)
    end
  end)

  it("is not made above the user's memory, nor around its end", function()
    local lines = handle("mipsel", [[
      show(portal.read_int(0x7ffffffc), portal.read_int(0x7ffffffd))
      show(portal.read_bytes(0x7ffffffe, 4))
      show(portal.read_str(0x80012000))
      show(portal.read_bytes(-2, 4))
      show(reads())]], function(guest)
      guest:poke(0x7ffff000, ("u"):rep(4096))
      guest:kernel_poke(guest:kernel(), "kernel")
      assert.are.equal(0x80012000, (guest:kernel()))
    end)
    assert.are.same({ "75757575 nil EFAULT", "nil EFAULT uu", "nil EFAULT ",
      "nil EFAULT ", "3 4" }, lines)
  end)

  it("is not made in hl.spawn, nor of another process", function()
    local lines = handle("mipsel", [[
      show(portal.of(9).read_int(0x5000), portal.of(9).read_str(0x5000))
      show(reads())]], function(guest)
      world.add(guest, { pid = 9 })
      guest:poke(0x5000, "mine")
      guest:poke_of(9, 0x5000, "its\0")
    end)
    assert.are.same({ "737469 its", "0 2" }, lines)
  end)

  it("is made in an ioctl of a file, but not in its other operations",
    function()
      local guest = hyperfile.guest("mipsel", [[
        local function look()
          local value = hl.portal.read_int(0x10000)
          local stats = hl.stats()
          hl.log("%x %d %d", value, stats.reads_direct, stats.reads_guest)
          return 0
        end
        hl.file("/dev/a", { ioctl = look, write = look })]])
      guest.played:poke(0x10000, "abcd")
      guest:ioctl("/dev/a", 1, 0x10000, {})
      guest:write("/dev/a", "x", 0, {})
      assert.are.same({ "info: 64636261 1 0", "info: 64636261 1 1" },
        guest:log())
    end)

  it("is all that a handler has which cannot wait", function()
    local guest = world.script("mipsel", [[
      hl.kprobe("do_exit", function(event)
        show(select(2, pcall(portal.read_str, event.args[1])))
      end)]], function(guest)
      guest:poke(0x10000, "near\0")
      guest:poke(0x20000, "far\0")
      guest:absent(0x20000)
    end)
    for _, addr in ipairs { 0x10000, 0x20000 } do
      guest:probe { kind = 4, symbol = "do_exit", args = { addr }, no_wait = 1,
        flags = 2 }
    end
    -- A thread of the kernel's: what is mapped is not its own.
    guest:probe { kind = 4, symbol = "do_exit", args = { 0x10000 },
      no_wait = 1 }
    local lines = world.lines(guest)
    assert.are.equal("near", lines[1])
    assert.matches("portal.read_str: a kprobe's handler cannot wait", lines[2])
    assert.matches("portal.read_str: a kprobe's handler cannot wait", lines[3])
  end)

  it("cannot be made in table.sort either: that depends on nothing", function()
    local lines = handle("mipsel", [[
      table.sort({ 1, 2 }, function() return portal.read_int(arg) end)]],
      poke("abcd"))
    assert.matches("portal.read_int cannot wait here: inside table.sort",
      lines[1])
  end)
end)
