-- SPDX-License-Identifier: GPL-2.0-or-later
-- `hyperlua console` itself, without a terminal, at a played guest's engine.
local attach = require "attach"
local played = require "hyperlua.played"

-- Beside the library that this spec loaded.
local hyperlua = package.searchpath("hyperlua.played", package.cpath)
  :gsub("lib/hyperlua/played%.so$", "bin/hyperlua")

local function slurp(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "a"
  file:close()
  os.remove(path)
  return text
end

-- The arguments are words for a shell, as is what precedes it in a pipe.
local function run(arguments, before)
  local out, err = os.tmpname(), os.tmpname()
  local _, _, status = os.execute(("%s %s console %s >%s 2>%s"):format(
    before and before .. " |" or "</dev/null", hyperlua, arguments, out, err))
  return { status = status, out = slurp(out), err = slurp(err) }
end

local function guest_with(script)
  local guest = played.new "mipsel"
  assert.is_true(guest:run('local hl = require "hyperlua"\n' .. (script or "")),
    table.concat(guest:log(), "\n"))
  local path = attach.path()
  assert(guest:console(path))
  return path, guest
end

describe("hyperlua console", function()
  it("prints what each -e gives", function()
    local path, guest <close> = guest_with()
    assert.are.same({ status = 0, out = "2\n3\n\"a\"\tnil\n", err = "" },
      run(path .. [[ -e 1+1 -e 'print(3)' -e 'x = "a"' -e 'x, nil']]))
  end)

  it("prints errors to standard error, goes on, and exits with 1", function()
    local path, guest <close> = guest_with()
    assert.are.same({ status = 1, out = "2\n", err =
      "console:1: oops\nstack traceback:\n\t[C]: in function 'error'\n"
      .. "\tconsole:1: in local 'expression'\n"
      .. "console:1: 'end' expected near <eof>\n" },
      run(path .. [[ -e 'error "oops" return 1' -e 'do' -e 1+1]]))
  end)

  it("evaluates the lines of standard input, those that belong together too",
    function()
      local path, guest <close> = guest_with()
      assert.are.same({ status = 0, out = "2\n3\n{ 4 }\n0.5\n", err = "" },
        run(path, [[printf 'x = 1\nfor i = 1, 2 do\nprint(i + x)\nend\n{\n4\n]]
          .. [[}\n\n.5']]))
      assert.are.same({ status = 1, out = "",
        err = "console:2: 'end' expected (to close 'do' at line 1) near "
          .. "<eof>\n" }, run(path, [[printf 'do\nx = 1']]))
    end)

  it("shows the log and the statistics", function()
    local path, guest <close> = guest_with [[
      hl.syscall("on_sys_ioctl_return", function() error "oops" end)]]
    guest:hello()
    guest:syscall { name = "ioctl", args = { 3, 1, 0 }, comm = "x", pid = 7 }
    local result = run(path .. " -e .log -e .stats")
    assert.are.equal("", result.err)
    assert.matches("^info: guest: Linux played on mipsel, vCPUs: 1\n"
      .. "error: spec.lua:2: oops, in on_sys_ioctl_return %(spec.lua:2%), for "
      .. "pid 7 %(x%); the call goes on as if unhooked\n", result.out)
    assert.matches("\n  errors = 1,\n  file_ops = 0,\n  handlers = 1,\n",
      result.out)
    assert.are.same({ status = 0, out = "info: hi\n", err = "" },
      run(path .. [[ -e '.log on' -e 'hl.log "hi"' -e '.log off' ]]
        .. [[-e 'hl.log "unheard"']]))
    assert.are.same({ status = 125, out = "",
      err = "hyperlua: .nope: there are .log, .log on, .log off, .stats\n" },
      run(path .. " -e .nope"))
  end)

  it("leaves a socket that is none alone, and says so", function()
    local file = os.tmpname()
    assert.are.same({ status = 125, out = "", err = "hyperlua: cannot attach "
      .. "to " .. file .. ": Connection refused (a run listens there with "
      .. "--console " .. file .. ")\n" }, run(file .. " -e 1"))
    os.remove(file)
    local long = "/" .. ("x"):rep(107)
    assert.are.same({ status = 125, out = "", err = "hyperlua: " .. long
      .. ": a socket's path has at most 107 bytes\n" }, run(long .. " -e 1"))
  end)

  it("is refused when there are too many", function()
    local path, guest <close> = guest_with()
    local consoles = {}
    for i = 1, 16 do
      consoles[i] = attach.connect(path)
    end
    assert.are.same({ status = 125, out = "", err = "hyperlua: " .. path
      .. ": there are 16 consoles already\n" }, run(path .. " -e 1"))
  end)

  it("refuses an expression of more than 1 MiB", function()
    local path, guest <close> = guest_with()
    assert.are.same({ status = 125, out = "", err = "hyperlua: what is sent to "
      .. "a console may have at most 1048576 bytes\n" },
      run(path, "head -c 1048577 /dev/zero | tr '\\0' 1"))
  end)

  it("is interrupted by SIGINT, as its expression is", function()
    local path, guest <close> = guest_with()
    guest:hello()
    local fifo = attach.path()
    local _, _, status = os.execute(([[
      mkfifo %s
      %s console %s -e 'print "begun" hl.sleep(1e6)' -e 2 >%s 2>%s.err &
      read line <%s
      kill -INT $!
      wait $!]]):format(fifo, hyperlua, path, fifo, fifo, fifo))
    os.remove(fifo)
    assert.are.same({ 1, "interrupted\n" }, { status, slurp(fifo .. ".err") })
    guest:work()
    assert.are.same({}, guest:spawned())
  end)

  for what, case in pairs {
    ["no socket"] = { "", "usage: hyperlua console SOCKET [-e LUA]..." },
    ["an unknown option"] = { "x --nope",
      "unknown option --nope (hyperlua console --help lists them)" },
    ["a command"] = { "x -- ls", "a console runs no command: ls" },
  } do
    it("refuses " .. what, function()
      assert.are.same({ status = 125, out = "",
        err = "hyperlua: " .. case[2] .. "\n" }, run(case[1]))
    end)
  end
end)
