-- SPDX-License-Identifier: GPL-2.0-or-later
-- Configurations with the real models: what the guest is given of them.
local played = require "hyperlua.played"

local MAGIC, FILE_OP = 0x51ec3692, 0
local READ, WRITE, IOCTL, GETATTR, POLL = 0, 1, 2, 3, 7
local BUFFER = 0x40000

-- The guest with the files of a configuration, and a function for the calls.
local function guest_with(config, script)
  local guest = played.new "mipsel"
  assert.is_true(guest:run(script or ""))
  assert.is_true(guest:config(config), table.concat(guest:log(), "\n"))
  guest:hello()
  guest:work()
  local kernel = guest:kernel()
  local path_at, buffer = kernel + 0x1000, kernel + 0x2000
  local function call(op, path, format, ...)
    guest:kernel_poke(path_at, path .. "\0")
    guest:kernel_poke(kernel, string.pack("<i4I4", op, path_at & 0xffffffff)
      .. string.pack(format, ...))
    return (guest:ring(MAGIC, FILE_OP, kernel))
  end
  return guest, {
    read = function(path, length, offset)
      local count = call(READ, path, "<I4I4i8", buffer & 0xffffffff,
        length or 100, offset or 0)
      return count < 0 and count or guest:kernel_peek(buffer, count)
    end,
    write = function(path, data, offset)
      guest:kernel_poke(buffer, data)
      return call(WRITE, path, "<I4I4i8", buffer & 0xffffffff, #data,
        offset or 0)
    end,
    getattr = function(path)
      return call(GETATTR, path, "<I4", buffer & 0xffffffff)
    end,
    ioctl = function(path, cmd)
      return call(IOCTL, path, "<I4I4", cmd, BUFFER)
    end,
    poll = function(path)
      return call(POLL, path, "<I4I4i8", 0, 0, 0)
    end,
  }
end

describe("a configuration's files", function()
  it("answer as they were described", function()
    local _, file = guest_with([[
pseudofiles:
  /dev/a: {}
  /proc/b:
    read: {model: const_buf, val: "v1\n"}
    write: {model: return_const, const: -13}
    ioctl: {1: {model: return_const, val: 42}, "0x2": {model: zero}}
  /dev/c:
    read: {model: stateful, initial: "0"}
    ioctl: {model: return_const, val: 77}
    poll: {model: blocking}
  /dev/d:
    read: {model: from_plugin, plugin: spec, function: answer}
]], "return { answer = function(file, length) return file.path end }")
    assert.are.same({
      -22, 3, -25, 0x145, "v1\n", -13, 42, 0, -25, "0", 2, "on", 77, 0,
      "/dev/d",
    }, {
      file.read "/dev/a", file.write("/dev/a", "abc"),
      file.ioctl("/dev/a", 1), file.poll "/dev/a", file.read "/proc/b",
      file.write("/proc/b", "x"), file.ioctl("/proc/b", 1),
      file.ioctl("/proc/b", 2), file.ioctl("/proc/b", 3),
      file.read "/dev/c", file.write("/dev/c", "on"), file.read "/dev/c",
      file.ioctl("/dev/c", 9), file.poll "/dev/c", file.read "/dev/d",
    })
  end)

  it("have a mode, and a mapping of what they read", function()
    local guest = guest_with [[
pseudofiles:
  /dev/a: {size: 8, mode: 0640, read: {model: const_buf, val: text}}
]]
    local node = guest:nodes()["/dev/a"]
    assert.are.same({ 416, 8, "text\0\0\0\0" },
      { node.mode, node.size, node.map })
  end)

  it("leave what a script made when one of them is refused", function()
    local guest = played.new "mipsel"
    assert.is_true(guest:run [[
      require "hyperlua".file("/dev/a", { read = "of the script" })]])
    assert.is_false(guest:config [[
pseudofiles:
  /dev/a: {read: {model: zero}}
  /dev/../b: {}
]])
    assert.are.same({ "error: spec.yaml:3: pseudofiles./dev/../b: the path has "
      .. 'a part that no folder can hold: ".."' }, guest:log())
    guest:hello()
    guest:work()
    local nodes = guest:nodes()
    assert.are.equal(13, nodes["/dev/a"].size)
    nodes["/dev/a"] = nil
    assert.are.same({}, nodes)
  end)

  it("are asked for their size without a warning", function()
    local guest, file = guest_with "pseudofiles: {/dev/a: {}}"
    local log = guest:log()
    assert.are.same({ 0, -22 }, { file.getattr "/dev/a", file.read "/dev/a" })
    assert.are.same(log, guest:log())
  end)

  it("that share a host's memory are refused more than 64 MiB", function()
    local config = { "pseudofiles:" }
    for i = 1, 6 do
      config[i + 1] = ("  /dev/s%d: {read: {model: stateful}}"):format(i)
    end
    config[8] = "  /dev/lost: {}"
    local guest, file = guest_with(table.concat(config, "\n"))
    local last, answers = (16 << 20) - 1, {}
    for i = 1, 6 do
      answers[i] = file.write("/dev/s" .. i, "x", last)
    end
    assert.are.same({ 1, 1, 1, 1, -28, -28 }, answers)
    assert.are.equal(1, file.write("/dev/lost", "x", last))
    assert.is_true(guest:run 'require "hyperlua".file("/dev/s1", {})')
    assert.are.same({ 1, -28 }, { file.write("/dev/s5", "x", last),
      file.write("/dev/s6", "x", last) })
  end)

  it("are none when one key is wrong", function()
    local guest = played.new "mipsel"
    assert.is_false(guest:config [[
pseudofiles:
  /dev/a: {}
  /dev/b: {read: {model: const_map, vals: {9: [1, 2]}, size: 10}}
]])
    assert.are.same({ "error: spec.yaml:3: pseudofiles./dev/b.read.vals: the 2 "
      .. "bytes at offset 9 reach past size, 10" }, guest:log())
    guest:hello()
    guest:work()
    assert.are.same({}, guest:nodes())
  end)
end)
