-- SPDX-License-Identifier: GPL-2.0-or-later
-- The engine's side of tests/bench/run: hooks and files that guest/bench.c asks
-- for.
--
-- prctl(0x484c0000 + MODE) leaves that mode's hook as the only one on ioctl.
-- Each mode has an ioctl command of its own, 0x89f0 + MODE, so that hooks of
-- different modes cannot be taken for one another; on the descriptor -1 a hook
-- answers 1000 + MODE, which tells the program that the guest has it.
--
-- prctl(0x484e0000 + NUMBER) returns what only this side knows: 1: QEMU's
-- resident memory in KiB; 2: 0, after it has said that the GDB stub's client may
-- come; 3: the worst pause of the collector, in ns; 4: 1 when the engine reads
-- user memory of this target itself.
--
-- prctl(0x484d0000 + COUNT) leaves COUNT files in /dev/hlb: first the two that
-- are timed, then others that are only there.

local hl = require "hyperlua"
local portal = hl.portal

local CONTROL, FILES, SCRIPT = 0x484c0000, 0x484d0000, 0x484e0000
local CONTROL_MASK = 0xffff0000
local COMMANDS = 0x89f0
local PROBE, ANSWER = 0xffffffff, 1000

local function skip_call(syscall)
  syscall.skip_syscall = true
  syscall.retval = 0
end

-- The handler of examples/raeth, and its log line when asked for.
local function raeth(log)
  return function(syscall, _, _, arg)
    if portal.read_str(arg) ~= "eth0" then return end
    local reg = portal.read_ptr(arg + 16)
    local code = portal.read_int(reg)
    if not code then return end
    if log then
      log(("RAEth ioctl: reg=0x%x, returning val=0x%x"):format(code, 2))
    end
    portal.write_int(reg + 4, 2)
    syscall.retval = 0
  end
end

local modes = {
  -- 1: nothing that the program times matches its command
  { "enter", skip_call },
  -- 2: the shortest handler there is, in place of the call
  { "enter", skip_call },
  -- 3: the call is made, then its result replaced
  { "return", function(syscall) syscall.retval = 0 end },
  -- 4: as many reads as the descriptor says
  { "enter", function(syscall, count, _, arg)
    for _ = 1, count do portal.read_int(arg) end
    skip_call(syscall)
  end },
  { "return", raeth() },
  { "return", raeth(hl.log.info) },
  -- 7: as 4, a page each
  { "enter", function(syscall, count, _, arg)
    for _ = 1, count do portal.read_bytes(arg, 4096) end
    skip_call(syscall)
  end },
  -- 8: the same by the guest
  { "enter", function(syscall, count, _, arg)
    hl.portal.direct(false)
    for _ = 1, count do portal.read_bytes(arg, 4096) end
    hl.portal.direct(true)
    skip_call(syscall)
  end },
  -- 9: beside 999 hooks that do not match
  { "enter", skip_call, function(add)
    for i = 1, 999 do
      add("on_sys_ioctl_enter", { arg_filter = { nil, 0x10000 + i } })
    end
  end },
  -- 10: beside one on every system call
  { "enter", skip_call, function(add) add("on_all_sys_enter", {}) end },
}

local hooks = {}

local function switch(mode)
  for _, hook in ipairs(hooks) do hook:remove() end
  hooks = {}
  local spec = modes[mode]
  if not spec then return end
  local phase, handler, beside = table.unpack(spec)
  if beside then
    beside(function(event, filters)
      hooks[#hooks + 1] = hl.syscall(event, filters, function() end)
    end)
  end
  -- The last, so that the others are there when it is.
  hooks[#hooks + 1] = hl.syscall("on_sys_ioctl_" .. phase, {
    arg_filter = { nil, COMMANDS + mode },
  }, function(syscall, fd, cmd, arg)
    if fd == PROBE then
      if phase == "enter" then syscall.skip_syscall = true end
      syscall.retval = ANSWER + mode
      return
    end
    return handler(syscall, fd, cmd, arg)
  end)
end

-- guest/native.h says what a read must give.
local BYTES = ("x"):rep(65536)

local files = {}

local function make_file(number)
  if number == 1 then
    return hl.file("/dev/hlb/model", {
      read = hl.models.cycle(BYTES),
      write = hl.models.discard(),
      ioctl = hl.models.return_const(0),
    })
  elseif number == 2 then
    return hl.file("/dev/hlb/lua", {
      read = function(_, length) return BYTES:sub(1, length) end,
      write = function(_, data) return #data end,
      ioctl = function() return 0 end,
    })
  end
  return hl.file("/dev/hlb/" .. number, { read = hl.models.one() })
end

local function set_files(count)
  while #files < count do files[#files + 1] = make_file(#files + 1) end
  while #files > count do table.remove(files):remove() end
end

local function resident_kib()
  for line in io.lines("/proc/self/status") do
    local kib = line:match("^VmRSS:%s*(%d+)")
    if kib then return tonumber(kib) end
  end
end

local function call_client()
  assert(io.open(assert(os.getenv("HL_BENCH_GDB")), "w")):close()
  return 0
end

-- --- the collector ----------------------------------------------------------

local ALIVE, REQUESTS = 300000, 20000

-- 45 MiB of small tables and strings.
local function fill_heap()
  local heap = {}
  for i = 0, ALIVE - 1 do
    local part = heap[i // 100 + 1] or {}
    heap[i // 100 + 1] = part
    part[i % 100 + 1] = { i, tostring(i) }
  end
  collectgarbage()
  return heap
end

-- Seconds of processor time, of a request that leaves 5 KB of garbage.
local function time_garbage(request)
  local start, garbage = os.clock(), {}
  for i = 1, 50 do
    garbage[i] = { i, "x" .. i .. request }
  end
  return os.clock() - start
end

local heap

-- The worst of so many requests, beyond what they take on average.
local function worst_pause()
  hl.budget { ms = 60000, instructions = 1 << 40 }
  heap = heap or fill_heap()
  local worst, all = 0, 0
  for i = 1, REQUESTS do
    local took = time_garbage(i)
    worst, all = math.max(worst, took), all + took
  end
  return math.floor((worst - all / REQUESTS) * 1e9)
end

-- The second call says what came of the first.
local function reads_directly()
  portal.direct(true)
  return portal.direct(true) and 1 or 0
end

local scripts = { resident_kib, call_client, worst_pause, reads_directly }
local controls = {
  [CONTROL] = switch,
  [FILES] = set_files,
  [SCRIPT] = function(number) return scripts[number]() end,
}

hl.syscall("on_sys_prctl_enter", function(syscall, option)
  local control = controls[option & CONTROL_MASK]
  if not control then return end
  syscall.retval = control(option & ~CONTROL_MASK) or 0
  syscall.skip_syscall = true
end)
