-- SPDX-License-Identifier: GPL-2.0-or-later
-- The README's spec of its first script, run as it stands there.
require "hyperlua.testing"

local build = package.searchpath("hyperlua.played", package.cpath)
  :match "^(.*)/lib/hyperlua/"
local build_path = io.popen("realpath " .. build):read "l"
local here = debug.getinfo(1, "S").source:match "^@(.*/)" or "./"

-- The first blocks of that kind behind the heading.
local function block(readme, heading, kind)
  local from = assert(readme:find(heading, 1, true), heading)
  return readme:match("```" .. kind .. "\n(.-)```", from)
end

it("what the README says of scripts without a guest is so", function()
  local file = assert(io.open(here .. "../../README.md"))
  local readme = file:read "a"
  file:close()
  local folder = os.tmpname()
  assert(os.remove(folder) and os.execute("mkdir " .. folder))
  local _ <close> = setmetatable({}, { __close = function()
    os.execute("rm -r " .. folder)
  end })
  for name, heading in pairs { ["switch.lua"] = "## What a script looks like",
    ["switch_spec.lua"] = "## Trying a script without a guest" } do
    local to = assert(io.open(folder .. "/" .. name, "w"))
    to:write(block(readme, heading, "lua"))
    to:close()
  end
  local command, shown = block(readme, "## Trying a script without a guest",
    "console"):match "^%$ build/(.-)\n(.*)$"
  local pipe = io.popen(("cd %s && %s/%s 2>&1"):format(folder, build_path,
    command))
  local output = pipe:read "a"
  assert.is_true(pipe:close())
  local function settled(text)
    return (text:gsub("%d+%.%d+ seconds", "seconds"))
  end
  assert.are.equal(settled(shown), settled(output))
end)
