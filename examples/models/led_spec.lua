-- SPDX-License-Identifier: GPL-2.0-or-later
local testing = require "hyperlua.testing"

local FOLDER = "/sys/class/leds/power:green/"

describe("the LED", function()
  local guest
  before_each(function()
    guest = testing.guest { models = "." }
  end)

  it("keeps its brightness", function()
    assert.are.equal("0\n", guest:read(FOLDER .. "brightness"))
    assert.are.equal(4, guest:write(FOLDER .. "brightness", "128\n"))
    assert.are.equal("128\n", guest:read(FOLDER .. "brightness"))
    assert.are.equal("255\n", guest:read(FOLDER .. "max_brightness"))
    assert.are.same({ "info: power:green: 128 of 255" }, guest:log())
  end)

  it("shows which trigger is on", function()
    local trigger = guest:open(FOLDER .. "trigger")
    assert.are.equal("[none] timer heartbeat\n", trigger:read(4096))
    assert.are.equal("", trigger:read(4096))
    assert.are.equal(10, trigger:write("heartbeat\n", 0))
    assert.are.equal("none timer [heartbeat]\n", trigger:read(4096, 0))
  end)

  it("refuses what is no brightness and no trigger", function()
    assert.are.same({ nil, "EINVAL" },
      { guest:write(FOLDER .. "brightness", "bright\n") })
    assert.are.same({ nil, "EINVAL" },
      { guest:write(FOLDER .. "trigger", "morse\n") })
    assert.are.equal("0\n", guest:read(FOLDER .. "brightness"))
  end)
end)
