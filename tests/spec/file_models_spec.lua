-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.models: each default model through a request of the guest; and the
-- models folder.  What they do in detail is in tests/c/test_models*.c.
local hyperfile = require "hyperfile"

local function guest_with(script, target)
  return hyperfile.guest(target or "mipsel", script)
end

local function write_file(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function read_file(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

describe("hl.models", function()
  local host
  before_each(function()
    host = os.tmpname()
    write_file(host, "of the host")
  end)
  after_each(function()
    os.remove(host)
  end)

  for model, expected in pairs {
    ["zero()"] = { 1, "0" },
    ["one()"] = { 1, "1" },
    ["empty()"] = { 0, "" },
    ["const_buf 'text'"] = { 4, "text" },
    ["const_buf { val = 'text', null_terminate = true }"] = { 5, "text\0" },
    ["cycle 'abc'"] = { 12, "abcabcabcabc" },
    ["const_map({ [2] = 'x' }, 4)"] = { 4, "\0\0x\0" },
    ["const_map { vals = { [1] = 'y' }, size = 3, pad = 65 }"] = { 3, "AyA" },
    ["const_map_file(host .. '.map', { [1] = 'z' }, 3)"] = { 3, "\0z\0" },
    ["from_file(host)"] = { 11, "of the host" },
    ["stateful()"] = { 0, "" },
    ["stateful 'before'"] = { 6, "before" },
    ["sequence { 'first', 'second' }"] = { 5, "first" },
    ["default()"] = { -22, "" },
  } do
    it(model .. " reads", function()
      local guest = guest_with(("host = %q hl.file('/dev/a', { read = "
        .. "hl.models.%s })"):format(host, model))
      assert.are.same(expected, { guest:read("/dev/a", 12, 0) })
      assert.are.same({}, guest:log())
      os.remove(host .. ".map")
    end)
  end

  it("from_file says at once that the host's file cannot be read", function()
    os.remove(host)
    local function warning(path, why)
      return ("warning: spec.lua:1: hl.file /dev/a: read: from_file %s: %s; it "
        .. "is empty until it can be read"):format(path, why)
    end
    local guest = guest_with(("host = %q hl.file('/dev/a', { read = "
      .. "hl.models.from_file(host) })"):format(host))
    assert.are.same({ warning(host, "No such file or directory") },
      guest:log())
    write_file(host, "now")
    assert.are.same({ 3, "now" }, { guest:read("/dev/a", 10, 0) })
    guest = guest_with [[hl.file('/dev/a', { read = hl.models.from_file "/" })]]
    assert.are.same({ warning("/", "Is a directory") }, guest:log())
  end)

  it("that nobody holds goes, however large it is", function()
    local guest = guest_with [[
      local new = require "hyperlua.core".model_new
      for i, make in ipairs {
        function() return new("read", "const_map", { vals = {},
          size = 16 << 20 }) end,
        function() return new("read", "const_buf", big) end,
        function() return new("read", "cycle", big) end,
        function() return new("read", "stateful", big) end,
        function() return new("read", "sequence", { big }) end,
        function() return new("ioctl", "write_data", small) end,
      } do
        big, small = ("x"):rep(8 << 20), ("x"):rep(1 << 20)
        local kept, count = setmetatable({}, { __mode = "v" }), 0
        for j = 1, 64 do kept[j] = make() end
        for _ in pairs(kept) do count = count + 1 end
        hl.log("%s", count < 32 and "few" or i .. " keeps " .. count)
      end]]
    assert.are.same({ "info: few", "info: few", "info: few", "info: few",
      "info: few", "info: few" }, guest:log())
  end)

  it("sequence goes on with the next of its values", function()
    local guest = guest_with [[
      hl.file("/dev/a", { read = hl.models.sequence { "1", "22" } })]]
    local read = {}
    for i = 1, 3 do
      read[i] = select(2, guest:read("/dev/a", 10, 0))
    end
    assert.are.same({ "1", "22", "22" }, read)
  end)

  for model, expected in pairs {
    ["discard()"] = 5, ["default()"] = 5, ["return_const(3)"] = 3,
    ["return_const { const = 99 }"] = 5, ["return_const(-28)"] = -28,
    ["unhandled()"] = -22, ["to_file(host)"] = 5,
  } do
    it(model .. " writes", function()
      local guest = guest_with(("host = %q hl.file('/dev/a', { write = "
        .. "hl.models.%s })"):format(host, model))
      assert.are.equal(expected, (guest:write("/dev/a", "hello", 0)))
      assert.are.equal(model == "to_file(host)" and "hello" or "of the host",
        read_file(host):sub(1, model == "to_file(host)" and 5 or -1))
      assert.are.same({}, guest:log())
    end)
  end

  it("stateful reads what default has written, per file", function()
    local guest = guest_with [[
      for _, path in ipairs { "/dev/a", "/dev/b" } do
        hl.file(path, { read = hl.models.stateful "123456",
          write = hl.models.default() })
      end]]
    guest:write("/dev/a", "xy", 1)
    assert.are.same({ 6, "1xy456" }, { guest:read("/dev/a", 10, 0) })
    assert.are.same({ 6, "123456" }, { guest:read("/dev/b", 10, 0) })
  end)

  for model, expected in pairs {
    ["return_const(7)"] = 7, ["return_const()"] = 0, ["zero()"] = 0,
    ["unhandled()"] = -25,
  } do
    it(model .. " answers an ioctl", function()
      local guest = guest_with(
        ("hl.file('/dev/a', { ioctl = hl.models.%s })"):format(model))
      assert.are.equal(expected, guest:ioctl("/dev/a", 0x1234, 5))
      assert.are.same({}, guest:log())
    end)
  end

  it("poll and lseek have theirs", function()
    local guest = guest_with [[
      hl.file("/dev/a", { poll = hl.models.always_ready(),
        lseek = hl.models.default() })
      hl.file("/dev/b", { poll = hl.models.blocking(),
        lseek = hl.models.unsupported() })]]
    assert.are.equal(0x145, (guest:op(hyperfile.POLL, "/dev/a")))
    assert.are.equal(0, (guest:op(hyperfile.POLL, "/dev/b")))
    assert.are.equal(-29, (guest:op(hyperfile.LSEEK, "/dev/b")))
  end)

  it("that do not exist are refused", function()
    local guest = guest_with()
    assert.is_false(guest.played:run
      'local hl = require "hyperlua"\nhl.models.konst()')
    assert.are.equal('error: spec.lua:2: hl.models has no model "konst"',
      guest:log()[1]:match "^[^\n]*")
  end)

  it("may be used for several operations and files", function()
    local guest = guest_with [[
      local model = hl.models.return_const(4)
      hl.file("/dev/a", { write = model, ioctl = { [1] = model, [2] = model } })
      hl.file("/dev/b", { ioctl = model })]]
    assert.are.equal(4, (guest:write("/dev/a", "hello", 0)))
    assert.are.equal(4, guest:ioctl("/dev/a", 2))
    assert.are.equal(4, guest:ioctl("/dev/b", 9))
  end)
end)

describe("hl.models.write_data", function()
  local DATA = ("0123456789"):rep(1000)
  local ADDR = 0x10ff0

  local function ioctl(guest, arg, context)
    return guest:ioctl("/dev/a", 1, arg, context)
  end

  local guest
  before_each(function()
    guest = guest_with [[hl.file("/dev/a", {
      ioctl = hl.models.write_data(("0123456789"):rep(1000), 5) })]]
  end)

  it("writes to the caller's memory, however long", function()
    guest.played:poke(ADDR, ("\xEE"):rep(#DATA + 1))
    assert.are.equal(5, ioctl(guest, ADDR, {}))
    assert.are.equal(DATA .. "\xEE", guest.played:peek(ADDR, #DATA + 1))
  end)

  it("is EFAULT where a page is missing", function()
    guest.played:poke(0x10000, ("\xEE"):rep(4096))
    assert.are.equal(-14, ioctl(guest, ADDR, {}))
    assert.are.equal(DATA:sub(1, 16), guest.played:peek(ADDR, 16))
    assert.are.equal(-14, ioctl(guest, 0x20000, {}))
  end)

  it("is EFAULT when the request came without a region", function()
    assert.are.equal(-14, ioctl(guest, ADDR))
  end)

  it("writes nothing at no address", function()
    assert.are.equal(5, ioctl(guest, 0, {}))
    assert.are.equal(5, ioctl(guest, 0))
  end)
end)

describe("a models folder", function()
  local folder, guest
  before_each(function()
    folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir " .. folder)
    guest = guest_with()
  end)
  after_each(function()
    os.execute("rm -r " .. folder)
  end)

  -- Loads the folder with those files; what the log says, without the folder.
  local function load(files)
    for name, text in pairs(files) do
      write_file(folder .. "/" .. name, text)
    end
    local loaded, log = guest.played:models(folder), guest:log()
    for i, line in ipairs(log) do
      local at, to = line:find(folder, 1, true)
      while at do
        line = line:sub(1, at - 1) .. "F" .. line:sub(to + 1)
        at, to = line:find(folder, 1, true)
      end
      log[i] = line
    end
    return loaded, log
  end

  it("gives each file that one of its files returns", function()
    local loaded, log = load {
      ["b.lua"] = 'return { ["/dev/a"] = { read = "b" } }',
      ["a.lua"] = 'return { ["/dev/a"] = { read = "a" }, '
        .. '["/dev/c"] = { read = "c" } }',
      ["c.txt"] = "this is not Lua", [".d.lua"] = "nor this",
      ["e.lua"] = "return {}",
    }
    assert.is_true(loaded)
    assert.are.same({ "warning: /dev/a: the model of F/b.lua takes the place "
      .. "of that of F/a.lua" }, log)
    guest.played:work()
    assert.are.same({ 1, "b" }, { guest:read("/dev/a", 10, 0) })
    assert.are.same({ 1, "c" }, { guest:read("/dev/c", 10, 0) })
  end)

  it("is loaded in the order of names, and each file in that of paths",
    function()
      local files, expected = {}, {}
      for i = 0, 9 do
        files[i .. ".lua"] = "return { ['/dev/a'] = {} }"
        expected[i] = ("warning: /dev/a: the model of F/%d.lua takes the "
          .. "place of that of F/%d.lua"):format(i, i - 1)
      end
      files["many.lua"] = "local all = {} for i = 10, 99 do "
        .. "all['/dev/' .. i] = {} end return all"
      local _, log = load(files)
      expected[0] = nil
      assert.are.same(expected, log)
      guest.played:work()
      local nodes = guest.played:nodes()
      for i = 11, 99 do
        assert(nodes["/dev/" .. i].id == nodes["/dev/" .. i - 1].id + 1)
      end
    end)

  for what, case in pairs {
    ["that returns nothing"] = { "local x = 1", "error: F/a.lua: a file in the "
      .. "models folder returns a table { [path] = model }, not nil" },
    ["that returns a list"] = { "return { {} }",
      "error: F/a.lua: a path is a string, not 1" },
    ["with a bad path"] = { 'return { ["dev/a"] = {} }',
      "error: F/a.lua: hl.file dev/a: a path is a string that begins with /" },
    ["with a bad field"] = { 'return { ["/dev/a"] = { size = "x" } }',
      "error: F/a.lua: hl.file /dev/a: size must be an integer from 0 to "
      .. "9223372036854775807, not x" },
    ["that raises"] = { "\nerror 'no'", "error: F/a.lua:2: no\n"
      .. "  | stack traceback:\n  | \t[C]: in function 'error'\n"
      .. "  | \tF/a.lua:2: in main chunk" },
    ["that is no Lua"] = { "retrun", "error: F/a.lua:1: syntax error near "
      .. "<eof>" },
  } do
    it("with a file " .. what .. " is refused", function()
      local loaded, log = load { ["a.lua"] = case[1] }
      assert.is_false(loaded)
      assert.are.same({ case[2] }, log)
      assert.are.same({}, guest.played:nodes())
    end)
  end

  it("takes all files of one of its files, or none", function()
    guest:run 'hl.file("/dev/a", { read = "before" })'
    local loaded, log = load { ["a.lua"] = [[return {
      ["/dev/a"] = { read = "after" }, ["/dev/b"] = {}, ["/dev/c"] = 5 }]] }
    assert.is_false(loaded)
    assert.are.same({ "error: F/a.lua: hl.file /dev/c: a model is a table such "
      .. 'as { read = "1\\n" }, not number' }, log)
    guest.played:work()
    assert.are.same({ 6, "before" }, { guest:read("/dev/a", 10, 0) })
    assert.is_nil(guest.played:nodes()["/dev/b"])
  end)

  it("that is missing is named", function()
    assert.is_false(guest.played:models(folder .. "/none"))
    assert.matches("^error: models: .*/none.*No such file", guest:log()[1])
  end)

  it("without a file is told of", function()
    local loaded, log = load {}
    assert.is_true(loaded)
    assert.are.same({ "warning: models: there is no .lua file in F" }, log)
  end)
end)
