-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.syscall: names and their spellings, prototypes, hooks of all system
-- calls, and hooks that come and go.
local played = require "hyperlua.played"

local function guest_with(script, target, protos)
  local guest = played.new(target or "mipsel")
  if protos then
    guest:protos(protos)
  end
  assert.is_true(guest:run('local hl = require "hyperlua"\n' .. script),
    table.concat(guest:log(), "\n"))
  assert.are.equal(0, guest:hello())
  return guest
end

local function call(guest, name, more)
  local syscall = { name = name, args = { 3, 4, 5 }, comm = "x", pid = 7,
    retval = 0 }
  for key, value in pairs(more or {}) do
    syscall[key] = value
  end
  return guest:syscall(syscall)
end

-- The log's lines without the handshake's.
local function lines(guest)
  local all = {}
  for _, line in ipairs(guest:log()) do
    if not line:find "^info: guest: " then
      all[#all + 1] = line:gsub("^info: ", ""):match "^[^\n]*"
    end
  end
  return all
end

local function last(guest)
  local all = lines(guest)
  return all[#all]
end

describe("the name of a system call", function()
  for spelling, name in pairs {
    openat = "openat", sys_openat = "openat", __x64_sys_openat = "openat",
    __ia32_sys_openat = "openat", __ia32_compat_sys_openat = "openat",
    __arm64_sys_openat = "openat", __arm64_compat_sys_openat = "openat",
    __se_sys_openat = "openat", __se_compat_sys_openat = "openat",
    __do_sys_openat = "openat", ksys_read = "read", SyS_openat = "openat",
    compat_sys_openat = "openat", sys32_openat = "openat",
    sys_newstat = "stat", __x64_sys_newuname = "uname", _llseek = "llseek",
    _newselect = "select", sysinfo = "sysinfo", sysfs = "sysfs",
  } do
    it("may be written " .. spelling, function()
      local guest = guest_with(('hl.syscall("on_sys_%s_return", function(s) '
        .. "s.retval = 1 end)"):format(spelling))
      assert.are.equal(1, call(guest, name).retval)
    end)
  end

  it("may be the event's whole middle, as the kernel has it", function()
    local guest = guest_with [[
      local hook = hl.syscall("on___x64_sys_openat_enter", function() end)
      hl.log("%s %s", hook.event, hook.name)]]
    assert.are.same({ "on___x64_sys_openat_enter openat" }, lines(guest))
  end)

  -- The played guest's kernel has all but what begins so.
  for name, near in pairs {
    no_such_call = "",
    no_such_ = "; did you mean no_such, no_such1, no_such2?",
    no_such_opent = "; did you mean no_such_openat?",
  } do
    it("that the kernel lacks is an error: " .. name, function()
      local guest = guest_with(('hl.syscall("on_sys_%s_enter", function() end)')
        :format(name), nil, { { "no_such1" }, { "no_such" }, { "no_such2" },
          { "no_such3" }, { "no_such_openat", "int", "dfd" }, { "read" } })
      assert.are.same({ ("error: on_sys_%s_enter (spec.lua:2): the guest's "
        .. "kernel has no system call of that name%s"):format(name, near) },
        lines(guest))
    end)
  end
end)

describe("a prototype", function()
  local SHOW = [[
    hl.syscall("on_sys_NAME_enter", function(syscall, ...)
      local arguments, proto = table.pack(...), {}
      for i = 1, arguments.n do
        arguments[i] = ("%x"):format(arguments[i])
        assert(arguments[i] == ("%x"):format(syscall.args[i]))
      end
      assert(#syscall.args == arguments.n and not syscall.args[arguments.n + 1])
      for i, arg in ipairs(syscall.proto and syscall.proto.args or {}) do
        proto[i] = arg.type .. " " .. arg.name
      end
      hl.log("%s %d: %s (%s)", syscall.name, syscall.number,
        table.concat(arguments, " "), table.concat(proto, ", "))
    end)]]
  local ARGS = { -1, -2, -3, -4, -5, -6, -7, -8 }
  local OPENAT = "int dfd, const char * filename, int flags, umode_t mode"
  local PREAD = "unsigned int fd, char * buf, size_t count, loff_t pos"

  for _, case in ipairs {
    { "mipsel", "openat",
      "ffffffff fffffffe fffffffd fffc (" .. OPENAT .. ")" },
    { "x86_64", "openat",
      "ffffffff fffffffffffffffe fffffffd fffc (" .. OPENAT .. ")" },
    { "x86_64", "openat", "ffffffff fffffffe fffffffd fffc (" .. OPENAT .. ")",
      true },
    { "aarch64", "getpid", " ()" },
    { "aarch64", "pread64", "ffffffff fffffffffffffffe fffffffffffffffd "
      .. "fffffffffffffffc (" .. PREAD .. ")" },
    -- There pos takes two words, which handlers get one by one.
    { "mips", "pread64", "ffffffff fffffffe fffffffd fffffffc fffffffb "
      .. "fffffffa fffffff9 fffffff8 (" .. PREAD .. ")" },
    { "x86_64", "pread64", "ffffffff fffffffe fffffffd fffffffc fffffffb "
      .. "fffffffa fffffff9 fffffff8 (" .. PREAD .. ")", true },
    { "mipsel", "cachectl", "ffffffff fffffffe fffffffd fffffffc fffffffb "
      .. "fffffffa fffffff9 fffffff8 ()" },
    { "x86_64", "unheard_of", "ffffffffffffffff fffffffffffffffe "
      .. "fffffffffffffffd fffffffffffffffc fffffffffffffffb fffffffffffffffa "
      .. "fffffffffffffff9 fffffffffffffff8 ()" },
  } do
    local target, name, expected, compat = table.unpack(case)
    it(("gives %s its arguments on %s%s"):format(name, target,
      compat and ", from a 32-bit program" or ""), function()
        local guest = guest_with(SHOW:gsub("NAME", name), target)
        call(guest, name, { args = ARGS, compat = compat, number = 99 })
        assert.are.same({ name .. " 99: " .. expected }, lines(guest))
      end)
  end

  it("is the same table each time, and in hl.protos()", function()
    local guest = guest_with [[
      assert(hl.protos() == nil)
      local first
      hl.syscall("on_all_sys_enter", function(syscall)
        if syscall.name == "close" then
          first = first or syscall.proto
          local all, names = hl.protos(), {}
          assert(first == syscall.proto and first == all.close)
          for name, proto in pairs(all) do
            names[#names + 1] = name
            assert(proto.name == name)
          end
          table.sort(names)
          hl.log("%s %d %d", table.concat(names, " "), first.number,
            first.args[1].bits)
        end
      end)]]
    call(guest, "close")
    call(guest, "close")
    assert.are.same({ ("close execve getpid ioctl nanosleep openat pread64 "
      .. "read write 4006 32"):rep(2, "\n") },
      { table.concat(lines(guest), "\n") })
  end)

  it("can be had without a hook", function()
    local guest = guest_with "hl.protos() keep = hl.protos"
    assert.is_true(guest:run 'print(keep().ioctl.args[2].name)')
    assert.are.same({ "cmd" }, lines(guest))
  end)

  it("is asked for anew when the module comes again", function()
    local guest = guest_with((SHOW:gsub("NAME", "close")))
    guest:goodbye()
    guest:protos { { "close", "u16", "handle" } }
    guest:hello()
    call(guest, "close", { args = { -1 } })
    assert.are.same({ "close 0: ffff (u16 handle)" }, lines(guest))
  end)

  it("is asked for piece by piece", function()
    local many = {}
    for i = 1, 600 do
      many[i] = { "call" .. i, "const struct a_long_type_to_fill_it *", "it" }
    end
    local guest = guest_with("hl.protos() keep = hl.protos", nil, many)
    assert.is_true(guest:run [[
      local all, count = keep(), 0
      for _ in pairs(all) do count = count + 1 end
      print(count, all.call1.number, all.call600.number,
        all.call600.args[1].type)]])
    assert.are.same({ "600\t1\t600\tconst struct a_long_type_to_fill_it *" },
      lines(guest))
  end)

  local function record(size, args, texts)
    return ("<I2I2I4"):pack(size, args, 1) .. texts
  end
  local GOOD = record(16, 0, "getpid\0\0")

  for what, bytes in pairs {
    ["too short"] = GOOD .. "\1\2\3",
    ["of no size"] = GOOD .. record(0, 0, ""),
    ["of an odd size"] = GOOD .. record(15, 0, "getpid\0\0"),
    ["beyond the answer"] = GOOD .. record(24, 0, "getppid\0"),
    ["without a NUL"] = GOOD .. record(16, 0, "getppidx"),
    ["without a name"] = GOOD .. record(16, 0, ("\0"):rep(8)),
    ["with too few texts"] = GOOD .. record(16, 2, "a\0int\0b\0"),
    ["with too many arguments"] = GOOD .. record(56, 9, "getppid\0"
      .. ("a\0"):rep(20)),
    ["that cannot be printed"] = GOOD .. record(16, 0, "get\n\27p\0\0"),
    ["of a long name"] = GOOD .. record(80, 0, ("x"):rep(71) .. "\0"),
  } do
    it(what .. " ends the list", function()
      local guest = guest_with("hl.protos() keep = hl.protos", nil, bytes)
      assert.is_true(guest:run [[
        for name in pairs(keep()) do print(name) end]])
      assert.are.same({ "warning: the guest's prototypes of system calls make "
        .. "no sense after the first 1", "getpid" }, lines(guest))
    end)
  end

  it("that comes again and again ends the list", function()
    local guest = guest_with("hl.protos() keep = hl.protos", nil, GOOD)
    assert.is_true(guest:run "for name in pairs(keep()) do print(name) end")
    assert.are.same({ "warning: the guest's prototypes of system calls make no "
      .. "sense after the first 2048", "getpid" }, lines(guest))
  end)
end)

describe("a hook of all system calls", function()
  it("sees each, by name and number, between others in their order", function()
    local guest = guest_with [[
      local function show(what)
        return function(syscall, ...)
          hl.log("%s %s %d %d %s", what, syscall.name, syscall.number,
            select("#", ...), syscall.hook.name)
        end
      end
      hl.syscall("on_sys_read_enter", show "a")
      hl.syscall("on_all_sys_enter", show "b")
      hl.syscall("on_sys_read_enter", show "c")
      hl.syscall("on_all_sys_return", show "d")]]
    call(guest, "read", { number = 4003 })
    call(guest, "getpid", { number = 4020 })
    assert.are.same({ "a read 4003 3 read", "b read 4003 3 *",
      "c read 4003 3 read", "d read 4003 3 *", "b getpid 4020 0 *",
      "d getpid 4020 0 *" }, lines(guest))
  end)

  it("can be filtered", function()
    local guest = guest_with [[
      hl.syscall("on_all_sys_return", { comm_filter = "y",
        retval_filter = "error" }, function(s) s.retval = 1 end)]]
    assert.are.equal(-2, call(guest, "read", { retval = -2 }).retval)
    assert.are.equal(0, call(guest, "read", { comm = "y" }).retval)
    assert.are.equal(1, call(guest, "read", { comm = "y", retval = -2 }).retval)
  end)
end)

describe("a hook", function()
  local SWITCH = [[
    hook = hl.syscall("on_sys_read_return", function(syscall)
      syscall.retval = syscall.retval * 10 + 1
      if inside then inside(syscall.hook) end
    end)
    other = hl.syscall("on_sys_read_return", function(syscall)
      syscall.retval = syscall.retval * 10 + 2
    end)]]

  local function retval(guest, script)
    if script then
      assert.is_true(guest:run(script), last(guest))
    end
    return call(guest, "read").retval
  end

  it("that is disabled is not called, at once, and enabled again is, in its "
    .. "old place", function()
      local guest = guest_with(SWITCH)
      assert.are.equal(12, retval(guest))
      assert.are.equal(2, retval(guest, "hook:disable() hook:disable()"))
      guest:work()
      assert.are.equal(2, retval(guest))
      assert.are.equal(2, retval(guest, "hook:enable()"))
      guest:work()
      assert.are.equal(12, retval(guest))
      assert.are.equal(12, retval(guest, "hook:enable()"))
    end)

  it("changes its mind before the guest has heard of it", function()
    local guest = guest_with(SWITCH)
    local rings = guest:rings()
    assert.are.equal(12, retval(guest, "hook:disable() hook:enable()"))
    guest:work()
    assert.are.equal(12, retval(guest))
    assert.are.equal(1, retval(guest, "other:disable() other:enable() "
      .. "other:disable()"))
    guest:work()
    assert.are.equal(1, retval(guest))
    assert.are.equal(1, retval(guest, "other:enable() other:remove()"))
    assert.is_true(guest:rings() > rings)
  end)

  it("disables, enables and removes itself", function()
    local guest = guest_with(SWITCH)
    assert.are.equal(12, retval(guest, "inside = hook.disable"))
    assert.are.equal(2, retval(guest))
    guest:work()
    assert.are.equal(2, retval(guest, "inside = function(self) self:disable() "
      .. "self:enable() end hook:enable()"))
    guest:work()
    assert.are.equal(12, retval(guest))
    guest:work()
    assert.are.equal(12, retval(guest, "inside = hook.remove"))
    guest:work()
    assert.are.equal(2, retval(guest))
  end)

  it("disables the next one, which is then not called", function()
    local guest = guest_with(SWITCH)
    assert.are.equal(1, retval(guest, "inside = function() other:disable() "
      .. "end"))
    assert.are.equal(1, retval(guest))
  end)

  it("may be disabled, enabled or removed before the guest is there", function()
    local guest = guest_with(SWITCH .. [[
      hook:disable()
      other:disable()
      other:enable()
      hl.syscall("on_sys_read_return", function() error "x" end):remove()]])
    assert.are.equal(2, retval(guest))
    assert.are.equal(2, retval(guest, "hook:enable()"))
    guest:work()
    assert.are.equal(12, retval(guest))
  end)

  it("stays disabled when the module comes again", function()
    local guest = guest_with(SWITCH)
    retval(guest, "hook:disable()")
    guest:goodbye()
    guest:hello()
    assert.are.equal(2, retval(guest))
    assert.is_true(guest:run "hook:enable()")
    guest:goodbye()
    guest:hello()
    assert.are.equal(12, retval(guest))
  end)

  it("that was removed cannot be enabled", function()
    local guest = guest_with(SWITCH)
    assert.is_true(guest:run "hook:remove() hook:remove() hook:disable()")
    for _ = 1, 2 do
      assert.is_false(guest:run "hook:enable()")
      assert.are.equal("error: spec.lua:1: on_sys_read_return was removed: "
        .. "register it anew", last(guest))
      guest:work()
    end
    assert.are.equal(2, retval(guest))
  end)

  it("is told from other tables", function()
    local guest = guest_with(SWITCH)
    for _, method in ipairs { "disable", "enable", "remove" } do
      assert.is_false(guest:run("hook." .. method .. "{}"))
      assert.are.equal(("error: spec.lua:1: %s: call it as hook:%s()")
        :format(method, method), last(guest))
    end
  end)

  it("leaves nothing behind when it is removed", function()
    local guest = guest_with [[
      function churn(count)
        for _ = 1, count do
          local hook = hl.syscall("on_sys_read_enter", function() end)
          hook:disable()
          hook:enable()
          hook:remove()
        end
        collectgarbage()
        return collectgarbage "count"
      end
      before = churn(1000)]]
    local function resident()
      return tonumber(io.open("/proc/self/status"):read "a"
        :match "VmRSS:%s*(%d+)")
    end
    local before = resident()
    for _ = 1, 20 do
      assert.is_true(guest:run "assert(churn(5000) < before + 32)", last(guest))
    end
    assert.is_true(resident() < before + 8192)
    assert.are.equal(0, retval(guest))
  end)

  it("is one of 2,500 that match, and all are called in order", function()
    local guest = guest_with [[
      called = 0
      for i = 1, 2500 do
        hl.syscall("on_sys_read_return", function(syscall)
          assert(called == i - 1)
          called = i
          syscall.retval = syscall.retval + 1
        end)
      end]]
    local rings = guest:rings()
    assert.are.equal(2500, retval(guest))
    assert.are.equal(3, guest:rings() - rings)
  end)
end)

describe("syscall.restarts", function()
  it("says that the kernel will make the call once more", function()
    local guest = guest_with [[
      hl.syscall("on_sys_read_return", function(syscall)
        hl.log("%d %s", syscall.retval, syscall.restarts)
      end)]]
    for _, value in ipairs { -4, -511, -512, -513, -514, -515, -516, -517, 0 }
    do
      call(guest, "read", { retval = value })
    end
    assert.are.same({ "-4 false", "-511 false", "-512 true", "-513 true",
      "-514 true", "-515 false", "-516 true", "-517 false", "0 false" },
      lines(guest))
  end)
end)
