-- SPDX-License-Identifier: GPL-2.0-or-later
-- Other processes' memory, what the kernel knows of processes, the guest's
-- files and programs, tasks of the script's own, as the guest sees them. #qemu
local boot = require "boot"

-- The guest's questions by name (guest/processes.c); each answers with a text.
local SCRIPT = [[
  local portal = hl.portal
  local questions = {}
  local spawned = "none"

  local function path_at(addr)
    return assert(portal.read_str(addr))
  end

  function questions.str(pid, addr)
    local s, err = portal.of(pid).read_str(addr)
    return s or err
  end

  function questions.write(pid, addr)
    local n, err, part = portal.of(pid).write_bytes(addr, "the script's")
    return n and tostring(n) or err .. " " .. part
  end

  function questions.proc(pid)
    local p, err = portal.of(pid).get_proc()
    return p and ("%d %d %s"):format(p.pid, p.parent, p.comm) or err
  end

  function questions.ids(pid)
    local p = portal.of(pid).get_proc_creds()
    return ("ids %d %d"):format(p.euid, p.egid)
  end

  local function numbers(list, key)
    local text, last = " ", 0
    for _, p in ipairs(list) do
      assert(p[key] > last)
      last = p[key]
      text = text .. last .. " "
    end
    return text
  end

  function questions.procs()
    return numbers(portal.get_procs(), "pid")
  end

  function questions.threads(pid)
    return numbers(portal.of(pid).get_threads(), "tid")
  end

  local WIDTH = 24 + require("hyperlua.core").word_bits // 8 * 6

  -- As fs/proc/task_mmu.c prints it.
  local function line(m)
    local s = ("%08x-%08x %s%s%s%s %08x %02x:%02x %d "):format(m.start, m.stop,
      m.read and "r" or "-", m.write and "w" or "-", m.exec and "x" or "-",
      m.shared and "s" or "p", m.offset, m.major, m.minor, m.inode)
    if m.name ~= "" then
      s = s .. (" "):rep(WIDTH - #s) .. " " .. m.name
    end
    return s .. "\n"
  end

  function questions.maps(pid)
    local text = {}
    for i, m in ipairs(portal.of(pid).get_maps()) do
      text[i] = line(m)
    end
    assert(portal.write_file("/tmp/maps", table.concat(text)))
    return "ok"
  end

  function questions.fd_name(pid, fd)
    local name, err = portal.of(pid).read_fd_name(fd)
    return name or err
  end

  local function listed(pid, fd)
    for _, f in ipairs(portal.of(pid).get_fds()) do
      if f.fd == fd then
        return f
      end
    end
    return { name = "", position = 0 }
  end

  function questions.fd_listed(pid, fd)
    return listed(pid, fd).name
  end

  function questions.fd_position(pid, fd)
    local f = listed(pid, fd)
    return f.name .. " " .. f.position
  end

  function questions.get(path)
    local data, err = portal.read_file(path_at(path))
    return data or err
  end

  function questions.put(path, data)
    local n, err = portal.write_file(path_at(path), portal.read_str(data))
    return n and tostring(n) or err
  end

  function questions.append(path, data)
    local n, err = portal.write_file(path_at(path), portal.read_str(data),
      { append = true })
    return n and tostring(n) or err
  end

  function questions.copy(from, to)
    local data, err = portal.read_file(path_at(from))
    if not data then
      return err
    end
    local n, failure = portal.write_file(path_at(to), data)
    return n == #data and "ok" or failure
  end

  local function result(r, err)
    if not r then
      return err
    end
    local how = r.timed_out and "timed out"
      or r.signal and "signal " .. r.signal or "status " .. r.status
    return how .. ": " .. r.output
  end

  function questions.run(line, timeout)
    return result(portal.run("/bin/sh", "-c", path_at(line),
      { timeout = timeout }))
  end

  function questions.run_path(path)
    return result(portal.run(path_at(path)))
  end

  function questions.run_written(path)
    return result(portal.run(path_at(path), "echo", "just written"))
  end

  function questions.run_env(line)
    return result(portal.run("/bin/sh", "-c", path_at(line),
      { env = { a = "b" } }))
  end

  function questions.run_length(line, max)
    return #portal.run("/bin/sh", "-c", path_at(line),
      { output_max = max }).output
  end

  function questions.nap()
    hl.sleep(3)
    return "ok"
  end

  function questions.spawn(count)
    local left = count
    for i = 1, count do
      hl.spawn(function(i)
        hl.sleep(i % 7)
        left = left - 1
        spawned = left == 0 and tostring(count) or "some"
      end, i)
    end
    return "ok"
  end

  function questions.spawn_done()
    return spawned
  end

  hl.syscall("on_sys_ioctl_enter", { arg_filter = { [2] = 0x4901 } },
    function(syscall, _, _, at)
      local question = portal.read_ptrs(at, 4)
      local what = portal.read_str(question[1])
      local text = tostring(questions[what](question[2], question[3]))
      portal.write_str(question[4], text:sub(1, 4000))
      syscall.retval = 0
      syscall.skip_syscall = true
    end)

  local told = "hello from the model"
  hl.file("/dev/model", {
    read = function(_, length, offset)
      return told:sub(offset + 1, offset + length)
    end,
    write = function(_, data)
      told = data
      return #data
    end,
  })
  hl.file("/dev/mirror", {
    read = function(_, length, offset)
      local data, err = portal.read_file("/dev/mirror")
      return (data or err):sub(offset + 1, offset + length)
    end,
  })

  local began = 0
  hl.spawn(function()
    if began > 0 then
      return
    end
    began = began + 1
    local waits = 0
    for _ = 1, 3 do
      hl.sleep(2)
      waits = waits + 1
    end
    local r = portal.run("/bin/sh", "-c", "echo from a thread")
    local maps = portal.of(2).get_maps()
    local _, err = portal.of(2).read_bytes(0x400000, 4)
    portal.write_file("/tmp/spawned.new", ("waited %d; ran: %s; maps %d; %s")
      :format(waits, r.output, #maps, err))
    portal.run("/bin/sh", "-c", "mv /tmp/spawned.new /tmp/spawned")
  end)
]]

local function passes(name)
  local result = boot.program(SCRIPT, "processes", { name })
  assert.are.equal("ok\n", result.out, result.err)
  assert.are.equal(0, result.status)
  assert.is_nil(result.err:find "handler", result.err)
end

describe("the portal", function()
  it("reads and writes another process's memory; none that is gone or "
    .. "forbidden", function()
    passes "memory"
  end)

  it("reads processes that end meanwhile", function()
    passes "ending"
  end)

  it("lists processes and threads in order", function()
    passes "lists"
  end)

  it("gives the mappings of /proc/PID/maps", function()
    passes "mappings"
  end)

  it("names descriptors as /proc/PID/fd does", function()
    passes "descriptors"
  end)

  it("reads and writes files of any kind and size", function()
    passes "files"
  end)

  it("runs programs and gives output, status, signal and timeout", function()
    passes "programs"
  end)

  it("runs hl.spawn's tasks, which wait, and have files and programs",
    function()
      passes "spawned"
    end)

  it("lets the module go and come under all that", function()
    local result = boot.alone(SCRIPT, "processes", { "unloads", boot.times(3) },
      { "--timeout", "500" })
    assert.are.equal("ok\n", result.out, result.err)
    assert.are.equal(0, result.status)
    for _, bad in ipairs { "Oops", "BUG", "stall", "WARNING" } do
      assert.is_nil(result.err:find(bad), result.err)
    end
  end)
end)
