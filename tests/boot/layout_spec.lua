-- SPDX-License-Identifier: GPL-2.0-or-later
-- Where the module comes to lie in the kernel's memory must not matter. #qemu
local boot = require "boot"

describe("the module", function()
  -- far/ is the module with its data 4 MiB, what one page table maps, behind
  -- its code (tests/run): where nothing was when the older process began.
  it("serves a process that began before what it lies in was mapped",
    function()
      local printed = boot.run({ "--module",
        boot.guest .. "/far/hyperlua.ko", "--add",
        boot.source .. "/tests/boot/guest/elder.sh:/", "--print-qemu" },
        { "true" })
      local line = printed.out:gsub("rdinit=%S+", "rdinit=/elder.sh")
      local result = boot.shell { "sh", "-c", "timeout 200 " .. line }
      assert.are.equal("elder: still here",
        result.err:match "elder: [^\r\n]*", result.err)
      assert.are.equal(0, result.status)
    end)
end)
