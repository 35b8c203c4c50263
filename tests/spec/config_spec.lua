-- SPDX-License-Identifier: GPL-2.0-or-later
-- YAML, and configurations, against a stand-in for models and files: what the
-- models do is in tests/c/test_models.c.
local played = require "hyperlua.played"

local PREPARE = [[
  local core = require "hyperlua.core"
  local log = require("hyperlua").log
  local loaded = package.loaded

  local function show(value)
    if type(value) == "string" then
      return value:find "^<" and value or '"' .. value:gsub("[^ -~]",
        function(c) return ("\\x%02x"):format(c:byte()) end) .. '"'
    elseif type(value) == "function" then
      return "<function " .. value() .. ">"
    elseif value == require("hyperlua.yaml").null then
      return "null"
    elseif type(value) ~= "table" then
      return tostring(value)
    end
    local parts = {}
    for key, entry in pairs(value) do
      parts[#parts + 1] = ("%s=%s"):format(key, show(entry))
    end
    table.sort(parts)
    return "{" .. table.concat(parts, " ") .. "}"
  end

  local scripts = { led = { on = function() return "led.on" end,
    read = function() return "led.read" end } }
  core.script = function(name) return scripts[name] end
  core.scripts = function() return { "led.lua" } end
  core.map_max = 100
  function helper() return "global" end
  loaded["shared"] = { poll = function() return "shared.poll" end }

  loaded["hyperlua.models"] = { make = function(op, name, args)
    if args.size == 3 then
      error("vals: offset 9 is past the end", 0)
    end
    local text = show(args)
    return ("<%s %s%s>"):format(op, name, text == "{}" and "" or text)
  end }
  local seek = {}
  for _, name in ipairs { "default", "unsupported" } do
    seek[name] = function() return "<lseek " .. name .. ">" end
  end
  loaded["hyperlua.models"].public = seek
  loaded["hyperlua.file"] = { check = function(path, fields, origin, quiet)
    if path == "/refused" then
      error(origin .. ": hl.file " .. path .. ": it is taken", 0)
    end
    return path .. " " .. origin .. " " .. show(fields)
      .. (quiet and "" or " not quiet")
  end, commit = function(spec) log("%s", spec) end }
  loaded["hyperlua.config"] = nil
  local config, yaml = require "hyperlua.config", require "hyperlua.yaml"
]]

-- Runs body after PREPARE in an engine, with `text` a string; gives the log.
local function run(text, body)
  local guest = played.new "mipsel"
  local ok = guest:run(("%s local text = %q\n%s"):format(PREPARE, text, body))
  local lines = guest:log()
  guest:close()
  assert.is_true(ok, table.concat(lines, "\n"))
  for i, line in ipairs(lines) do
    lines[i] = line:gsub("^info: ", "")
  end
  return lines
end

local function load(text)
  return run(text, [[
    local files, errors = config.load("dir/config.yaml", text)
    for line in (errors or "files: " .. files):gmatch "[^\n]+" do
      log("%s", line)
    end]])
end

-- The value of `x` in a document, and the line of its key.
local function value(text)
  return run(text, [[
    local main, positions = yaml.load("f.yaml", text)
    log("%s", main and show(main.x) .. " at " .. positions[main].x
      or positions)]])[1]
end

local function yaml_error(text)
  return run(text, [[log("%s", select(2, yaml.load("f.yaml", text)))]])[1]
end

local function files(text)
  local lines = load("pseudofiles:\n" .. text)
  assert.are.equal("files: " .. #lines - 1, table.remove(lines))
  return lines
end

local function config_errors(text)
  return load("pseudofiles:\n" .. text)
end

-- What a file has that names no operation but those given.
local function fields(changed)
  local all = {
    read = "<read default>", write = "<write default>",
    ioctl = "<ioctl unhandled>", poll = "<poll always_ready>",
  }
  for key, text in pairs(changed or {}) do
    all[key] = text
  end
  local parts = {}
  for key, text in pairs(all) do
    parts[#parts + 1] = key .. "=" .. text
  end
  table.sort(parts)
  return "{" .. table.concat(parts, " ") .. "}"
end

describe("hyperlua.yaml", function()
  for text, wanted in pairs {
    ["0x10"] = "16", ["-0x10"] = "-16", ["0o17"] = "15", ["0755"] = "493",
    ["089"] = "89", ["+5"] = "5", ["0xffffffffffffffff"] = "-1",
    ["-9223372036854775808"] = "-9223372036854775808",
    ["99999999999999999999"] = "1e+20", ["1.5"] = "1.5", ["1e3"] = "1000.0",
    ["-.inf"] = "-inf", ["0x"] = '"0x"', ["."] = '"."', ["1-2"] = '"1-2"',
    ["12:30"] = '"12:30"', ["1_000"] = '"1_000"', ["yes"] = '"yes"',
    ["off"] = '"off"', ["true"] = "true", ["FALSE"] = "false", [""] = "null",
    ["~"] = "null", ["null"] = "null", ["'5'"] = '"5"', ["'null'"] = '"null"',
    ['"\\xff\\x01"'] = '"\\xc3\\xbf\\x01"', ["!!str 5"] = '"5"',
    ["!!int '5'"] = "5", ["!!binary AP8="] = '"\\x00\\xff"',
    ["!!null ''"] = "null", ["!!bool 'true'"] = "true",
    ["[1, [a], {}]"] = '{1=1 2={1="a"} 3={}}',
    ["{1: a, '1': b, true: c, 1.50: d}"] =
      '{1.50="d" 1="a" 1="b" true="c"}',
  } do
    it("reads " .. text, function()
      assert.are.equal(wanted .. " at 2", value("# one\nx: " .. text))
    end)
  end

  it("reads anchors, aliases and merged keys", function()
    assert.are.equal('{p=1 q=2 r=3} at 3', value [[
a: &a {p: 0, q: 2}
b: &b {r: 3, q: 9}
x:
  p: 1
  <<: [*a, *b]
]])
    assert.are.equal('{p=1 q=2} at 2', value "a: &a {p: 1}\nx: {<<: *a, q: 2}")
    assert.are.equal('{1={p=1} 2={p=1}} at 2',
      value "a: &a {p: 1}\nx: [*a, *a]")
  end)

  for text, wanted in pairs {
    ["a: 1\nb: 2\na: 3"] = "3: the key a is at line 1 already",
    ["1: a\n0x1: b"] = "2: the key 1 is at line 1 already",
    ["a: 1\n---\nb: 2"] = "2: a second document begins: one is expected",
    ["a: &a [*a]"] = "1: *a stands inside of &a",
    ["a: *b"] = "1: there is no anchor &b",
    ["? [a]\n: b"] = "1: a key must be a string or a number",
    ["<<: 5"] = "1: << takes a mapping, or a list of mappings",
    ["a: 1\nb: !foo x"] = "2: the tag !foo is not known, or not for this value",
    ["a: !!int x"] =
      "1: the tag tag:yaml.org,2002:int is not known, or not for this value",
    ["a: !!binary A"] =
      "1: the tag tag:yaml.org,2002:binary is not known, or not for this value",
    ["a:\n  b: {c: {d"] = "2: did not find expected ',' or '}' while parsing "
      .. "a flow mapping that begins at line 2",
    ["a: 'b"] = "1: found unexpected end of stream while scanning a quoted "
      .. "scalar that begins at line 1",
    ["a\nb\n\xff"] = "3: invalid leading UTF-8 octet",
    ["a\n\0"] = "2: control characters are not allowed",
    ['"a\\nb": 1\n"a\\nb": 2'] = "2: the key a?b is at line 1 already",
  } do
    it("refuses " .. ("%q"):format(text), function()
      assert.are.equal("f.yaml:" .. wanted, yaml_error(text))
    end)
  end

  it("is bounded in depth, values and size", function()
    local deep = "f.yaml:1: nested more than 64 deep"
    assert.are.equal("nil", yaml_error(("["):rep(64) .. ("]"):rep(64))
      :gsub("table: .*", "nil"))
    assert.are.equal(deep, yaml_error(("["):rep(65) .. ("]"):rep(65)))
    assert.are.equal(deep, yaml_error(("["):rep(10000)))
    assert.are.equal(deep, yaml_error(("- "):rep(10000)))
    assert.are.equal(deep, yaml_error(("{a: "):rep(10000)))
    local laughs = { "a0: &a0 [x,x,x,x,x,x,x,x,x,x]" }
    for i = 1, 9 do
      laughs[#laughs + 1] = ("a%d: &a%d [%s]"):format(i, i,
        ("*a" .. i - 1 .. ","):rep(10))
    end
    assert.are.equal("f.yaml:6: more than 1000000 values, aliases counted as "
      .. "what they name", yaml_error(table.concat(laughs, "\n")))
    assert.are.equal("f.yaml:1: more than 16777216 bytes", run("", [[
      log("%s", select(2, yaml.load("f.yaml", ("x"):rep((16 << 20) + 1))))
    ]])[1])
  end)
end)

describe("a configuration", function()
  it("gives a file of defaults", function()
    assert.are.same({
      "/dev/a dir/config.yaml:2 " .. fields(),
      "/dev/b dir/config.yaml:3 " .. fields {
        size = "4", mode = "420",
      },
    }, files [[
  /dev/a: {}
  /dev/b: {size: 4, mode: 0644, name: flash, read: null}
]])
  end)

  local models = {
    { "read", "zero" }, { "read", "one" }, { "read", "empty" },
    { "read", "default" },
    { "read", "const_buf", 'val: "a\\n"', 'val="a\\x0a"' },
    { "read", "const_buf", "val: on, null_terminate: true",
      'null_terminate=true val="on"' },
    { "read", "const_buf", "val: '', nul_terminate: no",
      'nul_terminate=false val=""' },
    { "read", "cycle", "val: AB", 'val="AB"' },
    { "read", "const_map", "vals: {0: a, '0x10': [1, 0xff], 32: [b, c]}",
      'vals={0="a" 16={1=1 2=255} 32={1="b" 2="c"}}' },
    { "read", "const_map", 'size: 6, pad: ".", vals: {}',
      'pad="." size=6 vals={}' },
    { "read", "const_map_file", "filename: m.bin, pad: 0xff, vals: {1: a}",
      'filename="dir/m.bin" pad=255 vals={1="a"}' },
    { "read", "from_file", "filename: ./data/x", 'filename="dir/./data/x"' },
    { "read", "from_file", "filename: /abs", 'filename="/abs"' },
    { "read", "stateful" },
    { "read", "stateful", "initial: null" },
    { "read", "stateful", "initial: '0'", 'initial="0"' },
    { "read", "sequence", "vals: [busy, 1], cycle: yes",
      'cycle=true vals={1="busy" 2=1}' },
    { "write", "discard", "provenance: default", nil },
    { "write", "default" }, { "write", "unhandled" },
    { "write", "to_file", "filename: out", 'filename="dir/out"' },
    { "write", "return_const", "const: -13", "const=-13" },
    { "ioctl", "return_const" },
    { "ioctl", "return_const", "val: '77'", "val=77" },
    { "ioctl", "zero" }, { "ioctl", "unhandled" },
    { "ioctl", "write_data", 'data: "\\x01\\x00", val: 1',
      'data="\\x01\\x00" val=1' },
    { "poll", "always_ready" }, { "poll", "blocking" },
    { "lseek", "default" }, { "lseek", "unsupported" },
  }
  for _, model in ipairs(models) do
    local op, name, keys, args = table.unpack(model, 1, 4)
    it(("has %s %s {%s}"):format(op, name, keys or ""), function()
      assert.are.same({ "/dev/a dir/config.yaml:2 " .. fields {
        [op] = ("<%s %s%s>"):format(op, name, args and "{" .. args .. "}"
          or ""),
      } }, files(("  /dev/a: {%s: {model: %s%s}}"):format(op, name,
        keys and ", " .. keys or "")))
    end)
  end

  for text, wanted in pairs {
    ["zero}, size: 4"] = 'mmap="0" read=<read zero> size=4',
    ["one}, size: 0x64"] = 'mmap="1" read=<read one> size=100',
    ["one}, size: 101"] = "read=<read one> size=101",
    ["one}, size: 0"] = "read=<read one> size=0",
    ["const_buf, val: abcdef}, size: 4"] =
      'mmap="abcd" read=<read const_buf{val="abcdef"}> size=4',
    ["const_map, vals: {2: [a, b], 7: [1, 2]}, size: 10, pad: x}, size: 50"] =
      'mmap="xxa\\x00bxx\\x01\\x02x" read=<read const_map{pad="x" size=10 '
        .. 'vals={2={1="a" 2="b"} 7={1=1 2=2}}}> size=50',
    ["stateful}, size: 8"] = "mmap=true read=<read stateful> size=8",
  } do
    it("is mapped as it is read: " .. text, function()
      assert.are.same({ "/dev/a dir/config.yaml:2 {ioctl=<ioctl unhandled> "
        .. wanted:gsub("read=", "poll=<poll always_ready> read=")
        .. " write=<write default>}" },
        files("  /dev/a: {read: {model: " .. text .. "}"))
    end)
  end

  it("takes ioctls by command", function()
    assert.are.same({ "/dev/a dir/config.yaml:2 " .. fields {
      ioctl = "{*=<ioctl zero> 1234=<ioctl return_const{val=42}> "
        .. "2147768064=<ioctl unhandled>}",
    }, "/dev/b dir/config.yaml:7 " .. fields() }, files [[
  /dev/a:
    ioctl:
      1234: {model: return_const, val: 42}
      "0x80045700": {model: unhandled}
      '*': {model: zero, provenance: default}
  /dev/b: {ioctl: {}}
]])
  end)

  it("takes seek for lseek, and compat ioctls as ioctls", function()
    assert.are.same({ "/dev/a dir/config.yaml:2 " .. fields {
      lseek = "<lseek unsupported>",
    } }, files [[
  /dev/a: {seek: {model: unsupported}, compat_ioctl: {model: same_as_ioctl}}
]])
  end)

  it("finds functions in scripts, globals and modules", function()
    assert.are.same({ "/dev/a dir/config.yaml:2 " .. fields {
      read = "<function led.read>", write = "<function led.on>",
      ioctl = "{1=<function global>}", poll = "<function shared.poll>",
      open = "<function led.on>", release = "<function led.on>",
      fsync = "<function led.on>", lseek = "<function led.on>",
    } }, files [[
  /dev/a:
    read: {model: from_plugin, plugin: led, provenance: mine}
    write: &on {model: from_plugin, plugin: led, function: on}
    ioctl: {1: {model: from_plugin, plugin: led, function: helper}}
    poll: {model: from_plugin, plugin: shared, function: null}
    open: *on
    release: *on
    fsync: *on
    lseek: *on
]])
  end)

  it("skips the other sections and says so", function()
    assert.are.same({
      "dir/config.yaml: only pseudofiles is used, not core, plugins, env",
      "files: 0",
    }, load "core: {arch: armel}\npseudofiles: {}\nplugins: {}\nenv: {}\n")
    assert.are.same({ "files: 0" }, load "pseudofiles:\n")
  end)

  it("is refused as a whole when a file is", function()
    assert.are.same({
      "dir/config.yaml:3: pseudofiles./refused: it is taken",
    }, config_errors "  /dev/a: {}\n  /refused: {}\n")
  end)
end)

describe("a wrong configuration", function()
  local A = "pseudofiles./dev/a"
  local READ = "const_buf, const_map, const_map_file, cycle, default, empty, "
    .. "from_file, from_plugin, one, sequence, stateful, zero"
  for text, wanted in pairs {
    ["read: {model: const_buf, val: 5}"] =
      ".read.val: a string is expected, not 5",
    ["read: {model: const_buf, val: true}"] =
      ".read.val: a string is expected, not true",
    ["read: {model: const_buf, val: null}"] =
      ".read.val: a string is expected, not null",
    ["read: {model: const_buf}"] = ".read: const_buf needs the key val",
    ["read: {model: zero, vall: 1}"] =
      ".read.vall: this key is not known: zero takes model, provenance",
    ["read: {model: cycle, val: a, pad: 1}"] = ".read.pad: this key is not "
      .. "known: cycle takes model, provenance, val",
    ["read: {model: zeros}"] = ".read.model: one of " .. READ
      .. ' is expected, not "zeros"',
    ["read: {model: [zero]}"] = ".read.model: one of " .. READ
      .. " is expected, not a list",
    ["read: {val: a}"] = ".read: the key model is missing: there are " .. READ,
    ["read: zero"] =
      '.read: a mapping with a model is expected, not "zero"',
    ["read: {model: zero, provenance: 1}"] =
      ".read.provenance: a string is expected, not 1",
    ["read: {model: const_buf, val: a, null_terminate: 2}"] =
      ".read.null_terminate: true or false is expected, not 2",
    ["read: {model: from_file, filename: ''}"] =
      '.read.filename: a file name is expected, not ""',
    ["read: {model: const_map, vals: [a]}"] =
      ".read.vals: a mapping of offsets is expected, not a list",
    ["read: {model: const_map, vals: {a: b}}"] =
      ".read.vals.a: an offset is expected",
    ["read: {model: const_map, vals: {1: a, '1': b}}"] =
      ".read.vals.1: this number is at line 2 already",
    ["read: {model: const_map, vals: {1: [1, 256]}}"] =
      ".read.vals.1.2: a byte is expected, not 256",
    ["read: {model: const_map, vals: {1: [a, 1]}}"] =
      ".read.vals.1.2: a string is expected, not 1",
    ["read: {model: const_map, vals: {1: 1}}"] =
      ".read.vals.1: a string or a list is expected, not 1",
    ["read: {model: const_map, vals: {}, size: -1}"] =
      ".read.size: an integer from 0 on is expected, not -1",
    ["read: {model: const_map, vals: {}, pad: []}"] =
      ".read.pad: a string or a byte is expected, not a list",
    ["read: {model: const_map, vals: {}, size: 3}"] =
      ".read.vals: offset 9 is past the end",
    ["read: {model: sequence, vals: a}"] =
      '.read.vals: a list is expected, not "a"',
    ["read: {model: sequence, vals: [a, {}]}"] =
      ".read.vals.2: a string or a number is expected, not a mapping",
    ["write: {model: return_const, const: 1.5}"] =
      ".write.const: an integer is expected, not 1.5",
    ["write: {model: custom, model_name: x}"] = ".write.model: custom models "
      .. "are Python: write a function in a script, and {model: from_plugin, "
      .. "plugin: SCRIPT, function: NAME}",
    ["poll: {model: periodic, interval_ms: 5}"] = ".poll.model: periodic "
      .. "models are a timer: write a function in a script that says when, "
      .. "and {model: from_plugin, plugin: SCRIPT, function: NAME}",
    ["ioctl: {zero: {model: zero}}"] =
      '.ioctl.zero: a command of 32 bits or "*" is expected',
    ["ioctl: {0x100000000: {model: zero}}"] =
      '.ioctl.4294967296: a command of 32 bits or "*" is expected',
    ["ioctl: {16: {model: zero}, '0x10': {model: zero}}"] =
      ".ioctl.16: this number is at line 2 already",
    ["ioctl: 5"] = ".ioctl: a mapping of commands is expected, not 5",
    ["ioctl: {1: {model: zero, val: 1}}"] = ".ioctl.1.val: this key is not "
      .. "known: zero takes model, provenance",
    ["read: {model: from_plugin}"] = ".read: from_plugin needs the key plugin",
    ["read: {model: from_plugin, plugin: led, function: f}"] =
      '.read: there is no function "f" in a script led.lua: loaded are '
      .. "led.lua",
    ["release: {model: from_plugin, plugin: nowhere}"] =
      '.release: there is no function "release" in a script nowhere.lua: '
      .. "loaded are led.lua",
    ["open: {model: zero}"] =
      '.open.model: one of from_plugin is expected, not "zero"',
    ["compat_ioctl: {model: from_plugin, plugin: led}"] =
      ".compat_ioctl.model: ioctl gets them too, and file.compat says so: "
      .. "{model: same_as_ioctl}",
    ["plugin: 'file:Class'"] = ".plugin: has no counterpart: give each "
      .. "operation its function with {model: from_plugin, plugin: SCRIPT, "
      .. "function: NAME}",
    ["mmap: {model: from_plugin, plugin: led}"] = ".mmap: needs no function: "
      .. "a file with a size can be mapped, and shows what read gives when "
      .. "that is constant",
    ["flush: {}"] = ".flush: has no counterpart: use release, at the last "
      .. "close",
    ["fasync: {}"] = ".fasync: has no counterpart: use poll",
    ["lock: {}"] = ".lock: has no counterpart: the guest's kernel keeps the "
      .. "locks itself",
    ["read_iter: {}"] = ".read_iter: has no counterpart: use read, which "
      .. "serves readv too",
    ["write_iter: {}"] = ".write_iter: has no counterpart: use write, which "
      .. "serves writev too",
    ["get_unmapped_area: {}"] = ".get_unmapped_area: has no counterpart: the "
      .. "guest's kernel chooses",
    ["lseek: {model: default}, seek: {model: default}"] =
      ".seek: it is another name of lseek, which is here too",
    ["size: -1"] = ".size: an integer from 0 on is expected, not -1",
    ["mode: 010000"] = ".mode: a mode from 0 to 0o7777 is expected, not 4096",
    ["name: 5"] = ".name: a string is expected, not 5",
    ["raed: {}"] = ".raed: this key is not known: a file takes compat_ioctl, "
      .. "fsync, ioctl, lseek, mode, name, open, poll, read, release, size, "
      .. "write",
  } do
    it("says what is wrong with " .. text, function()
      assert.are.same({ "dir/config.yaml:2: " .. A .. wanted },
        config_errors("  /dev/a: {" .. text .. "}"))
    end)
  end

  it("is named at its line, and all that is wrong at once", function()
    assert.are.same({
      "dir/config.yaml:4: pseudofiles./dev/a.read.val: a string is expected, "
        .. "not 5",
      "dir/config.yaml:6: pseudofiles./dev/a.size: an integer from 0 on is "
        .. 'expected, not "big"',
      "dir/config.yaml:7: pseudofiles.dev/b: an absolute path of at most 1024 "
        .. "bytes is expected",
      "dir/config.yaml:8: pseudofiles./dev/c: a mapping, {} for all defaults, "
        .. "is expected, not null",
    }, config_errors [[
  /dev/a:
    read:
      val: 5
      model: const_buf
    size: big
  dev/b: {}
  /dev/c:
]])
  end)

  it("stops after twenty errors", function()
    local text = {}
    for i = 1, 23 do
      text[i] = ("  /dev/x%02d: 1"):format(i)
    end
    local lines = config_errors(table.concat(text, "\n"))
    assert.are.equal(21, #lines)
    assert.are.equal("dir/config.yaml:21: pseudofiles./dev/x20: a mapping, {} "
      .. "for all defaults, is expected, not 1", lines[20])
    assert.are.equal("dir/config.yaml: and 3 more errors", lines[21])
  end)

  it("need not be one of files at all", function()
    assert.are.same({ "dir/config.yaml:1: a mapping with pseudofiles is "
      .. "expected, not null" }, load "")
    assert.are.same({ "dir/config.yaml:1: pseudofiles: a mapping of paths is "
      .. "expected, not a list" }, load "pseudofiles: []")
    assert.are.same({ "dir/config.yaml:1: pseudofile: this key is not known: "
      .. "there are blocked_signals, core, env, init_plugins, lib_inject, "
      .. "netdevs, network, nvram, patches, plugins, pseudofiles, "
      .. "static_files, uboot_env, vars" }, load "pseudofile: {}")
    assert.are.same({ "dir/config.yaml:1: found unexpected end of stream "
      .. "while scanning a quoted scalar that begins at line 1" },
      load "a: 'b")
    assert.are.same({ "dir/config.yaml:1: did not find expected node content "
      .. "while parsing a flow node that begins at line 1" },
      load "pseudofiles: [\n")
  end)
end)
