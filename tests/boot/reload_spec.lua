-- SPDX-License-Identifier: GPL-2.0-or-later
-- Scripts are replaced while four processes use what they model.  #qemu
local boot = require "boot"

local COUNT = tonumber(boot.times(200))

-- The script, to be replaced, in the build folder.
local function script()
  local file = assert(io.open(boot.source .. "/tests/boot/reloaded.lua"))
  local text = file:read "a"
  file:close()
  return boot.script(text)
end

local function figures(path)
  local file = assert(io.open(path .. ".figures"))
  local list = { file:read("n", "n", "n", "n", "n", "n", "n", "n", "n") }
  file:close()
  os.remove(path .. ".figures")
  return list
end

for _, vcpus in ipairs(boot.vcpus) do
  it(("%d versions, on vCPUs: %d: no request is lost, failed, or answered by "
    .. "neither, and no memory with them"):format(COUNT, vcpus), function()
      local path = script()
      local result = boot.run({ "--script", path, "--smp", tostring(vcpus),
        "--add", boot.guest .. "/reload:/bin/reload" },
        { "reload", tostring(COUNT) })
      os.remove(path)
      assert.are.equal("ok\n", result.out, result.err)
      assert.are.equal(0, result.status)
      local lines = select(2, result.err:gsub("hyperlua: info: reloaded: "
        .. "version %d+, with %d files and 2 hooks\n", ""))
      assert.are.equal(COUNT, lines)
      assert.is_nil(result.err:find "hyperlua: error")
      local measured = figures(path)
      local qemu_kib, slab_kib = measured[8], measured[9]
      assert.are.equal(COUNT, measured[1])
      -- A version has some 400 KiB: that many of them would not fit.
      assert.is_true(qemu_kib < 8192, qemu_kib)
      assert.is_true(slab_kib < 1024, slab_kib)
    end)
end

-- Whether QEMU watches files, by what it has open.
local WATCHES = [[
  function watches()
    local list = io.popen "ls -l /proc/$PPID/fd"
    local text = list:read "a"
    list:close()
    return text:find "inotify" and "yes" or "no"
  end ]]

it("what is new comes, and what is old goes, while the guest is idle",
  function()
    local result = boot.session(WATCHES .. [[
      hl.file("/dev/old", { read = "old\n" })
      hl.syscall("on_sys_mkdir_enter", print)
    ]], "head -n 1 /dev/gate; cat /dev/new /dev/old", [[
      console -e 'watches()'
      sed -i 's/old/new/g; s/mkdir/unlink/' $script
      until console -e 'hl.files()' | grep -q '^/dev/new *present'; do :; done
      until console -e 'hl.hooks()' | grep 'unlink_enter *present'; do :; done
      while console -e 'hl.files()' | grep -q old; do :; done]])
    assert.are.equal('ready\ntrue\n"yes"\n', result.out:sub(1, 17))
    local lines = {}
    for line in result.out:sub(18):gmatch "[^\n]+" do
      lines[#lines + 1] = line:match "^%S+ *%S*"
    end
    assert.are.same({ "on_sys_unlink_enter  present", "1", "open", "new",
      "status 1" }, lines)
    assert.matches("can't open '/dev/old': No such file", result.err)
  end)

it("files are not watched with --no-reload", function()
  local script = WATCHES .. [[
    hl.file("/dev/watches", { read = function() return watches() .. "\n" end })]]
  local result = boot.run({ "-e", script, "--no-reload" },
    { "head", "-n", "1", "/dev/watches" })
  assert.are.same({ "no\n", 0 }, { result.out, result.status })
end)
