-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.spawn: a script's own work, in threads of the guest's kernel.
local played = require "hyperlua.played"
local world = require "world"

-- The thread that the guest made for the id; what it answers.
local function begin(guest, id)
  local _, region = guest:kernel()
  return guest:ring(world.SPAWNED, region, id)
end

local ESRCH, EBUSY, EPROTO = -3, -16, -71

describe("hl.spawn", function()
  it("runs a function once, with its arguments, when the guest is there",
    function()
      local guest = played.new "mipsel"
      assert.is_true(guest:run [[
        local hl = require "hyperlua"
        hl.spawn(function(...)
          hl.log("%d %s %s %s", select("#", ...), ...)
        end, "a", nil, 3)
        hl.log "first"]])
      assert.are.same({}, guest:spawned())
      guest:hello()
      local ids = guest:spawned()
      assert.are.equal(1, #ids)
      assert.are.equal(0, begin(guest, ids[1]))
      assert.are.equal(ESRCH, begin(guest, ids[1]))
      assert.are.same({ "first", "3 a nil 3" }, world.lines(guest))
      guest:goodbye()
      guest:hello()
      assert.are.same({}, guest:spawned())
    end)

  it("may ask the guest and wait", function()
    local guest = world.script("mipsel", [[
      hl.spawn(function()
        show(portal.of(9).read_str(0x1000), portal.read_file("/motd"))
        hl.sleep(5)
        show "later"
      end)]], function(guest)
      world.add(guest, { pid = 9 })
      guest:poke_of(9, 0x1000, "his\0")
      guest:file("/motd", "hello")
    end)
    local ret, what, ms, task = begin(guest, guest:spawned()[1])
    assert.are.same({ nil, "waits", 5 }, { ret, what, ms })
    assert.are.equal(0, guest:resume(task))
    assert.are.same({ "his hello", "later" }, world.lines(guest))
  end)

  for _, call in ipairs { "read_int(0)", "read_bytes(0, 4)", "write_str(0, '')",
    "get_proc_args()", "read_fd_name(0)", "get_maps()" } do
    it("serves nobody: portal." .. call, function()
      local guest = world.script("mipsel",
        "hl.spawn(function() portal." .. call .. " end)")
      assert.are.equal(0, begin(guest, guest:spawned()[1]))
      assert.matches("spec.lua:21: portal%." .. call:match "^[%w_]+"
        .. ": no process is served here: say whose, with portal.of%(pid%), "
        .. "in hl.spawn %(spec.lua:21%)", world.lines(guest)[1])
    end)
  end

  it("logs what a function raises, and goes on", function()
    local guest = world.script("mipsel", [[
      hl.spawn(function() error "oops" end)
      hl.spawn(function() show "fine" end)]])
    local ids = guest:spawned()
    assert.are.same({ 0, 0 }, { begin(guest, ids[1]), begin(guest, ids[2]) })
    assert.are.same({
      "error: spec.lua:21: oops, in hl.spawn (spec.lua:21)", "fine",
    }, world.lines(guest))
  end)

  it("spawns from handlers and from what was spawned", function()
    local lines, guest = world.handle("mipsel", [[
      hl.spawn(function()
        show "outer"
        hl.spawn(show, "inner")
      end)
      show "handler"]])
    assert.are.same({ "handler" }, lines)
    guest:work()
    begin(guest, guest:spawned()[1])
    guest:work()
    begin(guest, guest:spawned()[1])
    assert.are.same({ "handler", "outer", "inner" }, world.lines(guest))
  end)

  it("tells a new guest of what had not begun", function()
    local guest = world.script("mipsel", "hl.spawn(show, 'once')")
    assert.are.equal(1, #guest:spawned())
    guest:goodbye()
    assert.are.equal(EPROTO, begin(guest, 1))
    guest:hello()
    local ids = guest:spawned()
    assert.are.equal(1, #ids)
    assert.are.equal(0, begin(guest, ids[1]))
    assert.are.same({ "once" }, world.lines(guest))
  end)

  it("closes what is in the middle when the module goes", function()
    local guest = world.script("mipsel", [[
      hl.spawn(function()
        local _ <close> = setmetatable({}, { __close = function()
          show "closed"
        end })
        hl.sleep(1000)
      end)]])
    begin(guest, guest:spawned()[1])
    guest:goodbye()
    guest:hello()
    assert.are.same({}, guest:spawned())
    assert.are.same({ "closed" }, world.lines(guest))
  end)

  it("keeps no more threads at once than the guest can give", function()
    local guest = world.script("mipsel", [[
      for i = 1, 200 do
        hl.spawn(function() hl.sleep(10) end)
      end]])
    local ids = guest:spawned()
    assert.are.equal(128, #ids)
    local _, _, _, task = begin(guest, ids[1])
    guest:work()
    assert.are.same({}, guest:spawned())
    guest:resume(task)
    guest:work()
    assert.are.equal(1, #guest:spawned())
  end)

  it("goes on when none could begin for want of room", function()
    local guest = world.script("mipsel", [[
      hl.syscall("on_sys_ioctl_enter", function() hl.sleep(10) end)
      for i = 1, 200 do
        hl.spawn(show, i)
      end]])
    local ids, waiting = guest:spawned(), {}
    for i = 1, 4096 - 64 do
      waiting[i] = guest:syscall({ name = "ioctl" }).waits
    end
    for _, id in ipairs(ids) do
      assert.are.equal(EBUSY, begin(guest, id))
    end
    for _, task in ipairs(waiting) do
      guest:cancel(task)
    end
    guest:work()
    assert.are.same({ 128, 72 }, { #ids, #guest:spawned() })
  end)

  it("says what the guest gave no thread for", function()
    local guest = played.new "mipsel"
    guest:spawned(11)
    assert.is_true(guest:run "require('hyperlua').spawn(print, 1)")
    guest:hello()
    assert.are.same({ "error: hl.spawn (spec.lua:1): the guest gives no thread "
      .. "for it (Resource temporarily unavailable)" }, world.lines(guest))
    assert.are.equal(ESRCH, begin(guest, 1))
  end)

  it("has a bound on what waits to begin", function()
    local guest = played.new "mipsel"
    assert.is_false(guest:run [[
      local hl = require "hyperlua"
      for i = 1, 257 do
        hl.spawn(print)
      end]])
    assert.matches("error: spec.lua:3: hl.spawn: 256 functions wait to begin "
      .. "already", guest:log()[1])
  end)

  it("takes nothing but a function", function()
    local guest = played.new "mipsel"
    assert.is_false(guest:run "require('hyperlua').spawn('x')")
    assert.matches("error: spec.lua:1: hl.spawn: it calls a function, not a "
      .. "string", guest:log()[1])
  end)
end)

describe("hl.stats", function()
  it("counts what the engine does", function()
    local guest = world.script("x86_64", [[
      hl.syscall("on_sys_ioctl_return", function(syscall, fd, cmd, arg)
        portal.write_int(arg, portal.read_int(arg))
        if cmd == 2 then error "oops" end
        show(hl.stats())
      end)]], function(guest)
      guest:poke(0x10000, "....")
    end)
    guest:syscall { name = "ioctl", args = { 3, 2, 0x10000 } }
    guest:syscall { name = "ioctl", args = { 3, 1, 0x10000 } }
    assert.are.equal("{dropped=0 errors=1 file_ops=0 handlers=2 probes=0 "
      .. "reads_direct=0 reads_guest=2 syscalls=2 tasks=1 writes=2}",
      world.lines(guest)[2])
  end)
end)
