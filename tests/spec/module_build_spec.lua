-- SPDX-License-Identifier: GPL-2.0-or-later
-- make -C guest/module names what a kernel lacks, before it compiles anything.
local shell = require "shell"

local MODULE = debug.getinfo(1, "S").source:match "^@(.*)tests/spec/[^/]*$"
  .. "guest/module"

local NEEDS = { "MODULES", "MODULE_UNLOAD", "KALLSYMS", "KPROBES", "SYSFS",
  "PROC_FS", "PROC_SYSCTL", "NET", "MMU" }

local folder

-- What make's check says of a kernel with that configuration, without make's
-- own lines.
local function check(lines)
  if lines then
    local file = assert(io.open(folder .. "/.config", "w"))
    file:write(table.concat(lines, "\n"), "\n")
    file:close()
  end
  return (shell(("make -s -C '%s' check KDIR=%s BUILD=%s/out 2>&1"):format(
    MODULE, folder, folder)):gsub("make[^\n]*\n", ""))
end

local function config_without(missing, instead)
  local lines = {}
  for _, option in ipairs(NEEDS) do
    lines[#lines + 1] = option == missing and instead
      or option ~= missing and "CONFIG_" .. option .. "=y" or nil
  end
  return lines
end

setup(function() folder = shell("mktemp -d"):match "%S+" end)
teardown(function() os.execute("rm -r " .. folder) end)

describe("make -C guest/module", function()
  it("says that there is no configured kernel", function()
    assert.are.equal("no configured kernel in KDIR=" .. folder .. "\n",
      check())
  end)

  for _, option in ipairs(NEEDS) do
    it("says that a kernel lacks CONFIG_" .. option, function()
      local want = ("the kernel in %s lacks CONFIG_%s=y: set it and build that "
        .. "kernel anew\n"):format(folder, option)
      assert.are.equal(want, check(config_without(option)))
      assert.are.equal(want, check(config_without(option,
        ("# CONFIG_%s is not set"):format(option))))
    end)
  end

  it("finds nothing to say of a kernel that has them all", function()
    assert.are.equal("", check(config_without()))
  end)
end)
