-- SPDX-License-Identifier: GPL-2.0-or-later
-- The README says what happens: its blocks are run, and give what it shows.
local boot = require "boot"

-- The text of each fenced block, in order.
local function blocks()
  local file = assert(io.open(boot.source .. "/README.md"))
  local found = {}
  for block in file:read("a"):gmatch "```%a*\n(.-)```" do
    found[#found + 1] = block
  end
  file:close()
  return found
end

describe("the README", function()
  it("begins with the two commands", function()
    local block = blocks()
    assert.are.equal("examples/raeth/run\n", block[1])
    assert.are.equal("tests/run\n", block[2])
  end)

  it("shows a script and what it gives", function()
    local block = blocks()
    local folder = boot.build .. "/tests/readme"
    boot.shell { "mkdir", "-p", folder }
    local file = assert(io.open(folder .. "/switch.lua", "w"))
    file:write(block[3])
    file:close()
    local command, shown, status = block[4]:match
      "^%$ (build.-%-%- mtk7530_switch)\n(.*)%$ echo %$%?\n(%d+)\n$"
    command = command:gsub("switch.lua", folder .. "/switch.lua", 1)
    local result = boot.shell { "sh", "-c", "cd '" .. boot.source .. "' && "
      .. command }
    -- The kernel's revision is whatever the archive has.
    local function without_release(text)
      return (text:gsub("Linux [^ ]+", "Linux"))
    end
    assert.are.equal(without_release(shown),
      without_release(result.err .. result.out))
    assert.are.equal(tonumber(status), result.status)
  end)
end)
