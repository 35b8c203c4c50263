-- SPDX-License-Identifier: GPL-2.0-or-later
-- What tests/bench/run prints of measured values: table.awk, with figures and
-- values of its own.
local shell = require "shell"

local TABLE = debug.getinfo(1, "S").source:match "^@(.*)spec/[^/]*$"
  .. "bench/table.awk"

local FIGURES = [[
# name unit limit meaning
null_loop        ns    -    a ring
null_loop_spread ratio 3    to the fastest
read             us    5    at most
rate             ratio +0.5 at least
reload           ms    1    left out
without mips rate no reason
]]

local MIPS = { "null_loop 10 9 11", "read 5 4 6", "rate - none" }
local ARM = { "null_loop 31 30 32", "read 5.1 5 6", "rate 0.4 0.3 0.5" }

local folder

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
  file:close()
end

-- All that it prints, with its status, and the file it makes.
local function table_of(mips, arm, check)
  write("mips", table.concat(mips, "\n") .. "\n")
  local values = "target=mips kernel=6.1-m mips"
  if arm then
    write("arm", table.concat(arm, "\n") .. "\n")
    values = values .. " target=arm kernel=6.1-a arm"
  end
  local text = shell(("cd %s; awk -v json_file=json -v check=%d -v boots=0 "
    .. "-v reloads=0 -f %s figures %s 2>errors; echo status $?; cat errors")
    :format(folder, check or 0, TABLE, values))
  return (text:gsub(" +", " ")), shell("cat " .. folder .. "/json")
end

setup(function()
  TABLE = shell("realpath " .. TABLE):match "%S+"
  folder = shell("mktemp -d"):match "%S+"
  write("figures", FIGURES)
end)
teardown(function() os.execute("rm -r " .. folder) end)

describe("the bench's table", function()
  it("has a column a target, and marks what misses its limit", function()
    assert.are.equal([[
figure mips arm unit limit meaning
null_loop 10.0 31.0 ns - a ring
null_loop_spread 1.000 3.100! ratio 3 MISSED to the fastest
read 5.0 5.1! us 5 MISSED at most
rate - 0.400! ratio +0.5 MISSED at least
status 0
bench: limit missed: null_loop_spread: arm
bench: limit missed: read: arm
bench: limit missed: rate: arm
]], (table_of(MIPS, ARM)))
    assert.truthy(table_of(MIPS, ARM, 1):find("\nstatus 1\n", 1, true))
  end)

  it("is JSON too, with the reason for what a target lacks", function()
    local _, json = table_of({ MIPS[1], "read 5 4 6", "rate - none" })
    assert.are.equal([[
{
  "mips": {
    "kernel": "6.1-m",
    "figures": {
      "null_loop": {"value": 10, "unit": "ns", "lower_quartile": 9, ]]
      .. [["upper_quartile": 11, "limit": null, "least": false, "ok": true},
      "read": {"value": 5, "unit": "us", "lower_quartile": 4, ]]
      .. [["upper_quartile": 6, "limit": 5, "least": false, "ok": true},
      "rate": {"value": null, "reason": "no reason"}
    }
  }
}
]], json)
  end)

  it("compares no null calls where there is one target", function()
    assert.are.equal([[
figure mips unit limit meaning
null_loop 10.0 ns - a ring
read 5.0 us 5 ok at most
rate - ratio +0.5 at least
status 0
]], (table_of(MIPS)))
  end)

  local mistakes = {
    { "a figure that is not in the list", { "other 1 1 1" }, {},
      "no line in figures for other" },
    { "a figure that was not measured", {}, { 2 },
      "no value for read on mips" },
    { "a lack that is not in the list", { "read - too slow" }, { 2 },
      "no value for read on mips, and figures does not say so: "
        .. "read - too slow" },
    { "a value where the list has a lack", { "rate 1 1 1" }, { 3 },
      "a value for rate on mips, and figures says there is none" },
  }
  for _, mistake in ipairs(mistakes) do
    it("fails for " .. mistake[1], function()
      local values = table.move(MIPS, 1, #MIPS, 1, {})
      for _, index in ipairs(mistake[3]) do table.remove(values, index) end
      table.move(mistake[2], 1, #mistake[2], #values + 1, values)
      assert.are.equal("status 1\nbench: " .. mistake[4] .. "\n",
        table_of(values):match "status.*")
    end)
  end
end)
