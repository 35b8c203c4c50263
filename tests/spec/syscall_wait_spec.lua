-- SPDX-License-Identifier: GPL-2.0-or-later
-- Handlers of system calls that wait: where they can, where an error says that
-- they cannot, and what becomes of them when their process is killed.
local played = require "hyperlua.played"

local ADDR = 0x10000

-- A guest whose handler of ioctl has that body; it has said hello.
local function guest_with(body)
  local guest = played.new "mipsel"
  -- Where the guest has to be asked, as for a page that is not there yet.
  assert.is_true(guest:run('local hl = require "hyperlua"\n'
    .. "local function wait() return hl.portal.write_int(0x10000, 7) end\n"
    .. 'hl.syscall("on_sys_ioctl_enter", function(syscall) ' .. body
    .. " end)"), table.concat(guest:log(), "\n"))
  assert.are.equal(0, guest:hello())
  guest:poke(ADDR, "\0\0\0\0")
  return guest
end

local function ioctl(guest, pid)
  return guest:syscall({ name = "ioctl", args = { 3, 4, 5 }, comm = "x",
    pid = pid or 7, retval = -25 })
end

local function lines(guest)
  local all = {}
  for _, line in ipairs(guest:log()) do
    if not line:find "^info: guest: " then
      all[#all + 1] = line:gsub("^info: ", ""):match "^[^\n]*"
    end
  end
  return all
end

describe("a handler may wait", function()
  for place, body in pairs {
    ["in pcall"] = "local ok, n = pcall(wait) hl.log('%s %d', ok, n)",
    ["in xpcall"] = "local ok, n = xpcall(wait, print) hl.log('%s %d', ok, n)",
    ["in pcall in a coroutine in pcall"] = "local ok, n = pcall(function() "
      .. "return coroutine.wrap(function() return select(2, pcall(wait)) end)()"
      .. " end) hl.log('%s %d', ok, n)",
    ["between its own yields"] = "local next = coroutine.wrap(function() "
      .. "wait() coroutine.yield(true) coroutine.yield(wait()) end) "
      .. "hl.log('%s %d', next(), next())",
    ["in an iterator"] = "for n in wait do hl.log('true %d', n) break end",
    ["in a metamethod that Lua calls"] = "local t = setmetatable({}, { __index "
      .. "= wait, __add = wait, __lt = function() return wait() end }) "
      .. "hl.log('%s %d', t < t, (t.x + (t + t)) // 2)",
    ["in what is closed"] = "do local t <close> = setmetatable({}, { __close = "
      .. "function() hl.log('true %d', wait()) end }) end",
    ["in a function that a hook is registered from"] = "local n = wait() "
      .. "hl.syscall('on_sys_read_enter', wait) hl.log('true %d', n)",
  } do
    it(place, function()
      local guest = guest_with(body)
      ioctl(guest)
      assert.are.same({ "true 4" }, lines(guest))
      assert.are.equal("\7\0\0\0", guest:peek(ADDR, 4))
    end)
  end
end)

describe("a handler cannot wait, and is told so", function()
  for place, body in pairs {
    ["in table.sort"] = "table.sort({ 2, 1 }, wait)",
    ["in string.gsub"] = "('x'):gsub('x', wait)",
    ["in tostring"] = "tostring(setmetatable({}, { __tostring = wait }))",
    ["in table.concat"] = "table.concat(setmetatable({}, { __index = wait, "
      .. "__len = function() return 1 end }))",
    ["in load"] = "assert(load(wait))",
    ["in require"] = "package.preload.x = wait require 'x'",
  } do
    it(place, function()
      local guest = guest_with(body .. " syscall.skip_syscall = true")
      assert.is_false(ioctl(guest).skipped)
      assert.matches("^error: .*spec.lua:2: portal.write_int cannot wait here: "
        .. "inside table.sort, string.gsub, or a metamethod called from C",
        lines(guest)[1])
      assert.are.equal("\0\0\0\0", guest:peek(ADDR, 4))
    end)
  end

  it("in pcall in table.sort, where it may go on", function()
    local guest = guest_with [[
      table.sort({ 2, 1 }, function() hl.log("%s", (pcall(wait))) end)
      hl.log("%d", wait())]]
    ioctl(guest)
    assert.are.same({ "false", "4" }, lines(guest))
  end)
end)

describe("a process that is killed while its handler waits", function()
  local CLOSES = [[
    local kept <close> = setmetatable({}, { __close = function(_, problem)
      hl.log("closed for pid %d, %s", syscall.pid, problem)
    end })
    syscall.skip_syscall = true
    if syscall.pid < 100 then hl.sleep(1000) end
    hl.log "slept" ]]

  it("has its handler's variables closed, and no other's", function()
    local guest = guest_with(CLOSES)
    local first, second = ioctl(guest, 7), ioctl(guest, 8)
    assert.is_truthy(first.waits and second.waits)
    assert.are.same({}, lines(guest))
    assert.are.equal(0, guest:cancel(first.waits))
    assert.are.same({ "closed for pid 7, nil" }, lines(guest))
    assert.are.equal(-3, guest:cancel(first.waits))
    assert.are.equal(2, guest:resume(second.waits))
    assert.are.same({ "closed for pid 7, nil", "slept",
      "closed for pid 8, nil" }, lines(guest))
    assert.is_true(ioctl(guest, 100).skipped)
  end)

  it("has those of its own coroutines closed, too", function()
    local guest = guest_with [[
      local function closes(name)
        return setmetatable({}, { __close = function() hl.log(name) end })
      end
      local outer <close> = closes "outer"
      local idle = coroutine.wrap(function()
        local never <close> = closes "idle"
        coroutine.yield()
      end)
      idle()
      coroutine.wrap(function()
        local middle <close> = closes "middle"
        pcall(coroutine.wrap(function()
          local inner <close> = closes "inner"
          wait()
          hl.sleep(1000)
        end))
      end)()]]
    assert.are.equal(0, guest:cancel(ioctl(guest).waits))
    assert.are.same({ "inner", "middle", "outer" }, lines(guest))
  end)

  it("ends all handlers of its call, those to come too", function()
    local guest = guest_with(CLOSES)
    assert.is_true(guest:run [[require("hyperlua").syscall(
      "on_sys_ioctl_enter", function() print "second" end)]])
    guest:work()
    guest:cancel(ioctl(guest).waits)
    assert.are.same({ "closed for pid 7, nil" }, lines(guest))
  end)

  it("may have removed its hook", function()
    local guest = guest_with("syscall.hook:remove() " .. CLOSES)
    local waits = ioctl(guest).waits
    guest:work()
    collectgarbage()
    guest:cancel(waits)
    assert.are.same({ "closed for pid 7, nil" }, lines(guest))
  end)

  it("is no other than a module that goes", function()
    local guest = guest_with(CLOSES)
    ioctl(guest, 7)
    guest:goodbye()
    assert.are.same({ "closed for pid 7, nil" }, lines(guest))
    assert.are.equal(0, guest:hello())
    assert.is_true(ioctl(guest, 100).skipped)
  end)

  it("keeps an error of what is closed to itself", function()
    local guest = guest_with [[
      local kept <close> = setmetatable({}, { __close = function()
        error "while closing"
      end })
      hl.sleep(1000)]]
    assert.are.equal(0, guest:cancel(ioctl(guest).waits))
    assert.are.same({ "error: spec.lua:4: while closing, in on_sys_ioctl_enter "
      .. "(spec.lua:3), for pid 7 (x), while it was closed" }, lines(guest))
  end)
end)
