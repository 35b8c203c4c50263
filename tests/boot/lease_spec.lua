-- SPDX-License-Identifier: GPL-2.0-or-later
-- The module goes while a process sleeps in open of a node. #qemu
local boot = require "boot"

describe("a process that sleeps in open until a lease is broken", function()
  it("outlives the module", function()
    local file = boot.script "file"
    local result = boot.alone(
      'hl.file("/etc/leased", { read = function() return "model" end })',
      "leased", {}, { "--add", file .. ":/etc/leased" })
    os.remove(file)
    assert.are.equal("ok\n", result.out, result.err)
    assert.are.equal(0, result.status)
    assert.is_nil(result.err:find "Oops", result.err)
  end)
end)
