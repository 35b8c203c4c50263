-- SPDX-License-Identifier: GPL-2.0-or-later
-- build/bin/hyperlua test: its own errors, and what it makes of specs.
require "hyperlua.testing"

-- The build folder is the one that we were loaded from.
local build = package.searchpath("hyperlua.played", package.cpath)
  :match "^(.*)/lib/hyperlua/"
local hyperlua = io.popen("realpath " .. build):read "l" .. "/bin/hyperlua"

local folder

before_each(function()
  folder = os.tmpname()
  os.remove(folder)
  assert(os.execute("mkdir " .. folder))
end)

after_each(function()
  os.execute("rm -r " .. folder)
end)

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
  file:close()
end

-- Both outputs of a shell command in that folder, and its exit status.
local function shell(command)
  local pipe = io.popen(("cd %s && { %s; } 2>&1"):format(folder, command))
  local output = pipe:read "a"
  local _, _, status = pipe:close()
  return output, status
end

local function test(arguments)
  return shell(hyperlua .. " test --output=TAP " .. arguments)
end

local function it_says(text)
  return ([[
    local testing = require "hyperlua.testing"
    it("a test", function()
      local guest = testing.guest { script = "model.lua" }
      %s
    end)]]):format(text)
end

local MODEL = [[local hl = require "hyperlua"
  hl.file("/dev/a", { read = "1\n", write = function() error "oops" end })]]

describe("hyperlua test", function()
  it("runs a spec, or all of a folder, from any folder", function()
    write("model.lua", MODEL)
    write("a_spec.lua",
      it_says [[assert.are.equal("1\n", guest:read "/dev/a")]])
    write("not_this.lua", "error 'this is no spec'")
    local expected = { "ok 1 - a test\n1..1\n", 0 }
    assert.are.same(expected, { test "a_spec.lua" })
    assert.are.same(expected, { test "." })
    assert.are.same(expected, { test(folder .. "/a_spec.lua") })
    assert.are.same(expected, { shell("cd / && " .. hyperlua
      .. " test --output=TAP " .. folder) })
  end)

  it("gives busted's exit status", function()
    write("a_spec.lua", [[
      it("is fine", function() end)
      it("fails", function() error "x" end)
      it("fails too", function() error "x" end)]])
    local output, status = test "a_spec.lua"
    assert.are.equal(1, status)
    assert.matches("ok 1 %- is fine\nnot ok 2 %- fails\n", output)
  end)

  it("fails a test whose script logged an error that nobody saw", function()
    write("model.lua", MODEL)
    write("a_spec.lua", it_says [[guest:write("/dev/a", "x")]])
    local output, status = test "a_spec.lua"
    assert.are.equal(1, status)
    assert.matches("# Failure message: a_spec.lua:2: a script logged an error "
      .. "that the test did not look at %(guest:errors%(%)%):\n#   error: "
      .. "model.lua:2: oops, in write of /dev/a", output)
    write("a_spec.lua", it_says [[guest:write("/dev/a", "x")
      assert.are.equal(1, #guest:errors())]])
    assert.are.same({ "ok 1 - a test\n1..1\n", 0 }, { test "a_spec.lua" })
  end)

  it("counts what was done before each test as the test's", function()
    write("model.lua", MODEL)
    write("a_spec.lua", [[describe("all", function()
      before_each(function()
        require("hyperlua.testing").guest { script = "model.lua" }
          :write("/dev/a", "x")
      end)
      it("one", function() end)
      it("two", function() end)
    end)]])
    local output, status = test "a_spec.lua"
    assert.are.equal(1, status)
    assert.matches("^not ok 1 %- all one\n.*\nnot ok 2 %- all two\n", output)
  end)

  it("shows of a test that failed what scripts logged", function()
    write("model.lua", MODEL)
    write("a_spec.lua",
      it_says [[assert.are.equal(1, guest:write("/dev/a", "x"))]])
    local output, status = test "a_spec.lua"
    assert.are.equal(1, status)
    assert.matches("scripts logged:\n  error: model.lua:2: oops", output)
    assert.matches("Expected objects to be equal", output)
  end)

  it("passes on errors of another file's guest to no test", function()
    write("model.lua", MODEL)
    write("a_spec.lua", it_says [[guest:write("/dev/a", "x") error "a"]])
    write("b_spec.lua", it_says "")
    local output, status = test "."
    assert.are.equal(1, status)
    assert.matches("\nok 2 %- a test\n", output)
  end)

  it("passes options on, and leaves Lua's own paths", function()
    write("mine.lua", "return 5")
    write("a_spec.lua", [[
      it("one", function() assert.are.equal(5, require "mine") end)
      it("two", function() error "not asked for" end)]])
    assert.are.same({ "ok 1 - one\n1..1\n", 0 },
      { test "--filter one a_spec.lua" })
    write("b_spec.lua", [[it("keeps", function()
      assert.matches("/mine/%?.so", package.cpath)
    end)]])
    assert.are.same({ "ok 1 - keeps\n1..1\n", 0 },
      { shell("unset LUA_CPATH_5_4; LUA_CPATH='/mine/?.so;;' " .. hyperlua
        .. " test --output=TAP b_spec.lua") })
  end)

  it("says that a script's own module is not for specs", function()
    write("a_spec.lua", [[it("x", function() require "hyperlua" end)]])
    local output, status = test "a_spec.lua"
    assert.are.equal(1, status)
    assert.matches("module 'hyperlua' not found", output)
  end)

  it("is told what to run", function()
    local usage = "hyperlua: no spec given: hyperlua test [BUSTED OPTIONS] "
      .. "FILE_spec.lua|DIR...\n"
    assert.are.same({ usage, 125 }, { shell(hyperlua .. " test") })
    assert.are.same({ usage, 125 }, { shell(hyperlua .. " test --verbose") })
    assert.are.same({ "hyperlua: none_spec.lua: no such file or folder\n",
      125 }, { test "none_spec.lua" })
    local help, status = shell(hyperlua .. " test --help")
    assert.are.equal(0, status)
    assert.matches("^Usage: hyperlua test %[BUSTED OPTIONS%] FILE_spec.lua|DIR",
      help)
  end)

  it("says which package is missing", function()
    write("a_spec.lua", "")
    assert.are.same({ "hyperlua: busted is not on the PATH: install Debian's "
      .. "package lua-busted\n", 125 },
      { shell("PATH=/none " .. hyperlua .. " test a_spec.lua") })
    write("busted", "")
    shell "chmod +x busted"
    assert.are.same({ "hyperlua: lua5.4 is not on the PATH: install Debian's "
      .. "package lua5.4\n", 125 },
      { shell("PATH=. " .. hyperlua .. " test a_spec.lua") })
  end)

  it("lets a busted that is a shell script find its own Lua", function()
    write("a_spec.lua", "")
    write("busted", "#!/bin/sh\necho \"$LUA_CPATH_5_4 $*\"\nexit 7\n")
    shell "chmod +x busted"
    assert.are.same({ hyperlua:gsub("bin/hyperlua$", "lib/?.so;; a_spec.lua\n"),
      7 }, { shell("unset LUA_CPATH LUA_CPATH_5_4; PATH=.:$PATH " .. hyperlua
        .. " test a_spec.lua") })
  end)

  it("says what was not built", function()
    write("a_spec.lua", "")
    shell("mkdir bin && cp " .. hyperlua .. " bin")
    assert.are.same({ ("hyperlua: %s/lib/hyperlua/testing.so is not there: "
      .. "build the target played_lua\n"):format(folder), 125 },
      { shell "bin/hyperlua test a_spec.lua" })
  end)
end)
