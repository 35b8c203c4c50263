-- SPDX-License-Identifier: GPL-2.0-or-later
-- What scripts may get wrong without anyone else noticing.
local played = require "hyperlua.played"

local function guest_with(script)
  local guest = played.new "mipsel"
  assert.is_true(guest:run('local hl = require "hyperlua"\n' .. script),
    table.concat(guest:log(), "\n"))
  guest:hello()
  return guest
end

local function call(guest, name, arg)
  return guest:syscall({ name = name or "ioctl", args = { 3, 1, arg or 0 },
    comm = "x", pid = 7, retval = -25 }).retval
end

local function last(guest)
  local log = guest:log()
  return log[#log]
end

describe("an error", function()
  for what, raise in pairs {
    ["without a text"] = "error()",
    ["whose text raises"] =
      "error(setmetatable({}, { __tostring = function() error 'x' end }))",
    ["whose text waits"] = "error(setmetatable({}, { __tostring = function() "
      .. "return hl.portal.read_str(0) end }))",
    ["that is a stack overflow"] = "local function f() return 1 + f() end f()",
    ["in a variable that is closed"] =
      "local _ <close> = setmetatable({}, { __close = function() error 'y' end"
      .. " }) error 'x'",
    ["of memory"] = "local t = ('x'):rep(1 << 40)",
  } do
    it(what .. " ends that handler and no more", function()
      local guest = guest_with(
        'hl.syscall("on_sys_ioctl_return", function(s) s.retval = 1 ' .. raise
        .. ' end)\nhl.syscall("on_sys_read_return", function(s) s.retval = 2 '
        .. "end)")
      assert.are.equal(-25, call(guest))
      assert.matches("in on_sys_ioctl_return %(spec.lua:2%), for pid 7 %(x%)",
        last(guest))
      assert.are.equal(2, call(guest, "read"))
    end)
  end
end)

describe("an error that comes again", function()
  -- Of a handler that raises `what` for its third argument, without the pid.
  local function raising(what)
    return guest_with('hl.syscall("on_sys_ioctl_return", function(s, _, _, arg) '
      .. "error(" .. what .. ", 0) end)")
  end

  local function errors(guest)
    local lines = {}
    for _, line in ipairs(guest:log()) do
      if line:find "^error: " then
        lines[#lines + 1] = line:match "[^\n]+"
      end
    end
    return lines
  end

  local IN = ", in on_sys_ioctl_return (spec.lua:2)"
  local WHO = ", for pid 7 (x); the call goes on as if unhooked"

  it("a thousand times is shown once, and counted", function()
    local guest = raising '"no"'
    for _ = 1, 1000 do
      call(guest)
    end
    assert.are.same({ "error: no" .. IN .. WHO }, errors(guest))
    guest:run 'hl = require "hyperlua" hl.log("%d", hl.stats().errors)'
    assert.are.equal("info: 1000", last(guest))
    guest:say_faults()
    assert.are.same({ "error: no" .. IN .. WHO,
      "error: no" .. IN .. ": 999 times more" }, errors(guest))
  end)

  it("is told from others", function()
    local guest = raising '"no " .. arg % 2'
    for i = 1, 9 do
      call(guest, "ioctl", i)
    end
    assert.are.same({ "error: no 1" .. IN .. WHO, "error: no 0" .. IN .. WHO },
      errors(guest))
  end)

  it("differently each time fills no memory", function()
    local guest = raising '"no " .. arg'
    for i = 1, 1001 do
      call(guest, "ioctl", i)
      call(guest, "ioctl", i)
    end
    local lines = errors(guest)
    -- Shown, counted when there are a thousand, and shown again.
    assert.are.equal(2001, #lines)
    assert.are.equal("error: no 1001" .. IN .. WHO, lines[2001])
  end)
end)

describe("the memory of scripts", function()
  for what, eat in pairs {
    ["a string of 1 GiB"] = "local s = ('x'):rep(1 << 30)",
    ["a table without end"] = "local t = {} while true do t[#t + 1] = {} end",
    ["a string that doubles"] = "local s = 'x' while true do s = s .. s end",
  } do
    it("is bounded: " .. what, function()
      local guest = guest_with(
        'hl.budget { ms = 60000, memory = 32, instructions = 1 << 40 }\n'
        .. 'hl.syscall("on_sys_ioctl_return", function(s) ' .. eat .. " end)\n"
        .. 'hl.syscall("on_sys_read_return", function(s) s.retval = 2 end)')
      assert.are.equal(-25, call(guest))
      assert.are.equal("error: spec.lua:3: stopped: the scripts have 32 MiB of "
        .. "memory, and it needs more (see hl.budget), in on_sys_ioctl_return "
        .. "(spec.lua:3), for pid 7 (x); the call goes on as if unhooked",
        last(guest):match "[^\n]+")
      assert.matches("spec.lua:3: in function <spec.lua:3>", last(guest))
      assert.are.equal(2, call(guest, "read"))
    end)
  end

  it("is bounded while they load", function()
    local guest = played.new "mipsel"
    assert.is_false(guest:run "\nx = ('x'):rep(1 << 30)")
    assert.are.equal("error: spec.lua:2: not enough memory: the scripts may "
      .. "have no more (see hl.budget)", last(guest))
    -- Less of it, for it is to be full before the time is over.
    assert.is_false(guest:run [[
      require("hyperlua").budget { memory = 16 }
      local t = {}
      for i = 1, 1 << 40 do
        t[i] = {}
      end]])
    assert.are.equal("error: spec.lua:4: not enough memory: the scripts may "
      .. "have no more (see hl.budget)", last(guest))
  end)
end)

describe("hl.budget", function()
  it("sets the time, the instructions and the memory", function()
    local guest = guest_with [[
      local function show(b)
        hl.log("%d %d %d", b.ms, b.instructions, b.memory)
      end
      show(hl.budget())
      show(hl.budget { ms = 5 })
      show(hl.budget { instructions = 10000, memory = 64 })
      hl.syscall("on_sys_ioctl_return", function() while true do end end)]]
    assert.are.same({ "info: 100 1000000000 256", "info: 5 1000000000 256",
      "info: 5 10000 64" }, { table.unpack(guest:log(), 1, 3) })
    call(guest)
    assert.are.equal("error: spec.lua:8: stopped: it ran for more than 10000 "
      .. "instructions without waiting or returning (see hl.budget), in "
      .. "on_sys_ioctl_return (spec.lua:8), for pid 7 (x); the call goes on as "
      .. "if unhooked", last(guest):match "[^\n]+")
  end)

  for budget, message in pairs {
    ["5"] = "hl.budget takes a table such as { ms = 200 }, not number",
    ["{ seconds = 1 }"] = "hl.budget has no seconds: there are ms, "
      .. "instructions, memory",
    ["{ ms = 0 }"] = "hl.budget: ms must be from 1 to 60000, not 0",
    ["{ memory = 'x' }"] = "hl.budget: memory must be an integer, not x",
  } do
    it("refuses " .. budget, function()
      local guest = played.new "mipsel"
      assert.is_false(guest:run('require "hyperlua".budget(' .. budget .. ")"))
      assert.are.equal("error: spec.lua:1: " .. message,
        last(guest):match "[^\n]+")
    end)
  end
end)

describe("a budget", function()
  for what, loop in pairs {
    ["many short coroutines"] = "while true do coroutine.wrap(function() "
      .. "for i = 1, 500 do end end)() end",
    ["coroutines whose errors are caught"] = "while true do pcall("
      .. "coroutine.wrap(function() while true do end end)) end",
  } do
    it("stops " .. what, function()
      local guest = guest_with(
        'hl.syscall("on_sys_ioctl_return", function(s) ' .. loop .. " end)")
      assert.are.equal(-25, call(guest))
      assert.matches("stopped: it ran for more than 100 ms", last(guest))
    end)
  end

  for what, call_it in pairs { ["calls"] = "deeper()",
      ["calls in a coroutine"] = "coroutine.wrap(deeper)()" } do
    it("stops " .. what .. " that go ever deeper", function()
      local guest = guest_with([[
        local function deeper() return 1 + deeper() end
        hl.syscall("on_sys_ioctl_return", function() ]] .. call_it .. " end)")
      assert.are.equal(-25, call(guest))
      assert.matches("^error: spec.lua:2: stopped: its calls are more than "
        .. "10000 deep, in on_sys_ioctl_return", last(guest))
    end)
  end

  it("stops a handler that asks the guest for ever", function()
    local guest = guest_with [[
      hl.syscall("on_sys_ioctl_return", function(s, fd, cmd, arg)
        while true do hl.portal.read_int(arg) end
      end)]]
    assert.are.equal(-25, call(guest))
    assert.matches("stopped: it asked the guest more than 1048576 times",
      last(guest))
  end)
end)

describe("a coroutine that waits for the guest", function()
  it("says so where it cannot", function()
    local guest = guest_with [[
      hl.syscall("on_sys_ioctl_return", function(s, fd, cmd, arg)
        table.sort({ 1, 2 }, coroutine.wrap(function()
          hl.portal.read_int(arg)
        end))
      end)]]
    call(guest)
    assert.matches("a coroutine cannot wait for the guest here: inside "
      .. "table.sort", last(guest))
  end)

  it("is not asked by a yield of the engine's token", function()
    local guest = guest_with [[
      hl.syscall("on_sys_ioctl_return", function(s, fd, cmd, arg)
        hl.portal.read_int(arg)
        coroutine.yield(require "hyperlua.core".wait_token)
      end)]]
    call(guest)
    assert.matches("a handler called coroutine.yield outside a coroutine of "
      .. "its own", last(guest))
  end)
end)

describe("a script", function()
  it("may break package without breaking the next", function()
    local guest = guest_with "package.path, package.searchers = nil, nil"
    assert.is_true(guest:run "package = nil")
    assert.is_true(guest:run 'print("here")')
    assert.are.equal("info: here", last(guest))
  end)

  it("may use the engine in finalizers until the very end", function()
    local guest = guest_with [[
      local kept
      local hook = hl.syscall("on_sys_ioctl_return", function(s) kept = s end)
      keep = setmetatable({}, { __gc = function()
        hook:remove()
        pcall(function() return kept.retval end)
      end })]]
    call(guest)
    guest:close()
  end)

  it("has the errors of its finalizers in the log", function()
    local guest = guest_with [[
      setmetatable({}, { __gc = function() error "lost?" end })
      collectgarbage()]]
    assert.matches("^warning: .*lost%?", table.concat(guest:log(), "\n"))
  end)

  it("may start with a line for the shell", function()
    local guest = played.new "mipsel"
    assert.is_false(guest:run "#!/usr/bin/hyperlua\nerror 'here'")
    assert.matches("^error: spec.lua:2: here", guest:log()[1])
  end)

  it("cannot make a guest's text pass for a line of the engine's", function()
    local guest = guest_with 'hl.log("a\\nerror: the guest is gone\\127")'
    assert.are.equal("info: a\n  | error: the guest is gone?",
      guest:log()[1])
  end)

  it("cannot fill the log with one line", function()
    local guest = guest_with 'hl.log(("x"):rep(1 << 20))'
    assert.are.equal("info: " .. ("x"):rep(1 << 16) .. "... (cut)",
      guest:log()[1])
  end)

  it("reads far more than Lua's stack would hold in pieces", function()
    local guest = guest_with [[
      hl.syscall("on_sys_ioctl_return", function(s, fd, cmd, arg)
        s.retval = #hl.portal.read_bytes(arg, 1 << 20)
      end)]]
    guest:poke(0x100000, ("y"):rep(1 << 20))
    assert.are.equal(1 << 20, call(guest, "ioctl", 0x100000))
  end)

  it("requires modules from its own folder only by their names", function()
    local folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir -p " .. folder .. "/sub " .. folder .. "-more")
    local function write(path, text)
      local file = assert(io.open(path, "w"))
      file:write(text)
      file:close()
    end
    write(folder .. "-more/a.lua", "")
    write(folder .. "/b.lua", 'print(require "sub.part", (require "other"))')
    write(folder .. "/sub/part.lua", "return 'part'")
    write(folder .. "/other.lua", "return 'other'")
    local guest = played.new "mipsel"
    assert.is_true(guest:load(folder .. "-more/a.lua"))
    assert.is_true(guest:load(folder .. "/b.lua"),
      table.concat(guest:log(), "\n"))
    assert.are.equal("info: part\tother", last(guest))
    os.execute("rm -r " .. folder .. " " .. folder .. "-more")
  end)
end)
