-- SPDX-License-Identifier: GPL-2.0-or-later
local testing = require "hyperlua.testing"

describe("the settings", function()
  local guest, nvram
  before_each(function()
    guest = testing.guest { models = "." }
    nvram = guest:open "/dev/nvram"
  end)

  it("are those of a router", function()
    assert.are.equal("lan_ipaddr=192.168.1.1\0wan_proto=dhcp\0boot_wait=on\0",
      nvram:read(51))
    assert.are.equal(0x8000, nvram:lseek(0, "end"))
  end)

  it("are changed in their place", function()
    assert.are.equal(14, nvram:write("wan_proto=none", 23))
    assert.are.equal("wan_proto=none\0boot", nvram:read(19, 23))
    assert.are.same({ 'info: nvram: "wan_proto=none" at 23' }, guest:log())
  end)

  it("have an end", function()
    assert.are.same({ nil, "ENOSPC" }, { nvram:write("xx", 0x7fff) })
    assert.are.same({ nil, "ENOTTY" }, { nvram:ioctl(0x5401) })
  end)
end)
