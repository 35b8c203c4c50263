-- SPDX-License-Identifier: GPL-2.0-or-later
-- The heads of examples/models: what they say to type, run as it stands there,
-- shows what they say, line by line.  #qemu
local boot = require "boot"

-- What is typed, and what then appears: the engine's lines, then the output.
local function head_of(name)
  local file = assert(io.open(boot.source .. "/examples/models/" .. name
    .. ".lua"))
  local text = file:read("a"):match "^.-\n\n"
  file:close()
  local typed, shown = text:match "\n%-%-\n%-%-   (.-)\n%-%-\n%-%- shows.-\n%-%-\n(.*)\n$"
  assert(shown, name .. " has no such head")
  return typed:gsub("\n%-%-   ", "\n"),
    (shown .. "\n"):gsub("%-%- ? ? ?([^\n]*\n)", "%1")
end

-- The rest is what the kernel, make and the programs say.
local function engine_lines(err)
  local lines = {}
  for line in err:gmatch "(hyperlua: [^\n]*\n)" do
    if not line:find "^hyperlua: info: guest: " then
      lines[#lines + 1] = line
    end
  end
  return table.concat(lines)
end

-- A clock is read some time after its second has begun.
local function without_fractions(text)
  return (text:gsub("(%d%d:%d%d:0)%d%.%d+", "%1?.?"))
end

describe("an example of a model", function()
  for _, name in ipairs { "led", "watchdog", "rtc", "gpio", "mtd", "nvram" } do
    it("does what its head says: " .. name, function()
      local typed, shown = head_of(name)
      local result = boot.shell { "sh", "-c", "cd '" .. boot.source .. "' && "
        .. typed }
      assert.are.equal(without_fractions(shown),
        without_fractions(engine_lines(result.err) .. result.out), result.err)
      assert.are.equal(0, result.status)
    end)
  end
end)
