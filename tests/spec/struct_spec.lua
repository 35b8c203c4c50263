-- SPDX-License-Identifier: GPL-2.0-or-later
local played = require "hyperlua.played"

local PROLOGUE = [[
  local hl = require "hyperlua"
  local function text(value)
    if math.type(value) == "integer" then
      return ("%x"):format(value)
    elseif type(value) ~= "table" then
      return tostring(value)
    end
    local words = {}
    for key, inner in pairs(value) do
      words[#words + 1] = key .. "=" .. text(inner)
    end
    table.sort(words)
    return "{" .. table.concat(words, " ") .. "}"
  end
  local function show(...)
    local words = table.pack(...)
    for i = 1, words.n do
      words[i] = text(words[i])
    end
    hl.log(table.concat(words, " "))
  end
  -- Counts the questions to the guest, by name.
  local asked = {}
  for _, name in ipairs { "read_bytes", "write_bytes" } do
    local ask = hl.portal[name]
    hl.portal[name] = function(...)
      asked[name] = (asked[name] or 0) + 1
      return ask(...)
    end
  end
]]

-- Runs body in a handler of one ioctl of a new guest, with bytes at
-- arg = 0x10000; returns what it logged, line by line, and the guest.
local function handle(target, bytes, body)
  local guest = played.new(target)
  local loaded = guest:run(PROLOGUE
    .. 'hl.syscall("on_sys_ioctl_return", function(_, _, _, arg)\n'
    .. body .. "\nend)")
  assert.is_true(loaded, table.concat(guest:log(), "\n"))
  guest:hello()
  guest:poke(0x10000, bytes)
  guest:syscall { name = "ioctl", args = { 3, 1, 0x10000 } }
  local lines = {}
  for _, line in ipairs(guest:log()) do
    if not line:find "guest: Linux" then
      lines[#lines + 1] = line:gsub("^info: ", ""):match("^[^\n]*")
    end
  end
  return lines, guest
end

local TARGETS = {
  { "mipsel", "<", 4 }, { "mips", ">", 4 }, { "mips64el", "<", 8 },
  { "x86_64", "<", 8 }, { "aarch64", "<", 8 }, { "arm", "<", 4 },
}

-- The offsets below are those that clang --target=... gives.
local EVERY = [[struct every {
  u8 a; s16 b; uint32_t c; __s64 d; char e; long f; bool g;
  const void *h; char i[3]; __be16 j; unsigned short k[2]; size_t l;
} ]]

for _, case in ipairs(TARGETS) do
  local target, order, word = table.unpack(case)
  local format = order .. ("!8 B i2 I4 i8 b !W iW B !W IW c3 x >I2 < I2 I2"
    .. " !W IW !8 Xi8"):gsub("W", word):gsub("<", order)
  local bytes = string.pack(format, 0xfe, -2, 0xfedcba98, -3, 0x41, -4, 1,
    0x89abcdef, "ab\0", 0x1234, 1, 0xfffe, 0x7fffffff)
  local fields = "{a=fe b=fffffffffffffffe c=fedcba98 d=fffffffffffffffd e=41 "
    .. "f=fffffffffffffffc g=true h=89abcdef i=ab j=1234 k={1=1 2=fffe} "
    .. "l=7fffffff}"

  describe("hl.struct on " .. target, function()
    it("lays the fields out as C does", function()
      local lines = handle(target, "", "local s = hl.struct [[" .. EVERY
        .. "]] show(s.size, s.align, s.offsets)")
      assert.are.same({ word == 4 and "30 8 {a=0 b=2 c=4 d=8 e=10 f=14 g=18 "
        .. "h=1c i=20 j=24 k=26 l=2c}" or "48 8 {a=0 b=2 c=4 d=8 e=10 f=18 "
        .. "g=20 h=28 i=30 j=34 k=36 l=40}" }, lines)
    end)

    it("reads in the guest's order and size, with one question", function()
      local lines = handle(target, bytes, "show(hl.struct([[" .. EVERY
        .. "]]):read(arg)) show(asked)")
      assert.are.same({ fields, "{read_bytes=1}" }, lines)
    end)

    it("writes in the guest's order and size, with one question", function()
      local lines, guest = handle(target, ("\x55"):rep(80), "show(hl.struct([["
        .. EVERY .. [==[]]):write(arg, { a = 0xfe, b = -2, c = 0xfedcba98,
          d = -3, e = 0x41, f = -4, g = true, h = 0x89abcdef, i = "ab",
          j = 0x1234, k = { 1, 0xfffe }, l = 0x7fffffff })) show(asked)]==])
      assert.are.same({ ("%x"):format(#bytes), "{write_bytes=1}" }, lines)
      assert.are.equal(bytes .. "\x55", guest:peek(0x10000, #bytes + 1))
    end)

    it("has C's own integers", function()
      local lines = handle(target, ("\xff"):rep(64), [[
        for _, name in ipairs { "char", "unsigned char", "signed char",
          "short", "unsigned short int", "int", "signed", "unsigned",
          "long", "long unsigned int", "long long", "unsigned long long",
          "ssize_t", "size_t", "struct none *" } do
          local s = hl.struct("struct { " .. name .. " x; }")
          show(s.size, s:read(arg).x)
        end]])
      local all = ("f"):rep(16)
      local arm = target == "arm" or target == "aarch64"
      local unsigned = ("%d %s"):format(word, ("f"):rep(2 * word))
      local signed = ("%d %s"):format(word, all)
      assert.are.same({
        arm and "1 ff" or "1 " .. all, "1 ff", "1 " .. all, "2 " .. all,
        "2 ffff", "4 " .. all, "4 " .. all, "4 ffffffff", signed, unsigned,
        "8 " .. all, "8 " .. all, signed, unsigned, unsigned,
      }, lines)
    end)
  end)
end

describe("hl.struct", function()
  it("packs without holes where it is told to", function()
    local lines = handle("mipsel", "", [[
      for _, form in ipairs {
        "struct { u8 a; u32 b; } __attribute__((packed));",
        "struct __attribute__ (( __packed__ )) s { u8 a; u32 b; };",
        "struct { u8 a; u32 b; } __packed",
        "struct { u8 a; struct { u8 c; u32 d; } b; } __packed",
      } do
        local s = hl.struct(form)
        show(s.size, s.align, s.offsets)
      end]])
    assert.are.same({ "5 1 {a=0 b=1}", "5 1 {a=0 b=1}", "5 1 {a=0 b=1}",
      "9 1 {a=0 b=1}" }, lines)
  end)

  it("keeps in memory what is not given, one question for each run",
    function()
      local lines, guest = handle("mipsel", ("\x55"):rep(24), [[
        local s = hl.struct "struct { u8 a; u32 b; u32 c, d; u64 e; }"
        show(s:write(arg, { a = 1, b = 2, d = 3 }), asked)
        show(s:write(arg, {}), asked)]])
      assert.are.same({ "c {write_bytes=2}", "0 {write_bytes=2}" }, lines)
      assert.are.equal(string.pack("<BxxxI4I4I4I8", 1, 2, 0x55555555, 3,
        0x5555555555555555), guest:peek(0x10000, 24))
    end)

  it("has structs in structs, and arrays of them", function()
    local lines, guest = handle("mipsel", string.pack("<I2I2I2I2I4I4BBBB",
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10), [[
      local pair = hl.struct "struct { u16 x, y; }"
      local s = hl.struct("struct s { struct pair p[2]; struct { u32 m; } q;"
        .. "/* a comment; */ pair_t r; // to the line's end\n"
        .. "struct s *next; }", { pair = pair, pair_t = pair })
      show(s.size, s.offsets)
      show(s:read(arg))
      show(s:write(arg, { p = { { y = 0x11 }, {} }, q = { m = 0x22 } }))
      show(asked)]])
    assert.are.same({
      "14 {next=10 p=0 q=8 r=c}",
      "{next=a090807 p={1={x=1 y=2} 2={x=3 y=4}} q={m=5} r={x=6 y=0}}",
      "6", "{read_bytes=1 write_bytes=2}",
    }, lines)
    assert.are.equal(string.pack("<I2I2I2I2I4", 1, 0x11, 3, 4, 0x22),
      guest:peek(0x10000, 12))
  end)

  it("cuts strings at their NUL, and fills them with NULs", function()
    local lines, guest = handle("mipsel", "eth0\0xyz12345678", [[
      local s = hl.struct "struct { char a[8]; char b[8]; }"
      show(s:read(arg))
      show(s:write(arg, { a = "lo", b = "abcdefgh" }))]])
    assert.are.same({ "{a=eth0 b=12345678}", "10" }, lines)
    assert.are.equal("lo\0\0\0\0\0\0abcdefgh", guest:peek(0x10000, 16))
  end)

  it("packs into bytes and unpacks from them without the guest", function()
    local lines = handle("mips", "", [[
      local s = hl.struct "struct { u8 a; u32 b; u16 c; }"
      show((s:pack { b = 0x1234 }:gsub(".", function(byte)
        return ("%02x"):format(byte:byte())
      end)))
      show(s:unpack("\1...\0\0\0\2\0\3.."))
      show(s:unpack("??\1...\0\0\0\2\0\3..", 2))
      show(s:unpack("\1...\0\0\0\2\0\3.."))
      show(s:unpack("\1...\0\0\0\2\0\3.", 0))
      show(s:unpack(s:pack {}, 13))
      show(asked)]])
    assert.are.same({ "000000000000123400000000", "{a=1 b=2 c=3}",
      "{a=1 b=2 c=3}", "{a=1 b=2 c=3}", "nil EINVAL", "nil EINVAL", "{}" },
      lines)
  end)

  it("gives nil, EFAULT where a page is missing", function()
    local lines = handle("mipsel", ("x"):rep(4096), [[
      local s = hl.struct "struct { u32 a, b, c; }"
      show(s:read(arg + 4092))
      show(s:read(0))
      show(s:write(arg + 4092, { a = 1, b = 2, c = 3 }))
      show(s:write(arg + 4092, { a = 1, c = 3 }))
      show(s:at(0).a)]])
    assert.are.same({ "nil EFAULT", "nil EFAULT", "nil EFAULT 4",
      "nil EFAULT 4", "nil" }, lines)
  end)

  it("reads and writes single fields through a view", function()
    local lines, guest = handle("mips", string.pack(">I4I4I2I2I2I2c4", 1, 2, 3,
      4, 5, 6, "abc\0"), [[
      local s = hl.struct [=[struct {
        u32 off, val; struct { u16 x, y; } p[2]; char n[4];
      }]=]
      local view = s:at(arg)
      show(view.val, view.n, view.p[2].y, asked)
      view.val = view.off + 0x10
      view.p[2].x = 0x55
      view.n = "z"
      view.p = { { x = 7 }, {} }
      show(asked)]])
    assert.are.same({ "2 abc 6 {read_bytes=3}",
      "{read_bytes=4 write_bytes=4}" }, lines)
    assert.are.equal(string.pack(">I4I4I2I2I2I2c4", 1, 0x11, 7, 4, 0x55, 6,
      "z"), guest:peek(0x10000, 20))
  end)

  it("says where a view cannot wait", function()
    local lines = handle("mipsel", "1234", [[
      local view = hl.struct("struct { u32 a; }"):at(arg)
      table.sort({ 1, 2 }, function() return view.a > 0 end)]])
    assert.matches("portal.read_bytes cannot wait here", lines[1])
  end)

  it("raises when a view's field cannot be written", function()
    local lines = handle("mipsel", "", [[
      hl.struct("struct reg { u32 off, val; }"):at(0).val = 1]])
    assert.matches("spec.lua:%d+: hl.struct: reg.val at 0x4: EFAULT", lines[1])
  end)
end)

-- Runs a line of Lua and gives the error that it raises.
local function refused(line)
  local guest = played.new "mipsel"
  assert.is_false(guest:run('local hl = require "hyperlua" local s = hl.struct '
    .. '"struct reg { u8 a; s16 b[2]; char n[4]; bool f; struct { s8 z; } i; '
    .. 'u64 q; }" local view = s:at(0)\n' .. line))
  return guest:log()[1]:match "^[^\n]*"
end

describe("hl.struct refuses", function()
  for description, message in pairs {
    [""] = "at its end: expected struct { ... }",
    ["int x;"] = '"int x;": expected struct { ... }',
    ["struct"] = "at its end: expected a struct's name or {",
    ["struct reg"] = "at its end: expected {",
    ["struct { }"] = '"}": expected a field\'s type',
    ["struct { u33 a; }"] = '"u33 a; }": expected a type, and u33 is none',
    ["struct { struct no a; }"] = '"no a; }": expected a type, and struct no '
      .. "is none",
    ["struct { void a; }"] = '"void a; }": expected a type, and void is none',
    ["struct { long char a; }"] = '"long char a; }": expected a type of C',
    ["struct { u32 a }"] = '"}": expected ;',
    ["struct { u32; }"] = '"; }": expected a field\'s name',
    ["struct { u32 a"] = "at its end: expected ;",
    ["struct { u32 a; /* b; }"] = '"/* b; }": expected the comment\'s end, */',
    ["struct { int a : 3; }"] = '"a : 3; }": bitfields are not supported: '
      .. "describe the whole integer",
    ["struct { union { u8 a; } b; }"] = '"union { u8 a; } b; }": unions are '
      .. "not supported: describe each form as a struct of its own",
    ["struct { u8 a[]; }"] = '"]; }": expected an array\'s size, decimal or '
      .. "hexadecimal",
    ["struct { u8 a[N]; }"] = '"N]; }": expected an array\'s size, decimal or '
      .. "hexadecimal",
    ["struct { u8 a[0]; }"] = '"0]; }": expected a size from 1 to 16 MiB, '
      .. "decimal or hexadecimal",
    ["struct { u8 a[010]; }"] = '"010]; }": expected a size from 1 to 16 MiB, '
      .. "decimal or hexadecimal",
    ["struct { u8 a[0x10000000000000001]; }"] = '"0x10000000000000001]; }": '
      .. "expected a size from 1 to 16 MiB, decimal or hexadecimal",
    ["struct { u8 a[2][3]; }"] = '"[3]; }": arrays of arrays are not '
      .. "supported",
    ["struct { u8 a[0x1000000], b; }"] = '"{ u8 a[0x1000000], b; }": it has '
      .. "16777217 bytes, more than 16 MiB",
    ["struct { u8 a; u16 a; }"] = '"a; }": there is a field a already',
    ["struct { u8 a; } x"] = '"x": expected the end',
    ["struct { u8 a; } __attribute__((aligned(8)))"] = '"__attribute__'
      .. '((aligned(8)))": expected __attribute__((packed)): no other is known',
  } do
    it(("%q"):format(description), function()
      assert.are.equal("error: spec.lua:2: hl.struct: " .. message,
        refused("hl.struct [[" .. description .. "]]"))
    end)
  end

  for line, message in pairs {
    ["hl.struct(7)"] = 'expected a description such as "struct { u32 off; }", '
      .. "not 7",
    ["hl.struct('struct { x a; }', 7)"] = "the structs known must be a table, "
      .. "not 7",
    ["hl.struct('struct { x a; }', { x = {} })"] = "x must be what hl.struct "
      .. "gave",
    ["s:pack { a = 256 }"] = "reg.a must be an integer from 0 to 255, not 256",
    ["s:pack { a = -1 }"] = "reg.a must be an integer from 0 to 255, not -1",
    ["s:pack { a = 1.5 }"] = "reg.a must be an integer from 0 to 255, not 1.5",
    ["s:pack { a = '1' }"] = "reg.a must be an integer from 0 to 255, "
      .. 'not "1"',
    ["s:pack { q = 1e20 }"] = "reg.q must be an integer, not 1e+20",
    ["s:pack { b = { 1, 32768 } }"] = "reg.b[2] must be an integer from "
      .. "-32768 to 32767, not 32768",
    ["s:pack { b = { 1 } }"] = "reg.b must have 2 values, not 1",
    ["s:pack { b = 7 }"] = "reg.b must be a table of 2 values, not 7",
    ["s:pack { n = 'abcde' }"] = "reg.n must be a string of up to 4 bytes, "
      .. 'not "abcde"',
    ["s:pack { n = 7 }"] = "reg.n must be a string of up to 4 bytes, not 7",
    ["s:pack { f = 1 }"] = "reg.f must be true or false, not 1",
    ["s:pack { i = 1 }"] = "reg.i must be a table of fields, not 1",
    ["s:pack { i = { z = 128 } }"] = "z must be an integer from -128 to 127, "
      .. "not 128",
    ["s:pack { c = 1 }"] = "struct reg has no field c",
    ["s:pack(nil)"] = "struct reg must be a value, not nil",
    ["s:unpack(7)"] = "what is unpacked must be a string, not number",
    ["s:unpack('', -1)"] = "the offset must be an integer from 0, not -1",
    ["s:read(nil)"] = "the address must be an integer, not nil",
    ["s:write(0, nil)"] = "struct reg must be a value, not nil",
    ["s:write('x', {})"] = "the address must be an integer, not x",
    ["s:at(1.5)"] = "the address must be an integer, not 1.5",
    ["print(view.c)"] = "struct reg has no field c",
    ["view.c = 1"] = "struct reg has no field c",
    ["view.a = nil"] = "reg.a must be a value, not nil",
    ["view.a = 300"] = "reg.a must be an integer from 0 to 255, not 300",
  } do
    it(line, function()
      assert.are.equal("error: spec.lua:2: hl.struct: " .. message,
        refused(line))
    end)
  end
end)
