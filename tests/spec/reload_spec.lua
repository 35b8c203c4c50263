-- SPDX-License-Identifier: GPL-2.0-or-later
-- A version of the scripts takes the place of another.
local hyperfile = require "hyperfile"
local versions = require "versions"

local CONTEXT = { pid = 7, comm = "program" }
local ESRCH, EINVAL, ENODEV = -3, -22, -19

local function read(guest, path)
  local ret, data = guest:read(path, 64, 0, CONTEXT)
  return ret, data
end

local function paths(guest)
  local list = {}
  for path in pairs(guest.played:nodes()) do
    list[#list + 1] = path
  end
  table.sort(list)
  return table.concat(list, " ")
end

local function call(guest, name, args, retval)
  local made = guest.played:syscall { name = name, args = args or {}, pid = 7,
    comm = "program", retval = retval or 0 }
  return made.retval, made.waits
end

describe("a version", function()
  it("answers the next request, without a word to the guest", function()
    local guest = versions.guest 'hl.file("/dev/a", { read = "one" })'
    assert.are.same({ 3, "one" }, { read(guest, "/dev/a") })
    local rings = guest.played:rings()
    assert.is_true(guest:reload 'hl.file("/dev/a", { read = "two" })')
    assert.are.same({ 3, "two" }, { read(guest, "/dev/a") })
    assert.are.equal(rings + 1, guest.played:rings())
    assert.are.same({ "info: reloaded: version 2, with 1 files and 0 hooks" },
      guest:log())
  end)

  it("takes out of the guest what it lacks, and adds what is new", function()
    local guest = versions.guest [[
      hl.file("/dev/a", { read = "a" })
      hl.file("/dev/b", { read = "b" })]]
    assert.are.equal("/dev/a /dev/b", paths(guest))
    assert.is_true(guest:reload [[
      hl.file("/dev/b", { read = "B" })
      hl.file("/dev/c", { read = "c" })]])
    -- The guest still has it: the version that made it answers.
    assert.are.same({ 1, "a" }, { read(guest, "/dev/a") })
    guest.played:work()
    assert.are.equal("/dev/b /dev/c", paths(guest))
    assert.are.same({ 1, "B" }, { read(guest, "/dev/b") })
    assert.are.same({ 1, "c" }, { read(guest, "/dev/c") })
    assert.are.same({ EINVAL, "" }, { read(guest, "/dev/a") })
    assert.are.equal(1, guest.played:versions())
  end)

  it("changes what the guest has of a file only when that differs", function()
    local guest = versions.guest 'hl.file("/dev/a", { read = "a", size = 1 })'
    local id = guest.played:nodes()["/dev/a"].id
    assert.is_true(guest:reload
      'hl.file("/dev/a", { read = "a", size = 2, mode = 256 })')
    guest.played:work()
    local node = guest.played:nodes()["/dev/a"]
    assert.are.same({ id, 2, 256 }, { node.id, node.size, node.mode })
  end)

  it("is not loaded when a script is wrong: the one before serves on",
    function()
      local guest = versions.guest 'hl.file("/dev/a", { read = "one" })'
      for script, message in pairs {
        ["("] = "main.lua:2: unexpected symbol near <eof>",
        ['hl.file("/dev/b", { read = "b" }) error "no"'] = "main.lua:2: no",
        ['hl.file("/dev/b", { raed = "b" })'] =
          'main.lua:2: hl.file /dev/b: no field "raed": there are read, write,'
          .. " ioctl, getattr, open, release, lseek, poll, fsync, size, mode,"
          .. " mmap, device",
        ["while true do end"] = "main.lua:2: stopped: it ran for more than "
          .. "1000 ms without waiting or returning (see hl.budget)",
        ["local s = ('x'):rep(1 << 40)"] =
          "main.lua:2: resulting string too large",
        ["coroutine.yield()"] = "attempt to yield from outside a coroutine",
        ["hl.sleep(1)"] = "main.lua:2: hl.sleep asks the guest, and there is "
          .. "no request of a guest here: use hl.spawn, or call it in a handler",
      } do
        assert.is_false(guest:reload(script))
        local log = guest:log()
        assert.matches("^error: " .. message:gsub("%p", "%%%0"), log[1])
        assert.are.equal("error: not reloaded (script main.lua): version 1 "
          .. "serves on", log[#log])
        guest.played:work()
        assert.are.equal("/dev/a", paths(guest))
        assert.are.same({ 3, "one" }, { read(guest, "/dev/a") })
        assert.are.equal(1, guest.played:versions())
      end
      os.remove(guest.main)
      assert.is_false(guest.played:reload())
      assert.matches("^error: script .*main.lua.*: No such file", guest:log()[1])
      assert.is_true(guest:reload 'hl.file("/dev/a", { read = "two" })')
      assert.are.same({ 3, "two" }, { read(guest, "/dev/a") })
    end)

  it("is made of models and YAML too, all or nothing", function()
    local guest = versions.guest("", { models = true, config = true,
      prepare = function(guest)
        assert(os.execute("mkdir " .. guest.folder .. "/models"))
        versions.write(guest.folder .. "/models/m.lua",
          'return { ["/dev/m"] = { read = "1" } }')
        versions.write(guest.folder .. "/files.yaml",
          "pseudofiles: {/dev/y: {read: {model: const_buf, val: '1'}}}")
      end })
    assert.are.equal("/dev/m /dev/y", paths(guest))
    versions.write(guest.folder .. "/models/m.lua",
      'return { ["/dev/m"] = { read = "2" } }')
    versions.write(guest.folder .. "/files.yaml", "pseudofiles: {/dev/y: 5}")
    assert.is_false(guest:reload())
    assert.are.same({ 1, "1" }, { read(guest, "/dev/m") })
    versions.write(guest.folder .. "/files.yaml", "pseudofiles: {}")
    assert.is_true(guest:reload())
    guest.played:work()
    assert.are.equal("/dev/m", paths(guest))
    assert.are.same({ 1, "2" }, { read(guest, "/dev/m") })
  end)
end)

describe("a request in flight", function()
  local function waiting(script)
    local guest = versions.guest(script)
    local ret, waits, _, task = guest:read("/dev/a", 64, 0, CONTEXT)
    assert.are.same({ nil, "waits" }, { ret, waits })
    return guest, task
  end

  local SLEEPS = [[
    local word = "%s"
    hl.file("/dev/a", { read = function() hl.sleep(1) return word end })]]

  it("ends on the version that it began with", function()
    local guest, task = waiting(SLEEPS:format "one")
    assert.is_true(guest:reload(SLEEPS:format "two"))
    assert.are.equal(2, guest.played:versions())
    guest:guard(hyperfile.AT.data, 8)
    assert.are.equal(3, guest.played:resume(task))
    assert.are.equal("one", guest:written(hyperfile.AT.data, 8))
    assert.are.equal(1, guest.played:versions())
  end)

  it("ends so when the file is gone, too", function()
    local guest, task = waiting(SLEEPS:format "one")
    assert.is_true(guest:reload "")
    guest.played:work()
    assert.are.equal("", paths(guest))
    guest:guard(hyperfile.AT.data, 8)
    assert.are.equal(3, guest.played:resume(task))
    assert.are.equal("one", guest:written(hyperfile.AT.data, 8))
    assert.are.equal(1, guest.played:versions())
  end)

  it("is dropped with its process, and its version with it", function()
    local guest, task = waiting(SLEEPS:format "one")
    assert.is_true(guest:reload "")
    guest.played:cancel(task)
    guest.played:work()
    assert.are.equal(1, guest.played:versions())
    assert.are.equal(ESRCH, guest.played:resume(task))
  end)

  it("registers nothing any more", function()
    local guest, task = waiting [[
      hl.file("/dev/a", { read = function()
        hl.sleep(1)
        for _, add in ipairs {
          function() hl.file("/dev/b", { read = "" }) end,
          function() hl.syscall("on_sys_read_enter", print) end,
          function() hl.on_exec(print) end,
          function() hl.spawn(print) end,
        } do
          hl.log((select(2, pcall(add))))
        end
        return "x"
      end })]]
    assert.is_true(guest:reload "")
    guest:log()
    assert.are.equal(1, guest.played:resume(task))
    local expected = {}
    for i, name in ipairs { "hl.file", "hl.syscall", "a probe", "hl.spawn" } do
      expected[i] = ("info: main.lua:%d: %s: another version of the scripts has "
        .. "taken the place of this one"):format(i + 4, name)
    end
    assert.are.same(expected, guest:log())
  end)

  it("can be woken by another version, through a named event", function()
    local BUTTON = [[
      local pressed = hl.event "button"
      hl.file("/dev/a", {
        read = function() pressed:wait() return "pressed" end,
        write = function() return pressed:signal() end,
      })]]
    local guest, task = waiting(BUTTON)
    assert.is_true(guest:reload(BUTTON))
    assert.are.equal(1, (guest:write("/dev/a", "x", 0, CONTEXT)))
    assert.are.equal(7, guest.played:resume(task))
    assert.are.equal(0, (guest:write("/dev/a", "x", 0, CONTEXT)))
  end)
end)

describe("what the guest has open or wrote", function()
  it("goes on: file.state, as far as it is plain data", function()
    local COUNTS = [[
      hl.file("/dev/a", { read = function(file)
        local state = file.state
        state.count = (state.count or %d) + 1
        state.list = state.list or { state.count }
        state.fn = print
        return state.count .. " " .. state.list[1]
      end })]]
    local guest = versions.guest(COUNTS:format(0))
    local context = { handle = 5 }
    guest:read("/dev/a", 64, 0, context)
    assert.is_true(guest:reload(COUNTS:format(100)))
    assert.are.equal("2 1", select(2, guest:read("/dev/a", 64, 0, context)))
    assert.are.equal("101 101", select(2, guest:read("/dev/a", 64, 0,
      { handle = 6 })))
    assert.are.same({ "info: reloaded: version 2, with 1 files and 0 hooks" },
      guest:log())
  end)

  it("goes on: what a stateful file holds; not when it is one no more",
    function()
      local STATEFUL = [[hl.file("/dev/a", { read = hl.models.stateful("%s"),
        write = hl.models.default() })]]
      local guest = versions.guest(STATEFUL:format "0")
      assert.is_true(guest:reload(STATEFUL:format "1"))
      assert.are.equal("1", select(2, read(guest, "/dev/a")))
      guest:write("/dev/a", "written", 0, CONTEXT)
      assert.is_true(guest:reload(STATEFUL:format "2"))
      assert.are.equal("written", select(2, read(guest, "/dev/a")))
      assert.is_true(guest:reload 'hl.file("/dev/a", { read = "3" })')
      assert.are.equal("3", select(2, read(guest, "/dev/a")))
      assert.is_true(guest:reload(STATEFUL:format "4"))
      assert.are.equal("4", select(2, read(guest, "/dev/a")))
    end)

  it("goes on: files that were made for a pattern, when it is still there",
    function()
      local PATTERN = 'hl.file("/dev/m*", { read = "%s" })'
      local guest = versions.guest(PATTERN:format "one")
      guest.played:poke(0x1000, "/dev/m0\0")
      guest.played:syscall { name = "open", args = { 0x1000 }, pid = 7,
        comm = "program" }
      guest.played:work()
      local id = guest.played:nodes()["/dev/m0"].id
      assert.is_true(guest:reload(PATTERN:format "two"))
      guest.played:work()
      assert.are.equal(id, guest.played:nodes()["/dev/m0"].id)
      assert.are.equal("two", select(2, read(guest, "/dev/m0")))
      assert.is_true(guest:reload "")
      guest.played:work()
      assert.are.equal("", paths(guest))
    end)
end)

describe("a hook", function()
  local HOOK = [[hl.syscall("on_sys_ioctl_return", { arg_filter = { nil, %d } },
    function(syscall) syscall.retval = %d end)]]

  it("that is the same in both versions stays in the guest as it is",
    function()
      local guest = versions.guest(HOOK:format(1, 10))
      assert.are.equal(10, call(guest, "ioctl", { 3, 1 }))
      local rings = guest.played:rings()
      assert.is_true(guest:reload(HOOK:format(1, 20)))
      assert.are.equal(20, call(guest, "ioctl", { 3, 1 }))
      assert.are.equal(rings + 1, guest.played:rings())
      -- It asks, and there is nothing.
      guest.played:work()
      assert.are.equal(rings + 2, guest.played:rings())
    end)

  it("that is new is in the guest before its version serves, so that no call "
    .. "is answered by neither", function()
      local guest = versions.guest(HOOK:format(1, 10))
      assert.is_true(guest:reload(HOOK:format(2, 20)))
      assert.are.same({}, guest:log())
      assert.are.equal(10, call(guest, "ioctl", { 3, 1 }))
      assert.are.equal(0, call(guest, "ioctl", { 3, 2 }))
      guest.played:work()
      assert.are.same({ "info: reloaded: version 2, with 0 files and 1 hooks" },
        guest:log())
      assert.are.equal(0, call(guest, "ioctl", { 3, 1 }))
      assert.are.equal(20, call(guest, "ioctl", { 3, 2 }))
    end)

  -- HL_CALL_SYSCALL and its answers, as in abi/.
  local SYSCALL, RETVAL, STALE = 6, 1, 32

  -- The call's answer to an event of that hook, which was looked for when so
  -- many had been added.
  local function event(guest, id, added)
    local played = guest.played
    local _, region = played:kernel()
    played:kernel_poke(region + 24, string.pack(
      "<I4I4I4I4 c16 c64 I4I4 i8i8i8i8i8i8i8i8 i8 I4", 2, 1, 7, 7, "program",
      "ioctl", added << 8, 54, 3, 1, 0, 0, 0, 0, 0, 0, -25, id))
    return (played:ring(SYSCALL, region))
  end

  it("that was looked for before those of the version that serves were there "
    .. "is looked for anew", function()
      local guest = versions.guest(HOOK:format(1, 10))
      assert.are.equal(RETVAL, event(guest, 1, 1))
      assert.is_true(guest:reload(HOOK:format(2, 20) .. "\n"
        .. HOOK:format(3, 30)))
      assert.are.equal(RETVAL, event(guest, 1, 1))
      guest.played:work()
      for added, answer in pairs { STALE, STALE, RETVAL, RETVAL } do
        assert.are.equal(answer, event(guest, 3, added))
      end
      assert.are.equal(0, event(guest, 1, 3))
      -- What only changes the handlers makes no event too old.
      assert.is_true(guest:reload(HOOK:format(2, 21) .. "\n"
        .. HOOK:format(3, 31)))
      assert.are.equal(RETVAL, event(guest, 3, 3))
      guest.played:goodbye()
      guest.played:hello()
      assert.are.equal(RETVAL, event(guest, 3, 0))
    end)

  it("gives way to that of a later version while it still waits", function()
    local guest = versions.guest(HOOK:format(1, 10))
    assert.is_true(guest:reload(HOOK:format(2, 20)))
    assert.is_true(guest:reload(HOOK:format(3, 30)))
    assert.are.equal(2, guest.played:versions())
    assert.are.equal(10, call(guest, "ioctl", { 3, 1 }))
    guest.played:work()
    assert.are.equal(1, guest.played:versions())
    assert.are.same({ 0, 0, 30 }, { call(guest, "ioctl", { 3, 1 }),
      call(guest, "ioctl", { 3, 2 }), call(guest, "ioctl", { 3, 3 }) })
  end)

  it("that the guest refuses holds nobody up, and is refused anew each time",
    function()
      local WRONG = 'hl.syscall("on_sys_no_such_enter", print)'
      local guest = versions.guest(HOOK:format(1, 10))
      for version = 2, 3 do
        assert.is_true(guest:reload(WRONG))
        guest.played:work()
        assert.are.same({
          "error: on_sys_no_such_enter (main.lua:2): the guest's kernel has no "
          .. "system call of that name",
          ("info: reloaded: version %d, with 0 files and 1 hooks"):format(
            version),
        }, guest:log())
        assert.are.equal(0, call(guest, "ioctl", { 3, 1 }))
      end
    end)

  it("runs in the order of its own version", function()
    local A = [[hl.syscall("on_sys_read_return", function(syscall)
      syscall.retval = syscall.retval * 10 + 1 end)]]
    local B = [[hl.syscall("on_sys_read_return", { pid_filter = 7 },
      function(syscall) syscall.retval = syscall.retval * 10 + 2 end)]]
    local guest = versions.guest(A .. "\n" .. B)
    assert.are.equal(12, call(guest, "read"))
    assert.is_true(guest:reload(B .. "\n" .. A))
    assert.are.equal(21, call(guest, "read"))
    guest.played:work()
    assert.are.equal(21, call(guest, "read"))
  end)

  it("of a handler that waits: those behind it are of its version, too",
    function()
      local TWO = [[
        hl.syscall("on_sys_read_return", function(syscall)
          hl.sleep(1)
          syscall.retval = %d
        end)
        hl.syscall("on_sys_read_return", function(syscall)
          hl.log("second of %d: %%d", syscall.retval)
        end)]]
      local guest = versions.guest(TWO:format(1, 1))
      local _, task = call(guest, "read")
      assert.is_true(guest:reload(TWO:format(2, 2)))
      guest:log()
      guest.played:resume(task)
      assert.are.same({ "info: second of 1: 1" }, guest:log())
    end)

  it("that is disabled while it loads comes with hook:enable()", function()
    local guest = versions.guest ""
    assert.is_true(guest:reload(HOOK:format(1, 10):gsub("^", "hook = ")
      .. "\nhook:disable() hl.file('/dev/a', { read = function() hook:enable() "
      .. "return '' end })"))
    guest.played:work()
    assert.are.equal(0, call(guest, "ioctl", { 3, 1 }))
    read(guest, "/dev/a")
    guest.played:work()
    assert.are.equal(10, call(guest, "ioctl", { 3, 1 }))
  end)

  it("and a probe go with the guest, and come with the next", function()
    local guest = versions.guest(HOOK:format(1, 10))
    assert.is_true(guest:reload(HOOK:format(2, 20) .. " hl.on_exec(print)"))
    guest.played:goodbye()
    assert.are.same({ "info: reloaded: version 2, with 0 files and 2 hooks" },
      guest:log())
    assert.are.equal(0, guest.played:hello())
    guest.played:work()
    assert.are.equal(20, call(guest, "ioctl", { 3, 2 }))
    assert.are.equal(0, call(guest, "ioctl", { 3, 1 }))
  end)
end)

describe("hl.spawn", function()
  local world = require "world"

  local function begin(guest, id)
    local _, region = guest.played:kernel()
    return guest.played:ring(world.SPAWNED, region, id)
  end

  it("ends with its version where it sleeps", function()
    local TICKS = [[hl.spawn(function()
      local close <close> = setmetatable({}, { __close = function()
        hl.log "closed" end })
      hl.log "%s" hl.sleep(5) hl.log "later"
    end)]]
    local guest = versions.guest(TICKS:format "one")
    local _, _, _, task = begin(guest, guest.played:spawned()[1])
    assert.is_true(guest:reload(TICKS:format "two"))
    guest.played:work()
    assert.are.same({ task }, guest.played:woken())
    guest:log()
    assert.are.equal(0, guest.played:resume(task))
    assert.are.same({ "info: closed" }, guest:log())
    local ids = guest.played:spawned()
    assert.are.equal(1, #ids)
    begin(guest, ids[1])
    assert.are.same({ "info: two" }, guest:log())
    assert.are.equal(1, guest.played:versions())
  end)

  it("that has not begun does not begin any more", function()
    local guest = versions.guest 'hl.spawn(function() hl.log "one" end)'
    local ids = guest.played:spawned()
    assert.is_true(guest:reload "")
    assert.are.equal(ESRCH, begin(guest, ids[1]))
    assert.are.equal(1, guest.played:versions())
  end)

  it("of a version that was not loaded never begins", function()
    local guest = versions.guest ""
    assert.is_false(guest:reload "hl.spawn(print) error 'no'")
    guest.played:work()
    assert.are.same({}, guest.played:spawned())
  end)
end)

describe("hl.on_unload", function()
  it("is called once, last first, when another version serves", function()
    local guest = versions.guest [[
      hl.on_unload(function() hl.log "first" end)
      hl.on_unload(function() local x = nil + 1 end)
      hl.on_unload(function() hl.log "last" end)]]
    assert.is_false(guest:reload "(")
    guest:log()
    assert.is_true(guest:reload "")
    local log = guest:log()
    assert.are.equal("info: reloaded: version 2, with 0 files and 0 hooks",
      log[1])
    assert.are.equal("info: last", log[2])
    assert.matches("^error: main.lua:3: attempt to perform arithmetic on a nil "
      .. "value, in hl.on_unload\n  | stack traceback:\n  | \tmain.lua:3: in ",
      log[3])
    assert.are.equal("info: first", log[4])
    assert.is_true(guest:reload "")
    assert.are.same({ "info: reloaded: version 3, with 0 files and 0 hooks" },
      guest:log())
  end)

  it("is stopped when it does not end", function()
    local guest = versions.guest "hl.on_unload(function() while true do end end)"
    assert.is_true(guest:reload 'hl.file("/dev/a", { read = "x" })')
    assert.matches("^error: main.lua:2: stopped: it ran for more than 1000 ms",
      guest:log()[2])
    assert.are.equal("x", select(2, read(guest, "/dev/a")))
  end)

  it("cannot wait, and takes a function", function()
    local guest = versions.guest "hl.on_unload(function() hl.sleep(1) end)"
    assert.is_true(guest:reload "")
    assert.matches("^error: main.lua:2: hl.sleep asks the guest, and there is "
      .. "no request of a guest here", guest:log()[2])
    assert.is_false(guest:reload "hl.on_unload(5)")
    assert.matches("^error: main.lua:2: hl.on_unload: it calls a function, not "
      .. "a number", guest:log()[1])
  end)
end)

describe("many versions", function()
  it("leave nothing behind", function()
    local guest = versions.guest ""
    local function script(i)
      return ([[
        hl.file("/dev/a", { read = function() return "%d" end })
        hl.file("/dev/b%d", { read = "b" })
        hl.syscall("on_sys_read_return", { pid_filter = %d }, print)
        hl.persist.t = { %d }]]):format(i, i % 2, i % 3, i)
    end
    for i = 1, 60 do
      assert.is_true(guest:reload(script(i)))
      guest.played:work()
      assert.are.equal(tostring(i), select(2, read(guest, "/dev/a")))
    end
    assert.are.equal(1, guest.played:versions())
    assert.are.equal("/dev/a /dev/b0", paths(guest))
  end)
end)
