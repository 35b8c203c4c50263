-- SPDX-License-Identifier: GPL-2.0-or-later
-- build/bin/hyperlua model: what a script answered, its recording's model
-- answers as well.

local made = require "made"
local testing = require "hyperlua.testing"

before_each(made.prepare)
after_each(made.clean)

local function model_of()
  assert.are.same({ "", 0 }, { made.make() })
  return (made.text())
end

-- What a program got, call by call.
local function driven(guest, drive)
  local got = {}
  drive(guest, function(...)
    got[#got + 1] = table.pack(...)
  end)
  return got
end

local function record(arch, script, drive)
  local guest = testing.guest { arch = arch, lua = script,
    setup = function(guest)
      assert(guest.played:record_to(made.recording))
    end }
  local got = driven(guest, drive)
  guest.played:record_to()
  guest:log()
  return got
end

-- Expects the same of the model as of the script, and a clean check.
local function round(arch, script, drive)
  local got = record(arch, script, drive)
  local model = model_of()
  for line in model:gmatch "[^\n]+" do
    assert.is_true(#line < 80, line)
  end
  local guest = testing.guest { arch = arch, models = made.models }
  assert.are.same(got, driven(guest, drive))
  local check, status = made.shell(("%s check --arch %s --models %s"):format(
    made.program, arch, made.models))
  assert.are.equal(0, status, check)
  return model, guest
end

-- The model's own part: what follows the head and the helpers.
local function returned(model)
  return model:match "\n(return .*)$"
end

local SWITCH = [[
hl.file("/dev/switch", {
  ioctl = {
    [hl.ioctl.IOR("W", 1, 4)] = function(_, _, arg)
      hl.portal.write_int(arg, 0x12345678)
      return 0
    end,
    [0x89f1] = function(_, _, arg)
      local reg = hl.portal.read_ptr(arg + 16)
      local asked = hl.portal.read_int(reg)
      hl.portal.write_ptr(reg + 8, asked + 1)
      return asked == 0x36 and -hl.errno.EIO or 0
    end,
    [9] = hl.models.write_data(("abc\0\xff"):rep(20), 3),
    ["*"] = function(_, _, arg) return arg == 5 and 1 or -hl.errno.ENOTTY end,
  } })]]

local function ask_switch(guest, say)
  local file = guest:open "/dev/switch"
  local at, reg = guest:alloc(200), guest:alloc(32)
  say(file:ioctl(guest.hl.ioctl.IOR("W", 1, 4), at))
  say(guest:peek_int(at))
  for _, asked in ipairs { 0x34, 0x36, 0x35, 0x34 } do
    guest:poke_ptr(at + 16, reg)
    guest:poke_int(reg, asked)
    say(file:ioctl(0x89f1, at))
    say(guest:peek(reg, 24))
  end
  say(file:ioctl(9, at))
  say(guest:peek(at, 101))
  say(file:ioctl(10, 5))
  say(file:ioctl(10, 6))
end

local SYSCALLS = [[
hl.syscall("on_sys_ioctl_return", { arg_filter = { nil, 0x89f1 } },
  function(syscall, fd, cmd, arg)
    local reg = hl.portal.read_ptr(arg + 16)
    hl.portal.write_int(reg + 4, hl.portal.read_int(reg) == 7 and 0x70 or 2)
    syscall.retval = 0
  end)
hl.syscall("on_sys_openat_enter", function(syscall, dfd, name)
  local path = hl.portal.read_str(name)
  if path == "/secret" then
    syscall.retval, syscall.skip_syscall = -13, true
  elseif path == "/old" then
    syscall.args[3] = 0x8000
  end
end)
hl.syscall("on_sys_close_return", function(syscall) end)]]

local function call(guest, say)
  local ifr, reg = guest:alloc(32), guest:alloc(8)
  for _, asked in ipairs { 7, 8 } do
    guest:poke_ptr(ifr + 16, reg)
    guest:poke_int(reg, asked)
    say(guest:syscall("ioctl", { 3, 0x89f1, ifr }, { retval = -19 }))
    say(guest:peek_int(reg + 4))
  end
  say(guest:syscall("ioctl", { 3, 0x89f2, 0 }, { retval = -19 }))
  for i, path in ipairs { "/secret", "/old", "/etc/passwd" } do
    local retval, made = guest:syscall("openat", { -100, path, i },
      { retval = 5 })
    say(retval, made.skipped, made.args[3])
  end
  say(guest:syscall("close", { 5 }))
end

for _, arch in ipairs(testing.archs) do
  it("answers ioctls as recorded, through pointers as well, on " .. arch,
    function()
      round(arch, SWITCH, ask_switch)
    end)

  it("does to system calls as recorded, on " .. arch, function()
    local model = round(arch, SYSCALLS, call)
    assert.is_nil(model:find("close", 1, true))
    assert.is_nil(model:find("passwd", 1, true))
  end)
end

describe("a model", function()
  it("is short, and says who asked for what", function()
    record("mipsel", SWITCH, function(guest)
      guest:ioctl("/dev/switch", 0x89f0, 5)
      guest:ioctl("/dev/switch", guest.hl.ioctl.IOR("W", 1, 4), guest:alloc(4))
      guest:process { comm = "cat", pid = 7 }:ioctl("/dev/switch", 0x89f0, 5)
    end)
    assert.are.equal([[
-- Answers as HyperLua recorded it on mipsel. Put it into a folder DIR, and
--
--   hyperlua run --models DIR -- COMMAND
--
-- It is yours to edit: a read, write or ioctl can be a value, one of
-- hl.models, or a function.

local hl = require "hyperlua"
local portal = hl.portal

return {
  -- ioctl: 3, by program (100), cat (7)
  ["/dev/switch"] = {
    ioctl = {
      [0x89f0] = 1,
      [hl.ioctl.IOR("W", 1, 4)] = function(_, _, arg)
        portal.write_int(arg, 0x12345678)
        return 0
      end,
    },
  },
}
]], model_of())
  end)

  it("goes by what is asked, wherever it lies and whenever it comes",
    function()
      -- What it points at lies so far behind the argument.
      local function ask(guest, asked, distance)
        local at = guest:alloc(512)
        guest:poke_ptr(at + 16, at + distance)
        guest:poke_int(at + distance, asked)
        local ret, err = guest:ioctl("/dev/switch", 0x89f1, at)
        return ret or err, guest:peek_int(at + distance + 8)
      end
      local _, guest = round("mipsel", SWITCH, function(guest, say)
        say(ask(guest, 0x34, 64))
        say(ask(guest, 0x36, 64))
        say(guest:ioctl("/dev/switch", 10, 5))
        say(guest:ioctl("/dev/switch", 10, 6))
      end)
      assert.are.same({ "EIO", 0x37 }, { ask(guest, 0x36, 200) })
      assert.are.same({ 0, 0x35 }, { ask(guest, 0x34, 300) })
      assert.are.same({ "EINVAL", 0 }, { ask(guest, 0x99, 64) })
      assert.are.same({ nil, "ENOTTY" }, { guest:ioctl("/dev/switch", 10, 6) })
      assert.are.equal(1, guest:ioctl("/dev/switch", 10, 5))
    end)

  it("does not ask for what handlers wrote themselves", function()
    round("mipsel", [[local n = 0
      hl.file("/dev/x", { ioctl = function(_, _, arg)
        n = n + 1
        hl.portal.write_int(arg, 100 * n)
        return hl.portal.read_int(arg)
      end })]], function(guest, say)
        local at = guest:alloc(4)
        for _ = 1, 3 do
          guest:poke_int(at, 7)
          say(guest:ioctl("/dev/x", 1, at))
          say(guest:peek_int(at))
        end
      end)
  end)

  it("gives short reads of what goes on as such", function()
    round("mipsel", 'hl.file("/dev/x", { read = function() return "ab" end })',
      function(guest, say)
        local file = guest:open "/dev/x"
        say(file:read(8))
        say(file:read(8))
      end)
  end)

  it("gives what was read, at any offset, when reads agree", function()
    local model = round("mipsel", 'hl.file("/proc/x", { read = "0123456789" })',
      function(guest, say)
        local file = guest:open("/proc/x", "O_RDONLY")
        for _, read in ipairs { { 4, 6 }, { 4, 2 }, { 3, 0 }, { 64, 8 } } do
          say(file:read(table.unpack(read)))
        end
        say(guest:stat "/proc/x")
      end)
    assert.are.equal([[
return {
  -- read: 4, by program (100)
  ["/proc/x"] = {
    read = "0123456789",
  },
}
]], returned(model))
  end)

  it("gives a stream's bytes, and no size", function()
    local model = round("mipsel", [[hl.file("/dev/x", {
      read = function(_, length, offset)
        return ("abcdef"):sub(offset + 1, offset + length)
      end })]], function(guest, say)
        local file = guest:open "/dev/x"
        for _ = 1, 4 do
          say(file:read(2))
        end
        say(file:lseek(0))
        say(guest:stat "/dev/x")
      end)
    assert.are.equal('bytes("abcdef")', model:match "read = ([^\n]*),")
  end)

  it("gives what was read of a part of a file, and its size", function()
    local model = round("mipsel", [[hl.file("/dev/x", { size = 0x3000,
      device = { 90, 2 }, mode = 384, read = function(_, length, offset)
        return ("%06x"):format(offset)
      end })]], function(guest, say)
        local file = guest:open("/dev/x", "O_RDONLY")
        say(file:read(6, 0x1000))
        say(file:read(6, 0x2000))
        say(file:lseek(0, "end"))
        say(guest:stat "/dev/x")
      end)
    assert.matches('hl.models.const_map({ [0x1000] = "001000", [0x2000] = '
      .. '"002000" }, 12288)', model, 1, true)
  end)

  it("gives reads that differ one after the other, the last for good",
    function()
      local _, guest = round("mipsel", [[local n = 0
        hl.file("/dev/x", { read = function(_, _, offset)
          if offset > 0 then return "" end
          n = n + 1
          return n < 3 and "busy\n" or n == 3 and -hl.errno.EIO or "done\n"
        end })]], function(guest, say)
          for _ = 1, 4 do
            say(guest:read "/dev/x")
          end
        end)
      assert.are.same({ "done\n", "done\n" }, { guest:read "/dev/x",
        guest:read "/dev/x" })
      local file = guest:open "/dev/x"
      assert.are.same({ "do", "ne\n" }, { file:read(2), file:read(8) })
    end)

  it("gives a read whose result is not its length", function()
    round("mipsel", [[hl.file("/dev/x", {
      read = function(_, _, offset) return "abcd", 2 end })]],
      function(guest, say)
        say(guest:open "/dev/x":read(8))
        say(guest:open "/dev/x":read(8))
      end)
  end)

  it("takes writes, and refuses those that were", function()
    local model = round("mipsel", [[hl.file("/dev/x", {
      write = function(_, data)
        return data:find "^%d" and #data or -hl.errno.EINVAL
      end })
      hl.file("/dev/none", { size = 7, write = -28 })]], function(guest, say)
        for _, data in ipairs { "1", "a\"]]\n", "22", "b", "a\"]]\n" } do
          say(guest:write("/dev/x", data))
        end
        say(guest:write("/dev/none", "x"))
        say(guest:stat "/dev/none")
      end)
    assert.are.equal([==[
return {
  -- write: 1, by program (100)
  ["/dev/none"] = {
    write = -hl.errno.ENOSPC,
    size = 7,
  },
  -- write: 5, by program (100)
  ["/dev/x"] = {
    write = function(_, data)
      if data == "a\"]]\n" then
        return -hl.errno.EINVAL
      end
      if data == "b" then
        return -hl.errno.EINVAL
      end
      return #data
    end,
  },
}
]==], returned(model))
  end)

  it("takes the same write as often as it was taken", function()
    round("mipsel", [[local n = 0
      hl.file("/dev/x", { write = function(_, data)
        n = n + 1
        return n < 3 and #data or n == 3 and 1 or -hl.errno.ENOSPC
      end })]], function(guest, say)
        for _ = 1, 5 do
          say(guest:write("/dev/x", "same"))
        end
      end)
  end)

  it("wakes who polls, until the last answer", function()
    local script = [[local ready = false
      hl.file("/dev/x", {
        open = function() return 0 end,
        poll = function(file)
          if not ready then
            local node = file.node
            hl.spawn(function() hl.sleep(500) ready = true node:wake() end)
          end
          return ready
        end })]]
    local function drive(guest, say)
      local file = guest:open "/dev/x"
      local before = file:wakes()
      say(file:poll())
      guest:advance(1000)
      say(file:wakes() - before, file:poll())
      guest:advance(1000)
      say(file:wakes() - before, file:poll())
    end
    round("mipsel", script, drive)
  end)

  it("opens, seeks, syncs and has a size as recorded", function()
    round("mipsel", [[local opened, size = 0, 4
      hl.file("/dev/x", {
        open = function()
          opened = opened + 1
          return opened == 2 and -hl.errno.EBUSY or 0
        end,
        getattr = function() size = size + 1 return 0, size end,
        lseek = function(_, offset) return 2 * offset end,
        fsync = function() return -hl.errno.EIO end })
      hl.file("/dev/y", { size = 3, lseek = hl.models.unsupported(),
        read = "abc" })
      hl.file("/dev/z", { lseek = hl.models.default(), write = 1 })]],
      function(guest, say)
        local file = guest:open "/dev/x"
        say(guest:open "/dev/x" == nil)
        say(file:lseek(3))
        say(file:fsync())
        say(guest:stat "/dev/x")
        say(guest:stat "/dev/x")
        say(guest:read "/dev/y")
        say(guest:open "/dev/y":lseek(1))
        say(guest:write("/dev/z", "ab"))
        say(guest:open "/dev/z":lseek(1))
      end)
  end)

  it("has one hook for each of the arguments that count", function()
    local model, guest = round("mipsel", [[
      hl.syscall("on_sys_write_return", function(syscall, fd, buf, count)
        syscall.retval = count == 9 and 1 or count == 70000 and 2 or nil
      end)]], function(guest, say)
        for fd, count in ipairs { 9, 70000, 1, 9 } do
          say(guest:syscall("write", { fd, 0x10000 + fd, count }))
        end
      end)
    assert.are.equal([[
-- seen: 3, by program (100)
hl.syscall("on_sys_write_return", { arg_filter = { nil, nil, 9 } },
  function(syscall, fd, buf, count)
    syscall.retval = 1
  end)
hl.syscall("on_sys_write_return", { arg_filter = { nil, nil, 0x11170 } },
  function(syscall, fd, buf, count)
    syscall.retval = 2
  end)

return {}
]], model:match "\n(%-%- seen.*)$")
    assert.are.equal(7, (guest:syscall("write", { 1, 0, 10 }, { retval = 7 })))
  end)

  it("has one hook for what is the same for all arguments", function()
    local model = round("mipsel", [[
      hl.syscall("on_sys_write_return", function(syscall)
        syscall.retval = 0
      end)]], function(guest, say)
        for count = 1, 9 do
          say(guest:syscall("write", { 1, 0x10000, count }))
        end
      end)
    assert.are.equal([[
-- seen: 9, by program (100)
hl.syscall("on_sys_write_return",
  function(syscall, fd, buf, count)
    syscall.retval = 0
  end)

return {}
]], model:match "\n(%-%- seen.*)$")
  end)

  it("goes by the order when the kernel does not tell the arguments",
    function()
      local _, guest = round("mipsel", [[local n = 0
        hl.syscall("on_sys_kill_return", function(syscall)
          n = n + 1
          if n ~= 3 then syscall.retval = n end
        end)]], function(guest, say)
          for pid = 70, 74 do
            say(guest:syscall("kill", { pid, 9 }))
          end
        end)
      assert.are.equal(5, (guest:syscall("kill", { 99, 9 })))
    end)

  it("says what it cannot have", function()
    record("mipsel", [[local never = hl.event()
      hl.file("/dev/x", { read = function(file)
        if file.comm == "waits" then never:wait() end
        hl.portal.write_int(0x10000000, 1)
        return ""
      end })
      hl.syscall("on_sys_read_return", function(syscall)
        if syscall.retval == -4 then syscall.again = true end
      end)]], function(guest)
        guest:poke_int(0x10000000, 0)
        guest:read "/dev/x"
        guest:syscall("read", { 3, 0, 0 }, { retval = function()
          return guest.again and 0 or -4
        end })
      end)
    assert.matches("\n%-%- Not in it: 1 accesses to memory that no argument "
      .. "leads to%.\n", model_of())
  end)

  it("of nothing is an empty table", function()
    record("mipsel", "", function() end)
    assert.are.equal("return {}\n", returned(model_of()))
  end)
end)
