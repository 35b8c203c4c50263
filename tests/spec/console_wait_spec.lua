-- SPDX-License-Identifier: GPL-2.0-or-later
-- A console's expressions that wait for the guest, and how they end.
local attach = require "attach"
local world = require "world"

local ESRCH, EINTR = -3, 4
local GONE = { "error", "the guest went away in the middle of it" }

-- A guest that said hello, with a process of pid 9.
local function console_with(script)
  local guest = world.script("mipsel", script or "", function(guest)
    world.add(guest, { pid = 9, comm = "init", arg_start = 0x1000,
      arg_end = 0x100a })
    guest:poke_of(9, 0x1000, "init\0-v\0x\0")
  end)
  local console, path = attach.to(guest)
  return console, guest, path
end

-- What the guest does for an expression that waits: makes a thread, which asks.
local function thread(guest)
  guest:work()
  local ids = guest:spawned()
  assert(#ids == 1, #ids)
  local _, region = guest:kernel()
  return guest:ring(world.SPAWNED, region, ids[1])
end

describe("an expression that asks the guest", function()
  for text, value in pairs {
    ["portal.of(9).read_str(0x1000)"] = '"init"',
    ["portal.of(9).get_proc_args()"] = '{ "init", "-v", "x" }',
    ["portal.of(9).write_int(0x1000, 1), portal.of(9).read_int(0x1000)"] =
      "4\t1",
    ["portal.of(8).read_int(0x1000)"] = 'nil\t"ESRCH"',
    ["portal.of(9).read_int(0x7000)"] = 'nil\t"EFAULT"',
    ["portal.read_file('/motd')"] = '"hello\\n"',
  } do
    it("gets its answer: " .. text, function()
      local console, guest = console_with()
      guest:file("/motd", "hello\n")
      console:begin(text)
      assert.are.equal(0, thread(guest))
      assert.are.same({ "value", value }, { console:receive() })
      assert.are.equal("1", console:eval "1")
    end)
  end

  it("sends what it writes, be it long", function()
    local console, guest = console_with()
    console:begin "portal.write_file('/x', ('0123456789'):rep(1000))"
    console:ask("complete", "collectgarbage")
    assert.are.equal(0, thread(guest))
    assert.are.same({ "value", "10000" }, { console:receive() })
    assert.are.equal(("0123456789"):rep(1000), guest:file "/x")
  end)

  it("sleeps and goes on", function()
    local console, guest = console_with()
    console:begin "hl.sleep(5) return hl.sleep(6) or 'slept'"
    local ret, what, ms, task = thread(guest)
    assert.are.same({ nil, "waits", 5 }, { ret, what, ms })
    ret, what, ms, task = guest:resume(task)
    assert.are.same({ nil, "waits", 6 }, { ret, what, ms })
    assert.are.equal(0, guest:resume(task))
    assert.are.same({ "value", '"slept"' }, { console:receive() })
  end)

  it("hears of an event that was signalled before the thread came",
    function()
      local console, guest = console_with "event = hl.event()"
      console:begin "event:wait()"
      assert.is_true(guest:run "event:signal()")
      assert.are.equal(0, thread(guest))
      assert.are.same({ "value", "true" }, { console:receive() })
    end)

  it("prints before it waits, and fails after", function()
    local console, guest = console_with()
    console:send("eval", "print 'before' hl.sleep(1) error 'after'")
    assert.are.same({ "output", "before" }, { console:receive() })
    console:ask("complete", "")
    local _, _, _, task = thread(guest)
    assert.are.equal(0, guest:resume(task))
    assert.are.same({ "error", "console:1: after\nstack traceback:\n"
      .. "\t[C]: in function 'error'\n\tconsole:1: in local 'expression'" },
      { console:receive() })
    assert.are.same({}, world.lines(guest))
  end)

  it("leaves guest and consoles to their work meanwhile", function()
    local one, guest, path = console_with
      "hl.syscall('on_sys_ioctl_return', function(s) s.retval = 7 end)"
    local other = attach.connect(path)
    one:begin "hl.sleep(1000) return 'one'"
    assert.are.equal("2", other:eval "1 + 1")
    local _, _, _, task = thread(guest)
    assert.are.equal("2", other:eval "1 + 1")
    assert.are.equal(7, guest:syscall({ name = "ioctl", args = { 3, 1, 0 },
      retval = -25 }).retval)
    other:begin "hl.sleep(1) return 'other'"
    local _, _, _, other_task = thread(guest)
    assert.are.equal(0, guest:resume(other_task))
    assert.are.same({ "value", '"other"' }, { other:receive() })
    assert.are.equal(0, guest:resume(task))
    assert.are.same({ "value", '"one"' }, { one:receive() })
  end)

  it("may spawn, as scripts do", function()
    local console, guest = console_with()
    console:eval "hl.spawn(function() hl.log 'spawned' end)"
    assert.are.equal(0, thread(guest))
    assert.are.same({ "spawned" }, world.lines(guest))
  end)

  it("gets a thread though a script has all that it may have", function()
    local console, guest = console_with [[
      for i = 1, 200 do
        hl.spawn(function() hl.sleep(1000) end)
      end]]
    local _, region = guest:kernel()
    local ids = guest:spawned()
    assert.are.equal(128, #ids)
    for _, id in ipairs(ids) do
      guest:ring(world.SPAWNED, region, id)
    end
    console:begin "hl.sleep(1) return 'done'"
    local _, _, _, task = thread(guest)
    assert.are.equal(0, guest:resume(task))
    assert.are.same({ "value", '"done"' }, { console:receive() })
    guest:work()
    assert.are.same({}, guest:spawned())
  end)

  it("is the only one of its console", function()
    local console = console_with()
    console:begin "hl.sleep(1)"
    assert.are.same({ "error",
      "an expression of this console waits: interrupt it first" },
      { console:ask("eval", "1") })
  end)
end)

describe("an expression that waits ends", function()
  local CLOSES = [[
    local _ <close> = setmetatable({}, { __close = function()
      hl.log "closed"
    end })
    hl.sleep(1000)]]

  it("when it is interrupted before its thread came", function()
    local console, guest = console_with()
    console:begin(CLOSES)
    assert.are.same({ "error", "interrupted" }, { console:ask "interrupt" })
    assert.are.same({ "closed" }, world.lines(guest))
    guest:work()
    assert.are.same({}, guest:spawned())
    assert.are.equal("1", console:eval "1")
  end)

  it("when it is interrupted while its thread is on its way", function()
    local console, guest = console_with()
    console:begin(CLOSES)
    guest:work()
    local ids = guest:spawned()
    assert.are.same({ "error", "interrupted" }, { console:ask "interrupt" })
    local _, region = guest:kernel()
    assert.are.equal(ESRCH, guest:ring(world.SPAWNED, region, ids[1]))
    console:begin "portal.of(9).read_int(0x1000)"
    assert.are.equal(0, thread(guest))
    assert.are.equal("value", (console:receive()))
  end)

  it("when it is interrupted in its sleep, and its thread wakes", function()
    local console, guest = console_with()
    console:begin(CLOSES)
    local _, _, _, task = thread(guest)
    assert.are.same({ "error", "interrupted" }, { console:ask "interrupt" })
    assert.are.same({ "closed" }, world.lines(guest))
    guest:work()
    assert.are.same({ task }, guest:woken())
    assert.are.equal(ESRCH, guest:resume(task))
    assert.are.equal("1", console:eval "1")
  end)

  it("with what raised while it was closed", function()
    local console = console_with()
    console:begin [[
      local _ <close> = setmetatable({}, { __close = function()
        error "not closed"
      end })
      hl.sleep(1000)]]
    local kind, text = console:ask "interrupt"
    assert.are.equal("error", kind)
    assert.matches("^interrupted\nconsole:2: not closed, while it was closed\n",
      text)
  end)

  it("when its console goes, at any time", function()
    local one, guest, path = console_with()
    local other = attach.connect(path)
    one:begin(CLOSES)
    one:close()
    assert.are.equal("1", other:eval "hl.stats().tasks")
    assert.are.same({ "closed" }, world.lines(guest))
    one = attach.connect(path)
    one:begin(CLOSES)
    local _, _, _, task = thread(guest)
    one:close()
    -- A later console is served after those before it.
    assert.are.equal("1", attach.connect(path):eval "hl.stats().tasks")
    assert.are.same({ "closed", "closed" }, world.lines(guest))
    assert.are.equal(ESRCH, guest:resume(task))
  end)

  it("when the guest says goodbye before its thread came", function()
    local console, guest = console_with()
    console:begin(CLOSES)
    guest:goodbye()
    assert.are.same(GONE, { console:receive() })
    guest:hello()
    assert.are.same({}, guest:spawned())
    console:begin "portal.of(9).read_str(0x1000)"
    assert.are.equal(0, thread(guest))
    assert.are.same({ "value", '"init"' }, { console:receive() })
  end)

  it("when the guest says goodbye in its sleep", function()
    local console, guest = console_with()
    console:begin(CLOSES)
    local _, _, _, task = thread(guest)
    guest:goodbye()
    assert.are.same(GONE, { console:receive() })
    assert.matches("no guest has said hello yet",
      select(2, console:ask("eval", "hl.sleep(1)")))
    guest:hello()
    assert.are.equal(ESRCH, guest:resume(task))
    assert.are.equal("1", console:eval "hl.stats().tasks")
  end)

  it("when its thread is killed", function()
    local console, guest = console_with()
    console:begin(CLOSES)
    local _, _, _, task = thread(guest)
    assert.are.equal(0, guest:cancel(task))
    assert.are.same(GONE, { console:receive() })
  end)

  it("when the guest has no thread for it", function()
    local console, guest = console_with()
    console:begin(CLOSES)
    guest:spawned(EINTR)
    guest:work()
    assert.are.same({ "error",
      "a console: the guest gives no thread for it (Interrupted system call)" },
      { console:receive() })
    assert.are.same({ "closed" }, world.lines(guest))
    guest:spawned(0)
    console:begin "portal.of(9).read_int(0x1000)"
    assert.are.equal(0, thread(guest))
    assert.are.equal("value", (console:receive()))
  end)

  it("when the engine does", function()
    local console, guest = console_with()
    console:begin(CLOSES)
    guest:close()
    assert.is_nil(console:receive())
  end)
end)

describe("a guest that lies", function()
  it("cannot resume what waits for a thread", function()
    local console, guest = console_with()
    console:begin "_G.own = require 'hyperlua.core'.task() hl.sleep(1000)"
    assert.is_true(guest:run "print(own)")
    local log = guest:log()
    local task = math.tointeger(log[#log]:match "%d+")
    for _, region in ipairs { 0, 0x1000, (select(2, guest:kernel())) } do
      assert.are.equal(ESRCH, guest:resume(task, region))
    end
    local _, _, ms, waits = thread(guest)
    assert.are.same({ 1000, task }, { ms, waits })
  end)
end)
