-- SPDX-License-Identifier: GPL-2.0-or-later
-- The script of this folder, without a guest:
--
--   build/bin/hyperlua test examples/ioctl_interaction

local testing = require "hyperlua.testing"

local SIOCDEVPRIVATE = 0x89F0
local ENODEV = 19

local PROCESS = {
  pid = 69, comm = "ioctl_interaction_test",
  args = { "ioctl_interaction_test", "first", "second" },
  env = { HOME = "/root", TERM = "linux" },
  fds = { [3] = "socket:[731]" },
}

for _, arch in ipairs(testing.archs) do
  it("a request is read and changed on " .. arch, function()
    local guest = testing.guest { arch = arch, process = PROCESS,
      script = "ioctl_interaction.lua" }
    local request = guest.hl.struct "struct { char name[16]; int data; }"
    local at = guest:alloc(request:pack { name = "eth0", data = 0x1234 })

    assert.are.equal(-ENODEV, guest:syscall("ioctl", { 3, SIOCDEVPRIVATE, at },
      { retval = -ENODEV }))

    assert.are.same({ name = "test", data = 0x12345678 }, request:read(at))
    assert.are.same({
      "info: Interface: eth0", "info: Data: 0x1234", "info: FD: socket:[731]",
      "info: Found process: ioctl_interaction_test first second",
      "info: Found env: HOME=/root TERM=linux", "info: Found pid: 69",
    }, guest:log())
  end)
end

it("a request that is not in memory is the script's error", function()
  local guest = testing.guest { process = PROCESS,
    script = "ioctl_interaction.lua" }
  guest:syscall("ioctl", { 3, SIOCDEVPRIVATE, 0x1000 }, { retval = -14 })
  assert.matches("bad argument #2 to 'format'", guest:errors()[1] or "none")
end)
