-- SPDX-License-Identifier: GPL-2.0-or-later
local played = require "hyperlua.played"

-- Runs a script in a new guest, and returns what it logged, line by line.
local function run(target, body)
  local guest = played.new(target)
  guest:run([[
    local hl = require "hyperlua"
    local function show(cmd)
      local d = hl.ioctl.decode(cmd)
      print(d.direction, d.type, d.number, d.size, d.text)
    end
  ]] .. body)
  local lines = {}
  for i, line in ipairs(guest:log()) do
    lines[i] = line:gsub("^info: ", ""):match "^[^\n]*"
  end
  return lines
end

local MIPS = { "mipsel", "mips", "mips64el" }
local OTHERS = { "x86_64", "aarch64", "arm" }

-- As the kernel's own headers give them: WDIOC_GETSUPPORT, RTC_SET_TIME,
-- WDIOC_SETTIMEOUT, RTC_AIE_ON, TUNSETSNDBUF, one of a type without a letter.
local DECODED = {
  "read\tW\t0\t40\t_IOR('W', 0, 40)",
  "write\tp\t10\t36\t_IOW('p', 10, 36)",
  "readwrite\tW\t6\t4\t_IOWR('W', 6, 4)",
  "none\tp\t1\t0\t_IO('p', 1)",
  "write\tT\t212\t4\t_IOW('T', 212, 4)",
  "read\t148\t26\t16\t_IOR(0x94, 26, 16)",
}

describe("hl.ioctl.decode", function()
  local function decodes(targets, commands)
    for _, target in ipairs(targets) do
      it("takes commands apart on " .. target, function()
        assert.are.same(DECODED, run(target, ("for _, cmd in ipairs {%s} do "
          .. "show(cmd) end"):format(table.concat(commands, ","))))
      end)
    end
  end
  decodes(MIPS, { "0x40285700", "0x8024700a", "0xc0045706", "0x20007001",
    "0x800454d4", "0x4010941a" })
  decodes(OTHERS, { "0x80285700", "0x4024700a", "0xc0045706", "0x7001",
    "0x400454d4", "0x8010941a" })

  for _, target in ipairs { "mipsel", "x86_64" } do
    it("shows numbers that were never encoded as such on " .. target,
      function()
        assert.are.same({
          "none\t137\t241\t0\t0x89f1",
          "none\tT\t1\t0\t0x5401",
        }, run(target, "show(0x89F1) show(0x5401)"))
      end)

    it("takes the low 32 bits, as the kernel does, on " .. target, function()
      local lines = run(target, "show(0xc0045706) show(0xc0045706 - (1 << 32)) "
        .. "show(0x55c0045706)")
      assert.are.same({ DECODED[3], DECODED[3], DECODED[3] }, lines)
    end)
  end

  it("shows what no macro writes as a number", function()
    assert.are.same({
      "none\tT\t1\t0\t0x5401", "none\tW\t1\t4\t0x20045701",
      "read\tW\t1\t4\t0x60045701", "readwrite\tW\t1\t4\t0xe0045701",
    }, run("mips", "show(0x5401) show(0x20045701) show(0x60045701) "
      .. "show(0xe0045701)"))
    assert.are.same({ "none\tW\t1\t4\t0x45701" },
      run("x86_64", "show(0x45701)"))
  end)

  it("writes a type that is no plain character as a number", function()
    assert.are.same({
      "none\t'\t1\t0\t_IO(0x27, 1)", "none\t\\\t1\t0\t_IO(0x5c, 1)",
      "none\t32\t1\t0\t_IO(0x20, 1)", "none\t~\t1\t0\t_IO('~', 1)",
      "none\t255\t1\t0\t_IO(0xff, 1)",
    }, run("arm", "for _, cmd in ipairs { 0x2701, 0x5c01, 0x2001, 0x7e01, "
      .. "0xff01 } do show(cmd) end"))
  end)
end)

describe("hl.ioctl", function()
  local BODY = [[
    local time = hl.struct "struct { int t[9]; }"
    for _, cmd in ipairs { hl.ioctl.IOR("W", 0, 40),
      hl.ioctl.IOW("p", 10, time), hl.ioctl.IOWR(0x57, 6, 4),
      hl.ioctl.IO("p", 1), hl.ioctl.IOW("T", 0xd4, 4),
      hl.ioctl.IOR(0x94, 0x1a, 16) } do
      print(("%x"):format(cmd))
    end]]
  for _, target in ipairs(MIPS) do
    it("makes commands for " .. target, function()
      assert.are.same({ "40285700", "8024700a", "c0045706", "20007001",
        "800454d4", "4010941a" }, run(target, BODY))
    end)
  end
  for _, target in ipairs(OTHERS) do
    it("makes commands for " .. target, function()
      assert.are.same({ "80285700", "4024700a", "c0045706", "7001",
        "400454d4", "8010941a" }, run(target, BODY))
    end)
  end

  local TYPE = "the type, a character or a number, must be from 0 to 255, not "
  for line, message in pairs {
    ["hl.ioctl.decode('x')"] = "decode: the command must be an integer, not x",
    ["hl.ioctl.decode(1.5)"] = "decode: the command must be an integer, "
      .. "not 1.5",
    ["hl.ioctl.IO('WD', 1)"] = "IO: " .. TYPE .. "WD",
    ["hl.ioctl.IO(256, 1)"] = "IO: " .. TYPE .. "256",
    ["hl.ioctl.IO('W', 256)"] = "IO: the number must be from 0 to 255, not 256",
    ["hl.ioctl.IOW('W', -1, 4)"] = "IOW: the number must be from 0 to 255, "
      .. "not -1",
    ["hl.ioctl.IOR('W', 1)"] = "IOR: the size must be from 0 to 8191, not nil",
    ["hl.ioctl.IOWR('W', 1, 8192)"] = "IOWR: the size must be from 0 to 8191, "
      .. "not 8192",
  } do
    it("refuses " .. line, function()
      assert.are.same({ "error: spec.lua:6: hl.ioctl." .. message },
        run("mipsel", line))
    end)
  end

  it("has room for larger structs where the machine has", function()
    assert.are.same({ "ffff5701" },
      run("arm", "print(('%x'):format(hl.ioctl.IOWR('W', 1, 16383)))"))
  end)
end)

describe("hl.errno", function()
  local BODY = [[
    local errno = hl.errno
    print(errno.EPERM, errno.EINVAL, errno.ERANGE, errno.EDEADLK, errno.ENOSYS,
      errno.ENOTCONN, errno.ETIMEDOUT, errno.EINPROGRESS, errno.EDQUOT,
      errno.EWOULDBLOCK, errno.ENOTSUP, errno.EDEADLOCK)
    print(errno.name(22), errno.name(11), errno.name(35), errno.name(89),
      errno.name(145), errno.name(4095))
    local count, both = 0, 0
    for name, number in pairs(errno) do
      count = count + 1
      both = both + (errno.name(number) == name and 1 or 0)
    end
    print(count, both)]]

  for _, target in ipairs(MIPS) do
    it("has the numbers of " .. target, function()
      assert.are.same({
        "1\t22\t34\t45\t89\t134\t145\t150\t1133\t11\t122\t56",
        "EINVAL\tEAGAIN\tENOMSG\tENOSYS\tETIMEDOUT\tnil",
        "136\t134",
      }, run(target, BODY))
    end)
  end
  for _, target in ipairs(OTHERS) do
    it("has the numbers of " .. target, function()
      assert.are.same({
        "1\t22\t34\t35\t38\t107\t110\t115\t122\t11\t95\t35",
        "EINVAL\tEAGAIN\tEDEADLK\tEDESTADDRREQ\tnil\tnil",
        "134\t131",
      }, run(target, BODY))
    end)
  end

  it("refuses a name that it does not know", function()
    assert.are.same({ "error: spec.lua:6: hl.errno has no EINVALID" },
      run("mipsel", "print(hl.errno.EINVALID)"))
  end)

  it("refuses a name where a number is due", function()
    assert.are.same({ "error: spec.lua:6: hl.errno.name: the number must be an "
      .. "integer, not EIO" }, run("mipsel", "hl.errno.name 'EIO'"))
  end)
end)
