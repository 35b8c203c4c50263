-- SPDX-License-Identifier: GPL-2.0-or-later
-- Handlers that wait: for a time, for one another; and who polls.
local hyperfile = require "hyperfile"

local EVER = -1                 -- HL_WAIT_EVER
local ESRCH = -3
local CONTEXT = { pid = 7, comm = "program" }

local function guest_with(script)
  return hyperfile.guest("mipsel", script)
end

local function ioctl(guest, path, cmd)
  return guest:ioctl(path, cmd or 0, 0, CONTEXT)
end

-- The task of a process that must now wait so long.
local function waits(ms, ret, what, told, task)
  assert.are.same({ nil, "waits", ms }, { ret, what, told })
  assert.are.equal("integer", math.type(task))
  return task
end

local SLEEPS = [[
  hl.file("/dev/sleep", {
    read = function(file, length)
      for i = 1, 3 do
        hl.sleep(i * 10)
        hl.log("%d", i)
      end
      return ("x"):rep(length)
    end,
    write = function(file, data)
      hl.sleep(5)
      hl.log("%s", data)
      return #data
    end,
    ioctl = function(file, ms)
      hl.sleep(ms)
      return 1
    end,
    poll = function() hl.sleep(1) return 0 end,
  })]]

describe("hl.clock", function()
  it("gives seconds that never go back, with fractions", function()
    local guest = guest_with [[
      local first, later = hl.clock(), hl.clock()
      repeat later = hl.clock() until later > first
      hl.log("%s %s", math.type(first), later - first < 1)]]
    assert.are.same({ "info: float true" }, guest:log())
  end)
end)

describe("hl.sleep", function()
  it("has the process wait so long, as often as it is called", function()
    local guest = guest_with(SLEEPS)
    local task = waits(10, guest:op(hyperfile.READ, "/dev/sleep", 4, 0,
      CONTEXT))
    guest:guard(0x1000, 8)
    assert.are.equal(task, waits(20, guest.played:resume(task)))
    assert.are.equal(task, waits(30, guest.played:resume(task)))
    assert.are.equal("", guest:written(0x1000, 8))
    assert.are.equal(4, guest.played:resume(task))
    assert.are.equal("xxxx", guest:written(0x1000, 8))
    assert.are.same({ "info: 1", "info: 2", "info: 3" }, guest:log())
    assert.are.equal(ESRCH, guest.played:resume(task))
  end)

  it("takes any time from 0 on, in whole milliseconds", function()
    local guest = guest_with [[
      hl.file("/dev/a", { ioctl = function(file)
        hl.sleep(0) hl.sleep(1.75) hl.sleep(1e9)
        for _, ms in ipairs { -1, 0/0, 1e12, 1/0, "5", {} } do
          hl.log(select(2, pcall(hl.sleep, ms)))
        end
        pcall(hl.sleep)
        return 1
      end })]]
    local task = waits(0, ioctl(guest, "/dev/a"))
    waits(1, guest.played:resume(task))
    waits(1000000000, guest.played:resume(task))
    assert.are.equal(1, guest.played:resume(task))
    local log = guest:log()
    for i, line in ipairs(log) do
      log[i] = line:gsub("%-?nan", "nan"):gsub("table: .*", "table")
    end
    local bad = "info: hl.sleep takes milliseconds, from 0 to 999999999999, "
      .. "not "
    assert.are.same({ bad .. "-1", bad .. "nan", bad .. "1000000000000.0",
      bad .. "inf", bad .. "5", bad .. "table" }, log)
  end)

  it("lets other processes go on meanwhile, with data of their own",
    function()
      local guest = guest_with(SLEEPS)
      local first = waits(5, guest:write("/dev/sleep", "first", 0, CONTEXT))
      local second = waits(5, guest:write("/dev/sleep", "2nd", 0, CONTEXT))
      assert.are_not.equal(first, second)
      local third = waits(50, ioctl(guest, "/dev/sleep", 50))
      assert.are.equal(3, guest.played:resume(second))
      assert.are.equal(1, guest.played:resume(third))
      assert.are.equal(5, guest.played:resume(first))
      assert.are.same({ "info: 2nd", "info: first" }, guest:log())
    end)

  it("is ended by a signal: the handler is closed, and nothing answered",
    function()
      local guest = guest_with [[
        hl.file("/dev/a", { ioctl = function(file)
          local _ <close> = setmetatable({}, { __close = function()
            hl.log("closed %s", file.path)
          end })
          hl.sleep(10)
          hl.log "not reached"
        end })]]
      local task = waits(10, ioctl(guest, "/dev/a"))
      assert.are.equal(0, guest.played:cancel(task))
      assert.are.same({ "info: closed /dev/a" }, guest:log())
      assert.are.equal(ESRCH, guest.played:cancel(task))
      assert.are.equal(ESRCH, guest.played:resume(task))
      waits(10, ioctl(guest, "/dev/a"))
    end)

  it("cannot be called in what is closed by a signal", function()
    local guest = guest_with [[
      hl.file("/dev/a", { ioctl = function(file)
        local _ <close> = setmetatable({}, { __close = function()
          hl.sleep(5)
        end })
        hl.sleep(10)
      end })]]
    assert.are.equal(0, guest.played:cancel(waits(10, ioctl(guest, "/dev/a"))))
    assert.matches("hl.sleep asks the guest, and there is no request of a "
      .. "guest here: use hl.spawn, or call it in a handler, in ioctl of "
      .. "/dev/a", guest:log()[1])
  end)

  it("goes on when the file is removed and modelled anew meanwhile",
    function()
      local guest = guest_with [[
        a = hl.file("/dev/a", { ioctl = { [1] = function(file)
          hl.sleep(10)
          hl.log("%s %d", file.path, file.state.count or 0)
          return 1
        end } })]]
      local first = waits(10, ioctl(guest, "/dev/a", 1))
      guest:run 'hl.file("/dev/a", { ioctl = 5 }) collectgarbage()'
      guest:log()
      assert.are.equal(5, ioctl(guest, "/dev/a", 1))
      assert.are.equal(1, guest.played:resume(first))
      guest:run [[a = hl.file("/dev/a", { ioctl = { [1] = function(file)
        hl.sleep(10)
        return #file.path
      end } })]]
      first = waits(10, ioctl(guest, "/dev/a", 1))
      guest:run "a:remove()"
      guest.played:work()
      assert.is_nil(guest.played:nodes()["/dev/a"])
      assert.are.equal(6, guest.played:resume(first))
    end)

  it("ends when the guest starts anew", function()
    local guest = guest_with(SLEEPS)
    local task = waits(5, guest:write("/dev/sleep", "x", 0, CONTEXT))
    guest.played:hello()
    assert.are.equal(ESRCH, guest.played:resume(task))
    assert.are.same({}, guest:log())
  end)

  it("may not be used by a poll handler", function()
    local guest = guest_with(SLEEPS)
    assert.are.equal(0x145, (guest:op(hyperfile.POLL, "/dev/sleep", 0, 0,
      CONTEXT)))
    assert.are.equal("error: spec.lua:18: hl.sleep may not be used here: this "
      .. "handler's process is not to be kept waiting, in poll of /dev/sleep "
      .. "(spec.lua:1), for pid 7 (program); the default answers",
      guest:log()[1]:match "^[^\n]*")
  end)

  it("may not be used in a request without a region", function()
    local guest = guest_with(SLEEPS)
    assert.are.equal(-22, (guest:write("/dev/sleep", "x", 0)))
    assert.matches("^error: spec.lua:10: hl.sleep asks the guest, and its "
      .. "request came without a mem_region to do that, in write of /dev/sleep",
      guest:log()[1])
  end)

  it("may be used in a handler of a system call", function()
    local guest = guest_with [[
      hl.syscall("on_sys_ioctl_enter", function(call)
        hl.sleep(20)
        call.retval, call.skip_syscall = 33, true
      end)]]
    guest.played:syscall { name = "ioctl" }
    -- The call is left where it waits: the block says which task, and later
    -- the region what its answer is (HL_ANSWER_RETVAL and SKIP).
    local task = ("<i8"):unpack(guest.played:kernel_peek(
      guest.region - 4096 + 56, 8))
    assert.are.equal(3, guest.played:resume(task))
    assert.are.equal(33, (("<i8"):unpack(guest.played:kernel_peek(
      guest.region + 24, 8))))
  end)

  it("waits inside coroutines and pcall, but not inside table.sort",
    function()
      local guest = guest_with [[
        hl.file("/dev/a", { ioctl = function(file, cmd)
          if cmd == 1 then
            return pcall(coroutine.wrap(function() hl.sleep(7) end)) and 9
          end
          table.sort({ 1, 2 }, function() hl.sleep(7) end)
        end })]]
      local task = waits(7, ioctl(guest, "/dev/a", 1))
      assert.are.equal(9, guest.played:resume(task))
      assert.are.equal(0, ioctl(guest, "/dev/a", 2))
      assert.matches("hl.sleep cannot wait here: inside table.sort",
        guest:log()[1])
    end)

  it("is no place for more than 4032 processes", function()
    local guest = guest_with(SLEEPS)
    local tasks = {}
    for i = 1, 4032 do
      tasks[i] = waits(9, ioctl(guest, "/dev/sleep", 9))
    end
    assert.are.equal(-16, ioctl(guest, "/dev/sleep", 9))
    assert.are.equal(1, guest.played:resume(tasks[4032]))
    waits(9, ioctl(guest, "/dev/sleep", 9))
    assert.are.equal(1, guest.played:resume(tasks[1]))
  end)
end)

local EVENT = [[
  event = hl.event()
  hl.file("/dev/wait", { ioctl = function(file, ms)
    local _ <close> = setmetatable({}, { __close = function()
      hl.log "closed"
    end })
    if ms ~= 0 then
      hl.log("%s", event:wait(ms))
    else
      hl.log("%s", event:wait())
    end
    return 1
  end })
  hl.file("/dev/signal", { ioctl = function() return event:signal() end })]]

describe("an event", function()
  local guest
  before_each(function()
    guest = guest_with(EVENT)
  end)

  it("is waited for without end, or so long", function()
    waits(EVER, ioctl(guest, "/dev/wait"))
    waits(250, ioctl(guest, "/dev/wait", 250))
  end)

  it("is over when the time is", function()
    local task = waits(250, ioctl(guest, "/dev/wait", 250))
    assert.are.equal(1, guest.played:resume(task))
    assert.are.same({ "info: false", "info: closed" }, guest:log())
    assert.are.equal(0, ioctl(guest, "/dev/signal"))
    guest.played:work()
    assert.are.same({}, guest.played:woken())
  end)

  it("lets all go on that wait when it is signalled", function()
    local first = waits(EVER, ioctl(guest, "/dev/wait"))
    local second = waits(99, ioctl(guest, "/dev/wait", 99))
    assert.are.equal(2, ioctl(guest, "/dev/signal"))
    assert.are.same({}, guest:log())
    guest.played:work()
    local woken = guest.played:woken()
    table.sort(woken)
    local expected = { first, second }
    table.sort(expected)
    assert.are.same(expected, woken)
    assert.are.equal(1, guest.played:resume(second))
    assert.are.equal(1, guest.played:resume(first))
    assert.are.same({ "info: true", "info: closed", "info: true",
      "info: closed" }, guest:log())
    assert.are.equal(0, ioctl(guest, "/dev/signal"))
  end)

  it("wakes each once, however often it is signalled", function()
    local task = waits(EVER, ioctl(guest, "/dev/wait"))
    assert.are.equal(1, ioctl(guest, "/dev/signal"))
    assert.are.equal(1, ioctl(guest, "/dev/signal"))
    guest.played:work()
    assert.are.same({ task }, guest.played:woken())
  end)

  it("may be waited for again", function()
    local task = waits(EVER, ioctl(guest, "/dev/wait"))
    ioctl(guest, "/dev/signal")
    guest.played:resume(task)
    guest:log()
    task = waits(5, ioctl(guest, "/dev/wait", 5))
    assert.are.equal(1, guest.played:resume(task))
    assert.are.same({ "info: false", "info: closed" }, guest:log())
  end)

  it("wakes a second wait by a second signal only", function()
    guest:run [[hl.file("/dev/twice", { ioctl = function()
      event:wait()
      hl.log "once"
      return event:wait() and 2 or 3
    end })]]
    local task = waits(EVER, ioctl(guest, "/dev/twice"))
    ioctl(guest, "/dev/signal")
    assert.are.equal(task, waits(EVER, guest.played:resume(task)))
    assert.are.same({ "info: once" }, guest:log())
    assert.are.equal(1, ioctl(guest, "/dev/signal"))
    assert.are.equal(2, guest.played:resume(task))
  end)

  it("is not waited for with a time that is none", function()
    guest:run [[hl.file("/dev/bad", { ioctl = function()
      for _, ms in ipairs { -1, 1/0, "5", false } do
        hl.log(select(2, pcall(event.wait, event, ms)))
      end
      hl.log("%s", next(event))
      return 1
    end })]]
    assert.are.equal(1, ioctl(guest, "/dev/bad"))
    local bad = "info: event:wait takes milliseconds, from 0 to 999999999999, "
      .. "not "
    assert.are.same({ bad .. "-1", bad .. "inf", bad .. "5", bad .. "false",
      "info: nil" }, guest:log())
  end)

  it("forgets who was ended by a signal", function()
    local task = waits(EVER, ioctl(guest, "/dev/wait"))
    assert.are.equal(0, guest.played:cancel(task))
    assert.are.same({ "info: closed" }, guest:log())
    assert.are.equal(0, ioctl(guest, "/dev/signal"))
    guest:run "hl.log('%s', next(event))"
    assert.are.same({ "info: nil" }, guest:log())
  end)

  it("forgets those whose own coroutine was ended by a signal", function()
    guest:run [[
      hl.file("/dev/inner", { ioctl = function()
        return coroutine.wrap(function() return event:wait() and 1 end)()
      end })
      function count()
        local count = 0
        for _ in pairs(event) do count = count + 1 end
        hl.log("%d", count)
      end]]
    for i = 1, 10 do
      guest.played:cancel((waits(EVER, ioctl(guest, "/dev/inner"))))
    end
    guest:run "collectgarbage() collectgarbage() count()"
    local cancelled = waits(EVER, ioctl(guest, "/dev/inner"))
    local task = waits(EVER, ioctl(guest, "/dev/inner"))
    guest.played:cancel(cancelled)
    guest:run "collectgarbage 'stop'"
    assert.are.equal(1, ioctl(guest, "/dev/signal"))
    guest:run "count() collectgarbage 'restart'"
    assert.are.equal(1, guest.played:resume(task))
    guest:run "count()"
    assert.are.same({ "info: 0", "info: 1", "info: 0" }, guest:log())
  end)

  it("forgets who waited when the guest started anew", function()
    waits(EVER, ioctl(guest, "/dev/wait"))
    guest.played:hello()
    guest:log()
    assert.are.equal(0, ioctl(guest, "/dev/signal"))
  end)

  it("does not cut the sleep short that follows on a time that was over",
    function()
      guest:run [[hl.file("/dev/then", { ioctl = function()
        hl.log("%s", event:wait(10))
        hl.sleep(1000)
        return 1
      end })]]
      local task = waits(10, ioctl(guest, "/dev/then"))
      ioctl(guest, "/dev/signal")
      -- The guest's own clock was faster than its worker.
      waits(1000, guest.played:resume(task))
      guest.played:work()
      assert.are.same({}, guest.played:woken())
    end)

  it("cannot be waited for outside of a handler", function()
    assert.is_false(guest.played:run
      'local hl = require "hyperlua" hl.event():wait()')
    assert.matches("event:wait asks the guest, and there is no request of a "
      .. "guest here", guest:log()[1])
    assert.is_false(guest.played:run 'require "hyperlua".sleep(1)')
    assert.matches("hl.sleep asks the guest, and there is no request of a "
      .. "guest here", guest:log()[1])
  end)

  it("wakes more than one message holds", function()
    for i = 1, 600 do
      waits(EVER, ioctl(guest, "/dev/wait"))
    end
    assert.are.equal(600, ioctl(guest, "/dev/signal"))
    guest.played:work()
    assert.are.equal(600, #guest.played:woken())
  end)
end)
