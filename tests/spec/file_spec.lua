-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.file: what a model may be, and what its handlers may give and do.
local hyperfile = require "hyperfile"

local CONTEXT = { pid = 7, comm = "program" }
local READABLE, WRITABLE = 0x41, 0x104

local function guest_with(script, target)
  return hyperfile.guest(target or "mipsel", script)
end

describe("hl.file", function()
  it("takes every field as a function", function()
    local guest = guest_with [[
      hl.file("/dev/a", {
        read = function(f, length, offset) return "r" .. length .. offset end,
        write = function(f, data, offset) return #data - 1 end,
        ioctl = function(f, cmd, arg) return cmd + arg end,
        getattr = function(f) return 0, 99 end,
        open = function(f, flags) return flags end,
        release = function(f) hl.log "released" end,
        lseek = function(f, offset, whence) return offset * 10 + whence end,
        poll = function(f) return 0x10 end,
        fsync = function(f, data) return data and -1 or -2 end,
        size = 5, mode = 420, mmap = true,
      })]]
    assert.are.same({ 4, "r103" }, { guest:read("/dev/a", 10, 3) })
    assert.are.equal(2, (guest:write("/dev/a", "abc", 0)))
    assert.are.equal(7, guest:ioctl("/dev/a", 3, 4))
    assert.are.same({ 0, 99 }, { guest:getattr "/dev/a" })
    assert.are.equal(0x8002, (guest:op(hyperfile.OPEN, "/dev/a", 0, 0,
      { open_flags = 0x8002 })))
    assert.are.equal(-298, (guest:op(hyperfile.LSEEK, "/dev/a", 2, -30)))
    assert.are.equal(0x10, (guest:op(hyperfile.POLL, "/dev/a")))
    assert.are.equal(-1, (guest:op(hyperfile.FSYNC, "/dev/a", 1)))
    assert.are.equal(-2, (guest:op(hyperfile.FSYNC, "/dev/a", 0)))
    assert.are.equal(0, (guest:op(hyperfile.RELEASE, "/dev/a")))
    assert.are.same({ "info: released" }, guest:log())
    local node = guest.played:nodes()["/dev/a"]
    assert.are.same({ id = node.id, flags = 15, mode = 420, seek = 3, size = 5,
      wakes = 0, map = ("\0"):rep(5) }, node)
  end)

  it("takes short forms", function()
    local guest = guest_with [[
      hl.file("/dev/a", { read = "text\n", write = -5, ioctl = 12 })
      hl.file("/dev/b", { ioctl = { [1] = 2, [-2] = 3, [0x89F1] = -4,
        ["*"] = 5 } })
      hl.file("/dev/c", { ioctl = { [1] = function() return 9 end } })
      hl.file("/dev/d", { ioctl = { [0x80045700] = hl.models.return_const(1),
        ["*"] = hl.models.unhandled() } })]]
    assert.are.same({ 5, "text\n" }, { guest:read("/dev/a", 10, 0) })
    assert.are.equal(-5, (guest:write("/dev/a", "abc", 0)))
    assert.are.equal(12, guest:ioctl("/dev/a", 77))
    local function ask(path, ...)
      local answers = {}
      for i, cmd in ipairs { ... } do
        answers[i] = guest:ioctl(path, cmd)
      end
      return answers
    end
    assert.are.same({ 2, 3, -4, 5 },
      ask("/dev/b", 1, 0xfffffffe, 0x89f1, 0x89f2))
    assert.are.same({ 9, -25 }, ask("/dev/c", 1, 2))
    assert.are.same({ 1, -25 }, ask("/dev/d", 0x80045700, 1))
    assert.are.same({}, guest:log())
  end)

  for mistake, message in pairs {
    ["nil"] = 'nil: a path is a string that begins with /',
    ["12, {}"] = '12: a path is a string that begins with /',
    ["'dev/a', {}"] = 'dev/a: a path is a string that begins with /',
    ["'/', {}"] = '/: a path is a string that begins with /',
    ["'/dev/', {}"] = '/dev/: the path has an empty part',
    ["'/dev//a', {}"] = '/dev//a: the path has an empty part',
    ["'/dev/../a', {}"] =
      '/dev/../a: the path has a part that no folder can hold: ".."',
    ["'/.', {}"] = '/.: the path has a part that no folder can hold: "."',
    ["'/' .. ('x'):rep(256), {}"] = "/" .. ("x"):rep(256) .. ": the path has a "
      .. 'part that no folder can hold: "' .. ("x"):rep(40) .. '"',
    ["'/a\\0b', {}"] = "/a?b: the path has a NUL in it",
    ["'/a'"] = '/a: a model is a table such as { read = "1\\n" }, not nil',
    ["'/a', 'x'"] = '/a: a model is a table such as { read = "1\\n" }, not '
      .. "string",
    ["'/a', hl.models.zero()"] = '/a: a model is a table such as '
      .. '{ read = "1\\n" }, not table',
    ["'/a', { reads = 1 }"] = '/a: no field "reads": there are read, write, '
      .. "ioctl, getattr, open, release, lseek, poll, fsync, size, mode, mmap, "
      .. "device",
    ["'/a', { 'x' }"] = '/a: no field "1": there are read, write, '
      .. "ioctl, getattr, open, release, lseek, poll, fsync, size, mode, mmap, "
      .. "device",
    ["'/a', { read = 5 }"] = "/a: read must be a function or a model such as "
      .. "hl.models.default(), not number",
    ["'/a', { read = { } }"] = "/a: read must be a function or a model such "
      .. "as hl.models.default(), not table",
    ["'/a', { write = 'x' }"] = "/a: write must be a function or a model such "
      .. "as hl.models.default(), not string",
    ["'/a', { poll = true }"] = "/a: poll must be a function or a model such "
      .. "as hl.models.default(), not boolean",
    ["'/a', { ioctl = 'x' }"] = "/a: ioctl must be a function or a model such "
      .. "as hl.models.default(), not string",
    ["'/a', { ioctl = { [5] = 'x' } }"] = "/a: ioctl[0x5] must be a function "
      .. "or a model such as hl.models.default(), not string",
    ["'/a', { ioctl = { ['*'] = true } }"] = '/a: ioctl["*"] must be a '
      .. "function or a model such as hl.models.default(), not boolean",
    ["'/a', { ioctl = { x = 1 } }"] = "/a: ioctl[x]: a command is an integer "
      .. 'of 32 bits, or "*"',
    ["'/a', { ioctl = { [1 << 32] = 1 } }"] = "/a: ioctl[4294967296]: a "
      .. 'command is an integer of 32 bits, or "*"',
    ["'/a', { ioctl = { [1.5] = 1 } }"] = "/a: ioctl[1.5]: a command is an "
      .. 'integer of 32 bits, or "*"',
    ["'/a', { ioctl = 1.5 }"] = "/a: ioctl: val: an integer is expected, not "
      .. "1.5",
    ["'/a', { read = hl.models.discard() }"] = "/a: read: model: read has no "
      .. "model 'discard': there are zero, one, empty, const_buf, cycle, "
      .. "const_map, const_map_file, from_file, stateful, sequence, default",
    ["'/a', { fsync = hl.models.zero() }"] = "/a: fsync: model: fsync has no "
      .. "model 'zero': there are ",
    ["'/a', { read = hl.models.const_buf() }"] = "/a: read: val: a string is "
      .. "expected, not nil",
    ["'/a', { read = hl.models.const_buf { value = 1 } }"] = "/a: read: value: "
      .. "model const_buf has no such key: it takes val, null_terminate, "
      .. "nul_terminate",
    ["'/a', { read = hl.models.zero(1) }"] =
      "/a: read: model zero takes 0 arguments, not 1",
    ["'/a', { read = io.stdout }"] = "/a: read must be a function or a model "
      .. "such as hl.models.default(), not userdata",
    ["'/a', { ioctl = { [5] = io.stdout } }"] = "/a: ioctl[0x5] must be a "
      .. "function or a model such as hl.models.default(), not userdata",
    ["'/a', { read = require 'hyperlua.core'.model_new('write', 'discard') }"] =
      "/a: read: this model is one of write",
    ["'/a', { device = { 1, 2 } }"] = "/a: device is of a path below /dev",
    ["'/dev/a', { device = 5 }"] = "/dev/a: device must be { MAJOR, MINOR }, "
      .. "integers from 1 to 4095 and from 0 to 1048575",
    ["'/dev/a', { device = { 0, 1 } }"] = "/dev/a: device must be { MAJOR, "
      .. "MINOR }, integers from 1 to 4095 and from 0 to 1048575",
    ["'/dev/a', { device = { 4096, 1 } }"] = "/dev/a: device must be { MAJOR, "
      .. "MINOR }, integers from 1 to 4095 and from 0 to 1048575",
    ["'/dev/a', { device = { 1, 1 << 20 } }"] = "/dev/a: device must be { "
      .. "MAJOR, MINOR }, integers from 1 to 4095 and from 0 to 1048575",
    ["'/dev/a', { device = { 90 } }"] = "/dev/a: device must be { MAJOR, "
      .. "MINOR }, integers from 1 to 4095 and from 0 to 1048575",
    ["'/dev/a', { device = { 1.5, 2 } }"] = "/dev/a: device must be { MAJOR, "
      .. "MINOR }, integers from 1 to 4095 and from 0 to 1048575",
    ["'/a', { size = -1 }"] = "/a: size must be an integer from 0 to "
      .. "9223372036854775807, not -1",
    ["'/a', { size = 1.5 }"] = "/a: size must be an integer from 0 to "
      .. "9223372036854775807, not 1.5",
    ["'/a', { mode = 4096 }"] =
      "/a: mode must be an integer from 0 to 4095, not 4096",
    ["'/a', { mode = {} }"] = "/a: mode must be an integer from 0 to 4095, "
      .. "not table",
    ["'/a', { mmap = true }"] = "/a: mmap must be true (with a size), a number "
      .. "of bytes from 1 to 16777216, or a string",
    ["'/a', { mmap = '' }"] = "/a: mmap must be true (with a size), a number "
      .. "of bytes from 1 to 16777216, or a string",
    ["'/a', { mmap = (16 << 20) + 1 }"] = "/a: mmap must be true (with a "
      .. "size), a number of bytes from 1 to 16777216, or a string",
    ["'/a', { size = 1 << 30, mmap = 'x' }"] = "/a: mmap must be true (with a "
      .. "size), a number of bytes from 1 to 16777216, or a string",
  } do
    it("names the mistake in " .. mistake, function()
      local guest = guest_with()
      assert.is_false(guest.played:run('local hl = require "hyperlua"\nhl.file('
        .. mistake .. ")"))
      assert.are.equal("error: spec.lua:2: hl.file " .. message,
        (guest:log()[1]:match("^[^\n]*"):gsub("not table: 0x%x+", "not table")))
      assert.are.same({}, guest.played:nodes())
    end)
  end

  it("keeps the model that is there when the new one is refused", function()
    local guest = guest_with 'hl.file("/dev/a", { read = "one" })'
    for _, model in ipairs { "{ read = io.stdout }", "{ size = -1 }",
      "{ write = hl.models.zero() }" } do
      assert.is_false(guest.played:run('require "hyperlua".file("/dev/a", '
        .. model .. ")"))
      assert.are.same({ 3, "one" }, { guest:read("/dev/a", 10, 0) })
    end
  end)

  it("is blamed with the script's lines alone", function()
    local guest = guest_with()
    assert.is_false(guest.played:run [[local hl = require "hyperlua"
      local function add(path) hl.file(path, 1) end
      local function each(path) string.gsub(path, "/x", add) end
      each("/x")]])
    assert.are.same({ 'error: spec.lua:2: hl.file /x: a model is a table such '
      .. 'as { read = "1\\n" }, not number\n'
      .. "  | stack traceback:\n"
      .. "  | \tspec.lua:2: in function <spec.lua:2>\n"
      .. "  | \t[C]: in function 'string.gsub'\n"
      .. "  | \tspec.lua:3: in local 'each'\n"
      .. "  | \tspec.lua:4: in main chunk" }, guest:log())
  end)

  it("names the script's own line, from a function of the script's too",
    function()
      local guest = guest_with()
      guest.played:run [[
        local hl = require "hyperlua"
        local function add(path) hl.file(path, 1) end

        local ok, message = pcall(add, "/dev/x")
        hl.log(message)
        hl.log(select(2, pcall(hl.file, "/dev/y", {read = 1})))]]
      assert.are.same({ 'info: spec.lua:2: hl.file /dev/x: a model is a table '
        .. 'such as { read = "1\\n" }, not number',
        "info: spec.lua:6: hl.file /dev/y: read must be a function or a model "
        .. "such as hl.models.default(), not number" }, guest:log())
    end)
end)

-- What reads, writes, ... of /dev/a answer when the handler does that.
local function answers(field, body, ask)
  local guest = guest_with(('hl.file("/dev/a", { size = 6, %s = function(file, '
    .. "a, b)\n%s end })"):format(field, body))
  local answer = table.pack(ask(guest))
  answer.n = nil
  local lines = guest:log()
  for i, line in ipairs(lines) do
    lines[i] = line:match "^[^\n]*"
  end
  return answer, lines, guest
end

local function read(guest)
  return guest:read("/dev/a", 4, 0, CONTEXT)
end

local WHERE = " of /dev/a (spec.lua:1), for pid 7 (program)"
local DEFAULT = "; the default answers"

describe("a read handler", function()
  for body, expected in pairs {
    ['return "abc"'] = { 3, "abc" },
    ['return ""'] = { 0, "" },
    ["return 0"] = { 0, "" },
    ["return -11"] = { -11, "" },
    ["return -11, 5"] = { -11, "" },
    ['return "abc", -5'] = { -5, "abc" },
    ['return "abc", 2'] = { 2, "abc" },
    ['return "abc", 3.0'] = { 3, "abc" },
    ['return "abc", 4'] = { 3, "abc" },
    ['return "abc", math.maxinteger'] = { 3, "abc" },
    ['return "", 4'] = { 0, "" },
    ["return 0.0"] = { 0, "" },
  } do
    it("answers with " .. body, function()
      local answer, log = answers("read", body, read)
      assert.are.same(expected, answer)
      assert.are.same({}, log)
    end)
  end

  it("that returns too much is cut, and told", function()
    local answer, log = answers("read", 'return "abcdef"', read)
    assert.are.same({ 4, "abcd" }, answer)
    assert.are.same({ "warning: /dev/a (spec.lua:1): read returned 6 bytes, "
      .. "and the guest asked for 4: the rest is dropped" }, log)
  end)

  for body, mistake in pairs {
    [""] = "no string: read gives data, and a return value if it is not its "
      .. "length",
    ["return nil"] = "no string: read gives data, and a return value if it is "
      .. "not its length",
    ["return 3"] = "no string: read gives data, and a return value if it is "
      .. "not its length",
    ["return -1.5"] = "no string: read gives data, and a return value if it "
      .. "is not its length",
    ["return {}"] = "no string: read gives data, and a return value if it is "
      .. "not its length",
    ['return "abc", "3"'] = "a second value that is no integer",
    ['return "abc", 1.5'] = "a second value that is no integer",
    ['return "abc", {}'] = "a second value that is no integer",
  } do
    it("that ends with " .. (body == "" and "nothing" or body)
      .. " has the default answer", function()
        local answer, log = answers("read", body, read)
        assert.are.same({ -22, "" }, answer)
        assert.are.same({ "error: the handler returned " .. mistake .. ", in "
          .. "read" .. WHERE .. DEFAULT }, log)
      end)
  end
end)

local ASK = {
  write = function(guest)
    return guest:write("/dev/a", "abcd", 0, CONTEXT)
  end,
  ioctl = function(guest)
    return guest:ioctl("/dev/a", 5, 0, CONTEXT)
  end,
  getattr = function(guest)
    return guest:getattr("/dev/a", CONTEXT)
  end,
}
for name, number in pairs { open = 4, release = 5, lseek = 6, poll = 7,
  fsync = 8 } do
  ASK[name] = function(guest)
    return (guest:op(number, "/dev/a", 0, 0, CONTEXT))
  end
end

local NO_COUNT = "no integer: it gives a count, or a negative errno such as "
  .. "-hl.errno.EIO"
local NO_MASK = 'no mask: poll gives an integer, true, false, or a string of '
  .. '"r" and "w"'

for _, case in ipairs {
  { "write", "return 3", { 3 } },
  { "write", "return -28", { -28 } },
  { "write", "return 5", { 4 } },
  { "write", "return math.maxinteger", { 4 } },
  { "write", "", { -22 }, NO_COUNT },
  { "write", "return '4'", { -22 }, NO_COUNT },
  { "write", "return true", { -22 }, NO_COUNT },
  { "ioctl", "return 1 << 31", { -(1 << 31) } },
  { "ioctl", "return -hl.errno.EIO", { -5 } },
  { "ioctl", "", { 0 }, NO_COUNT },
  { "ioctl", "return 'x'", { 0 }, NO_COUNT },
  { "getattr", "return 0, 12", { 0, 12 } },
  { "getattr", "return 0", { 0, 6 } },
  { "getattr", "return -5, 12", { -5, 12 } },
  { "getattr", "", { 0, 6 },
    "no integer: getattr gives a return value and a size" },
  { "getattr", "return 0, -1", { 0, 6 },
    "a size that is no integer from 0 on" },
  { "getattr", "return 0, 'x'", { 0, 6 },
    "a size that is no integer from 0 on" },
  { "open", "", { 0 } },
  { "open", "return -16", { -16 } },
  { "open", "return 'x'", { 0 }, NO_COUNT },
  { "release", "return nil", { 0 } },
  { "release", "return {}", { 0 }, NO_COUNT },
  { "fsync", "", { 0 } },
  { "fsync", "return false", { 0 }, NO_COUNT },
  { "lseek", "return 1 << 40", { 1 << 40 } },
  { "lseek", "", { -29 }, NO_COUNT },
  { "poll", "return true", { READABLE | WRITABLE } },
  { "poll", "return false", { 0 } },
  { "poll", "return 'r'", { READABLE } },
  { "poll", "return 'w'", { WRITABLE } },
  { "poll", "return 'wr'", { READABLE | WRITABLE } },
  { "poll", "return ''", { 0 } },
  { "poll", "return 9", { 9 } },
  { "poll", "", { READABLE | WRITABLE }, NO_MASK },
  { "poll", "return 'rx'", { READABLE | WRITABLE }, NO_MASK },
  { "poll", "return 'r\\0w'", { READABLE | WRITABLE }, NO_MASK },
  { "poll", "return {}", { READABLE | WRITABLE }, NO_MASK },
} do
  local op, body, expected, mistake = table.unpack(case)
  it(("of %s with %q answers"):format(op, body), function()
    local answer, log = answers(op, body, ASK[op])
    assert.are.same(expected, answer)
    assert.are.same(mistake and { "error: the handler returned "
      .. mistake .. ", in " .. op .. WHERE .. DEFAULT } or {}, log)
  end)
end

describe("a handler that raises", function()
  ASK.read = read
  for op, expected in pairs {
    read = { -22, "" }, write = { -22 }, ioctl = { 0 }, getattr = { 0, 6 },
    open = { 0 }, release = { 0 }, fsync = { 0 }, lseek = { -29 },
    poll = { READABLE | WRITABLE },
  } do
    it("in " .. op .. " is reported, and the default answers", function()
      local answer, log, guest = answers(op, "broken = broken or 0\n"
        .. "broken = broken + 1\nif broken < 3 then error 'no' end\n"
        .. "return 0, 1", ASK[op])
      assert.are.same(expected, answer)
      assert.are.same({ "error: spec.lua:4: no, in " .. op .. WHERE
        .. DEFAULT }, log)
      ASK[op](guest)
      guest:log()
      assert.are.equal(0, (ASK[op](guest)))
      assert.are.same({}, guest:log())
    end)
  end

  it("after it asked the guest is reported too", function()
    local answer, log = answers("read",
      "hl.portal.read_int(0x1000)\nfile.nothing()", read)
    assert.are.same({ -22, "" }, answer)
    assert.are.same({ "error: spec.lua:3: a file has no field 'nothing': there "
      .. "are path, size, pid, tid, comm, handle, flags, nonblock, compat, "
      .. "state, node, in read" .. WHERE .. DEFAULT }, log)
  end)

  it("without end is stopped", function()
    local answer, log = answers("read", "while true do end", read)
    assert.are.same({ -22, "" }, answer)
    assert.are.same({ "error: spec.lua:2: stopped: it ran for more than 100 "
      .. "ms without waiting or returning (see hl.budget), in read" .. WHERE .. DEFAULT },
      log)
  end)
end)
