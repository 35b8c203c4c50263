-- SPDX-License-Identifier: GPL-2.0-or-later
local boot = require "boot"

local PROGRAM = boot.guest .. "/traced:/bin/traced"
local CALLS = "openat,read,write,ioctl,close,exit_group"

-- hyperlua trace: its streams and exit status.
local function trace(names, options, command)
  local words = { boot.build .. "/bin/hyperlua", "trace", names, "--timeout",
    "300" }
  table.move(boot.machine, 1, #boot.machine, #words + 1, words)
  table.move(options, 1, #options, #words + 1, words)
  words[#words + 1] = "--"
  table.move(command, 1, #command, #words + 1, words)
  return boot.shell(words)
end

-- The lines of calls: pids as P1, P2, ... in the order in which they come,
-- without durations and addresses.  traced asks for its child's state as
-- often as it takes, through file 5.
local function lines_of(text)
  local pids, lines, count = {}, {}, 0
  for pid, line in text:gmatch "%f[^\n\0](%d+) ([^\n]+)" do
    if not line:find "/proc/%d+/stat" and not line:find "^%w+ %w+%(5[,)]" then
      if not pids[pid] then
        count = count + 1
        pids[pid] = "P" .. count
      end
      line = line:gsub(" <%d+%.%d+>$", " <>"):gsub("0x%x%x+", "ADDRESS")
      lines[#lines + 1] = pids[pid] .. " " .. line
    end
  end
  return lines
end

describe("hyperlua trace", function()
  it("prints the calls of a program, and nothing on its output", function()
    local result = trace(CALLS, { "--add", PROGRAM }, { "traced" })
    assert.are.equal("ok\n", result.out)
    assert.are.equal(7, result.status)
    assert.are.same({
      'P1 traced openat(AT_FDCWD, "/nonexistent", O_RDONLY|O_CLOEXEC) = '
        .. "-1 ENOENT <>",
      'P1 traced openat(AT_FDCWD, "/tmp/traced", O_RDWR|O_CREAT|O_TRUNC, 0640) '
        .. "= 3 <>",
      [[P1 traced write(3, "a \"line\"\n\001 and more than is show"..., 39) ]]
        .. "= 39 <>",
      [[P1 traced write(3, "a \"l", 4) = 4 <>]],
      [[P1 traced read(3, "a \"line\"", 8) = 8 <>]],
      "P1 traced read(3, ADDRESS, 8) = -1 EFAULT <>",
      "P1 traced read(99, ADDRESS, 8) = -1 EBADF <>",
      "P1 traced ioctl(3, _IOR('W', 0, 40), ADDRESS) = -1 ENOTTY <>",
      "P1 traced close(3) = 0 <>",
      "P1 traced close(-1) = -1 EBADF <>",
      "P2 traced close(4) = 0 <>",
      "P2 traced read(3, ADDRESS, 1) = ? ERESTARTSYS <>",
      "P1 traced ioctl(1, ADDRESS, ADDRESS) = -1 ENOTTY <>",
      [[P1 traced write(1, "ok\n", 3) = 3 <>]],
      "P1 traced exit_group(7) = ?",
    }, lines_of(result.err))
  end)

  it("follows what COMMAND starts, from its execve on, and says which system "
    .. "call the kernel does not have", function()
    local result = trace("execve,opnat,exit_group", {}, { "sh", "-c",
      "(cat /dev/null; exit 3); sh -c 'exit 4'; exit 5" })
    assert.are.equal(5, result.status)
    local ends = {}
    for _, line in ipairs(lines_of(result.err)) do
      ends[#ends + 1] = line:match "^P%d+ %w+ execve" and line:match "%[.*%]"
        or line
    end
    assert.are.same({
      [=[["sh", "-c", "(cat /dev/null; exit 3); sh -c '"...]]=],
      '["cat", "/dev/null"]',
      "P2 cat exit_group(0) = ?",
      "P3 sh exit_group(3) = ?",
      [=[["sh", "-c", "exit 4"]]=],
      "P4 sh exit_group(4) = ?",
      "P1 sh exit_group(5) = ?",
    }, ends)
    assert.matches("on_sys_opnat_enter[^\n]*no system call of that name[^\n]*"
      .. "openat", result.err)
  end)

  it("leaves out other names, and writes to --out", function()
    local out = boot.folder "trace"
    local result = trace("all", { "--comm", "cat", "--out", out }, { "sh", "-c",
      "cat /proc/version >/dev/null; sh -c 'echo two'" })
    local file = assert(io.open(out .. "/trace.log"))
    local text = file:read "a"
    file:close()
    assert.are.same({ status = 0, out = "two\n", err = "" }, result)
    assert.matches('%d+ cat openat%(AT_FDCWD, "/proc/version", '
      .. 'O_RDONLY[%w_|]*%) = 3 <%d+%.%d%d%d%d%d%d>\n', text)
    assert.matches("%d+ cat exit_group%(0%) = %?\n$", text)
    assert.is_nil(text:gsub("%d+ cat [^\n]+\n", ""):match ".")
  end)

  for what, case in pairs {
    ["no list of calls"] = { {}, "usage: hyperlua trace SYSCALL" },
    ["an option in its place"] = { { "--comm" }, "usage: hyperlua trace" },
    ["a list that is none"] = { { "open,", "--", "true" },
      'hl.trace: "open," is no list such as "openat,ioctl"' },
    ["nothing to run"] = { { "openat" }, "nothing to run" },
  } do
    it("refuses " .. what, function()
      local result = boot.shell { boot.build .. "/bin/hyperlua", "trace",
        table.unpack(case[1]) }
      assert.are.equal(125, result.status)
      assert.matches(case[2], result.err, 1, true)
    end)
  end
end)

describe("hyperlua run -e", function()
  it("runs Lua from the command line, in order with scripts", function()
    local script = boot.script 'two = (one or 0) + 1'
    local result = boot.run({ "-e", "one = 1", "--script", script, "-e",
      'hl.log("%d %d", one, two) -- the last', "--eval=hl.log 'long'",
      "-e", 'hl.syscall("on_sys_getpid_return", function(s) s.retval = 42 end)',
    }, { "sh", "-c", "exec sh -c 'echo $$'" })
    os.remove(script)
    assert.are.equal("42\n", result.out)
    assert.matches("info: 1 2\n", result.err, 1, true)
    assert.matches("info: long\n", result.err, 1, true)
  end)

  for what, case in pairs {
    ["an error"] = { { "-e", "local a\nerror 'slip'" }, "error: -e:2: slip" },
    ["what is not Lua"] = { { "-e", "hl.log(" }, "error: -e:1: unexpected" },
    ["no text"] = { { "-e" }, "--eval needs LUA" },
    ["a letter that is none"] = { { "-x" }, "unknown option -x" },
  } do
    it("names " .. what, function()
      local words = case[1]
      local result = boot.run(words, #words > 1 and { "true" } or nil)
      assert.are.equal(125, result.status)
      assert.matches(case[2], result.err, 1, true)
    end)
  end

  it("leaves no files behind", function()
    local mine = "left on " .. boot.arch
    boot.run({ "-e", ("error '%s'"):format(mine) }, { "true" })
    -- Others may run meanwhile.
    local left = boot.shell { "grep", "-rls", mine, boot.build .. "/run" }
    assert.are.equal("", left.out)
  end)
end)
