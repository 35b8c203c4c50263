-- SPDX-License-Identifier: GPL-2.0-or-later
local testing = require "hyperlua.testing"

local FOLDER = "/sys/class/gpio/gpio"
local NORMAL, CHANGED = 0x1, 0xb  -- EPOLLIN; and EPOLLPRI, EPOLLERR

describe("the pins", function()
  it("say what they are", function()
    local guest = testing.guest { models = "." }
    assert.are.same({ "out\n", "in\n", "both\n" },
      { guest:read(FOLDER .. "17/direction"),
        guest:read(FOLDER .. "18/direction"), guest:read(FOLDER .. "18/edge") })
  end)

  it("are wired together, and who polls hears of a change", function()
    local guest = testing.guest { models = "." }
    local pin = guest:open(FOLDER .. "18/value", "O_RDONLY")
    assert.are.equal("0\n", pin:read(2))
    assert.are.same({ NORMAL, 0 }, { pin:poll(), pin:wakes() })

    assert.are.equal(2, guest:write(FOLDER .. "17/value", "1\n"))

    assert.are.same({ CHANGED, 1 }, { pin:poll(), pin:wakes() })
    assert.are.equal(0, pin:lseek(0))
    assert.are.equal("1\n", pin:read(2))
    assert.are.equal(NORMAL, pin:poll())
  end)
end)
