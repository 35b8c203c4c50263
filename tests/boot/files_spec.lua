-- SPDX-License-Identifier: GPL-2.0-or-later
-- Files and a real kernel: the programs in guest/ check from inside what each
-- operation does, and exit with 0 if it was right.  #qemu
local boot = require "boot"

local function passed(result)
  assert.are.same({ status = 0, out = "ok\n" },
    { status = result.status, out = result.out }, result.err)
  for _, bad in ipairs { "Oops", "BUG", "WARNING", "stall",
    "hyperlua: error" } do
    assert.is_nil(result.err:find(bad), result.err)
  end
end

local EVERYWHERE = { "/dev/hl", "/dev/hl.d/sub/hl", "/proc/hl", "/proc/hl.d/hl",
  "/proc/driver/hl", "/proc/sys/kernel/hl", "/proc/sys/hl.d/sub/hl", "/sys/hl",
  "/sys/hl.d/sub/hl", "/sys/class/net/lo/hl", "/sys/class/net/lo/statistics/hl",
  "/sys/kernel/hl", "/etc/hl", "/opt/hl.d/sub/hl" }

local OPERATIONS = [[
  local opened, closed = 0, 0
  local model = {
    size = 11, mode = 384, mmap = "mapped",
    open = function(file)
      if file.nonblock then return -hl.errno.EAGAIN end
      opened = opened + 1
    end,
    release = function() closed = closed + 1 end,
    read = function(file, length, offset)
      return ("hello world"):sub(offset + 1, offset + length)
    end,
    write = function(file, data, offset)
      if data == "refuse" then return -hl.errno.ENOSPC end
      file.state.written = data .. "@" .. offset
      return data == "short" and 2 or #data
    end,
    ioctl = {
      [0x4811] = function(file, cmd, arg)
        local done = hl.portal.write_str(arg, file.state.written)
        return done and 7 or -hl.errno.EFAULT
      end,
      [0x4812] = function(file)
        file.state.ready = "rw"
        return 0
      end,
      [0x4813] = function(file, cmd, arg)
        hl.portal.write_str(arg, (file:map_read(0, 6)))
        return 6
      end,
      [0x4814] = function(file)
        file:map_write(0, "engine")
        return 0
      end,
    },
    poll = function(file) return file.state.ready or "w" end,
    fsync = function(file, datasync)
      return datasync and -hl.errno.EIO or 0
    end,
  }
  for path in ("%s"):gmatch "%%S+" do hl.file(path, model) end
  hl.file("/dev/count", { read = function()
    return opened .. " " .. closed
  end })]]

-- A device, a regular file, and one that is not taken over.
local WAITING = { "/dev/wait", "/etc/wait", "/proc/net/wait" }

local WAITS = [[
  local go, count, polls, open = hl.event(), 0, 0, false
  local wait = {
    read = function()
      local _ <close> = setmetatable({}, { __close = function()
        count = count - 1
      end })
      count = count + 1
      go:wait()
      return "done"
    end,
    write = function() return go:signal() end,
    ioctl = { [0x4820] = function() return count end },
  }
  for path in ("%s"):gmatch "%%S+" do hl.file(path, wait) end
  hl.file("/dev/slow", { read = function() hl.sleep(50) return "x" end })
  hl.file("/dev/door", {
    poll = function()
      polls = polls + 1
      return open and "r" or ""
    end,
    write = function(file, data)
      open = true
      file:wake()
      return #data
    end,
    ioctl = { [0x4821] = function() return polls end },
  })]]

local NODES = [[
  hl.budget { ms = 10000 }      -- a handler makes 5,000 files
  local nodes, waiting, never = {}, 0, hl.event()
  local model = { size = 6, mmap = "map",
    read = function(file, length, offset)
      if offset == 100 then
        waiting = waiting + 1
        never:wait()
      end
      return ("model\n"):sub(offset + 1, offset + length)
    end,
    write = function() return 1 end,
    lseek = function(file, offset) return offset end,
    ioctl = {
      [0x4820] = function() return waiting end,
      [0x4821] = function(file, cmd, arg)
        nodes[file.path]:remove()
        for _ = 1, 300 do hl.portal.read_bytes(arg, 8) end
        never:wait()
      end,
    },
  }
  local many = { read = hl.models.const_buf("model\n"),
    write = hl.models.discard() }
  local commands = {
    add = function(path) nodes[path] = hl.file(path, model) end,
    remove = function(path) nodes[path]:remove() end,
    many = function(count)
      for i = 1, tonumber(count) do hl.file("/dev/many/" .. i, many) end
    end,
  }
  hl.file("/dev/control", { write = function(file, data)
    local name, argument = data:match "^(%S+) (%S+)$"
    commands[name](argument)
    return #data
  end })]]

local STRESS = [[
  for path in ("%s"):gmatch "%%S+" do
    hl.file(path, { size = 6, read = function(file, length, offset)
      return ("model\n"):sub(offset + 1, offset + length)
    end, write = hl.models.discard() })
  end]]

local LOOPED = { "/dev/s", "/proc/s.d/s", "/proc/sys/kernel/s", "/sys/s.d/s",
  "/tmp/s.d/s", "/proc/version", "/sys/kernel/profiling" }

local THOUSANDS = [[
  for i = 1, 10000 do
    hl.file("/dev/many/" .. i, { read = "model\n" })
  end]]

local IMPOSSIBLE = { "/proc/99999", "/proc/mounts", "/sys/class/net/plain" }

describe("a modelled file", function()
  it("answers every operation in every namespace", function()
    passed(boot.program(OPERATIONS:format(table.concat(EVERYWHERE, " ")),
      "files", EVERYWHERE))
  end)

  it("lets its handlers wait, and signals and wakes reach who waits",
    function()
      passed(boot.program(WAITS:format(table.concat(WAITING, " ")), "filewaits",
        WAITING))
    end)

  it("comes, goes, and takes the place of another", function()
    passed(boot.program(NODES, "filenodes"))
  end)

  it("stays when who loads the module is killed meanwhile", function()
    passed(boot.alone(THOUSANDS, "loadkilled"))
  end)

  it("is refused where procfs or sysfs cannot have it, quietly", function()
    local text, refusals = "", {}
    for i, path in ipairs(IMPOSSIBLE) do
      text = text .. ('hl.file("%s", { read = "" })\n'):format(path)
      refusals[i] = path .. " Operation not supported"
    end
    local result = boot.program(text, "sh",
      { "-c", "dmesg | grep -c WARNING" })
    local refused = {}
    for path, why in result.err:gmatch "error: (%S+) %b(): [^\n]*: ([^\n]*)" do
      refused[#refused + 1] = path .. " " .. why
    end
    assert.are.same({ out = "0\n", refused = refusals },
      { out = result.out, refused = refused }, result.err)
  end)

  for _, vcpus in ipairs(boot.vcpus) do
    it("can be in use while the module comes and goes, vCPUs: " .. vcpus,
      function()
        passed(boot.alone(STRESS:format(table.concat(LOOPED, " ")),
          "filestress", { boot.times(4), table.unpack(LOOPED) },
          { "--smp", tostring(vcpus) }))
      end)
  end
end)
