-- SPDX-License-Identifier: GPL-2.0-or-later
-- Everything at once: four processes of two threads each order what scripts
-- can do, and check each answer (guest/load.c).  Nothing may be lost, mixed up
-- or stuck.  HL_LOAD_SECONDS: longer, by hand.  #qemu
local boot = require "boot"

local SECONDS = os.getenv "HL_LOAD_SECONDS" or "20"

-- Numbers of orders and counts are the program's.
local SCRIPT = [[
  local portal = hl.portal
  local ORDER = require("hyperlua.core").big_endian and ">" or "<"
  local ANSWER, BAD, PEER, KNOW, FREED, HANG, CHURN, CHURNED, SPAWN, CHILD,
    COUNT, ALL, STATS, DEVICE_READ, EXECS, EXITS, CALLS, RETURNS, OPENS,
    CLOSES, HANGS, ENDS, SPAWNS, GETPPIDS = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24
  local COMMAND = 0x4a00
  local LOAD = { comm_filter = "load" }

  local count = {}
  for i = 1, GETPPIDS do count[i] = 0 end

  -- What hl.stats() has to be.
  local stats = { errors = 0, handlers = 0, syscalls = 0, probes = 0,
    file_ops = 0 }

  local function counted(what, handler)
    return function(...)
      stats[what] = stats[what] + 1
      if what ~= "handlers" then stats.handlers = stats.handlers + 1 end
      return handler(...)
    end
  end

  local function add(what)
    count[what] = count[what] + 1
  end

  -- Before all others, as one of them hangs.
  local getppids = {}

  hl.syscall("on_all_sys_enter", LOAD, counted("syscalls", function(s)
    if s.name == "getppid" then
      add(GETPPIDS)
      getppids[s.tid] = (getppids[s.tid] or 0) + 1
    end
  end))

  -- Each order says who sends it: so must the event, also when it was answered.
  local function serve(kind, answer, s, at)
    add(kind)
    local o = { at = at }
    local said
    said, o.pid, o.tid, o.number, o.addr, o.out, o.size, o.nap, o.value =
      (ORDER .. "I4I4I4I4I8I8I8I4I4"):unpack(portal.read_bytes(at, 48))
    local function check()
      assert(said == kind and o.pid == s.pid and o.tid == s.tid
        and s.comm == "load", "mixed up")
    end
    check()
    local retval, text = answer(o)
    check()
    if text then
      assert(portal.write_str(at + 56, text) == #text + 1)
    end
    assert(portal.write_int(at + 48, ~o.number & 0xffffffff) == 4)
    return retval
  end

  local function order(kind, phase, answer)
    hl.syscall("on_sys_ioctl_" .. phase, {
      arg_filter = { nil, COMMAND + kind }, comm_filter = "load",
    }, counted(phase == "enter" and "handlers" or "syscalls",
      function(s, _, _, at)
        s.retval = serve(kind, answer, s, at)
        if phase == "enter" then s.skip_syscall = true end
      end))
  end

  order(ANSWER, "return", function(o)
    local half = o.size // 2
    local data = assert(portal.read_bytes(o.addr, half))
    if o.nap > 0 then hl.sleep(o.nap) end
    data = data .. assert(portal.read_bytes(o.addr + half, o.size - half))
    local sum = 0
    for at = 1, #data - 3, 4 do
      sum = sum * 31 + (ORDER .. "I4"):unpack(data, at) & 0xffffffff
    end
    assert(portal.write_bytes(o.out, data:reverse()) == #data)
    return (sum ~ o.pid ~ o.number) & 0x7fffffff
  end)

  local function outcome(result, err)
    return result and "o" or err == "EFAULT" and "e" or err
  end

  local function outcomes(addr, size)
    return outcome(portal.read_bytes(addr, size))
      .. outcome(portal.write_bytes(addr, ("x"):rep(size)))
      .. outcome(portal.read_str(addr)) .. outcome(portal.read_int(addr))
  end

  order(BAD, "enter", function(o)
    return 0, outcomes(o.addr, o.size)
  end)

  order(PEER, "enter", function(o)
    local other = portal.of(o.value)
    local text, err = other.read_str(o.addr)
    if o.nap > 0 then hl.sleep(o.nap) end
    return o.out ~= 0 and other.write_int(o.out, o.number) or 0, text or err
  end)

  order(KNOW, "return", function(o)
    local path = portal.read_str(o.addr)
    return 0, table.concat({ table.concat(portal.get_proc_args(), " "),
      portal.get_proc_comm(), portal.get_proc_pid(), portal.get_proc_parent(),
      portal.read_fd_name(o.value), portal.read_file(path) }, "|")
  end)

  order(FREED, "enter", function(o)
    local before = portal.read_str(o.addr)
    portal.write_int(o.at + 52, 1)
    while portal.read_int(o.at + 52) ~= 2 do hl.sleep(1) end
    return 0, before .. "|" .. outcomes(o.addr, o.size)
  end)

  local function hang(flag)
    local closed <close> = setmetatable({}, {
      __close = function() add(ENDS) end })
    add(HANGS)
    assert(portal.write_int(flag, 1) == 4)
    hl.sleep(1e9)
  end

  order(HANG, "enter", function(o) hang(o.out) end)

  -- One for each slot of the program's.
  local churned, generation = {}, {}

  order(CHURN, "enter", function(o)
    local slot, what = o.size, o.value
    if what == 0 then
      churned[slot]:remove()
    elseif what == 1 then
      local mine = (generation[slot] or 0) + 1
      generation[slot] = mine
      churned[slot] = hl.syscall("on_sys_ioctl_enter", {
        arg_filter = { nil, COMMAND + CHURNED, slot },
      }, counted("handlers", function(s)
        s.retval, s.skip_syscall = mine, true
      end))
    elseif what == 2 then
      churned[slot]:disable()
    else
      churned[slot]:enable()
    end
    return generation[slot]
  end)

  order(SPAWN, "return", function(o)
    hl.spawn(counted("handlers", function(pid, at, number, nap)
      if nap > 0 then hl.sleep(nap) end
      add(SPAWNS)
      assert(portal.of(pid).write_int(at, number) == 4)
    end), o.pid, o.out, o.number, o.nap)
    return 0
  end)

  local leaves = {}

  hl.on_exec(LOAD, counted("probes", function(e)
    local args = portal.get_proc_args()
    if args[2] == "leaf" then
      add(EXECS)
      leaves[e.pid] = { text = args[2] .. " " .. args[3] }
    end
  end))

  hl.on_exit(LOAD, counted("probes", function(e)
    if leaves[e.pid] then
      add(EXITS)
      leaves[e.pid].code = e.code
    end
  end))

  order(CHILD, "enter", function(o)
    local leaf = leaves[o.value]
    leaves[o.value] = nil
    return leaf.code, leaf.text
  end)

  order(COUNT, "enter", function(o) return count[o.value] end)

  order(ALL, "return", function(o) return getppids[o.tid] or 0 end)

  local numbers = {}

  hl.uprobe("/bin/load", "probed", counted("probes", function(e)
    add(CALLS)
    local text = portal.read_str(e.args[3])
    if text:find "^hang" then hang(tonumber(text:match "%d+")) end
    local number, tid = text:match "^(%d+) (%d+)$"
    assert(tonumber(number) == e.args[1] & 0xffffffff
      and tonumber(tid) == e.tid, "mixed up")
    numbers[e.tid] = tonumber(number)
    if e.args[2] & 0xffffffff > 0 then hl.sleep(e.args[2] & 0xffffffff) end
  end))

  hl.uretprobe("/bin/load", "probed", counted("probes", function(e)
    add(RETURNS)
    e.retval = numbers[e.tid] * 3 + e.tid
  end))

  order(DEVICE_READ, "enter", function(o)
    return portal.read_int(o.addr) & 0x7fffffff
  end)

  -- Says what is not as it has to be.
  order(STATS, "enter", function()
    stats.tasks, stats.dropped = 1, count[HANGS]
    local text, now = "", hl.stats()
    for name, value in pairs(stats) do
      if now[name] ~= value then
        text = text .. ("%s: %d, not %d; "):format(name, now[name], value)
      end
    end
    return 0, text
  end)

  hl.file("/dev/load", {
    open = counted("file_ops", function(file) add(OPENS) end),
    release = counted("file_ops", function(file) add(CLOSES) end),
    write = counted("file_ops", function(file, data)
      local state = file.state
      state.pid, state.flag = file.pid, tonumber(data:match "^hang (%d+)$")
      state.seed, state.size, state.nap = data:match "^(%d+) (%d+) (%d+)$"
      return #data
    end),
    ioctl = { [0x4b01] = counted("file_ops", function(file, cmd, arg)
      assert(arg == file.tid)
      return tonumber(file.state.seed) ~ arg
    end) },
    read = counted("file_ops", function(file, length, offset)
      local state = file.state
      if state.flag then hang(state.flag) end
      assert(file.pid == state.pid, "mixed up")
      if state.nap ~= "0" then hl.sleep(1) end
      local whole = state.whole
      if not whole then
        local words = {}
        for at = 0, state.size - 1, 8 do
          words[#words + 1] = ("%08x"):format(state.seed + at)
        end
        whole = table.concat(words):sub(1, state.size)
        state.whole = whole
      end
      return whole:sub(offset + 1, offset + length)
    end),
    size = 0,
  })
]]

describe("under load", function()
  for _, vcpus in ipairs(boot.vcpus) do
    it(("nothing is lost, mixed up or stuck for %s s, on vCPUs: %s"):format(
      SECONDS, vcpus), function()
      local result = boot.alone(SCRIPT, "load", { SECONDS }, {
        "--smp", tostring(vcpus),
        "--timeout", tostring(SECONDS * 4 + 200) })
      assert.are.equal("ok\n", result.out, result.err)
      assert.are.equal(0, result.status)
      for _, bad in ipairs { "Oops", "BUG", "stall", "error", "warn" } do
        assert.is_nil(result.err:find(bad), result.err)
      end
    end)
  end
end)
