-- SPDX-License-Identifier: GPL-2.0-or-later
-- A recording: its lines, exactly, of every operation and hooked system call.

local testing = require "hyperlua.testing"
local versions = require "versions"

local ROOT = debug.getinfo(1, "S").source:match "^@(.*)tests/spec/[^/]*$"
local json = dofile(ROOT .. "lua/model/json.lua")

local path

before_each(function() path = os.tmpname() end)
after_each(function() os.remove(path) end)

-- A guest whose scripts are recorded, to at most that many bytes.
local function recorded(arch, script, limit)
  return testing.guest { arch = arch, lua = script, setup = function(guest)
    assert(guest.played:record_to(path, limit))
  end }
end

-- The recording's lines behind the first, without times and tids.
local function lines_of(guest)
  if guest then
    guest.played:record_to()
  end
  local lines = {}
  for line in io.lines(path) do
    lines[#lines + 1] = line:gsub('"at":%d+,"ns":%d+,', "")
      :gsub('"tid":%d+,', "")
  end
  return lines, table.remove(lines, 1)
end

-- What each line of that operation has in a field.
local function values(guest, op, key)
  local list = {}
  for _, line in ipairs(lines_of(guest)) do
    local object = assert(json(line))
    if object.op == op then
      list[#list + 1] = object[key]
    end
  end
  return list
end

local FILE = [[hl.file("/dev/a", { size = 5,
  read = function(file, length, offset) return "answer" end,
  write = function(file, data) return #data - 1 end,
  ioctl = { [0x1234] = function(file, cmd, arg)
    hl.portal.read_int(arg)
    hl.portal.write_ptr(arg + 8, hl.portal.read_ptr(arg + 8) + 1)
    return -hl.errno.EIO
  end },
  open = function() return 0 end, release = function() end,
  lseek = function(file, offset, whence) return offset + whence end,
  poll = function() return "r" end, fsync = function() return -5 end })]]

local FIRST = [["path":"/dev/a","op":"%s","pid":100,"comm":"program",]]
  .. [["handle":%d,"retval":%d,"by":"%s","where":"spec.lua:1"%s}]]

local function operation(op, handle, retval, rest, by)
  return '{"t":"file",' .. FIRST:format(op, handle, retval, by or "lua", rest)
end

local function hex(bytes)
  return bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end)
end

for _, arch in ipairs(testing.archs) do
  it("has every operation on a file, on " .. arch, function()
    local guest = recorded(arch, FILE)
    local file = guest:open("/dev/a", "O_RDWR")
    local handle = file.handle
    assert.are.equal("answ", file:read(4, 3))
    assert.are.equal(1, file:write("ab", 1))
    local at = guest:alloc(32)
    guest:poke_int(at, 0x01020304)
    guest:poke_ptr(at + 8, 0xfe)
    file:ioctl(0x1234, at)
    file:ioctl(0x99)
    file:lseek(7, "cur")
    file:poll()
    file:fsync(true)
    file:close()
    guest:stat "/dev/a"
    local word = "I" .. guest.word_size
    local function memory(format, value)
      return hex((guest.order .. format):pack(value))
    end
    local lines, head = lines_of(guest)
    assert.are.equal(('{"hyperlua_recording":1,"target":"%s","word_bits":%d,'
      .. '"big_endian":%s}'):format(arch, guest.word_size * 8,
      guest.order == ">"), head)
    assert.are.same({
      '{"t":"node","path":"/dev/a","size":5,"mode":438,"seek":"model",'
        .. '"major":0,"minor":0,"map_size":0}',
      operation("open", handle, 0, ',"flags":2'),
      operation("read", handle, 4, ',"length":4,"offset":3,"data":"answ"'),
      operation("write", handle, 1, ',"length":2,"offset":1,"data":"ab"'),
      operation("ioctl", handle, -5, (',"cmd":4660,"arg":%d,"memory":['
        .. '["r",%d,{"hex":"%s"}],["r",%d,{"hex":"%s"}],'
        .. '["w",%d,{"hex":"%s"}]]'):format(at, at, memory("I4", 0x01020304),
        at + 8, memory(word, 0xfe), at + 8, memory(word, 0xff))),
      operation("ioctl", handle, -25, ',"cmd":153,"arg":0', "default"),
      operation("lseek", handle, 8, ',"offset":7,"whence":1'),
      operation("poll", handle, 65, ""),
      operation("fsync", handle, -5, ',"datasync":1'),
      operation("release", handle, 0, ""),
      operation("getattr", 0, 0, ',"size":5', "default"),
    }, lines)
  end)

  it("has hooked system calls and what handlers made of them, on " .. arch,
    function()
      local guest = recorded(arch, [[
        hl.syscall("on_sys_openat_enter", function(syscall, dfd, name)
          if hl.portal.read_str(name) == "/a" then
            syscall.args[3] = 0x7fffffff
            syscall.retval, syscall.skip_syscall = -2, true
          end
        end)
        hl.syscall("on_sys_openat_return", function() error "oops" end)]])
      local at = guest:alloc "/a\0"
      guest:syscall("openat", { -100, at, 1, 2 }, { retval = 5 })
      guest:syscall("openat", { -100, 0, 1, 2 }, { retval = 5 })
      guest:errors()
      local lines = lines_of(guest)
      local who = '{"t":"syscall","name":"openat","phase":"%s","number":0,'
        .. '"pid":100,"comm":"program","args":[4294967196,%d,%d,2],'
        .. '"retval":%d%s}'
      local failed = ',"hooks":[{"failed":"on_sys_openat_return '
        .. '(spec.lua:7)"}]'
      local enter = '"hooks":["on_sys_openat_enter (spec.lua:1)"]'
      assert.are.same({
        who:format("enter", at, 1, 0, ',"set":{"retval":-2,"skip":true,'
          .. ('"args":[4294967196,%d,2147483647,2]},'):format(at) .. enter
          .. (',"memory":[["s",%d,"/a"]]'):format(at)),
        who:format("return", at, 0x7fffffff, -2, failed),
        who:format("enter", 0, 1, 0, "," .. enter .. ',"memory":[["r",0,""]]'),
        who:format("return", 0, 1, 5, failed),
      }, { table.unpack(lines, 2) })
      assert.are.equal('{"t":"proto","name":"openat","args":[["int","dfd"],'
        .. '["const char *","filename"],["int","flags"],["umode_t","mode"]]}',
        lines[1])
    end)
end

describe("a recording", function()
  it("has the guest's bytes, whatever they are", function()
    local all = {}
    for byte = 0, 255 do
      all[#all + 1] = string.char(byte)
    end
    local texts = { table.concat(all), "", '"\\\n\r\t/\0', "gr\u{fc}\u{df}e",
      "\u{2028}\u{2029}\u{85}\u{fffd}\u{10ffff}", "\xed\xa0\x80", "\xc0\x80",
      "cut \xe2\x82", ("\u{1}"):rep(50), ("\xff"):rep(3) .. "a" }
    local guest = recorded("mipsel", [[hl.file("/dev/a", { size = 0,
      read = hl.models.stateful(), write = hl.models.default() })]])
    local file = guest:open "/dev/a"
    for _, text in ipairs(texts) do
      assert.are.equal(#text, file:write(text, 0))
      assert.are.equal(text, file:read(#text, 0))
    end
    assert.are.same(texts, values(guest, "write", "data"))
    assert.are.same(texts, values(nil, "read", "data"))
  end)

  it("has integers of 64 bits, exactly", function()
    local guest = recorded("x86_64", [[hl.file("/dev/a", {
      lseek = function(file, offset) return 0x7ffffffffffffffe end,
      ioctl = function(file, cmd, arg)
        hl.portal.read_str(arg)
        return 0
      end })]])
    local file = guest:open "/dev/a"
    file:lseek(math.mininteger + 1)
    file:ioctl(0xffffffff, -2)
    local lines = lines_of(guest)
    assert.matches('"retval":9223372036854775806,.*'
      .. '"offset":%-9223372036854775807', lines[2])
    assert.matches('"cmd":4294967295,"arg":18446744073709551614', lines[3])
    assert.are.equal(-2, json(lines[3]).arg)
  end)

  it("names the process whose memory it was, when it was another's", function()
    local guest = recorded("mipsel", [[hl.file("/dev/a", {
      ioctl = function(file, cmd, arg)
        hl.portal.of(arg).read_bytes(0x10000, 2)
        return 0
      end })]])
    local other = guest:process { pid = 555 }
    other:poke(0x10000, "hi")
    guest:ioctl("/dev/a", 1, 555)
    assert.are.same({ { { "r", 0x10000, "hi", 555 } } },
      values(guest, "ioctl", "memory"))
  end)

  it("says when a request's memory is more than it keeps", function()
    local guest = recorded("mipsel", [[hl.file("/dev/a", {
      ioctl = function(file, cmd, arg)
        for _ = 1, 3 do hl.portal.write_bytes(arg, ("x"):rep(1 << 19)) end
        return 0
      end })]])
    local at = guest:alloc(1 << 19)
    guest:ioctl("/dev/a", 1, at)
    local lines = lines_of(guest)
    local object = json(lines[2])
    assert.are.equal(true, object.cut)
    assert.are.same({ "w", at, ("x"):rep(1 << 19) }, object.memory[1])
    assert.is_true(#lines[2] < 5 << 20)
  end)

  it("says which requests had no answer", function()
    local guest = recorded("mipsel", [[local never = hl.event()
      hl.file("/dev/a", { read = function() never:wait() end })]])
    guest:begin(function() guest:read "/dev/a" end)
    guest:close()
    assert.are.same({ "-4 true" }, { ("%d %s"):format(
      values(nil, "read", "retval")[1], values(nil, "read", "dropped")[1]) })
  end)

  it("ends at its limit, and says so once", function()
    local guest = recorded("mipsel", 'hl.file("/dev/a", { read = "x" })', 2000)
    for _ = 1, 100 do
      guest:read "/dev/a"
    end
    local lines = lines_of(guest)
    assert.are.equal('{"t":"full"}', lines[#lines])
    assert.is_true(#table.concat(lines) < 2000)
    assert.are.same({ ("warning: record %s: the limit of 0 MiB is reached "
      .. "(--record-limit): what follows is not recorded"):format(path) },
      guest:log())
  end)

  it("that cannot be written says so once, and the guest goes on", function()
    local guest = testing.guest { lua = 'hl.file("/dev/a", { read = "x" })',
      setup = function(guest) guest.played:record_to "/dev/full" end }
    for _ = 1, 3 do
      assert.are.equal("x", guest:read "/dev/a")
    end
    guest.played:record_to()
    assert.are.same({ "record /dev/full: No space left on device; nothing "
      .. "more goes there" }, guest:errors())
  end)

  it("that cannot be made is an error", function()
    local guest = testing.guest { lua = "" }
    assert.are.same({ false, "/nonexistent/a: No such file or directory" },
      { guest.played:record_to "/nonexistent/a" })
  end)

  it("of nothing has its first line", function()
    local lines, head = lines_of(recorded("mipsel", ""))
    assert.are.same({}, lines)
    assert.are.equal('{"hyperlua_recording":1,"target":"mipsel",'
      .. '"word_bits":32,"big_endian":false}', head)
  end)

  it("goes on with the next version of the scripts", function()
    local guest = versions.guest 'hl.file("/dev/a", { read = "one" })'
    local context = { pid = 7, comm = "program" }
    assert(guest.played:record_to(path))
    guest:read("/dev/a", 8, 0, context)
    assert.is_true(guest:reload 'hl.file("/dev/a", { read = "three" })')
    guest:read("/dev/a", 8, 0, context)
    guest:read("/dev/a", 8, 0, context)
    guest.played:record_to()
    local kinds = {}
    for i, line in ipairs(lines_of()) do
      local object = json(line)
      kinds[i] = object.t .. " " .. (object.data or object.size)
    end
    assert.are.same({ "node 3", "file one", "node 5", "file three",
      "file three" }, kinds)
  end)
end)
