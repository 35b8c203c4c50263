-- SPDX-License-Identifier: GPL-2.0-or-later
local played = require "hyperlua.played"

local EXEC, EXIT, SIGNAL, KPROBE, KRETPROBE, UPROBE, URETPROBE =
  1, 2, 3, 4, 5, 6, 7
local ANSWER_RETVAL, ANSWER_DROP = 1, 16

-- A guest whose script is that; it has said hello.
local function guest_with(script, target)
  local guest = played.new(target or "mipsel")
  assert.is_true(guest:run('local hl = require "hyperlua"\n' .. script),
    table.concat(guest:log(), "\n"))
  assert.are.equal(0, guest:hello())
  return guest
end

-- The log from the given line on, without the handshake's.
local function log_of(guest)
  local lines = {}
  for _, line in ipairs(guest:log()) do
    if not line:find "^info: guest: Linux " then
      lines[#lines + 1] = line
    end
  end
  return lines
end

describe("hl.kprobe", function()
  it("shows the arguments, where, and in which process", function()
    local guest = guest_with [[
      hl.kprobe("vfs_read", function(event)
        hl.log("%s %d %d %s %x %x %s %x %x %d %s", event.kind, event.pid,
          event.tid, event.comm, event.args[1], event.args[8],
          event.args[9], event.pc, event.sp, #event.args, event.compat)
      end)]]
    local ret = guest:probe { kind = KPROBE, symbol = "vfs_read", pid = 7,
      comm = "cat", args = { 0x8000, 2, 3, 4, 5, 6, 7, 0xffffffff },
      pc = 0x80123456, sp = 0x80ff0000, no_wait = 1 }
    assert.are.equal(0, ret)
    assert.are.same({ "info: kprobe 7 7 cat 8000 ffffffff nil 80123456 "
      .. "80ff0000 8 false" }, log_of(guest))
  end)

  it("runs handlers in the order registered, however ids come", function()
    local guest = guest_with [[
      for i = 1, 5 do
        hl.kprobe("vfs_read", function() hl.log("%d", i) end)
      end]]
    guest:probe { kind = KPROBE, symbol = "vfs_read", no_wait = 1 }
    assert.are.same({ "info: 1", "info: 2", "info: 3", "info: 4", "info: 5" },
      log_of(guest))
  end)

  it("says that its handler cannot wait, and the guest goes on", function()
    local guest = guest_with [[
      hl.kprobe("vfs_read", function(event)
        hl.portal.write_int(0x1000, 1)
      end)
      hl.kprobe("vfs_read", function() hl.sleep(1) end)
      hl.kprobe("vfs_read", function() hl.log "the next" end)]]
    assert.are.equal(0, (guest:probe { kind = KPROBE, symbol = "vfs_read",
      pid = 7, comm = "cat", no_wait = 1 }))
    local log = log_of(guest)
    assert.are.equal("error: spec.lua:3: portal.write_int: a kprobe's handler "
      .. "cannot wait, in kprobe vfs_read (spec.lua:2), for pid 7 (cat); the "
      .. "guest goes on as without it", log[1]:match "^[^\n]*")
    assert.matches("hl.sleep: a kprobe's handler cannot wait", log[2], 1, true)
    assert.are.equal("info: the next", log[3])
  end)

  it("reads what needs no waiting of the program's that it is in", function()
    local guest = guest_with [[
      hl.kprobe("vfs_read", function(event)
        hl.log("%s", hl.portal.read_str(event.args[2]))
      end)]]
    guest:poke(0x10000, "at once\0")
    local USER, rings = 2, guest:rings()
    for flags = USER, 0, -USER do
      guest:probe { kind = KPROBE, symbol = "vfs_read", args = { 0, 0x10000 },
        flags = flags, no_wait = 1 }
    end
    local log = log_of(guest)
    assert.are.same({ "info: at once", rings + 2 }, { log[1], guest:rings() })
    assert.matches("spec.lua:3: portal.read_str: a kprobe's handler cannot "
      .. "wait", log[2], 1, true)
  end)

  it("keeps what a pcall caught, and may go on", function()
    local guest = guest_with [[
      hl.kprobe("vfs_read", function(event)
        hl.log("%s", select(2, pcall(hl.sleep, 5)))
      end)]]
    guest:probe { kind = KPROBE, symbol = "vfs_read", no_wait = 1 }
    assert.are.same({ "info: spec.lua:3: hl.sleep: a kprobe's handler cannot "
      .. "wait" }, log_of(guest))
  end)

  it("cannot change arguments, nor a result that is not there", function()
    local guest = guest_with [[
      hl.kprobe("vfs_read", function(event) event.args[1] = 2 end)
      hl.kprobe("vfs_read", function(event) event.retval = 2 end)
      hl.kprobe("vfs_read", function(event) event.pid = 2 end)
      hl.kprobe("vfs_read", function(event) event.drop = true end)]]
    assert.are.equal(0, (guest:probe { kind = KPROBE, symbol = "vfs_read",
      no_wait = 1 }))
    local log = log_of(guest)
    assert.matches("spec.lua:2: event.args cannot be assigned: only a system "
      .. "call's arguments can be changed", log[1], 1, true)
    assert.matches("spec.lua:3: an event of kind 'kprobe' has no field "
      .. "'retval'; it has kind, pid, tid, comm, compat, probe, args, pc, sp",
      log[2], 1, true)
    assert.matches("spec.lua:4: event.pid cannot be assigned", log[3], 1, true)
    assert.matches("spec.lua:5: an event of kind 'kprobe' has no field 'drop'",
      log[4], 1, true)
  end)

  it("refuses an event that is over", function()
    local guest = guest_with [[
      local kept
      hl.kprobe("vfs_read", function(event)
        if kept then return kept.pid end
        kept = event
      end)]]
    for _ = 1, 2 do
      guest:probe { kind = KPROBE, symbol = "vfs_read", no_wait = 1 }
    end
    assert.matches("spec.lua:4: this event is over: keep what you need of it",
      log_of(guest)[1], 1, true)
  end)

  it("has its filters evaluated in the guest", function()
    local guest = guest_with [[
      hl.kprobe("vfs_read", { arg_filter = { nil, { gt = 9 } },
        comm_filter = "cat", pid_filter = 7 }, function()
        hl.log "matched"
      end)]]
    local rings = guest:rings()
    local function read(more)
      local event = { kind = KPROBE, symbol = "vfs_read", comm = "cat", pid = 7,
        args = { 0, 10 }, no_wait = 1 }
      for key, value in pairs(more) do
        event[key] = value
      end
      guest:probe(event)
    end
    read { comm = "dog" }
    read { pid = 8 }
    read { args = { 10, 9 } }
    assert.are.equal(rings, guest:rings())
    read {}
    assert.are.same({ "info: matched" }, log_of(guest))
  end)

  it("says which symbol the kernel does not have, or does not give", function()
    local guest = guest_with [[
      hl.kprobe("no_such_function", print)
      hl.kretprobe("unprobed", print)]]
    assert.are.same({
      "error: kprobe no_such_function (spec.lua:2): the guest's kernel has no "
        .. "symbol of that name",
      "error: kretprobe unprobed (spec.lua:3): the guest's kernel lets nobody "
        .. "probe it there",
    }, log_of(guest))
  end)
end)

describe("hl.kretprobe", function()
  it("shows the result and replaces it", function()
    local guest = guest_with [[
      hl.kretprobe("vfs_read", function(event)
        hl.log("%d %d", event.args[3], event.retval)
        event.retval = -5
      end)
      hl.kretprobe("vfs_read", function(event)
        event.retval = event.retval - 1
      end)]]
    local ret, retval = guest:probe { kind = KRETPROBE, symbol = "vfs_read",
      args = { 1, 2, 3 }, retval = 10, no_wait = 1 }
    assert.are.same({ ANSWER_RETVAL, -6 }, { ret, retval })
    assert.are.same({ "info: 3 10" }, log_of(guest))
  end)

  it("undoes what a handler did that raised", function()
    local guest = guest_with [[
      hl.kretprobe("vfs_read", function(event)
        event.retval = -5
        error "slip"
      end)]]
    assert.are.same({ 0, 10 }, { guest:probe { kind = KRETPROBE,
      symbol = "vfs_read", retval = 10, no_wait = 1 } })
    assert.matches("^error: spec.lua:4: slip, in kretprobe vfs_read",
      log_of(guest)[1])
  end)

  it("tests the result, signed", function()
    local guest = guest_with [[
      hl.kretprobe("vfs_read", { retval_filter = "error" }, function(event)
        hl.log("%d", event.retval)
      end)]]
    for _, retval in ipairs { 0, 5, -1, -4095, -4096 } do
      guest:probe { kind = KRETPROBE, symbol = "vfs_read", retval = retval,
        no_wait = 1 }
    end
    assert.are.same({ "info: -1", "info: -4095" }, log_of(guest))
  end)
end)

describe("hl.uprobe", function()
  it("may wait for the guest", function()
    local guest = guest_with [[
      hl.uprobe("/bin/program", "main", function(event)
        hl.log("%s", hl.portal.read_str(event.args[1]))
      end)]]
    guest:poke(0x10000, "argument\0")
    assert.are.equal(0, (guest:probe { kind = UPROBE, symbol = "main",
      args = { 0x10000 } }))
    assert.are.same({ "info: argument" }, log_of(guest))
  end)

  it("takes an offset in place of a symbol, and one from it", function()
    local guest = guest_with [[
      hl.uprobe("/bin/program", 0x400, function() hl.log "offset" end)
      hl.uprobe("/bin/program", "main+0x10", function() hl.log "inside" end)]]
    guest:probe { kind = UPROBE, symbol = "" }
    guest:probe { kind = UPROBE, symbol = "main" }
    assert.are.same({ "info: offset", "info: inside" }, log_of(guest))
  end)

  it("sees a result's text filters hold, and replaces the result", function()
    local guest = guest_with [[
      hl.uretprobe("/bin/program", "check", function(event)
        event.retval = 1
      end)]]
    assert.are.same({ ANSWER_RETVAL, 1 }, { guest:probe { kind = URETPROBE,
      symbol = "check", retval = 0 } })
  end)

  it("says which symbol the file does not have", function()
    local guest = guest_with [[
      hl.uprobe("/bin/program", "no_such", print)
      hl.uprobe("/bin/program", "unprobed+4", print)]]
    assert.are.same({
      "error: uprobe /bin/program:no_such (spec.lua:2): the file has no symbol "
        .. "of that name",
      "error: uprobe /bin/program:unprobed+4 (spec.lua:3): no instruction that "
        .. "can be probed is there",
    }, log_of(guest))
  end)

  it("reads pointers of the program's own width", function()
    local guest = guest_with([[
      hl.uprobe("/bin/program", "main", function(event)
        hl.log("%x %s", hl.portal.read_ptr(event.args[1]), event.compat)
      end)]], "x86_64")
    guest:poke(0x10000, ("<I4I4"):pack(0x11223344, 0x55667788))
    for flags = 0, 1 do
      guest:probe { kind = UPROBE, symbol = "main", args = { 0x10000 },
        flags = flags }
    end
    assert.are.same({ "info: 5566778811223344 false", "info: 11223344 true" },
      log_of(guest))
  end)
end)

describe("hl.on_exec", function()
  it("gives the program's path, and may wait", function()
    local guest = guest_with [[
      hl.on_exec(function(event)
        hl.log("%s %s %s", event.kind, event.path,
          hl.portal.read_str(0x10000))
      end)]]
    guest:poke(0x10000, "memory\0")
    guest:probe { kind = EXEC, text = "/bin/cat" }
    assert.are.same({ "info: exec /bin/cat memory" }, log_of(guest))
  end)

  it("finds the text behind several ids", function()
    local guest = guest_with [[
      for i = 1, 7 do
        hl.on_exec(function(event) hl.log("%d %s", i, event.path) end)
      end]]
    guest:probe { kind = EXEC, text = "/bin/cat" }
    local log = log_of(guest)
    assert.are.same({ 7, "info: 1 /bin/cat", "info: 7 /bin/cat" },
      { #log, log[1], log[7] })
  end)

  it("filters by the path", function()
    local guest = guest_with [[
      hl.on_exec({ arg_filter = { { suffix = "/cat" } } }, function(event)
        hl.log(event.path)
      end)]]
    guest:probe { kind = EXEC, text = "/bin/dog" }
    guest:probe { kind = EXEC, text = "/bin/cat" }
    assert.are.same({ "info: /bin/cat" }, log_of(guest))
  end)
end)

describe("hl.on_exit", function()
  it("tells exit codes from signals", function()
    local guest = guest_with [[
      hl.on_exit(function(event)
        hl.log("%s %s", event.code, event.signal)
      end)]]
    for _, status in ipairs { 0, 0x2a00, 9, 0x8b } do
      guest:probe { kind = EXIT, args = { status }, no_wait = 1 }
    end
    assert.are.same({ "info: 0 nil", "info: 42 nil", "info: nil 9",
      "info: nil 11" }, log_of(guest))
  end)

  it("says that its handler cannot wait", function()
    local guest = guest_with "hl.on_exit(function() hl.sleep(1) end)"
    guest:probe { kind = EXIT, no_wait = 1 }
    assert.matches("hl.sleep: an exit's handler cannot wait",
      log_of(guest)[1], 1, true)
  end)
end)

describe("hl.on_signal", function()
  it("shows who gets what, and drops it", function()
    local guest = guest_with [[
      hl.on_signal({ arg_filter = { 15 } }, function(event)
        hl.log("%d to %d/%d, %d at %x, %s", event.signal, event.target_pid,
          event.target_tid, event.si_code, event.addr, event.drop)
        event.drop = event.target_pid == 8
      end)]]
    local function send(number, pid)
      return (guest:probe { kind = SIGNAL, no_wait = 1,
        args = { number, pid, pid + 1, 0xfffffffa, 0x4000 } })
    end
    assert.are.same({ 0, ANSWER_DROP, 0 },
      { send(9, 8), send(15, 8), send(15, 7) })
    assert.are.same({ "info: 15 to 8/9, -6 at 4000, false",
      "info: 15 to 7/8, -6 at 4000, false" }, log_of(guest))
  end)

  it("does not drop what a handler that raised wanted dropped", function()
    local guest = guest_with [[
      hl.on_signal(function(event)
        event.drop = true
        error "slip"
      end)]]
    assert.are.equal(0, (guest:probe { kind = SIGNAL, args = { 15 },
      no_wait = 1 }))
  end)
end)

describe("a probe", function()
  local COUNT = [[
      local probe
      probe = hl.kprobe("vfs_read", function(event)
        hl.log("%s", event.probe == probe)
        %s
      end)
      hl.kprobe("vfs_write", function() %s end)]]

  local function read(guest)
    return guest:probe { kind = KPROBE, symbol = "vfs_read", no_wait = 1 }
  end

  local function write(guest)
    return guest:probe { kind = KPROBE, symbol = "vfs_write", no_wait = 1 }
  end

  it("is gone when its own handler removed it", function()
    local guest = guest_with(COUNT:format("%s", "probe:remove() probe:remove()",
      ""))
    read(guest)
    read(guest)
    guest:work()
    read(guest)
    assert.are.same({ "info: true" }, log_of(guest))
    assert.are.equal(1, guest:probes())
  end)

  it("is disabled at once, and enabled again", function()
    local guest = guest_with(COUNT:format("%s", "probe:disable()",
      "probe:enable()"))
    read(guest)
    read(guest)
    guest:work()
    assert.are.equal(1, guest:probes())
    write(guest)
    guest:work()
    assert.are.equal(2, guest:probes())
    read(guest)
    assert.are.same({ "info: true", "info: true" }, log_of(guest))
  end)

  it("stays when it was enabled before the guest heard of it", function()
    local guest = guest_with(COUNT:format("%s",
      "probe:disable() probe:enable()", ""))
    read(guest)
    guest:work()
    read(guest)
    assert.are.same({ "info: true", "info: true" }, log_of(guest))
    assert.are.equal(2, guest:probes())
  end)

  it("may be disabled before the guest is there, and stays so", function()
    local guest = guest_with [[
      hl.kprobe("vfs_read", function() hl.log "called" end):disable()
      local other = hl.kprobe("vfs_write", function() hl.log "called" end)
      other:disable()
      other:enable()]]
    assert.are.equal(1, guest:probes())
    guest:goodbye()
    assert.are.equal(0, guest:hello())
    assert.are.equal(1, guest:probes())
    write(guest)
    assert.are.same({ "info: called" }, log_of(guest))
  end)

  it("cannot be enabled when it was removed", function()
    local guest = guest_with(COUNT:format("%s", "probe:remove() probe:enable()",
      ""))
    read(guest)
    assert.matches("spec.lua:5: kprobe vfs_read (spec.lua:3) was removed: "
      .. "register it anew", log_of(guest)[2], 1, true)
  end)

  it("is removed for good when it was disabled before", function()
    for _, between in ipairs { "", "hl.log('gone')" } do
      local guest = guest_with(COUNT:format("%s", "probe:disable()",
        between .. " probe:remove() hl.log('%s', pcall(probe.enable, probe))"))
      read(guest)
      if between ~= "" then
        guest:work()
        assert.are.equal(1, guest:probes())
      end
      write(guest)
      guest:work()
      local log = log_of(guest)
      assert.are.same({ 1, "info: false" }, { guest:probes(), log[#log] })
    end
  end)

  it("is told again to a module that comes anew", function()
    local guest = guest_with(COUNT:format("%s", "", ""))
    guest:goodbye()
    assert.are.equal(0, guest:probes())
    assert.are.equal(0, guest:hello())
    read(guest)
    assert.are.same({ "info: true" }, log_of(guest))
  end)

  it("has what it waits for ended when the module goes", function()
    local guest = guest_with [[
      hl.uprobe("/bin/program", "main", function()
        local closed <close> = setmetatable({}, { __close = function()
          hl.log "closed"
        end })
        hl.event():wait()
      end)]]
    guest:probe { kind = UPROBE, symbol = "main" }
    assert.are.same({}, log_of(guest))
    guest:goodbye()
    assert.are.same({ "info: closed" }, log_of(guest))
  end)
end)
