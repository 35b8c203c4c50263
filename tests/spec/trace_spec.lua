-- SPDX-License-Identifier: GPL-2.0-or-later
local played = require "hyperlua.played"
local world = require "world"

local EXIT = 2
local CWD = 0xffffff9c

-- What is traced while calls(guest) runs; durations, all different, are left
-- out.
local function traced(names, calls, more, target)
  local path = os.tmpname()
  local guest = played.new(target or "mipsel")
  local script = ([[require("hyperlua").trace(%q, { out = %q, %s })]])
    :format(names, path, more or "all = true")
  assert.is_true(guest:run(script), table.concat(guest:log(), "\n"))
  assert.are.equal(0, guest:hello())
  guest:poke(0x10000, "/etc/passwd\0")
  calls(guest)
  guest:close()
  local lines = {}
  for line in io.lines(path) do
    lines[#lines + 1] = line:gsub(" <%d+%.%d%d%d%d%d%d>$", " <>")
  end
  os.remove(path)
  return lines
end

local function call(guest, name, args, retval, more)
  local event = { name = name, args = args, retval = retval, comm = "cat",
    pid = 7 }
  for key, value in pairs(more or {}) do
    event[key] = value
  end
  guest:syscall(event)
end

-- A call that does not come back: its HL_CALL_SYSCALL alone, to the first
-- hook, which is that of the first traced call's entry.
local function enter(guest, name, args, pid)
  local _, region = guest:kernel()
  guest:kernel_poke(region + 24, ("<I4I4I4I4c16c64I4I4i8i8i8i8i8i8i8i8i8I4")
    :pack(1, 1, pid, pid, "cat", name, 0, 0, args[1], args[2], 0, 0, 0, 0, 0, 0,
      0, 1))
  assert.are.equal(0, guest:ring(6, region))
end

describe("hl.trace", function()
  it("prints arguments, result and duration", function()
    assert.are.same({
      '7 cat openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3 <>',
      '7 cat close(3) = 0 <>',
    }, traced("openat,close", function(guest)
      call(guest, "openat", { CWD, 0x10000, 0x80000, 0x1234 }, 3)
      call(guest, "close", { 3 }, 0)
      call(guest, "getpid", {}, 7)
    end))
  end)

  it("says a mode only where a file may be made", function()
    assert.are.same({
      '7 cat openat(5, "/etc/passwd", O_WRONLY|O_CREAT|O_TRUNC, 0640) = 3 <>',
      '7 cat openat(5, "/etc/passwd", O_RDWR|0x400000) = 3 <>',
    }, traced("openat", function(guest)
      call(guest, "openat", { 5, 0x10000, 0x301, 416 }, 3)
      call(guest, "openat", { 5, 0x10000, 0x400002, 416 }, 3)
    end))
  end)

  it("names errors, and the kernel's restarts", function()
    assert.are.same({
      '7 cat close(3) = -1 EBADF <>',
      '7 cat close(-1) = -1 EDQUOT <>',
      '7 cat close(3) = ? ERESTARTSYS <>',
      '7 cat close(3) = -1 4095 <>',
    }, traced("close", function(guest)
      call(guest, "close", { 3 }, -9)
      call(guest, "close", { 0xffffffff }, -1133)
      call(guest, "close", { 3 }, -512)
      call(guest, "close", { 3 }, -4095)
    end))
  end)

  it("shows what was written, and what was read once it is", function()
    local text = 'a "b"\\\n\0\255' .. ("x"):rep(40)
    assert.are.same({
      [[7 cat write(1, "a \"b\"\\\n\000\377xxxxxxxxxxxxxxxxxxxxxxx"..., 49) ]]
        .. "= 49 <>",
      [[7 cat write(1, "a \"b", 4) = 4 <>]],
      [[7 cat read(0, "a \"b", 100) = 4 <>]],
      [[7 cat read(0, "", 100) = 0 <>]],
      [[7 cat read(0, 0x20000, 100) = -1 EAGAIN <>]],
      [[7 cat read(0, NULL, 100) = -1 EFAULT <>]],
      [[7 cat write(1, 0x30000, 4) = -1 EFAULT <>]],
    }, traced("read,write", function(guest)
      guest:poke(0x20000, text)
      call(guest, "write", { 1, 0x20000, #text }, #text)
      call(guest, "write", { 1, 0x20000, 4 }, 4)
      call(guest, "read", { 0, 0x20000, 100 }, 4)
      call(guest, "read", { 0, 0x20000, 100 }, 0)
      call(guest, "read", { 0, 0x20000, 100 }, -11)
      call(guest, "read", { 0, 0, 100 }, -14)
      call(guest, "write", { 1, 0x30000, 4 }, -14)
    end))
  end)

  it("takes ioctl commands apart, and argument lists", function()
    assert.are.same({
      "7 cat ioctl(3, _IOR('W', 0, 40), 0x20000) = 0 <>",
      "7 cat ioctl(3, 0x89f1, 0) = -1 ENOTTY <>",
      '7 cat execve("/etc/passwd", ["/etc/passwd", "wd"], NULL) = 0 <>',
    }, traced("ioctl,execve", function(guest)
      guest:poke(0x20000, ("<I4I4I4"):pack(0x10000, 0x10009, 0))
      call(guest, "ioctl", { 3, 0x40285700, 0x20000 }, 0)
      call(guest, "ioctl", { 3, 0x89f1, 0 }, -25)
      call(guest, "execve", { 0x10000, 0x20000, 0 }, 0)
    end))
  end)

  it("prints six numbers of a call without a prototype", function()
    assert.are.same({ "7 cat cachectl(1, 2, 0x10000, 0, 0, 0) = 0 <>" },
      traced("cachectl", function(guest)
        call(guest, "cachectl", { 1, 2, 0x10000 }, 0)
      end))
  end)

  it("traces all calls", function()
    assert.are.same({ "7 cat getpid() = 7 <>", "7 cat close(1) = 0 <>" },
      traced("all", function(guest)
        call(guest, "getpid", {}, 7)
        call(guest, "close", { 1 }, 0)
      end))
  end)

  it("leaves out the processes of other names", function()
    assert.are.same({ "7 dog close(1) = 0 <>" },
      traced("close", function(guest)
        call(guest, "close", { 1 }, 0)
        call(guest, "close", { 1 }, 0, { comm = "dog" })
      end, 'all = true, comm = "dog"'))
  end)

  it("ends what never returns with a question mark", function()
    assert.are.same({
      "7 cat exit_group(0, 0, 0, 0, 0, 0) = ?",
      "9 cat nanosleep(0x20000, NULL) = ?",
      "8 cat nanosleep(0x20000, NULL) = ?",
      "8 cat nanosleep(0x20000, 0x4) = 0 <>",
    }, traced("nanosleep,exit_group", function(guest)
      call(guest, "exit_group", {}, 0)
      for pid = 8, 9 do
        enter(guest, "nanosleep", { 0x20000, 0 }, pid)
      end
      guest:probe { kind = EXIT, pid = 9, no_wait = 1 }
      call(guest, "nanosleep", { 0x20000, 4 }, 0, { pid = 8 })
    end))
  end)

  it("traces what descends from process 1, from its execve on", function()
    assert.are.same({
      '20 cat execve("/etc/passwd", NULL, NULL) = -1 ENOENT <>',
      "20 cat close(20) = 0 <>",
      "22 cat close(22) = 0 <>",
      "21 cat close(21) = 0 <>",
      "30 cat close(30) = 0 <>",
    }, traced("close,execve", function(guest)
      local function process(pid, parent, exe)
        world.add(guest, { pid = pid, parent = parent, exe = exe })
      end
      local function close(pid)
        call(guest, "close", { pid }, 0, { pid = pid })
      end
      process(1, 0, "/hyperlua/init")
      process(2, 0, "")
      process(10, 2, "")
      process(11, 10, "/sbin/modprobe")
      process(20, 1, "/hyperlua/init")
      process(21, 20, "/bin/sh")
      process(22, 21, "/bin/cat")
      process(30, 1, "/bin/orphan")
      for _, pid in ipairs { 1, 2, 11, 10, 20, 99 } do
        close(pid)
      end
      call(guest, "execve", { 0x10000, 0, 0 }, -2, { pid = 20 })
      for _, pid in ipairs { 20, 22, 21, 30 } do
        close(pid)
      end
      guest:probe { kind = EXIT, pid = 22, no_wait = 1 }
      guest:kill(22)
      process(22, 10, "/sbin/modprobe")
      close(22)
    end, ""))
  end)

  it("does not let a process forge lines by its name", function()
    assert.are.same({ "7 x\\n8 y\\033[ close(1) = 0 <>" },
      traced("close", function(guest)
        call(guest, "close", { 1 }, 0, { comm = "x\n8 y\27[" })
      end))
  end)

  it("refuses a list that is none, and a file that cannot be", function()
    local guest = played.new "mipsel"
    for script, text in pairs {
      ['hl.trace ""'] = 'hl.trace: "" is no list such as "openat,ioctl"',
      ['hl.trace()'] = 'hl.trace: "nil" is no list such as "openat,ioctl"',
      ['hl.trace "openat,"'] =
        'hl.trace: "openat," is no list such as "openat,ioctl"',
      ['hl.trace "open at"'] =
        'hl.trace: "open at" is no list such as "openat,ioctl"',
      ['hl.trace("close", { out = "/nowhere/x" })'] =
        "hl.trace: /nowhere/x: No such file or directory",
    } do
      assert.is_false(guest:run('local hl = require "hyperlua" ' .. script))
      local log = guest:log()
      assert.are.equal("error: " .. text, log[#log]:match "^[^\n]*")
    end
  end)
end)

describe("hl.flags", function()
  it("has the numbers of the guest's machine", function()
    for target, text in pairs {
      mipsel = "O_WRONLY|O_TRUNC|0x40",
      x86_64 = "O_WRONLY|O_CREAT|O_TRUNC",
      aarch64 = "O_WRONLY|O_CREAT|O_TRUNC",
    } do
      local guest = played.new(target)
      assert.is_true(guest:run [[local hl = require "hyperlua"
        hl.log("%s %s %s", hl.flags.open(0x241), hl.flags.mmap(0x12),
          hl.flags.prot(7))]])
      assert.are.equal("info: " .. text .. " MAP_PRIVATE|MAP_FIXED "
        .. "PROT_READ|PROT_WRITE|PROT_EXEC", guest:log()[1])
    end
  end)
end)
