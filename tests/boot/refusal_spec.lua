-- SPDX-License-Identifier: GPL-2.0-or-later
-- Each thing that cannot work ends in one clear line and a failure.  #qemu
local boot = require "boot"

local function refused(result, line)
  assert.are.equal(125, result.status)
  assert.are.equal("", result.out)
  assert.is_truthy(result.err:find(line, 1, true), result.err)
end

describe("the engine", function()
  it("names file and line of a script with a syntax error", function()
    local script = boot.script "local x = \n\nreturn )"
    refused(boot.run({ "--script", script }, { "true" }),
      "error: " .. script .. ":3: unexpected symbol near 'return'\n")
    os.remove(script)
  end)

  it("names file and line of a script that raises", function()
    local script = boot.script "\nrequire('hyperlua').syscall('nonsense')"
    refused(boot.run({ "--script", script }, { "true" }),
      ":2: hl.syscall: no event \"nonsense\"")
    os.remove(script)
  end)

  local function with_plugin(qemu, arguments)
    return boot.shell { "timeout", "60", qemu, "-machine", "none",
      "-nodefaults", "-display", "none", "-monitor", "none", "-plugin",
      boot.build .. "/lib/libhyperlua.so" .. arguments }
  end

  it("names a script file that is missing", function()
    local result = with_plugin(boot.target .. "/qemu",
      ",script=/nowhere/x.lua")
    assert.are.equal(1, result.status)
    assert.matches("^hyperlua: error: script [^\n]*/nowhere/x.lua[^\n]*: "
      .. "No such file or directory\n", result.err)
  end)

  it("names an unknown plugin argument, and those that there are", function()
    local result = with_plugin(boot.target .. "/qemu", ",scirpt=x.lua")
    assert.are.equal(1, result.status)
    assert.are.equal("hyperlua: error: unknown plugin argument "
      .. "'scirpt=x.lua': there are script=FILE and eval=FILE (more than "
      .. "once), models=DIR, config=FILE, log_file=FILE, record=FILE, "
      .. "record_limit=MIB, out=DIR, status=FILE, reload=on|off, "
      .. "console=SOCKET\n", result.err:match "^[^\n]*\n")
  end)

  it("says that a QEMU's plugin API is too old", function()
    local result = with_plugin(boot.target .. "/qemu-old", "")
    assert.are.equal(1, result.status)
    assert.are.equal("hyperlua: error: this QEMU's plugin API, version 4, is "
      .. "too old (it lacks qemu_plugin_write_memory_vaddr): use QEMU 10.1 or "
      .. "newer, or the one that guest/setup builds\n",
      result.err:match "^[^\n]*\n")
  end)
end)

describe("the module", function()
  it("of another ABI version is refused by both sides", function()
    local result = boot.run({ "--module",
      boot.guest .. "/abi99/hyperlua.ko" }, { "true" })
    refused(result, "hyperlua: error: the guest's hyperlua.ko speaks ABI 99, "
      .. "this engine ABI 3: build both from the same source\n")
    assert.is_truthy(result.err:find("this module speaks ABI 99, the engine "
      .. "ABI 3: rebuild hyperlua.ko from the engine's sources", 1, true))
  end)

  it("says that there is no engine behind the kernel", function()
    local printed = boot.run({ "--print-qemu" }, { "true" })
    local line = printed.out:gsub("%-plugin '?[^ ]*libhyperlua.so[^ ]*", "")
    local result = boot.shell { "sh", "-c", "timeout 100 " .. line }
    assert.is_truthy(result.err:find("no HyperLua engine behind this kernel",
      1, true), result.err)
    -- insmod's failure: nothing is run in such a guest.
    assert.is_truthy(result.err:find("hyperlua: cannot load "
      .. "/hyperlua/hyperlua.ko: No such device", 1, true), result.err)
    assert.are.equal("", result.out)
  end)
end)
