-- SPDX-License-Identifier: GPL-2.0-or-later
-- hyperlua check, as it is run: what it finds in bad scripts, that it finds
-- nothing in good ones, and what it lists.
local shell = require "shell"

local ROOT = debug.getinfo(1, "S").source:match "^@(.*)tests/spec/[^/]*$"
local PROGRAM = package.searchpath("hyperlua.played", package.cpath)
  :match "^(.*)/lib/hyperlua/[^/]*$" .. "/bin/hyperlua"

local folder

setup(function() folder = shell("mktemp -d"):match "%S+" end)
teardown(function() os.execute("rm -r " .. folder) end)

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
  file:close()
end

-- In the folder: lines of stdout, the exit status, and stderr.
local function run(arguments)
  local text = shell(("cd %s && %s check %s 2>err; echo $?"):format(folder,
    PROGRAM:find "^/" and PROGRAM or "$OLDPWD/" .. PROGRAM, arguments))
  local lines = {}
  for line in text:gmatch "[^\n]+" do
    lines[#lines + 1] = line
  end
  local file = assert(io.open(folder .. "/err"))
  local err = file:read "a"
  file:close()
  return lines, tonumber(table.remove(lines)), err
end

-- What the sources' reader finds in a script, without the file's name.
local function found(text, arguments)
  write("s.lua", text)
  local lines, status = run(arguments or "s.lua")
  local findings = {}
  for _, line in ipairs(lines) do
    findings[#findings + 1] = line:match "^s%.lua:(%d+:%d+: .*)$"
  end
  return findings, status, lines
end

local HEAD = 'local hl = require "hyperlua"\n'
local WHILE_LOADING = " waits, and nothing can while the script loads: "
  .. "use hl.spawn"

local BAD = {
  { "a misspelt function", "hl.spwan(print)",
    "2:4: hl has no 'spwan': did you mean 'spawn'?" },
  { "one of an alias", "local p = hl.portal\n"
    .. "hl.spawn(function() p.read_itn(1) end)",
    "3:23: hl.portal has no 'read_itn': did you mean 'read_int'?" },
  { "one of another process",
    "hl.spawn(function() hl.portal.of(1).get_prok() end)",
    "2:37: hl.portal has no 'get_prok': did you mean 'get_proc'?" },
  { "a model", 'hl.file("/a", { read = hl.models.const_buff("x") })',
    "2:34: hl.models has no 'const_buff': did you mean 'const_buf'?" },
  { "a model's key", 'hl.file("/a", { write = '
    .. 'hl.models.to_file { filname = "x" } })',
    "2:45: hl.models.to_file has no 'filname': did you mean 'filename'?" },
  { "an operation of a file", 'local m = { raed = "x" }\nhl.file("/a", m)',
    "2:13: hl.file has no 'raed': did you mean 'read'?" },
  { "a filter", 'hl.syscall("on_sys_read_enter", { com_filter = "x" }, print)',
    "2:35: hl.syscall has no 'com_filter': did you mean 'comm_filter'?" },
  { "a filter's test", 'hl.on_exit({ pid_filter = { eqq = 1 } }, print)',
    "2:29: pid_filter has no 'eqq': did you mean 'eq'?" },
  { "an option of a program that is run",
    'hl.spawn(function() hl.portal.run("/a", { timout = 1 }) end)',
    "2:43: hl.portal.run has no 'timout': did you mean 'timeout'?" },
  { "an error's number", "local e = hl.errno.EINVALL\nprint(e)",
    "2:20: hl.errno has no 'EINVALL': did you mean 'EINVAL'?" },
  { "a hook's method", 'local h = hl.syscall("on_sys_read_enter", print)\n'
    .. "h:disble()", "3:3: hook has no 'disble': did you mean 'disable'?" },
  { "a method called with a dot", "local e = hl.event()\ne.signal()",
    "3:3: event.signal is a method: write event:signal(...)" },
  { "a function called with a colon", "hl.portal:of(1)",
    "2:11: hl.portal:of is no method: write hl.portal.of(...)" },
  { "a field of what is listed",
    "hl.spawn(function()\nfor _, p in ipairs(hl.portal.get_procs()) do "
    .. "print(p.com) end end)",
    "3:54: proc has no 'com': did you mean 'comm'?" },

  { "a field of the system call, in a function of its own",
    'local function h(call) call.retvl = 0 end\n'
    .. 'hl.syscall("on_sys_read_return", h)',
    "2:29: call has no 'retvl': did you mean 'retval'?" },
  { "one that cannot be set",
    'hl.syscall("on_sys_read_return", function(s) s.pid = 0 end)',
    "2:48: s.pid cannot be set" },
  { "a field of a file", 'hl.file("/a", { read = function(f) '
    .. "return f.pth end })", "2:45: f has no 'pth': did you mean 'path'?" },
  { "a field of another kind of event",
    "hl.on_exec(function(e) print(e.code) end)", "2:32: e has no 'code'" },

  { "a global that is read", "prnit(1)",
    "2:1: 'prnit' is not defined: did you mean 'print'?" },
  { "a global that is set", "local function f() n = 1 end\nf()",
    "2:20: 'n' becomes a global: write local" },

  { "a global function, without YAML that would name it",
    "function give() return 1 end", "2:10: 'give' becomes a global: "
    .. "write local" },

  { "a call that waits while the script loads", "hl.portal.read_int(1)",
    "2:11: hl.portal.read_int" .. WHILE_LOADING },
  { "one within a function that is called then",
    "local function f() hl.sleep(1) end\npcall(f)",
    "2:23: hl.sleep" .. WHILE_LOADING },
  { "one in a kprobe", 'hl.kprobe("vfs_read", function()\n'
    .. "hl.portal.write_int(1, 2) end)", "3:11: hl.portal.write_int waits, and "
    .. "a handler of hl.kprobe cannot" },
  { "one in a function that on_exit's handler calls",
    "local function f() return hl.portal.get_proc() end\n"
    .. "hl.on_exit(function() f() end)", "2:37: hl.portal.get_proc waits, and "
    .. "a handler of hl.on_exit cannot" },
  { "a sleep in poll, where the guest may be asked",
    'hl.file("/a", { poll = function()\nhl.portal.read_int(1)\n'
    .. "hl.sleep(1)\nreturn 0 end })",
    "4:4: hl.sleep waits, and poll must not keep its process waiting" },
  { "one in a comparator of table.sort", "hl.spawn(function()\n"
    .. "table.sort({}, function(a) return hl.portal.read_int(a) end) end)",
    "3:45: hl.portal.read_int waits, and a function that table.sort calls "
    .. "cannot" },
  { "one in a replacement of gsub", "hl.spawn(function()\n"
    .. '("x"):gsub(".", function(a) hl.sleep(1) end) end)',
    "3:32: hl.sleep waits, and a function that string.gsub calls cannot" },
  { "registers in a place that cannot wait",
    'hl.syscall("on_sys_read_enter", function(s)\n'
    .. "table.sort({}, function() return s.regs end) end)",
    "3:36: syscall.regs waits, and a function that table.sort calls cannot"
  },

  { "tests that exclude each other",
    "hl.on_exit({ pid_filter = { eq = 7, range = { 1, 5 } } }, print)",
    "2:27: pid_filter can match nothing: eq and range cannot both hold" },
  { "an empty interval", "hl.on_exit({ pid_filter = { gt = 4, lt = 5 } }, "
    .. "print)",
    "2:27: pid_filter can match nothing: gt and lt cannot both hold" },
  { "bits that are to be set and clear",
    "hl.on_exit({ arg_filter = { { set = 6, clear = 2 } } }, print)",
    "2:29: arg_filter can match nothing: set and clear cannot both hold" },
  { "texts that exclude each other",
    'hl.on_exec({ comm_filter = { text = "sh", prefix = "ba" } }, print)',
    "2:28: comm_filter can match nothing: text and prefix cannot both hold" },
  { "filters that were never passed",
    'local filters = { comm_filter = "x" }\n'
    .. 'hl.syscall("on_sys_read_enter", print)',
    "2:7: the filters 'filters' are never used" },
  { "a handler that was never passed", "local function handler() end",
    "2:16: the function 'handler' is never used" },
}

describe("hyperlua check finds", function()
  for _, case in ipairs(BAD) do
    it(case[1], function()
      local findings, status = found(HEAD .. case[2])
      assert.are.same({ case[3] }, findings)
      assert.are.equal(1, status)
    end)
  end

  it("a misspelt key in a models folder, and in what is added later",
    function()
      os.execute("mkdir -p " .. folder .. "/models")
      write("models/m.lua", 'local all = { ["/a"] = { raed = "x" } }\n'
        .. 'all["/b"] = { wirte = 0 }\nreturn all')
      local lines, status = run "--models models"
      assert.are.same({
        "models/m.lua:1:26: the file has no 'raed': did you mean 'read'?",
        "models/m.lua:2:15: the file has no 'wirte': did you mean 'write'?",
      }, { lines[1], lines[2] })
      assert.are.equal(1, status)
    end)

  it("all in one file, in its order", function()
    local findings = found(HEAD .. "prnit(hl.portl)\nx = hl.errno.EIOO")
    assert.are.same({
      "2:1: 'prnit' is not defined: did you mean 'print'?",
      "2:10: hl has no 'portl': did you mean 'portal'?",
      "3:1: 'x' becomes a global: write local",
      "3:14: hl.errno has no 'EIOO': did you mean 'EIO'?",
    }, findings)
  end)
end)

-- --- what is right ----------------------------------------------------------

local GOOD = {
  ["what waits in hl.spawn"] = "hl.spawn(function() hl.sleep(1) end)",
  ["what waits in a handler, and in a coroutine of it"] = [[
    hl.syscall("on_sys_read_enter", function(s)
      coroutine.wrap(function() hl.portal.read_int(1) end)()
      return s.regs.sp
    end)]],
  ["a handler that waits only elsewhere"] = [[
    local function read() return hl.portal.read_int(1) end
    hl.on_exit(function() hl.spawn(read) end)]],
  ["tests that can all hold"] = "hl.on_exit({ pid_filter = { gt = 1, lt = 9, "
    .. "range = { 2, 8 }, outside = { 4, 5 }, ne = 3 } }, print)",
  ["an interval with one number in it"] =
    "hl.on_exit({ pid_filter = { gt = 4, lt = 6 } }, print)",
  ["names that are a script's own"] = [[
    local proc = { com = 1, comm_filter = 2 }
    function proc.helper() return proc.com end
    print(proc.helper(), _G.anything, proc.comm_filter)]],
  ["a variable that is set to something else"] = [[
    local p = hl.portal
    p = { own = 1 }
    print(p.own)]],
  ["a parameter that hides the module"] = [[
    local function f(hl) return hl.own end
    print(f { own = 1 })]],
  ["goto, attributes, integer division, and long strings"] = [==[
    local a <const>, b <close> = 7 // 2, nil
    for i = 1, 2 do if i == a then goto next end print(i, b) ::next:: end
    print([=[ hl.spwan ]] ]=], 0x1p-4, 1e+3, 'x\'\
y') -- hl.spwan]==],
}

describe("hyperlua check finds nothing wrong with", function()
  for what, text in pairs(GOOD) do
    it(what, function()
      local _, status, lines = found(HEAD .. text)
      assert.are.equal(0, status, table.concat(lines, "\n"))
    end)
  end

  for path in shell("cd " .. ROOT .. ". && ls examples/*/*.lua "
    .. "| grep -v _spec.lua")
    :gmatch "%S+" do
    it(path, function()
      local name = path:match "[^/]*$"
      os.execute(("cp %s%s %s"):format(ROOT, path, folder))
      local lines, status, err
      if path:find "^examples/models/" then
        os.execute(("rm -rf %s/one && mkdir %s/one && cp %s%s %s/one"):format(
          folder, folder, ROOT, path, folder))
        lines, status, err = run "--models one"
      else
        lines, status, err = run(name)
      end
      assert.are.equal(0, status, table.concat(lines, "\n"))
      assert.are.equal("", err)
      assert.is_true(#lines > 0)
    end)
  end

  it("a global function that YAML names", function()
    write("c.yaml", "pseudofiles:\n  /dev/a:\n    read: "
      .. "{model: from_plugin, plugin: s, function: give}\n")
    local findings, status = found("function give() return 'x' end",
      "--config c.yaml s.lua")
    assert.are.same({}, findings)
    assert.are.equal(0, status)
  end)

  it("a global that another script of the run has set", function()
    write("one.lua", "shared = 1")
    local findings, _, lines = found("print(shared)", "one.lua s.lua")
    assert.are.same({}, findings)
    assert.are.equal("one.lua:1:1: 'shared' becomes a global: write local",
      lines[1])
  end)
end)

-- --- loading ----------------------------------------------------------------

describe("hyperlua check", function()
  it("lists what scripts would install, in the order registered", function()
    local _, status, lines = found(HEAD .. [[
hl.syscall("on_sys_ioctl_return", { arg_filter = { nil, 0x89F1 },
  retval_filter = "error" }, print)
hl.file("/dev/a", { read = "x", write = hl.models.discard(),
  ioctl = { [0x5401] = print, ["*"] = 0 } })
hl.kprobe("vfs_read+0x10", { comm_filter = { prefix = "s" } }, print)
hl.spawn(print)
hl.on_exit({ pid_filter = { range = { 100, 200 } } }, print):remove()
hl.file("/dev/b*", {})]])
    assert.are.same({
      "hook  on_sys_ioctl_return (s.lua:2): argument 2 is 0x89f1; "
        .. 'retval is "error"',
      "file  /dev/a (s.lua:4): read by const_buf, write by discard, "
        .. "ioctl 0x5401 by Lua, ioctl by return_const",
      'probe kprobe vfs_read+0x10 (s.lua:6): comm prefix "s"',
      "spawn hl.spawn (s.lua:7)",
      "file  /dev/b* (s.lua:9)",
    }, lines)
    assert.are.equal(0, status)
  end)

  it("lists the files of a configuration", function()
    write("c.yaml", "pseudofiles:\n  /dev/a:\n    read: {model: zero}\n")
    local lines, status = run "--config c.yaml"
    assert.are.same({ "file  /dev/a (c.yaml:2): read by zero, "
      .. "write by default, ioctl by unhandled, poll by always_ready" }, lines)
    assert.are.equal(0, status)
  end)

  it("shows what scripts log on stderr", function()
    write("s.lua", HEAD .. "hl.log 'hello'")
    local lines, status, err = run "s.lua"
    assert.are.same({ {}, 0, "hyperlua: info: hello\n" },
      { lines, status, err })
  end)

  it("knows the machine that is asked for", function()
    write("s.lua", HEAD .. "hl.log('%d', hl.errno.ENOSYS)")
    local _, _, mips = run "s.lua"
    local _, _, x86 = run "--arch x86_64 s.lua"
    assert.are.same({ "hyperlua: info: 89\n", "hyperlua: info: 38\n" },
      { mips, x86 })
  end)

  for what, case in pairs {
    ["does not parse"] = { "local x = \n\nreturn )",
      "s.lua:3: unexpected symbol near 'return'" },
    ["raises as it loads"] = { "\nerror('lost')", "s.lua:2: lost" },
    ["has a filter that is refused"] = { HEAD .. "hl.on_exit({ comm_filter = "
      .. "'a-name-that-is-too-long' }, print)", "s.lua:2: hl.on_exit: "
      .. "comm_filter \"a-name-that-is-too-long\" can match nothing: Linux "
      .. "keeps 15 bytes of a process's name" },
  } do
    it("says where a script " .. what, function()
      local _, status, lines = found(case[1])
      assert.are.same({ case[2] }, lines)
      assert.are.equal(1, status)
    end)
  end

  it("ends a script that loads for ever", function()
    local _, status, lines = found "while true do end"
    assert.are.equal(1, #lines)
    assert.matches("^s.lua:1: stopped: it ran for more than", lines[1])
    assert.are.equal(1, status)
  end)

  for arguments, message in pairs {
    ["none.lua"] = "none%.lua",
    ["--config none.yaml s.lua"] = "%-%-config none%.yaml: there is no such "
      .. "file",
    ["--models none s.lua"] = "none",
    ["--arch vax s.lua"] = "%-%-arch vax: no such machine %(there are: mipsel",
    ["--arhc vax"] = "unknown option %-%-arhc",
    [""] = "no FILE was given",
    ["a_spec.lua"] = "a_spec%.lua is a spec: `hyperlua test` runs it",
  } do
    it("says why it cannot check: " .. arguments, function()
      write("s.lua", "")
      local lines, status, err = run(arguments)
      assert.are.same({}, lines)
      assert.are.equal(125, status)
      assert.matches("^hyperlua: .*" .. message, err)
      assert.are.equal(1, select(2, err:gsub("\n", "")))
    end)
  end

  it("calls nothing of a script when one file is missing", function()
    write("s.lua", HEAD .. "hl.log 'ran'")
    local _, status, err = run "s.lua none.lua"
    assert.are.equal(125, status)
    assert.is_nil(err:find("ran", 1, true))
  end)

  it("gives what the README shows, for the script that is there", function()
    local file = assert(io.open(ROOT .. "README.md"))
    local text = file:read "a"
    file:close()
    local shown = text:match "hyperlua check switch%.lua\n(.-)```"
    local script = text:match "```lua\n(.-)```"
    write("switch.lua", (script:gsub("read_int", "read_itn")))
    assert.are.equal(shown, table.concat(run "switch.lua", "\n") .. "\n")
  end)
end)
