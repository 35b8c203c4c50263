-- SPDX-License-Identifier: GPL-2.0-or-later
-- The portal's integers of every size, arrays and lists.
local world = require "world"

local TARGETS = { mipsel = "<I4", mips = ">I4", mips64el = "<I8",
  x86_64 = "<I8" }

local function poke(bytes)
  return function(guest)
    guest:poke(0x10000, bytes)
  end
end

for target, word in pairs(TARGETS) do
  local order = word:sub(1, 1)
  local size = word:packsize()

  describe("the portal's lists on " .. target, function()
    it("are read in the guest's order and size", function()
      local bytes = (order .. "I4I4I8I8"):pack(1, 0xfffffffe, 3, -4 & -1)
        .. word:rep(3):pack(0x10, 0x20, 0)
      local lines = world.handle(target, [[
        show(portal.read_ints(arg, 2), portal.read_longs(arg + 8, 2),
          portal.read_ptrs(arg + 24, 3), portal.read_ptrs(arg + 24))]],
        poke(bytes))
      assert.are.same({ "{1 fffffffe} {3 fffffffffffffffc} {10 20 0} {10 20}" },
        lines)
    end)

    it("are written in the guest's order and size", function()
      local lines, guest = world.handle(target, [[
        show(portal.write_ints(arg, { 1, -2, 0xffffffff }),
          portal.write_longs(arg + 12, { -3 }),
          portal.write_ptrs(arg + 20, { 4, 5 }))]], poke(("\x55"):rep(64)))
      assert.are.same({ ("c 8 %x"):format(2 * size) }, lines)
      assert.are.equal((order .. "i4i4I4i8"):pack(1, -2, 0xffffffff, -3)
        .. word:rep(2):pack(4, 5) .. "\x55", guest:peek(0x10000, 21 + 2 * size))
    end)

    it("of strings are read by their pointers", function()
      local at = 0x10000
      local lines = world.handle(target, [[
        show(portal.read_strs(arg), portal.read_strs(arg, 1),
          portal.read_strs(arg, 0))]],
        poke(word:rep(3):pack(at + 64, at + 66, 0):sub(1, 3 * size)
          .. ("\0"):rep(64 - 3 * size) .. "a\0bc\0"))
      assert.are.same({ "{a bc} {a} {}" }, lines)
    end)
  end)
end

describe("a pointer of a 32-bit program on a 64-bit kernel", function()
  it("has 4 bytes", function()
    local guest = world.script("x86_64", [[
      hl.syscall("on_sys_ioctl_return", function(syscall, fd, cmd, arg)
        show(portal.read_ptr(arg), portal.read_ptrs(arg),
          portal.write_ptr(arg, -1), portal.write_ptrs(arg + 8, { 7 }))
      end)]], function(guest)
      guest:poke(0x10000, ("<I4I4I4I4"):pack(5, 6, 0, 0xff))
    end)
    guest:syscall { name = "ioctl", args = { 3, 1, 0x10000 }, compat = true }
    assert.are.same({ "5 {5 6} 4 4" }, world.lines(guest))
    assert.are.equal(("<i4I4I4I4"):pack(-1, 6, 7, 0xff),
      guest:peek(0x10000, 16))
  end)
end)

describe("a portal's integer", function()
  it("may have one byte, or two", function()
    local lines, guest = world.handle("mips", [[
      show(portal.read_byte(arg), portal.read_word(arg),
        portal.write_byte(arg + 2, 0xff), portal.write_byte(arg + 3, -128),
        portal.write_word(arg + 4, 0xfffe), portal.write_word(arg + 6, -2))]],
      poke("\xfe\xdc......"))
    assert.are.same({ "fe fedc 1 1 2 2" }, lines)
    assert.are.equal("\xfe\xdc\xff\x80\xff\xfe\xff\xfe",
      guest:peek(0x10000, 8))
  end)

  for call, bits in pairs {
    ["write_byte(arg, 256)"] = 8, ["write_byte(arg, -129)"] = 8,
    ["write_word(arg, 65536)"] = 16, ["write_int(arg, 1 << 32)"] = 32,
    ["write_ptr(arg, -(1 << 31) - 1)"] = 32,
  } do
    it("must fit: " .. call, function()
      local lines = world.handle("mipsel", "portal." .. call)
      assert.matches("it does not fit " .. bits .. " bits", lines[1], 1, true)
    end)
  end
end)

describe("a portal's list", function()
  it("gives what could be read before a page that is missing", function()
    local lines = world.handle("mipsel", [[
      show(portal.read_ints(arg + 4090, 3))
      show(portal.read_ptrs(arg + 4090))
      show(portal.read_strs(arg + 4084))
      show(portal.read_strs(arg + 4090, 1))
      show(portal.write_ints(arg + 4090, { 1, 2, 3 }))
      show(portal.read_strs(0))]],
      poke(("\0"):rep(4084) .. ("<I4I4I4"):pack(0x10ff0, 0x20000, 0)))
    assert.are.same({
      "nil EFAULT {2}", "nil EFAULT {2}", "nil EFAULT {}", "nil EFAULT {}",
      "nil EFAULT 6", "nil EFAULT {}",
    }, lines)
  end)

  it("may end right before a page that is missing", function()
    local lines = world.handle("mipsel", "show(portal.read_ptrs(arg + 4088))",
      poke(("\0"):rep(4088) .. ("<I4I4"):pack(7, 0)))
    assert.are.same({ "{7}" }, lines)
  end)

  it("may lie at an odd address across pages", function()
    local lines = world.handle("mipsel", "show(#portal.read_ptrs(arg + 3))",
      poke("..." .. ("<I4"):pack(9):rep(3000) .. "\0\0\0\0"))
    assert.are.same({ "bb8" }, lines)
  end)

  it("without a NULL ends at some time", function()
    local lines = world.handle("mipsel", [[
      local list, err, part = portal.read_ptrs(arg)
      show(list, err, #part > 65536)]], poke(("\1"):rep(300000)))
    assert.are.same({ "nil E2BIG true" }, lines)
  end)

  it("of one string again and again does not fill the host's memory",
    function()
      local lines = world.handle("mipsel", [[
        local list, err, part = portal.read_strs(arg)
        show(list, err, #part)]],
        poke(("<I4"):pack(0x20000):rep(200) .. ("\0"):rep(0x10000 - 800)
          .. ("s"):rep(131071) .. "\0"))
      assert.are.same({ "nil E2BIG 80" }, lines)
    end)

  for call, message in pairs {
    ["read_ints(arg)"] = "read_ints: the count must be an integer, not nil",
    ["read_ints(arg, -1)"] = "read_ints: the count must be from 0 to 4194304",
    ["read_longs(arg, 1 << 60)"] = "read_longs: the count must be from 0 to "
      .. "2097152",
    ["read_ptrs({})"] = "read_ptrs: the address must be an integer, not table",
    ["read_strs(arg, 1.5)"] = "read_strs: the maximum must be an integer, not "
      .. "1.5",
    ["write_ints(arg, { 1, 1 << 32 })"] = "write_ints: list[2] = 4294967296 "
      .. "does not fit 32 bits",
    ["write_ints(arg, 'x')"] = "write_ints: the list must be a table, not "
      .. "string",
    ["write_ptrs(arg, { {} })"] = "write_ptrs: list[1] must be an integer, "
      .. "not table",
  } do
    it("names the mistake in " .. call, function()
      local lines = world.handle("mipsel", "portal." .. call)
      assert.is_truthy(lines[1]:find("spec.lua:%d+: portal%."), lines[1])
      assert.is_truthy(lines[1]:find(message, 1, true), lines[1])
    end)
  end
end)
