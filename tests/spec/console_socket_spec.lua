-- SPDX-License-Identifier: GPL-2.0-or-later
-- The console's socket, its protocol, its bounds, and the log.
local attach = require "attach"
local played = require "hyperlua.played"

local SOCKET, MODE = 0xc000, 0x180 -- 0600

local function fails(path)
  local guest <close> = played.new "mipsel"
  local ok, err = guest:console(path)
  assert.is_nil(ok)
  return err
end

describe("the console's socket", function()
  it("is there for its user alone, and goes with the engine", function()
    local guest = played.new "mipsel"
    local console, path = attach.to(guest)
    assert.are.equal(SOCKET | MODE, played.mode(path))
    guest:close()
    assert.is_nil(played.mode(path))
    assert.is_nil(console:receive())
  end)

  it("goes as QEMU ends, and nothing else does", function()
    local guest = played.new "mipsel"
    local _, path = attach.to(guest)
    os.remove(path)
    local other = played.new "mipsel"
    assert.is_true(other:console(path))
    guest:leave()
    assert.are.equal(SOCKET | MODE, played.mode(path))
    other:leave()
    assert.is_nil(played.mode(path))
  end)

  it("takes the place of one that nobody listens on", function()
    local path, moved = attach.path(), attach.path()
    local guest = played.new "mipsel"
    assert.is_true(guest:console(path))
    assert(os.rename(path, moved))
    guest:close()
    assert.are.equal(SOCKET | MODE, played.mode(moved))
    local again <close> = played.new "mipsel"
    assert.is_true(again:console(moved))
    assert.are.equal("2", attach.connect(moved):eval "1 + 1")
  end)

  it("takes no other's place", function()
    local message = ": something is there already: is another run using it? "
      .. "remove it or give another path"
    local guest <close> = played.new "mipsel"
    local console, path = attach.to(guest)
    assert.are.equal("console socket " .. path .. message, fails(path))
    assert.are.equal("2", console:eval "1 + 1")
    local file = os.tmpname()
    assert.are.equal("console socket " .. file .. message, fails(file))
    os.remove(file)
    assert.are.equal("console socket /tmp" .. message, fails "/tmp")
    local socket = attach.path()
    assert.is_true(played.datagrams(socket))
    assert.are.equal("console socket " .. socket .. message, fails(socket))
    os.remove(socket)
  end)

  it("has no path that is too long", function()
    local path = attach.path()
    local most = path .. ("x"):rep(107 - #path)
    local guest <close> = played.new "mipsel"
    assert.is_true(guest:console(most))
    assert.are.equal("2", attach.connect(most):eval "1 + 1")
    assert.are.equal("console socket " .. most .. "x: a socket's path has at "
      .. "most 107 bytes, and this has 108: give a shorter one",
      fails(most .. "x"))
  end)

  it("is refused with the reason", function()
    assert.are.equal("console=SOCKET: give the path of a socket", fails "")
    assert.are.equal("console socket /nowhere/x: No such file or directory",
      fails "/nowhere/x")
  end)

  it("takes sixteen consoles at once", function()
    local guest <close> = played.new "mipsel"
    local first, path = attach.to(guest)
    local consoles = { first }
    for i = 2, 16 do
      consoles[i] = attach.connect(path)
    end
    for i, console in ipairs(consoles) do
      console:eval("x = " .. i)
    end
    for i, console in ipairs(consoles) do
      assert.are.equal(tostring(i), console:eval "x")
    end
    local late = attach.connect(path)
    assert.are.same({ "error", "there are 16 consoles already" }, late.hello)
    assert.is_nil(late:receive())
    consoles[7]:close()
    assert.are.equal("2", attach.connect(path):eval "1 + 1")
  end)
end)

local function console_with(script)
  local guest = played.new "mipsel"
  assert.is_true(guest:run('local hl = require "hyperlua"\n' .. (script or "")),
    table.concat(guest:log(), "\n"))
  local console, path = attach.to(guest)
  return console, guest, path
end

describe("a request", function()
  it("may come in pieces, and with others", function()
    local console = console_with()
    for byte in ("eval 5\n1 + 1"):gmatch "." do
      console.connection:write(byte)
    end
    assert.are.same({ "value", "2" }, { console:receive() })
    console.connection:write "eval 1\n1recent 0\neval 1\n2"
    assert.are.same({ "value", "1" }, { console:receive() })
    assert.are.same({ "lines", "" }, { console:receive() })
    assert.are.same({ "value", "2" }, { console:receive() })
  end)

  it("may have 1 MiB", function()
    local text = "return " .. (" "):rep((1 << 20) - 8) .. "1"
    assert.are.same({ "value", "1" }, { console_with():ask("eval", text) })
  end)

  for what, bytes in pairs {
    ["of more than 1 MiB"] = "eval 1048577\n",
    ["of a number that is none"] = "eval x1\n",
    ["without a number"] = "eval \n",
    ["without a kind"] = " 1\n1",
    ["with a head that does not end"] = ("x"):rep(100),
    ["in another protocol"] = "GET / HTTP/1.1\r\n\r\n",
    ["of a negative size"] = "eval -1\n",
  } do
    it(what .. " ends the conversation, and no other", function()
      local console, _, path = console_with()
      local other = attach.connect(path)
      console.connection:write(bytes)
      assert.are.same({ "error",
        "that is no request, or one of more than 1 MiB" },
        { console:receive() })
      assert.is_nil(console:receive())
      assert.are.equal("2", other:eval "1 + 1")
    end)
  end

  it("that is not known is refused", function()
    local console = console_with()
    assert.are.same({ "error", "there is no such request" },
      { console:ask("exit", "now") })
    assert.are.equal("2", console:eval "1 + 1")
  end)

  it("to interrupt nothing does nothing", function()
    local console = console_with()
    console:send "interrupt"
    assert.are.equal("2", console:eval "1 + 1")
  end)

  it("of a client that goes in the middle of it is forgotten", function()
    local console, _, path = console_with()
    local other = attach.connect(path)
    console.connection:write "eval 1000\n_G.x ="
    console:close()
    assert.are.equal("nil", other:eval "x")
  end)
end)

describe("a console that does not read", function()
  it("keeps neither the engine nor others waiting", function()
    local console, guest, path = console_with()
    console:send "follow"
    assert.are.equal("names", (console:ask("complete", "x")))
    local other = attach.connect(path)
    for _ = 1, 200 do
      assert.is_true(guest:run 'for i = 1, 100 do print(("y"):rep(100)) end')
    end
    assert.are.equal("2", other:eval "1 + 1")
    local lines, dropped = 0, 0
    while lines + dropped < 20000 do
      local kind, text = console:receive()
      if kind == "log" then
        assert.are.equal("info: " .. ("y"):rep(100), text)
        lines = lines + 1
      else
        assert.are.equal("dropped", kind)
        dropped = dropped + math.tointeger(text)
      end
    end
    assert.are.equal(20000, lines + dropped)
    assert.is_true(lines > 1000 and dropped > 1000)
    assert.are.equal("2", console:eval "1 + 1")
  end)

  it("is not asked more than it takes answers", function()
    local console, _, path = console_with "count = 0"
    local other = attach.connect(path)
    -- No machine is so slow that it is stopped in this.
    console:eval "hl.budget { ms = 60000 }"
    local long = "_G.count = count + 1 return ('x'):rep(1 << 16)"
    local request = ("eval %d\n%s"):format(#long, long)
    console.connection:write(request:rep(100))
    -- Each of these is a turn in which the other would be served, too.
    for _ = 1, 200 do
      assert.is_true(math.tointeger(other:eval "count") < 100)
    end
    for _ = 1, 100 do
      local kind, text = console:receive()
      assert.are.same({ "value", (60 << 10) + 19 }, { kind, #text })
    end
    assert.are.equal("100", other:eval "count")
  end)

  it("has what it printed dropped, and hears how much", function()
    local console = console_with()
    console:eval "hl.budget { ms = 60000 }"
    console:send("eval", [[
      for i = 1, 100000 do print(i) end
      return 'end']])
    local last, dropped = 0, 0
    while true do
      local kind, text = console:receive()
      if kind == "value" then
        assert.are.equal('"end"', text)
        break
      elseif kind == "dropped" then
        dropped = dropped + math.tointeger(text)
      else
        last = last + 1
        assert.are.equal(tostring(last), text)
      end
    end
    assert.are.equal(100000, last + dropped)
  end)
end)

describe("the log in a console", function()
  it("is there from before it came, and goes on on demand", function()
    local console, guest = console_with()
    assert.is_true(guest:run "print 'one' require('hyperlua').log.warn 'two'")
    assert.are.same({ "lines", "info: one\nwarning: two" },
      { console:ask "recent" })
    console:send "follow"
    console:ask("complete", "x")
    assert.is_true(guest:run "print 'three'")
    assert.are.same({ "log", "info: three" }, { console:receive() })
    console:send "unfollow"
    console:ask("complete", "x")
    assert.is_true(guest:run "print 'four'")
    assert.are.same({ "lines",
      "info: one\nwarning: two\ninfo: three\ninfo: four" },
      { console:ask "recent" })
  end)

  it("has the error of a handler, with line and process", function()
    local console, guest = console_with [[
      hl.syscall("on_sys_ioctl_return", function() error "oops" end)]]
    guest:hello()
    console:send "follow"
    console:ask("complete", "x")
    guest:syscall { name = "ioctl", args = { 3, 1, 0 }, comm = "x", pid = 7 }
    local kind, text = console:receive()
    assert.are.equal("log", kind)
    assert.are.equal("error: spec.lua:2: oops, in on_sys_ioctl_return "
      .. "(spec.lua:2), for pid 7 (x); the call goes on as if unhooked",
      text:match "^[^\n]*")
    assert.are.equal("1", console:eval "hl.stats().errors")
  end)

  it("keeps the last 200 lines", function()
    local console, guest = console_with()
    assert.is_true(guest:run "for i = 1, 300 do print(i) end")
    local _, text = console:ask "recent"
    assert.matches("^info: 101\ninfo: 102\n", text)
    assert.matches("\ninfo: 300$", text)
  end)

  it("keeps less of lines that are long, and cuts them", function()
    local console, guest = console_with()
    assert.is_true(guest:run
      "for i = 1, 10 do print(i .. ('x'):rep(100000)) end")
    local _, text = console:ask "recent"
    assert.matches("^info: 8x+%.%.%. %(cut%)\ninfo: 9x+%.%.%. %(cut%)\n"
      .. "info: 10x+%.%.%. %(cut%)$", text)
    assert.are.equal(3 * (16 << 10) + 2, #text)
  end)
end)
