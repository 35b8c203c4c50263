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

  -- Runs the command of a console block in the sources' folder, with a file
  -- of that name and text, and expects what the block shows.
  local function shows(console, name, text)
    local folder = boot.folder "readme"
    local file = assert(io.open(folder .. "/" .. name, "w"))
    file:write(text)
    file:close()
    local command, shown, status = console:match
      "^%$ (build.-[^\\])\n(hyperlua.*)%$ echo %$%?\n(%d+)\n$"
    command = command:gsub(name:gsub("%.", "%%."), folder .. "/" .. name, 1)
    local result = boot.shell { "sh", "-c", "cd '" .. boot.source .. "' && "
      .. command }
    -- The kernel's revision is whatever the archive has; pids and durations
    -- are a run's own.
    local function settled(output)
      return (output:gsub("Linux [^ ]+", "Linux"):gsub("%f[^\n]%d+ cat", "cat")
        :gsub("<%d+%.%d+>", "<>"))
    end
    assert.are.equal(settled(shown), settled(result.err .. result.out))
    assert.are.equal(tonumber(status), result.status)
    return folder
  end

  it("shows a script and what it gives", function()
    local block = blocks()
    shows(block[4], "switch.lua", block[3])
  end)

  it("shows the tracer, and other events", function()
    local block = blocks()
    shows(block[5], "none", "")
    shows(block[7], "look.lua", block[6])
  end)

  it("shows files in Lua and in YAML, and what they give", function()
    local block = blocks()
    shows(block[9], "files.lua", block[8])
    shows(block[11], "files.yaml", block[10])
  end)

  it("shows the list of what is missing", function()
    local block = blocks()
    local folder = shows(block[12], "log.yaml", "")
    local file = assert(io.open(folder .. "/log.missing.yaml"))
    assert.are.equal(block[13], file:read "a")
    file:close()
  end)
end)
