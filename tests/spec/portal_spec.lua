-- SPDX-License-Identifier: GPL-2.0-or-later
local played = require "hyperlua.played"

-- Runs body in a handler of one ioctl of a new guest, with arg = 0x10000, and
-- returns what it logged, line by line, and the guest.
local function handle(target, body, prepare)
  local guest = played.new(target)
  assert.is_true(guest:run([[
    local hl = require "hyperlua"
    local portal, log = hl.portal, hl.log
    local function show(...)
      local words = table.pack(...)
      for i = 1, words.n do
        words[i] = math.type(words[i]) == "integer" and ("%x"):format(words[i])
          or tostring(words[i])
      end
      log(table.concat(words, " "))
    end
    hl.syscall("on_sys_ioctl_return", function(syscall, fd, cmd, arg)
      ]] .. body .. "\nend)"), table.concat(guest:log(), "\n"))
  guest:hello()
  if prepare then
    prepare(guest)
  end
  guest:syscall { name = "ioctl", args = { 3, 1, 0x10000 } }
  local lines = {}
  for _, line in ipairs(guest:log()) do
    if not line:find "guest: Linux" then
      lines[#lines + 1] = line:gsub("^info: ", ""):match("^[^\n]*")
    end
  end
  return lines, guest
end

local WIDTHS = {
  { "mipsel", "<", 4 }, { "mips", ">", 4 }, { "mips64el", "<", 8 },
  { "x86_64", "<", 8 }, { "aarch64", "<", 8 }, { "arm", "<", 4 },
}

for _, width in ipairs(WIDTHS) do
  local target, order, word = table.unpack(width)

  describe("hl.portal on " .. target, function()
    it("reads integers in the guest's order and size", function()
      local lines = handle(target, [[
        show(portal.read_int(arg), portal.read_long(arg + 4),
          portal.read_ptr(arg + 12))]], function(guest)
        guest:poke(0x10000, string.pack(order .. "I4I8I" .. word, 0xfedcba98,
          0x123456789abcdef0, 0x89abcdef))
      end)
      assert.are.same({ "fedcba98 123456789abcdef0 89abcdef" }, lines)
    end)

    it("writes integers in the guest's order and size", function()
      local lines, guest = handle(target, [[
        show(portal.write_int(arg, 0xfedcba98), portal.write_long(arg + 4, -2),
          portal.write_ptr(arg + 12, 0x89abcdef))]], function(guest)
        guest:poke(0x10000, ("\x55"):rep(32))
      end)
      assert.are.same({ ("4 8 %d"):format(word) }, lines)
      assert.are.equal(
        string.pack(order .. "I4i8I" .. word, 0xfedcba98, -2, 0x89abcdef)
          .. "\x55", guest:peek(0x10000, 13 + word))
    end)
  end)
end

describe("hl.portal", function()
  it("reads and writes strings with their NUL", function()
    local lines, guest = handle("mipsel", [[
      show(portal.read_str(arg), portal.read_str(arg, 2),
        portal.write_str(arg, "lo"), portal.read_str(arg),
        portal.read_str(arg + 100))]], function(guest)
      guest:poke(0x10000, "eth0\0rest")
    end)
    assert.are.same({ "eth0 et 3 lo " }, lines)
    assert.are.equal("lo\0000\0rest", guest:peek(0x10000, 9))
  end)

  -- With reads that do without the guest, and where there are none.
  for _, target in ipairs { "mipsel", "x86_64" } do
    it("carries more than one region holds, on " .. target, function()
      local text = {}
      for i = 1, 5000 do
        text[i] = ("%04x"):format(i)
      end
      text = table.concat(text)
      local lines, guest = handle(target, [[
        local s = portal.read_bytes(arg, 20000)
        show(#s, portal.write_bytes(arg + 0x20000, s),
          #portal.read_str(arg, 30000), #portal.read_str(arg))]],
        function(guest)
          guest:poke(0x10000, text .. "\0")
          guest:poke(0x30000, ("\0"):rep(20000))
        end)
      assert.are.same({ "4e20 4e20 4e20 1000" }, lines)
      assert.are.equal(text, guest:peek(0x30000, 20000))
    end)

    it("gives nil, EFAULT, and how far it came, on " .. target,
      function()
        local lines = handle(target, [[
          show(portal.read_int(0))
          show(portal.read_int(arg + 4094))
          show(portal.read_bytes(arg + 4090, 10))
          show(portal.read_str(arg + 4090))
          show(portal.write_bytes(arg + 4090, "0123456789"))
          show(portal.write_int(0x7fffffff, 1))
          show(portal.read_str(-1))]], function(guest)
          guest:poke(0x10000, ("x"):rep(4096))
        end)
        assert.are.same({
          "nil EFAULT", "nil EFAULT", "nil EFAULT xxxxxx", "nil EFAULT xxxxxx",
          "nil EFAULT 6", "nil EFAULT 0", "nil EFAULT ",
        }, lines)
      end)
  end

  it("is not led round in circles by a guest that reads nothing", function()
    local lines = handle("x86_64", [[
      show(portal.read_bytes(arg, 4))
      show(portal.read_int(arg))]], function(guest)
      guest:can(1, "")
    end)
    assert.are.same({ "nil EFAULT ", "nil EFAULT" }, lines)
  end)

  it("reads nothing without asking", function()
    local lines = handle("mipsel", [[
      show(#portal.read_bytes(0, 0), #portal.read_str(0, 0),
        portal.write_bytes(0, ""))]])
    assert.are.same({ "0 0 0" }, lines)
  end)

  it("waits inside pcall and inside the script's own coroutines", function()
    local lines = handle("mipsel", [[
      show(pcall(function() return portal.read_int(arg) end))
      local walk = coroutine.wrap(function(a)
        local b = coroutine.yield(portal.read_int(a))
        return portal.read_int(a + b)
      end)
      show(walk(arg), walk(4))
      local thread = coroutine.create(function()
        error(portal.read_str(arg + 8))
      end)
      show(coroutine.resume(thread))]], function(guest)
      guest:poke(0x10000, string.pack("<I4I4z", 0x11, 0x22, "oops"))
    end)
    assert.are.same({ "true 11", "11 22", "false spec.lua:19: oops" }, lines)
  end)

  for place, body in pairs {
    ["table.sort"] = "table.sort({ 1, 2 }, function() "
      .. "return portal.read_int(arg) end)",
    ["string.gsub"] = "('x'):gsub('x', function() "
      .. "return portal.read_int(arg) end)",
  } do
    it("says that it cannot wait inside " .. place, function()
      local lines = handle("mipsel", body)
      assert.matches("portal.read_int cannot wait here: inside table.sort, "
        .. "string.gsub, or a metamethod called from C", lines[1])
    end)
  end

  it("says that there is no guest while the script loads", function()
    local guest = played.new "mipsel"
    assert.is_false(guest:run 'require("hyperlua").portal.read_int(0)')
    assert.matches("^error: .*portal.read_int asks the guest, and there is no "
      .. "request of a guest here: use hl.spawn, or call it in a handler",
      guest:log()[1])
  end)

  for body, message in pairs {
    ["portal.read_bytes(arg, -1)"] = "length must be from 0 to 16 MiB",
    ["portal.read_bytes(arg, 1 << 30)"] = "length must be from 0 to 16 MiB",
    ["portal.read_int('x')"] = "number expected, got string",
    ["portal.write_bytes(arg, nil)"] = "string expected, got nil",
    ["portal.write_int(arg, 1.5)"] = "number has no integer representation",
  } do
    it("raises for " .. body, function()
      local lines = handle("mipsel", body)
      assert.is_truthy(lines[1]:find(message, 1, true), lines[1])
    end)
  end
end)
