-- SPDX-License-Identifier: GPL-2.0-or-later
local testing = require "hyperlua.testing"

for _, arch in ipairs(testing.archs) do
  describe("the flash on " .. arch, function()
    local guest, io, flash
    before_each(function()
      guest = testing.guest { arch = arch, models = "." }
      io, flash = guest.hl.ioctl, guest:open "/dev/mtd0"
    end)

    it("says what it is", function()
      local info = guest.hl.struct [[struct mtd_info_user { u8 type;
        u32 flags, size, erasesize, writesize, oobsize; u64 padding; }]]
      local at = guest:alloc(info.size)
      assert.are.equal(0, flash:ioctl(io.IOR("M", 1, info), at))
      local got = info:read(at)
      assert.are.same({ 3, 0x40000, 0x10000 },
        { got.type, got.size, got.erasesize })
      assert.are.same({ size = 0x40000, mode = 438, major = 90, minor = 0 },
        guest:stat "/dev/mtd0")
      assert.matches('mtd0: 00040000 00010000 "firmware"',
        guest:read "/proc/mtd")
    end)

    it("clears bits when it is written, and sets them when erased", function()
      local part = guest.hl.struct "struct erase_info_user {u32 start, length;}"
      assert.are.equal(2, flash:write("\x0f\xf0", 0x10000))
      assert.are.equal(2, flash:write("\x3c\x3c", 0x10000))
      assert.are.equal("\x0c\x30\xff", flash:read(3, 0x10000))
      assert.are.equal(0, flash:ioctl(io.IOW("M", 2, part),
        guest:alloc(part:pack { start = 0x10000, length = 0x10000 })))
      assert.are.equal("\xff\xff", flash:read(2, 0x10000))
    end)

    it("ends where it ends", function()
      assert.are.equal(0x40000, flash:lseek(0, "end"))
      assert.are.same({ nil, "ENOSPC" }, { flash:write "x" })
      assert.are.equal("", flash:read(1))
    end)
  end)
end
