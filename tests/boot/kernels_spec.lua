-- SPDX-License-Identifier: GPL-2.0-or-later
-- A kernel of the user's own, for which there is none of the target's modules:
-- another suite's, of HL_KERNEL.  #qemu
local boot = require "boot"

local KERNEL = boot.target .. "/kernels/" .. os.getenv "HL_KERNEL"

local function release_of(folder)
  return io.lines(folder .. "/release")()
end

local function run(options, command)
  local words = { boot.build .. "/bin/hyperlua", "run", "--arch", boot.arch,
    "--timeout", "300", "--kernel", KERNEL .. "/kernel" }
  table.move(options, 1, #options, #words + 1, words)
  return boot.shell(table.move(command, 1, #command, #words + 1, words))
end

describe("hyperlua run with a kernel of the user's own", function()
  it("builds the module for it with --kdir", function()
    local result = run({ "--kdir", KERNEL .. "/kdir", "-e", [[
      hl.syscall("on_sys_uname_enter", function(syscall)
        hl.log("%s asks", syscall.comm)
      end)]] }, { "--", "uname", "-r" })
    local release = release_of(KERNEL)
    assert.are.same({ status = 0, out = release .. "\n",
      err = "hyperlua: info: guest: Linux " .. release .. " on " .. boot.arch
        .. ", vCPUs: 1\nhyperlua: info: uname asks\n" }, result)
  end)

  it("says that a module is another kernel's", function()
    local result = run({ "--module", boot.target .. "/hyperlua.ko" },
      { "--", "true" })
    assert.are.equal(125, result.status)
    assert.are.equal("", result.out)
    local line = ("hyperlua: the module is for Linux %s, and the guest runs "
      .. "Linux %s: give --kdir the build tree or headers of that kernel\n")
      :format(release_of(boot.target), release_of(KERNEL))
    assert.is_truthy(("\n" .. result.err:gsub("\r", "")):find("\n" .. line, 1,
      true), result.err)
  end)

  it("asks for one of both where no module is given", function()
    assert.are.same({ status = 125, out = "", err = "hyperlua: --kernel "
      .. KERNEL .. "/kernel needs --kdir DIR, its build tree or headers, to "
      .. "build the module\n" }, run({}, { "--", "true" }))
  end)
end)
