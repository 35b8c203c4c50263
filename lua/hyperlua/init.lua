-- SPDX-License-Identifier: GPL-2.0-or-later
-- require "hyperlua": what scripts program against.

require "hyperlua.coroutine"
local log = require "hyperlua.log"

-- What a script prints is one line of the log like any other.
function print(...)
  local words = table.pack(...)
  for i = 1, words.n do
    words[i] = tostring(words[i])
  end
  log.info(table.concat(words, "\t"))
end

-- Standard output belongs to the guest's command.
io.output(io.stderr)

-- QEMU would go down with it, at any point of the guest's.
function os.exit()
  error("os.exit would end QEMU, and the guest with it: return instead", 2)
end

return {
  log = log,
  portal = require "hyperlua.portal",
  syscall = require "hyperlua.syscall",
}
