-- SPDX-License-Identifier: GPL-2.0-or-later
-- What `hyperlua run` promises: streams, status, errors.  #qemu
local boot = require "boot"

describe("hyperlua run", function()
  it("passes standard output through untouched and alone, exits with the "
    .. "command's status, and writes console and log to --out", function()
      local out = boot.folder "out"
      local result = boot.run({ "-e", 'hl.log "from the script"', "--out",
        out }, { "sh", "-c", [[printf 'a\000\377\r\nb\033[0m'; ]]
        .. "echo problem >&2; echo noise >/dev/kmsg; "
        .. "echo to the console >/dev/console; exit 42" })
      local console = assert(io.open(out .. "/console.log")):read "a"
      local log = assert(io.open(out .. "/hyperlua.log")):read "a"
      assert.are.same({ status = 42, out = "a\0\255\r\nb\27[0m",
        err = "problem\n" }, result)
      assert.is_truthy(console:find "Linux version")
      assert.is_truthy(console:find "noise")
      assert.is_truthy(console:find "to the console")
      assert.are.equal("hyperlua: info: from the script",
        log:match "^[^\n]*")
    end)

  it("passes a megabyte through, in order, and exits with 128 and the signal",
    function()
      local lines = {}
      for i = 1, 150000 do
        lines[i] = ("%d\n"):format(i)
      end
      local want = table.concat(lines)
      local path = boot.script(want)
      local result = boot.run({ "--add", path .. ":/want" }, { "sh", "-c",
        "cat /want; echo problem >&2; kill -9 $$" })
      os.remove(path)
      assert.is_true(want == result.out)
      assert.is_truthy(result.err:find("problem\n", 1, true))
      assert.are.equal(137, result.status)
    end)

  it("runs as root, with PATH, /proc, /sys and /dev, on the processors and "
    .. "the memory that it was told, with files and folders added", function()
      local folder = boot.folder "added"
      boot.shell { "sh", "-c", "cd " .. folder .. "; mkdir sub; echo one >a; "
        .. "echo 'echo two' >sub/b; chmod 755 sub/b; chmod 640 a" }
      local most = tostring(boot.most_vcpus)
      local result = boot.run({ "--memory", "128", "--smp", most, "--add",
        folder .. ":/opt/x", "--add", folder .. "/a:/etc/a,b" }, { "sh", "-c",
        "id -u; cat /proc/self/../$$/comm; ls -d /sys/kernel /dev/null; "
        .. "[ $(awk '/MemTotal/ { print $2 }' /proc/meminfo) -lt 131072 ] "
        .. "&& echo small; nproc; cat /opt/x/a /etc/a,b; /opt/x/sub/b; "
        .. "stat -c %a /opt/x/a" })
      assert.are.equal("0\nsh\n/dev/null\n/sys/kernel\nsmall\n" .. most
        .. "\none\none\ntwo\n640\n", result.out)
    end)

  it("ends with 124 when the time is over", function()
    local result = boot.run({ "--timeout", "1.5" }, { "sleep", "1000" })
    assert.are.equal(124, result.status)
  end)

  it("prints a QEMU command line that can be pasted", function()
    local printed = boot.run({ "--print-qemu" }, { "echo", "pasted" })
    assert.are.equal(0, printed.status)
    local result = boot.shell { "sh", "-c", printed.out }
    assert.are.equal("pasted\n", result.out)
  end)

  it("names a command that does not exist", function()
    local result = boot.run({}, { "no-such-program" })
    assert.are.equal(127, result.status)
    assert.is_truthy(result.err:find("hyperlua: no-such-program: not found in "
      .. "the guest: add it with --add HOSTPATH:GUESTPATH\n", 1, true))
  end)

  for what, case in pairs {
    ["an unknown option"] = { { "--scirpt", "x" }, "unknown option --scirpt" },
    ["a script that is not there"] = { { "--script", "/nowhere/x.lua" },
      "/nowhere/x.lua" },
    ["a file to add that is not there"] = { { "--add", "/nowhere/x:/x" },
      "/nowhere/x" },
    ["an unknown target"] = { { "--arch", "vax" }, "vax" },
    ["a number that is none"] = { { "--smp", "many" },
      "--smp many: give a whole number" },
    ["more vCPUs than the target has"] = boot.most_vcpus < 3 and {
      { "--smp", "3" }, "--smp 3: target " .. boot.arch .. " has at most "
        .. boot.most_vcpus .. " (another --kernel may have more)" } or nil,
    ["a QEMU that is not there"] = { { "--qemu", "/nowhere/qemu" },
      "/nowhere/qemu" },
  } do
    it("refuses " .. what .. " in one line", function()
      local result = boot.run(case[1], { "true" })
      assert.are.equal(125, result.status)
      assert.are.equal("", result.out)
      assert.is_truthy(result.err:find(case[2], 1, true), result.err)
      assert.matches("^hyperlua: [^\n]*\n$", result.err)
    end)
  end
end)
