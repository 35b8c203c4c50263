-- SPDX-License-Identifier: GPL-2.0-or-later
local played = require "hyperlua.played"

local REG = { 0x8c, 0x89F1, 0x7fff0000 }

-- A guest whose script hooks ioctl as given; it has said hello.
local function guest_with(script)
  local guest = played.new "mipsel"
  assert.is_true(guest:run('local hl = require "hyperlua"\n' .. script),
    table.concat(guest:log(), "\n"))
  assert.are.equal(0, guest:hello())
  return guest
end

local function ioctl(guest, more)
  local call = { name = "ioctl", args = REG, comm = "switch", pid = 7,
    retval = -25 }
  for key, value in pairs(more or {}) do
    call[key] = value
  end
  return guest:syscall(call)
end

local function last(guest)
  local log = guest:log()
  return log[#log]
end

describe("hl.syscall", function()
  it("passes the arguments and lets the handler set the result", function()
    local guest = guest_with [[
      hl.syscall("on_sys_ioctl_return", function(syscall, fd, cmd, arg)
        hl.log("%x %x %x from %d %s: %d", fd, cmd, arg, syscall.pid,
          syscall.comm, syscall.retval)
        syscall.retval = 0
      end)]]
    assert.are.same({ retval = 0, skipped = false,
      args = { 0x8c, 0x89F1, 0x7fff0000, 0, 0, 0, 0, 0 } }, ioctl(guest))
    assert.are.equal("info: 8c 89f1 7fff0000 from 7 switch: -25", last(guest))
  end)

  it("skips the call on entry, with the handler's result", function()
    local guest = guest_with [[
      hl.syscall("on_sys_ioctl_enter", {}, function(syscall)
        syscall.skip_syscall = true
        syscall.retval = 12
      end)]]
    local result = ioctl(guest)
    assert.is_true(result.skipped)
    assert.are.equal(12, result.retval)
  end)

  it("changes arguments on entry", function()
    local guest = guest_with [[
      hl.syscall("on_sys_ioctl_enter", function(syscall)
        syscall.args[2] = 0x1234
      end)]]
    assert.are.same({ 0x8c, 0x1234, 0x7fff0000, 0, 0, 0, 0, 0 },
      ioctl(guest).args)
  end)

  it("runs the handlers of one call in the order registered", function()
    local guest = guest_with [[
      for i = 1, 5 do
        hl.syscall("on_sys_ioctl_return", function(syscall)
          syscall.retval = syscall.retval * 10 + i
        end)
      end]]
    assert.are.equal(12345, ioctl(guest, { retval = 0 }).retval)
  end)

  it("shows the return handler what the entry handler set", function()
    local guest = guest_with [[
      hl.syscall("on_sys_ioctl_return", function(syscall)
        syscall.retval = syscall.retval + 1
      end)
      hl.syscall("on_sys_ioctl_enter", function(syscall)
        syscall.skip_syscall, syscall.retval = true, 40
      end)]]
    assert.are.equal(41, ioctl(guest).retval)
  end)

  it("gives the registers by name", function()
    local guest = guest_with [[
      hl.syscall("on_sys_ioctl_enter", function(syscall)
        local regs = syscall.regs
        hl.log("%x %x %x", regs.sp, regs.pc, syscall.regs.ra)
      end)]]
    guest:set_reg(29, 0x7ffe0010)
    guest:set_reg(31, 0x400abc)
    guest:set_reg(34, 0x77001234)
    ioctl(guest)
    assert.are.equal("info: 7ffe0010 77001234 400abc", last(guest))
  end)

  it("gives no other process's registers", function()
    local guest = guest_with [[
      local first
      hl.syscall("on_sys_ioctl_enter", function(syscall)
        if first then
          hl.log("%s", (select(2, pcall(function() return first.regs end))))
        else
          first = syscall
          hl.sleep(10)
        end
      end)]]
    ioctl(guest)
    ioctl(guest)
    assert.are.equal("info: spec.lua:5: syscall.regs: the guest says them to "
      .. "this system call's own handlers only", last(guest))
  end)

  it("rings no doorbell for a call that a filter rejects", function()
    local guest = guest_with [[
      hl.syscall("on_sys_ioctl_return", { arg_filter = { nil, 0x89F1 },
        comm_filter = "switch", pid_filter = 7, retval_filter = -25 },
        function(syscall) syscall.retval = 0 end)]]
    local before = guest:rings()
    assert.are.equal(-25, ioctl(guest, { args = { 3, 0x89F2, 0 } }).retval)
    assert.are.equal(-25, ioctl(guest, { comm = "switcher" }).retval)
    assert.are.equal(-25, ioctl(guest, { pid = 8 }).retval)
    assert.are.equal(-5, ioctl(guest, { retval = -5 }).retval)
    assert.are.equal(-25, ioctl(guest, { name = "read" }).retval)
    assert.are.equal(before, guest:rings())
    assert.are.equal(0, ioctl(guest).retval)
    assert.are.equal(before + 1, guest:rings())
  end)

  it("compares what a 32-bit guest can pass, whatever the sign", function()
    local guest = guest_with [[
      hl.syscall("on_sys_ioctl_return", { arg_filter = { -1, 0x80045430 } },
        function(syscall) syscall.retval = 0 end)]]
    assert.are.equal(0, ioctl(guest, { args = { 0xffffffff, 0x80045430 } })
      .retval)
    assert.are.equal(-25, ioctl(guest, { args = { 0xfffffffe, 0x80045430 } })
      .retval)
  end)

  it("no longer calls a handler that was removed, from inside itself too",
    function()
      local guest = guest_with [[
        local hook
        hook = hl.syscall("on_sys_ioctl_return", function(syscall)
          assert(syscall.hook == hook)
          syscall.retval = 0
          hook:remove()
          hook:remove()
        end)]]
      assert.are.equal(0, ioctl(guest).retval)
      assert.are.equal(-25, ioctl(guest).retval)
      guest:work()
      local before = guest:rings()
      assert.are.equal(-25, ioctl(guest).retval)
      assert.are.equal(before, guest:rings())
    end)

  it("reports a handler that raises, and goes on as if unhooked", function()
    local guest = guest_with [[
      hl.syscall("on_sys_ioctl_enter", function(syscall)
        syscall.retval, syscall.skip_syscall = 0, true
        syscall.args[1] = 9
        local nothing = nil
        nothing.field = 1
      end)]]
    assert.are.same({ retval = -25, skipped = false,
      args = { 0x8c, 0x89F1, 0x7fff0000, 0, 0, 0, 0, 0 } }, ioctl(guest))
    assert.matches("^error: spec.lua:6: attempt to index a nil value "
      .. "%(local 'nothing'%), in on_sys_ioctl_enter %(spec.lua:2%), "
      .. "for pid 7 %(switch%); the call goes on as if unhooked\n", last(guest))
    assert.matches("stack traceback", last(guest))
  end)

  it("keeps what other handlers did when one raises", function()
    local guest = guest_with [[
      hl.syscall("on_sys_ioctl_return", function(s) s.retval = 1 end)
      hl.syscall("on_sys_ioctl_return", function(s) s.retval = 2 error "x" end)
      hl.syscall("on_sys_ioctl_return", function(s)
        s.retval = s.retval + 10
      end)
      ]]
    assert.are.equal(11, ioctl(guest).retval)
  end)

  it("stops a handler that never returns", function()
    local guest = guest_with [[
      hl.syscall("on_sys_ioctl_return", function(syscall)
        while true do pcall(function() while true do end end) end
      end)]]
    assert.are.equal(-25, ioctl(guest).retval)
    assert.matches("^error: spec.lua:3: stopped: it ran for more than 100 ms "
      .. "without waiting or returning", last(guest))
    assert.are.equal(-25, ioctl(guest, { name = "read" }).retval)
  end)

  it("refuses a system call that is over", function()
    local guest = guest_with [[
      local kept
      hl.syscall("on_sys_ioctl_return", function(syscall)
        if kept then kept.retval = 1 end
        kept = syscall
      end)]]
    ioctl(guest)
    ioctl(guest)
    assert.matches("^error: spec.lua:4: this system call is over", last(guest))
  end)

  for mistake, message in pairs {
    ['hl.syscall("ioctl", function() end)'] =
      'spec.lua:2: hl.syscall: no event "ioctl": write on_sys_NAME_enter or '
      .. 'on_sys_NAME_return, or on_all_sys_enter or on_all_sys_return',
    ['hl.syscall(nil, function() end)'] =
      'spec.lua:2: hl.syscall: the event must be a string such as '
      .. '"on_sys_ioctl_return"',
    ['hl.syscall("on_sys_ioctl_return")'] =
      'spec.lua:2: hl.syscall: the handler of "on_sys_ioctl_return" must be a '
      .. 'function, not nil',
    ['hl.syscall("on_sys_ioctl_return", { comm = "x" }, print)'] =
      'spec.lua:2: hl.syscall: no filter "comm": there are arg_filter, '
      .. 'comm_filter, pid_filter, retval_filter',
    ['hl.syscall("on_sys_ioctl_return", { arg_filter = { true } }, print)'] =
      'spec.lua:2: hl.syscall: arg_filter[1] must be an integer, not true',
    ['hl.syscall("on_sys_ioctl_return", { arg_filter = { [9] = 1 } }, print)'] =
      'spec.lua:2: hl.syscall: arg_filter has no argument 9: they count from '
      .. '1 to 8',
    ['hl.syscall("on_sys_x_enter", { comm_filter = ("x"):rep(16) }, print)'] =
      'spec.lua:2: hl.syscall: comm_filter "xxxxxxxxxxxxxxxx" can match '
      .. "nothing: Linux keeps 15 bytes of a process's name",
    ['hl.syscall("on_sys_x_enter", { arg_filter = { 0x100000001 } }, print)'] =
      'spec.lua:2: hl.syscall: arg_filter[1] = 0x100000001 can match nothing: '
      .. 'it has 32 bits',
    ['hl.syscall("on_sys_ioctl_enter", { retval_filter = 1 }, print)'] =
      'spec.lua:2: hl.syscall: retval_filter: on entry there is no return '
      .. 'value yet',
  } do
    it("names the mistake in " .. mistake, function()
      local guest = played.new "mipsel"
      assert.is_false(guest:run('local hl = require "hyperlua"\n' .. mistake))
      assert.are.equal("error: " .. message, last(guest):match("^[^\n]*"))
    end)
  end

  for mistake, message in pairs {
    ["syscall.retvall = 1"] = "a system call has no field 'retvall'; it has "
      .. "name, args, retval, skip_syscall, pid, tid, comm, again, restarts, "
      .. "proto, number, compat, hook, regs",
    ["syscall.pid = 1"] = "syscall.pid cannot be assigned",
    ["syscall.skip_syscall = true"] = "skip_syscall: the call has been made "
      .. "already; hook its _enter",
    ["syscall.args[1] = 1"] = "syscall.args: the call has been made already; "
      .. "hook its _enter to change them",
    ["coroutine.yield(1)"] = "a handler called coroutine.yield outside a "
      .. "coroutine of its own",
  } do
    it("names the mistake of a handler with " .. mistake, function()
      local guest = guest_with(
        'hl.syscall("on_sys_ioctl_return", function(syscall)\n' .. mistake
        .. "\nend)")
      assert.are.equal(-25, ioctl(guest).retval)
      assert.is_truthy(last(guest):find(message, 1, true), last(guest))
    end)
  end

  it("says which hook the guest's kernel does not know", function()
    local guest = guest_with
      'hl.syscall("on_sys_no_such_call_enter", function() end)'
    assert.are.equal("error: on_sys_no_such_call_enter (spec.lua:2): the "
      .. "guest's kernel has no system call of that name", last(guest))
  end)
end)
