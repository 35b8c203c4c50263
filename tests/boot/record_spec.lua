-- SPDX-License-Identifier: GPL-2.0-or-later
-- A run is recorded, a model made of it, and the model alone answers the same
-- programs in the same way: guest/seeds.c checks its memory from inside. #qemu
local boot = require "boot"

local FILES = [[
  local count, speed = 0, "slow\n"
  hl.file("/proc/mtd", { read = "dev:    size   erasesize  name\n" })
  hl.file("/sys/class/fan/speed", { size = 16,
    read = function(_, length, offset)
      return speed:sub(offset + 1, offset + length)
    end,
    write = function(_, data)
      if data ~= "slow\n" and data ~= "fast\n" then
        return -hl.errno.EINVAL
      end
      speed = data
      return #data
    end })
  hl.file("/dev/count", { read = function(_, _, offset)
    if offset > 0 then return "" end
    count = count + 1
    return count .. "\n"
  end })]]

local COMMAND = [[
  seeds raeth
  cd /sys/class/fan; ls -l speed | cut -c 1-10; cat /proc/mtd speed
  echo fast >speed; cat speed; echo warp >speed; echo $?; cat speed
  for i in 1 2 3; do cat /dev/count; done
  exec 2>&1; cat /dev/none]]

local function run(options)
  return boot.run({ "--add", boot.guest .. "/seeds:/bin/seeds",
    table.unpack(options) }, { "sh", "-c", COMMAND })
end

local function hyperlua(...)
  return boot.shell { boot.build .. "/bin/hyperlua", ... }
end

it("the model of a recording answers as the scripts did", function()
  local folder = boot.folder "recorded"
  local script = boot.script('local hl = require "hyperlua"\n' .. FILES)
  local recording, model = folder .. "/recording", folder .. "/made.lua"
  local first = run { "--record", recording, "--script", script, "--script",
    boot.source .. "/examples/raeth/raeth.lua" }
  os.remove(script)
  assert.are.equal("ok\n-rw-rw-rw-\ndev:    size   erasesize  name\nslow\n"
    .. "fast\n1\nfast\n1\n2\n3\ncat: can't open '/dev/none': No such file or "
    .. "directory\n", first.out, first.err)

  assert.are.same({ status = 0, out = "", err = "" },
    hyperlua("model", recording, "-o", model))
  assert.are.equal(0, hyperlua("check", "--models", folder).status)

  local second = run { "--models", folder }
  assert.are.equal(first.out, second.out, second.err)
  assert.are.equal(first.status, second.status)
  assert.is_nil(second.err:find "hyperlua: error")
end)

it("a recording that cannot be made is an error before the guest begins",
  function()
    local result = boot.run({ "--record", "/nonexistent/recording" },
      { "echo", "here" })
    assert.are.same({ status = 125, out = "" }, { status = result.status,
      out = result.out })
    assert.are.equal("hyperlua: error: record /nonexistent/recording: No such "
      .. "file or directory", result.err:match "^[^\n]*")
  end)
