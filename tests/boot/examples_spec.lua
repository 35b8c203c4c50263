-- SPDX-License-Identifier: GPL-2.0-or-later
-- The examples, run as they say it, show what they say.  #qemu
local boot = require "boot"

-- What runs in the guest, and what then appears: the engine's lines, and the
-- output.
local function head_of(name)
  local path = ("%s/examples/models/%s.lua"):format(boot.source, name)
  local file = assert(io.open(path))
  local head = file:read("a"):match "^.-\n\n"
  file:close()
  local typed, shown = head:match("\n%-%-\n%-%-   examples/models/run (.-)\n"
    .. "%-%-\n%-%- shows[^\n]*\n%-%-(\n.*\n)\n$")
  assert(shown, name .. " does not say what to type and what it shows")
  local logged, out = "", ""
  for line in shown:gsub("\n%-%- ? ? ?", "\n"):sub(2):gmatch "[^\n]*\n" do
    if line:find "^hyperlua: " then
      logged = logged .. line
    else
      out = out .. line
    end
  end
  return typed:gsub("\n%-%-   ", "\n"), logged, out
end

-- Without what was to be made first, and the kernel's revision.
local function lines_of(err)
  return (err:gsub("setup: [^\n]*\n", "")
    :gsub("example%-programs: [^\n]*\n", "")
    :gsub("hyperlua: info: guest: [^\n]*\n", ""))
end

-- A clock is read some time after its second has begun.
local function without_fractions(text)
  return (text:gsub("(%d%d:%d%d:0)%d%.%d+", "%1?.?"))
end

-- Debian has no programs for mips: only what busybox does runs there.
local MODELS = boot.arch == "mips" and { "nvram" }
  or { "led", "watchdog", "rtc", "gpio", "mtd", "nvram" }

describe("the examples of models", function()
  it("do what their heads say, in one guest", function()
    local typed, logged, out = "", "", ""
    for _, name in ipairs(MODELS) do
      local words, lines, text = head_of(name)
      typed = ("%s%s && echo '-- %s'\n"):format(typed, words, name)
      logged = logged .. lines
      out = ("%s%s-- %s\n"):format(out, without_fractions(text), name)
    end
    local result = boot.shell { boot.source .. "/examples/models/run", "sh",
      "-c", typed }
    assert.are.same({ status = 0, logged = logged, out = out },
      { status = result.status, logged = lines_of(result.err),
        out = without_fractions(result.out) })
  end)
end)

describe("examples/raeth/run", function()
  it("fails without the script and is done with each of the two", function()
    local result = boot.shell { boot.source .. "/examples/raeth/run" }
    assert.are.equal(0, result.status, result.out .. result.err)
  end)
end)

describe("examples/ioctl_interaction/run", function()
  it("shows what the head of its script says", function()
    local folder = boot.source .. "/examples/ioctl_interaction/"
    local file = assert(io.open(folder .. "ioctl_interaction.lua"))
    local head = file:read("a"):match "^.-\n\n"
    file:close()
    local shown, wanted = "", ""
    local result = boot.shell { folder .. "run" }
    for line in result.err:gmatch "hyperlua: info: [^\n]*\n" do
      shown = shown .. (line:find "guest: " and "" or line)
    end
    for line in head:gmatch "%-%-   (hyperlua: [^\n]*\n)" do
      wanted = wanted .. line
    end
    local function without_numbers(text)
      return (text:gsub("%[%d+%]", "[N]"):gsub("pid: %d+", "pid: N"))
    end
    assert.are.equal(without_numbers(wanted), without_numbers(shown),
      result.err)
    assert.are.same({ status = 0, out = "interface: test, data: 0x12345678\n" },
      { status = result.status, out = result.out })
  end)
end)
