-- SPDX-License-Identifier: GPL-2.0-or-later
-- A console's expressions: what is typed and what it gives, at once.
local played = require "hyperlua.played"
local attach = require "attach"

local function console_with(script)
  local guest = played.new "mipsel"
  assert.is_true(guest:run('local hl = require "hyperlua"\n' .. (script or "")),
    table.concat(guest:log(), "\n"))
  local console, path = attach.to(guest)
  return console, guest, path
end

describe("a console", function()
  it("is greeted with the protocol's number and the target", function()
    assert.are.same({ "hello", "hyperlua 1 mipsel" }, console_with().hello)
  end)

  for text, value in pairs {
    ["1 + 1"] = "2",
    ["return 1, nil, 'two'"] = '1\tnil\t"two"',
    ["local x = 1"] = "",
    ["7 // 2, 7 / 2, 1e100, 0/0 ~= 0/0"] = "3\t3.5\t1e+100\ttrue",
    ["hl.hyper2name(1), portal == hl.portal"] = '"write"\ttrue',
    ["type(hl.stats().handlers)"] = '"number"',
    ["1 -- a comment"] = "1",
    [""] = "",
  } do
    it("gives what this is: " .. text, function()
      assert.are.same({ "value", value }, { console_with():ask("eval", text) })
    end)
  end

  for _, text in ipairs { "for i = 1, 2 do", "f(", "{", "'a' ..", "[[text" } do
    it("wants more behind " .. text, function()
      assert.are.equal("more", (console_with():ask("eval", text)))
    end)
  end

  it("goes on when the rest has come", function()
    local console = console_with()
    assert.are.equal("more", (console:ask("eval", "do")))
    assert.are.equal("3", console:eval "do\nreturn 1 + 2\nend")
  end)

  it("keeps what is assigned to globals, and no locals", function()
    local console = console_with()
    console:eval "a, b = 1, {}"
    console:eval "b.c = a"
    console:eval "local d = 2"
    assert.are.equal("1\tnil", console:eval "b.c, d")
  end)

  it("sees a script's globals, and changes them by _G alone", function()
    local console = console_with "x = 1; function get() return x end"
    console:eval "x = 2"
    assert.are.equal("2\t1", console:eval "x, get()")
    console:eval "_G.x = 3"
    assert.are.equal("2\t3", console:eval "x, get()")
  end)

  it("has variables that other consoles do not see", function()
    local one, _, path = console_with()
    local other = attach.connect(path)
    one:eval "x = 'one'"
    assert.are.equal("nil", other:eval "x")
    other:eval "x = 'other'"
    assert.are.equal('"one"', one:eval "x")
  end)

  it("leaves nothing behind when it goes", function()
    local one, _, path = console_with "kept = setmetatable({}, {__mode = 'v'})"
    local other = attach.connect(path)
    one:eval "x = {}; kept[1] = x"
    assert.are.equal("1", other:eval "collectgarbage() return #kept")
    one:close()
    assert.are.equal("0", other:eval "collectgarbage() return #kept")
  end)

  it("prints what an expression prints, and to the log what others do",
    function()
      local console, guest = console_with "function say() print 'script' end"
      console:send("eval", "print('a', nil, 3) say() return 4")
      assert.are.same({ "output", "a\tnil\t3" }, { console:receive() })
      assert.are.same({ "value", "4" }, { console:receive() })
      assert.are.same({ "info: script" }, guest:log())
    end)

  it("prints to the log what is left of a console that is gone", function()
    local one, guest, path = console_with()
    local other = attach.connect(path)
    one:eval "_G.later = function() print('late', 1) end"
    one:close()
    other:eval "later()"
    assert.are.same({ "info: late\t1" }, guest:log())
  end)

  it("works though scripts broke what it needs", function()
    local console = console_with [[
      package, require, print, next, load, setmetatable = nil
      string.sub, string.format, table.concat, table.sort = nil
      debug.getmetatable = nil]]
    assert.are.equal('{ "a" }', console:eval "{ 'a' }")
    assert.are.same({ "names", "hl.sleep" }, { console:ask("complete",
      "hl.sle") })
  end)
end)

describe("an error in a console", function()
  it("is told with its place and where it came from, and not logged",
    function()
      local console, guest = console_with
        "function broken()\n error 'oops'\nend"
      assert.are.same({ "error", "spec.lua:3: oops\nstack traceback:\n"
        .. "\t[C]: in function 'error'\n\tspec.lua:3: in function 'broken'\n"
        .. "\tconsole:2: in local 'expression'" },
        { console:ask("eval", "\nbroken() return 1") })
      assert.are.same({}, guest:log())
      assert.are.equal("1", console:eval "1")
    end)

  for text, message in pairs {
    ["1 1"] = "console:1: unexpected symbol near '1'",
    ["x = 'a\n'"] = "console:1: unfinished string near ''a'",
    ["\27Lua"] = "attempt to load a binary chunk %(mode is 't'%)",
    ["nope.x"] = "console:1: attempt to index a nil value %(global 'nope'%)",
    ["error()"] = "nil",
    ["error(setmetatable({}, { __tostring = error }))"] =
      "an error without a text",
    ["coroutine.yield(1)"] =
      "a handler called coroutine.yield outside a coroutine of its own",
    ["string.rep('x', -1, 1) .. nil"] = "console:1: attempt to concatenate",
    ["('x'):rep(1 << 60)"] = "resulting string too large",
    ["portal.of(1).read_int(4096)"] =
      "read_int asks the guest, and no guest has said hello yet",
    ["portal.read_int(4096)"] = "console:1: portal.read_int: no process is "
      .. "served here: say whose, with portal.of%(pid%)",
    ["local function f() return 1 + f() end f()"] =
      "console:1: stopped: its calls are more than 10000 deep",
  } do
    it("of " .. text .. " says what is wrong", function()
      local console = console_with()
      local kind, answer = console:ask("eval", text)
      assert.are.equal("error", kind)
      assert.matches(message, answer)
      assert.are.equal("1", console:eval "1")
    end)
  end

  it("stops what does not end", function()
    local console, guest = console_with()
    local kind, answer = console:ask("eval", "while true do end")
    assert.are.equal("error", kind)
    assert.matches("^console:1: stopped: it ran for more than 100 ms "
      .. "without waiting or returning %(see hl.budget%)\nstack traceback:",
      answer)
    assert.are.same({}, guest:log())
    assert.are.equal("1", console:eval "1")
  end)

  for _, text in ipairs {
    "table.sort({ 1, 2 }, function() hl.sleep(1) end)",
    "('x'):gsub('x', function() hl.sleep(1) end)",
  } do
    it("is a wait where Lua cannot: " .. text, function()
      local console, guest = console_with()
      guest:hello()
      local kind, answer = console:ask("eval", text)
      assert.are.equal("error", kind)
      assert.matches("^console:1: hl.sleep cannot wait here: inside "
        .. "table.sort, string.gsub, or a metamethod called from C", answer)
      guest:work()
      assert.are.same({}, guest:spawned())
    end)
  end
end)

describe("a value", function()
  for text, value in pairs {
    ["{}"] = "{}",
    ["{ 1, { a = 'b', [2] = true }, nil, 4, x = 1.5 }"] =
      '{ 1, { [2] = true, a = "b" }, nil, 4, x = 1.5 }',
    ["{ ['not a name'] = 1, [-1] = 2, [1.5] = 3 }"] =
      '{ [-1] = 2, [1.5] = 3, ["not a name"] = 1 }',
    ["'\\0\\27[1m\"\\\\\\n\\u{e9}'"] = '"\\x00\\x1b[1m\\"\\\\\\n\u{e9}"',
    ["'\\xe9'"] = '"\\xe9"',
    ["{{{{{1}}}}}"] = "^{ { { { table: 0x%x+ } } } }$",
    ["print"] = "^function: 0x%x+$",
    ["io.stderr"] = "^FILE%*: 0x%x+$",
    ["(function() local t = {} t[1] = t return t end)()"] =
      "^{ table: 0x%x+ %(it is in this%) }$",
  } do
    it("is shown: " .. text, function()
      local shown = console_with():eval(text)
      if value:sub(1, 1) == "^" then
        assert.matches(value, shown)
      else
        assert.are.equal(value, shown)
      end
    end)
  end

  it("takes a line for each of a table's many entries", function()
    assert.are.equal("{\n  a = {\n    \"" .. ("x"):rep(70) .. "\",\n"
      .. "    2\n  },\n  b = 1\n}", console_with():eval
      "{ b = 1, a = { ('x'):rep(70), 2 } }")
  end)

  it("is shown without a call of its metamethods", function()
    assert.are.equal("{ { 1 } }\ttrue", console_with():eval [[
      do
        local called = true
        local function call() called = false end
        local t = setmetatable({ 1 }, { __index = call, __len = call,
          __pairs = call, __tostring = call, __name = "t", __call = call,
          __gc = call, __close = call, __metatable = 1 })
        return { t }, called
      end]])
  end)

  it("is cut when it is long, a string of 64 MiB too", function()
    local console = console_with()
    console:eval "hl.budget { memory = 1024, ms = 60000 }"
    local shown = console:eval "('x'):rep(64 << 20)"
    assert.are.equal('"' .. ("x"):rep(60 << 10) .. '"... (67108864 bytes)',
      shown)
  end)

  it("is cut when all of it is long", function()
    local shown = console_with():eval [[
      do
        local t = {}
        for i = 1, 200 do
          t[i] = {}
          for j = 1, 200 do t[i][j] = ("\0"):rep(100) end
        end
        return t
      end]]
    assert.is_true(#shown > 60 << 10 and #shown <= 64 << 10)
    assert.matches("%.%.%.\n}$", shown)
  end)

  it("is cut when its text is longer than it is", function()
    local shown = console_with():eval "('\\0'):rep(50000)"
    assert.are.equal('"' .. ("\\x00"):rep(50000):sub(1, (64 << 10) - 10)
      .. "... (cut)", shown)
  end)

  it("with more entries than anybody reads says how many", function()
    local shown = console_with():eval [[
      do
        local t = {}
        for i = 1, 1000 do t[i] = 1 t["k" .. i] = 1 end
        return t
      end]]
    assert.matches("\n  1,\n  k%w+ = 1,\n", shown)
    assert.matches(",\n  %.%.%. %(1600 more%)\n}$", shown)
  end)

  it("does nothing to a terminal, nor do errors and what is printed",
    function()
      local console = console_with()
      console:send("eval", [[print "\27[2J\u{9b}1m\xff\7" error "\27]0;x\7"]])
      assert.are.same({ "output", "?[2J?1m\u{fffd}?" }, { console:receive() })
      local _, answer = console:receive()
      assert.are.equal("console:1: ?]0;x?\n", answer:match "^[^\n]*\n")
    end)

  it("of hl.persist shows what is kept there", function()
    local console = console_with()
    assert.are.equal("{}", console:eval "hl.persist")
    console:eval "hl.persist.a = { 1, 'x', { b = true } }"
    console:eval "hl.persist.again = hl.persist.a"
    assert.are.equal('{ a = { 1, "x", { b = true } }, again = { 1, "x", '
      .. '{ b = true } } }', console:eval "hl.persist")
    console:eval "hl.persist.a[1] = hl.persist.a"
    assert.matches("^{ hyperlua.persist: 0x%x+ %(it is in this%), ",
      console:eval "hl.persist.a")
  end)
end)

describe("completion", function()
  for line, names in pairs {
    ["hl.sle"] = "hl.sleep",
    ["x = hl.log.w"] = "hl.log.warn",
    ["print(portal.read_w"] = "portal.read_word",
    ["mine.deep.ke"] = "mine.deep.key_1\nmine.deep.key_2",
    ["object:me"] = "object:method",
    ["object.me"] = "object.method",
    ["coro"] = "coroutine",
    ["nope.x"] = "",
    ["mine.deep.key_1.x"] = "",
    ["hl..x"] = "",
    ["1."] = "",
    ["trap.x"] = "",
  } do
    it("of " .. line, function()
      local console = console_with [[
        mine = { deep = { key_1 = 1, key_2 = 2, ["not a name"] = 3, [4] = 4 } }
        object = setmetatable({}, { __index = { method = print } })
        trap = setmetatable({}, { __index = function() error "called" end,
          __pairs = error, __len = error })]]
      assert.are.same({ "names", names }, { console:ask("complete", line) })
    end)
  end

  it("knows what the console itself has assigned", function()
    local console = console_with()
    console:eval "own_table = { x_1 = 1 }"
    assert.are.same({ "names", "own_table" },
      { console:ask("complete", "own_") })
    assert.are.same({ "names", "own_table.x_1" },
      { console:ask("complete", "own_table.x") })
  end)

  it("is bounded, in a table of many names or behind itself", function()
    local console, guest = console_with [[
      many = {}
      for i = 1, 300000 do many["n" .. i] = i end
      loop = {}
      setmetatable(loop, { __index = loop })]]
    local kind, names = console:ask("complete", "many.n")
    assert.are.equal("names", kind)
    assert.are.equal(999, select(2, names:gsub("\n", "")))
    assert.are.same({ "names", "" }, { console:ask("complete", "loop.x") })
    assert.are.same({}, guest:log())
  end)
end)
