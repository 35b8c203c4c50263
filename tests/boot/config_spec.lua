-- SPDX-License-Identifier: GPL-2.0-or-later
-- What `hyperlua run` takes and gives without a script: configurations, models
-- folders, and the log files, from a program's side of a real kernel.  #qemu
local boot = require "boot"

local FOLDER = boot.folder "config"

local function write(name, text)
  local file = assert(io.open(FOLDER .. "/" .. name, "w"))
  file:write(text)
  file:close()
  return FOLDER .. "/" .. name
end

local function read(name)
  local file = assert(io.open(FOLDER .. "/" .. name))
  local text = file:read "a"
  file:close()
  return text
end

-- Every model of Penguin's schema.
local CONFIG = [=[
core: {arch: mipsel}
pseudofiles:
  /dev/zero_: {read: {model: zero}}
  /dev/one: {read: {model: one}}
  /dev/empty: {read: {model: empty}}
  /dev/default:
    read: {model: default}
    write: {model: default}
  /dev/nothing: {}
  /dev/buf: {read: {model: const_buf, val: "text\n"}}
  /dev/ended: {read: {model: const_buf, val: text, null_terminate: true}}
  /dev/cycle: {read: {model: cycle, val: abc}}
  /dev/map:
    read:
      model: const_map
      size: 0x10
      pad: "."
      vals: {2: two, 0x8: [0x41, 66], 12: [a, b]}
  /dev/map_file:
    read: {model: const_map_file, filename: map, size: 4, vals: {1: xy}}
  /dev/file: {read: {model: from_file, filename: given}}
  /dev/no_file: {read: {model: from_file, filename: not_given}}
  /dev/state:
    read: {model: stateful, initial: first}
    write: {model: default}
  /dev/sequence: {read: {model: sequence, vals: [busy, 7]}}
  /dev/again: {read: {model: sequence, vals: [a, b], cycle: yes}}
  /dev/discard: {write: {model: discard}}
  /dev/refused:
    write: {model: unhandled}
    ioctl: {model: unhandled}
  /dev/to_file: {write: {model: to_file, filename: taken}}
  /dev/full_: {write: {model: return_const, const: -28}}
  /dev/ioctl:
    ioctl:
      0x1000: {model: return_const, val: 77}
      0x1001: {model: write_data, data: "done", val: 3}
      0x1002: {model: zero}
      0x1003: {model: from_plugin, plugin: plugin, function: command}
      0x1004: {model: unhandled}
      "*": {model: return_const, val: -5}
    compat_ioctl: {model: same_as_ioctl}
  /dev/plugin:
    read: {model: from_plugin, plugin: plugin}
    write: {model: from_plugin, plugin: plugin, function: take}
    poll: {model: from_plugin, plugin: plugin}
    lseek: {model: from_plugin, plugin: plugin}
    open: {model: from_plugin, plugin: plugin}
    release: {model: from_plugin, plugin: plugin}
    fsync: {model: from_plugin, plugin: plugin}
  /dev/ready: {poll: {model: always_ready}}
  /dev/blocking: {poll: {model: blocking}}
  /dev/sized: {read: {model: zero}, size: 4096, mode: 0o640, name: flash}
  /dev/seek: {read: {model: const_buf, val: abcd}, lseek: {model: default}}
  /dev/stream:
    read: {model: const_buf, val: abcd}
    seek: {model: unsupported}
  /proc/model: {read: {model: const_buf, val: in proc}}
  /sys/model: {read: {model: const_buf, val: in sys}}
]=]

local PLUGIN = [[
local hl = require "hyperlua"
local plugin, text = {}, ""
function plugin.read(file, length, offset)
  return text:sub(offset + 1, offset + length)
end
function plugin.take(file, data, offset)
  text = text .. data .. "@" .. offset .. " "
  return #data
end
function plugin.command(file, cmd, arg) return cmd - 0x1000 end
function plugin.poll() return "r" end
function plugin.lseek(file, offset, whence) return offset * 2 end
function plugin.open(file) hl.log("open %s", file.path) end
function plugin.release(file) hl.log("release %s", file.path) end
function plugin.fsync() return -hl.errno.EIO end
return plugin
]]

-- Steps of guest/steps.c, and what each prints.
local EXPECTED = [[
open /dev/zero_
read 4: 0
read 4: 
stat: 20666 1
open /dev/one
read 4: 1
open /dev/empty
read 4: 
open /dev/default
read 4: failed: Invalid argument
write xy: 2
open /dev/nothing
read 4: failed: Invalid argument
write xy: 2
ioctl 1: failed: Inappropriate ioctl for device
poll: 11
open /dev/buf
read 3: tex
read 9: t\x0a
stat: 20666 5
open /dev/ended
read 9: text\x00
open /dev/cycle
read 4: abca
read 4: bcab
open /dev/map
read 99: ..two...AB..a\x00b.
open /dev/map_file
read 9: \x00xy\x00
open /dev/file
read 9: given
open /dev/no_file
read 9: 
open /dev/state
read 9: first
open /dev/state
write second: 6
open /dev/state
read 9: second
open /dev/sequence
read 9: busy
open /dev/sequence
read 9: 7
open /dev/sequence
read 9: 7
open /dev/again
read 9: a
open /dev/again
read 9: b
open /dev/again
read 9: a
open /dev/discard
write xyz: 3
open /dev/refused
write xyz: failed: Invalid argument
ioctl 1: failed: Inappropriate ioctl for device
open /dev/to_file
write abc: 3
write def: 3
open /dev/full_
write xyz: failed: No space left on device
open /dev/ioctl
ioctl 1000: 77
ioctl 1001 ______: 3 done__
ioctl 1002: 0
ioctl 1003: 3
ioctl 1004: failed: Inappropriate ioctl for device
ioctl 1005: failed: Input/output error
open /dev/plugin
write a: 1
write b: 1
seek 1 1: 2
read 99: 0 b@1 
poll: 10
sync: failed: Input/output error
open /dev/ready
poll: 11
open /dev/blocking
poll: 00
open /dev/sized
stat: 20640 4096
seek 0 2: 4096
open /dev/seek
read 2: ab
seek 1 0: 1
seek -1 2: 3
read 2: d
open /dev/stream
read 2: ab
seek 1 0: failed: Illegal seek
open /proc/model <
read 9: in proc
open /sys/model <
read 9: in sys
]]

local function steps()
  local words = { "steps" }
  for line in EXPECTED:gmatch "[^\n]+" do
    words[#words + 1] = line:match "^[^:]*"
  end
  return words
end

local function results()
  return (EXPECTED:gsub("open [^\n]*\n", ""))
end

boot.folder "config/models"

describe("a configuration", function()
  it("may have every model of Penguin's", function()
    local config = write("config.yaml", CONFIG)
    write("given", "given")
    local result = boot.run({ "--config", config, "--script",
      write("plugin.lua", PLUGIN), "--add", boot.guest .. "/steps:/bin/steps",
    }, steps())
    assert.are.equal(results(), result.out, result.err)
    assert.are.equal(0, result.status)
    assert.are.same({ config .. ": only pseudofiles is used, not core",
      "open /dev/plugin", "release /dev/plugin" }, boot.infos(result.err))
    assert.are.equal("abcdef", read "taken")
    assert.are.equal("\0xy\0", read "map")
  end)

  it("is refused with each of its mistakes", function()
    local config = write("bad.yaml", [[
pseudofiles:
  /dev/x:
    read: {model: const_buf, val: 5}
    color: red
  /dev/y: {write: {model: zero}}
]])
    local result = boot.run({ "--config", config }, { "true" })
    assert.are.same({ status = 125, out = "", err =
      ("hyperlua: error: FILE:3: pseudofiles./dev/x.read.val: a string is "
        .. "expected, not 5\n"
        .. "  | FILE:4: pseudofiles./dev/x.color: this key is not known: a "
        .. "file takes compat_ioctl, fsync, ioctl, lseek, mode, name, open, "
        .. "poll, read, release, size, write\n"
        .. "  | FILE:5: pseudofiles./dev/y.write.model: one of default, "
        .. "discard, from_plugin, return_const, to_file, unhandled is "
        .. "expected, not \"zero\"\n"
        .. "qemu: Could not load plugin " .. boot.build
        .. "/lib/libhyperlua.so: qemu_plugin_install returned error code -1\n"
        .. "hyperlua: QEMU failed with status 1; its message is above\n")
        :gsub("FILE", (config:gsub("%%", "%%%%"))) }, result)
  end)

  it("must be there", function()
    local result = boot.run({ "--config", FOLDER .. "/none" }, { "true" })
    assert.are.same({ status = 125, out = "", err = "hyperlua: --config "
      .. FOLDER .. "/none: No such file or directory\n" }, result)
  end)
end)

describe("a models folder", function()
  it("is refused with the file that is wrong", function()
    write("models/a.lua", [[return { ["/dev/x"] = { read = "1\n" } }]])
    local bad = write("models/b.lua", [[return { ["/dev/y"] = { read = 5 } }]])
    local result = boot.run({ "--models", FOLDER .. "/models" }, { "true" })
    assert.are.same({ status = 125, out = "", err =
      "hyperlua: error: " .. bad .. ": hl.file /dev/y: read must be a function "
        .. "or a model such as hl.models.default(), not number\n"
        .. "qemu: Could not load plugin " .. boot.build
        .. "/lib/libhyperlua.so: qemu_plugin_install returned error code -1\n"
        .. "hyperlua: QEMU failed with status 1; its message is above\n" },
      result)
  end)
end)

local NOTE = [[
pseudofiles:
  /dev/note:
    size: 5
    read: {model: const_buf, val: "note\n"}
    write: {model: discard}
    ioctl: {"*": {model: zero}}
]]

-- blockdev asks BLKROGET, which is 0 for /dev/note, and fails for /dev/null. On
-- mips an ioctl's number tells otherwise that it takes no argument.
local ROGET = boot.arch:find "^mips" and 0x2000125e or 0x125e
local FAILING = "cat /dev/firmware && blockdev --getro /dev/null"
local COMMANDS = [[
cat /dev/note; echo hi >/dev/note; blockdev --getro /dev/note
blockdev --getro /dev/null; cat /dev/firmware || ]] .. FAILING

local LOG = [[
/dev/note:
  read:
  - readval: 5
    bytes_requested: 65536
    data: "note\n"
  - readval: 0
    bytes_requested: 65536
    data: ""
  write:
  - retval: 3
    bytes_requested: 3
    offset: 0
    data: "hi\n"
  ioctl:
  - cmd: ROGET
    arg: N
    retval: 0
]]

local STREAM = [[
{"seq":1,"path":"/dev/note","op":"read","pid":N,"comm":"cat","retval":5,"length":65536,"offset":0,"data":"note\n"}
{"seq":2,"path":"/dev/note","op":"read","pid":N,"comm":"cat","retval":0,"length":65536,"offset":5,"data":""}
{"seq":3,"path":"/dev/note","op":"write","pid":N,"comm":"sh","retval":3,"length":3,"offset":0,"data":"hi\n"}
{"seq":4,"path":"/dev/note","op":"ioctl","pid":N,"comm":"blockdev","retval":0,"cmd":ROGET,"arg":N}
]]

local MISSING = ([[
paths:
- path: /dev/firmware
  count: 2
  processes:
    "cat": 2
  yaml: |
    pseudofiles:
      /dev/firmware:
        read:
          model: empty
        write:
          model: discard
  lua: |
    local hl = require "hyperlua"

    hl.file("/dev/firmware", {
      read = "",
      write = function(file, data, offset)
        return #data
      end,
    })
ioctls:
- cmd: ROGET
  decoded: "_IO(0x12, 94)"
  count: 1
  retval: -25
  processes:
    "blockdev": 1
  lua: |
    local hl = require "hyperlua"

    -- _IO(0x12, 94)
    hl.syscall("on_sys_ioctl_return", { arg_filter = { nil, ROGET } },
      function(syscall, fd, cmd, arg)
        syscall.retval = 0
      end)
]]):gsub("ROGET", ("0x%x"):format(ROGET))

local function without_numbers(text)
  return (text:gsub('("%l+":)(%d+)', function(key, number)
    local varies = key == '"pid":' or key == '"arg":'
    return key .. (varies and "N" or number)
  end):gsub("arg: 0x%x+", "arg: N"))
end

-- What the list of the missing says to paste, after that line of it.
local function snippet(line, key)
  local from = assert(select(2, MISSING:find(line, 1, true)))
  local at = assert(select(2, MISSING:find("\n  " .. key .. ": |\n", from,
    true)))
  local lines = {}
  for text in MISSING:sub(at + 1):gmatch "([^\n]*\n)" do
    if text ~= "\n" and text:sub(1, 4) ~= "    " then
      break
    end
    lines[#lines + 1] = text:gsub("^    ", "")
  end
  return table.concat(lines)
end

describe("a log file", function()
  it("has what was done, as it was done, and what was missing", function()
    local result = boot.run({ "--config", write("note.yaml", NOTE),
      "--log-file", FOLDER .. "/log.yaml" }, { "sh", "-c", COMMANDS })
    assert.are.same({ 1, "note\n0\n" }, { result.status, result.out },
      result.err)
    assert.are.equal(LOG:gsub("ROGET", ("0x%x"):format(ROGET)),
      without_numbers(read "log.yaml"))
    assert.are.equal(STREAM:gsub("ROGET", ROGET),
      without_numbers(read "log.jsonl"))
    assert.are.equal(MISSING, read "log.missing.yaml")
  end)

  it("says what to paste, and pasted it makes the command work", function()
    local config = write("pasted.yaml",
      snippet("- path: /dev/firmware\n", "yaml"))
    local script = write("pasted.lua",
      snippet("  decoded: \"_IO(0x12, 94)\"\n", "lua"))
    local result = boot.run({ "--config", config, "--script", script },
      { "sh", "-c", FAILING })
    assert.are.same({ 0, "0\n" }, { result.status, result.out }, result.err)
  end)
end)
