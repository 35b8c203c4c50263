-- SPDX-License-Identifier: GPL-2.0-or-later
-- What the portal says of processes: the one being served, and others by pid.
local world = require "world"

local SELF = {
  pid = 7, parent = 1, session = 5, group = 6, threads = 2, word_bits = 32,
  state = "R", uid = 1000, euid = 0, suid = 2, fsuid = 3, gid = 100, egid = 101,
  sgid = 102, fsgid = 103, start_ns = 123456789012, comm = "program",
  arg_start = 0x20000, arg_end = 0x2000c, env_start = 0x2000c,
  env_end = 0x20026, exe = "/bin/program",
  list_threads = { { pid = 7 }, { pid = 7, tid = 9, comm = "second" } },
  maps = {
    { start = 0x400000, stop = 0x402000, flags = 5, offset = 0x1000,
      inode = 77, major = 8, minor = 1, name = "/bin/program" },
    { start = 0x7fff0000, stop = 0x7fff1000, flags = 11 },
  },
  fds = {
    { fd = 0, name = "/dev/null", flags = 2, mode = 0x21b6, position = 12 },
    { fd = 5, name = "socket:[99]" },
  },
}

local function prepare(guest)
  world.add(guest, SELF)
  world.add(guest, { pid = 8, comm = "kthread" })
  guest:serve(7)
  guest:poke(0x20000, "program\0\0-x\0" .. "A=1\0B=x=y\0A=2\0none\0=e\0")
end

local function handle(body, target, more)
  return world.handle(target or "mipsel", body, function(guest)
    prepare(guest)
    if more then
      more(guest)
    end
  end)
end

describe("a process", function()
  it("says all of itself", function()
    assert.are.same({ "{arg_end=2000c arg_start=20000 comm=program egid=65 "
      .. "env_end=20026 env_start=2000c euid=0 fsgid=67 fsuid=3 gid=64 group=6 "
      .. "parent=1 pid=7 session=5 sgid=66 start_ns=1cbe991a14 state=R suid=2 "
      .. "threads=2 tid=7 uid=3e8 word_bits=20}" },
      (handle "show(portal.get_proc())"))
  end)

  it("says its parts by name", function()
    assert.are.same({ "7 1 program /bin/program", "{egid=65 euid=0 fsgid=67 "
      .. "fsuid=3 gid=64 sgid=66 suid=2 uid=3e8}" }, (handle [[
        show(portal.get_proc_pid(), portal.get_proc_parent(),
          portal.get_proc_comm(), portal.get_proc_exe())
        show(portal.get_proc_creds())]]))
  end)

  it("gives its arguments and environment", function()
    assert.are.same({ "3 {program  -x}", "{=e A=1 B=x=y}" }, (handle [[
      local args = portal.get_proc_args()
      show(#args, args)
      show(portal.get_proc_env())]]))
  end)

  it("gives them where they are cut, or missing", function()
    local lines = handle([[
      show(portal.of(20).get_proc_args(), portal.of(20).get_proc_env())
      show(portal.of(21).get_proc_args())
      show(portal.of(22).get_proc_args())
      show(portal.of(8).get_proc_args(), portal.of(8).get_proc_env())]],
      "mipsel", function(guest)
        world.add(guest, { pid = 20, arg_start = 0x1000, arg_end = 0x1003 })
        guest:poke_of(20, 0x1000, "abcdef")
        world.add(guest, { pid = 21, arg_start = 0x1ffe, arg_end = 0x2002 })
        guest:poke_of(21, 0x1000, ("x"):rep(4096))
        world.add(guest, { pid = 22, arg_start = 0x1000, arg_end = 1 << 40 })
      end)
    assert.are.same({ "{abc} {}", "nil EFAULT", "nil E2BIG", "{} {}" }, lines)
  end)

  it("holds nobody up with one long argument", function()
    local before = os.clock()
    local lines = handle([[
      local args = portal.of(20).get_proc_args()
      show(#args, #args[1], args[2], #portal.of(20).get_proc_env())]],
      "mipsel", function(guest)
        local bytes = ("x"):rep(300000) .. "\0y\0"
        world.add(guest, { pid = 20, arg_start = 0x100000,
          arg_end = 0x100000 + #bytes, env_start = 0x100000,
          env_end = 0x100000 + #bytes })
        guest:poke_of(20, 0x100000, bytes)
      end)
    assert.are.same({ "2 493e0 y 0" }, lines)
    assert.is_true(os.clock() - before < 5)
  end)

  it("lists its threads, mappings and descriptors", function()
    local lines = handle [[
      for _, thread in ipairs(portal.get_threads()) do
        show(thread.tid, thread.comm)
      end
      show(table.unpack(portal.get_maps()))
      show(table.unpack(portal.get_fds()))]]
    assert.are.same({
      "7 program", "9 second",
      "{exec=true inode=4d major=8 minor=1 name=/bin/program offset=1000 "
        .. "read=true shared=false size=2000 start=400000 stop=402000 "
        .. "write=false} {exec=false inode=0 major=0 minor=0 name= offset=0 "
        .. "read=true shared=true size=1000 start=7fff0000 stop=7fff1000 "
        .. "write=true}",
      "{fd=0 flags=2 mode=21b6 name=/dev/null position=c} {fd=5 flags=0 "
        .. "mode=0 name=socket:[99] position=0}",
    }, lines)
  end)

  it("names a descriptor", function()
    assert.are.same({ "/dev/null socket:[99]", "nil EBADF", "nil EBADF" },
      (handle [[
        show(portal.read_fd_name(0), portal.read_fd_name(5))
        show(portal.read_fd_name(4))
        show(portal.read_fd_name(-1))]]))
  end)

  it("is gone when it is gone, and what was asked of it is nil", function()
    assert.are.same({ "nil ESRCH", "nil ESRCH", "nil ESRCH", "nil ESRCH",
      "nil ESRCH ", "nil ESRCH 0", "nil ESRCH", "nil ESRCH {}" }, (handle [[
        local other = portal.of(99)
        show(other.get_proc_args())
        show(other.get_maps())
        show(other.get_proc_pid())
        show(other.read_fd_name(1))
        show(other.read_bytes(0x1000, 4))
        show(other.write_int(0x1000, 4))
        show(other.read_int(0x1000))
        show(other.read_ints(0x1000, 1))]]))
  end)

  it("is listed with all others", function()
    local lines = handle([[
      local procs = portal.get_procs()
      show(#procs, procs[1].pid, procs[1].comm, procs[2].pid, procs[2].comm,
        procs[100].pid)]], "mipsel", function(guest)
      for pid = 100, 300 do
        world.add(guest, { pid = pid })
      end
    end)
    assert.are.same({ "cb 7 program 8 kthread c5" }, lines)
  end)

  it("has long lists in more than one region", function()
    local maps, fds = {}, {}
    for i = 1, 500 do
      maps[i] = { start = i << 12, stop = i + 1 << 12, name = "/lib/" .. i }
      fds[i] = { fd = i, name = ("pipe:[%d]"):format(i) }
    end
    local lines = handle([[
      local maps, fds = portal.of(30).get_maps(), portal.of(30).get_fds()
      show(#maps, maps[499], #fds, fds[500])]], "mipsel", function(guest)
      world.add(guest, { pid = 30, maps = maps, fds = fds })
    end)
    assert.are.same({ "1f4 {exec=false inode=0 major=0 minor=0 name=/lib/499 "
      .. "offset=0 read=false shared=false size=1000 start=1f3000 stop=1f4000 "
      .. "write=false} 1f4 {fd=1f4 flags=0 mode=0 name=pipe:[500] "
      .. "position=0}" }, lines)
  end)

  it("does not fill the host's memory with long names", function()
    local fds, name = {}, "/" .. ("n"):rep(4000)
    for i = 1, 4300 do
      fds[i] = { fd = i, name = name }
    end
    local lines = handle("show(portal.of(30).get_fds())", "mipsel",
      function(guest)
        world.add(guest, { pid = 30, fds = fds })
      end)
    assert.are.same({ "nil EOVERFLOW" }, lines)
  end)
end)

describe("another process's memory", function()
  it("is read and written, and not one's own", function()
    local lines, guest = handle([[
      local other = portal.of(8)
      show(other.pid, other.read_str(0x20000), portal.read_str(0x20000))
      show(other.write_str(0x20000, "his"), other.read_bytes(0x20000, 6))
      show(other.read_ptrs(0x20008))]], "mipsel", function(guest)
        guest:poke_of(8, 0x20000, "kernel\0\0" .. ("<I4I4"):pack(5, 0))
      end)
    assert.are.same({ "8 kernel program", "4 his?el", "{5}" }, lines)
    assert.are.equal("his\0el", guest:peek_of(8, 0x20000, 6))
    assert.are.equal("program\0", guest:peek(0x20000, 8))
  end)

  it("has its own program's pointers", function()
    local lines = handle([[
      local short, long = portal.of(31), portal.of(32)
      show(short.read_ptr(0x1000), long.read_ptr(0x1000))
      show(short.read_ptrs(0x1000), long.read_ptrs(0x1000))
      show(short.write_ptr(0x2000, -1), long.write_ptr(0x2000, -1))
      show(portal.of(33).read_ptr(0x1000))]], "mips64el", function(guest)
        world.add(guest, { pid = 31, word_bits = 32 })
        world.add(guest, { pid = 32, word_bits = 64 })
        for pid = 31, 32 do
          guest:poke_of(pid, 0x1000, ("<I4I4I8"):pack(1, 0, 0))
          guest:poke_of(pid, 0x2000, ("\0"):rep(8))
        end
      end)
    assert.are.same({ "1 1", "{1} {1}", "4 8", "nil ESRCH" }, lines)
  end)

  for call, message in pairs {
    ["of(0)"] = "portal.of: the pid must be from 1 to 2147483647, not 0",
    ["of('x')"] = "portal.of: the pid must be an integer, not x",
    ["of(8).get_procs()"] = "portal.of(pid) has no get_procs",
    ["of(8).read_file('/x')"] = "portal.of(pid) has no read_file",
    ["of(8).read_fd_name('x')"] = "portal.read_fd_name: the descriptor must "
      .. "be an integer, not x",
  } do
    it("is a named mistake: portal." .. call, function()
      local lines = handle("portal." .. call)
      assert.is_truthy(lines[1]:find(message, 1, true), lines[1])
    end)
  end
end)

describe("a guest that lies about its processes", function()
  local proc = world.proc { pid = 5 }

  for what, lie in pairs {
    ["a process cut short"] = { "PROC", proc:sub(1, 119), "get_proc()" },
    ["a list of half a process"] = { "PROC_NEXT", proc:sub(1, 60),
      "get_procs()" },
    ["the same processes for ever"] = { "PROC_NEXT", proc, "get_procs()" },
    ["a record of no size"] = { "FD_NEXT", ("\0"):rep(64), "get_fds()" },
    ["a record beyond the end"] = { "FD_NEXT", "\xff\xff\0\0" .. ("x"):rep(40),
      "get_fds()" },
    ["half a record"] = { "MAPPING_NEXT", "\x40\0\0\0....", "get_maps()" },
    ["the same mapping for ever"] = { "MAPPING_NEXT",
      world.map { start = 0, stop = 4096 }, "get_maps()" },
  } do
    it("is not believed: " .. what, function()
      local lines = handle("show(portal." .. lie[3] .. ")", "mipsel",
        function(guest)
          guest:can(world.op[lie[1]], lie[2])
        end)
      assert.are.same({ "nil EPROTO" }, lines)
    end)
  end
end)
