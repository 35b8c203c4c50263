-- SPDX-License-Identifier: GPL-2.0-or-later
-- A flash chip: erasing sets bits, writing can only clear them.
--
--   examples/models/run sh -c 'cat /proc/mtd; mtdinfo /dev/mtd0;
--     echo firmware >new; flashcp new /dev/mtd0; head -n 1 /dev/mtd0;
--     mtd_debug erase /dev/mtd0 0 65536 2>&1; od -An -tx1 -N 4 /dev/mtd0'
--
-- shows
--
--   dev:    size   erasesize  name
--   mtd0: 00040000 00010000 "firmware"
--   mtd0
--   Name:                           firmware
--   Type:                           nor
--   Eraseblock size:                65536 bytes, 64.0 KiB
--   Amount of eraseblocks:          4 (262144 bytes, 256.0 KiB)
--   Minimum input/output unit size: 1 byte
--   Sub-page size:                  1 byte
--   Character device major/minor:   90:0
--   Bad blocks are allowed:         false
--   Device is writable:             true
--
--   firmware
--   Erased 65536 bytes from address 0x00000000 in flash
--    ff ff ff ff

local hl = require "hyperlua"

local INFO = hl.struct [[struct mtd_info_user { u8 type;
  u32 flags, size, erasesize, writesize, oobsize; u64 padding; }]]
local PART = hl.struct "struct erase_info_user { u32 start, length; }"
local SIZE, BLOCK = 0x40000, 0x10000
local flash = ("\xff"):rep(SIZE)
local function put(offset, data)
  flash = flash:sub(1, offset) .. data .. flash:sub(offset + #data + 1)
  return #data
end

local files = { ["/dev/mtd0"] = { size = SIZE, device = { 90, 0 },
  read = function(_, length, offset)
    return flash:sub(offset + 1, offset + length)
  end,
  write = function(_, data, offset)
    if offset + #data > SIZE then return -hl.errno.ENOSPC end
    return put(offset, (data:gsub("()(.)", function(i, new)
      return string.char(new:byte() & flash:byte(offset + i))
    end)))
  end,
  ioctl = {
    [hl.ioctl.IOR("M", 1, INFO)] = hl.models.write_data(INFO:pack { type = 3,
      size = SIZE, flags = 0xc00, erasesize = BLOCK, writesize = 1 }),
    [hl.ioctl.IOW("M", 2, PART)] = function(_, _, arg)  -- MEMERASE
      local part = PART:read(arg)
      if not part then return -hl.errno.EFAULT end
      if part.start + part.length > SIZE then return -hl.errno.EINVAL end
      return put(part.start, ("\xff"):rep(part.length)) and 0
    end } } }
files["/proc/mtd"] = { read = "dev:    size   erasesize  name\n"
  .. ('mtd0: %08x %08x "firmware"\n'):format(SIZE, BLOCK) }
for name, value in pairs { dev = "90:0", name = "firmware", type = "nor",
  size = SIZE, flags = "0xc00", erasesize = BLOCK, writesize = 1, oobsize = 0,
  subpagesize = 1, oobavail = 0, numeraseregions = 0 } do
  files["/sys/class/mtd/mtd0/" .. name] = { read = value .. "\n" }
end
return files
