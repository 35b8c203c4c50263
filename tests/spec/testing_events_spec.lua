-- SPDX-License-Identifier: GPL-2.0-or-later
-- require "hyperlua.testing": system calls, processes, events, answers, time.
local testing = require "hyperlua.testing"

local function guest_with(script, options)
  options = options or {}
  options.lua = script
  return testing.guest(options)
end

-- What the function raised, without where.
local function mistake(fn, ...)
  local ok, message = pcall(fn, ...)
  assert.is_false(ok)
  return (message:gsub("^[^ ]+testing_events_spec.lua:%d+: ", ""))
end

describe("a system call", function()
  local COMPUTED = [[
    hl.syscall("on_sys_ioctl_enter", { arg_filter = { nil, 1 } },
      function(call) call.args[3] = 40 end)
    hl.syscall("on_sys_ioctl_enter", { arg_filter = { nil, 2 } },
      function(call) call.skip_syscall, call.retval = true, 9 end)
    hl.syscall("on_sys_ioctl_return", { retval_filter = 42 },
      function(call) call.retval = call.retval + 1 end)
    hl.syscall("on_sys_ioctl_return", { retval_filter = -11 },
      function(call) call.again = true end)]]

  for _, arch in ipairs(testing.archs) do
    it("is made by the spec's own kernel on " .. arch, function()
      local guest, made = guest_with(COMPUTED, { arch = arch }), {}
      local function kernel(fd, cmd, arg)
        made[#made + 1] = { fd, cmd, arg }
        return cmd == 3 and (#made < 4 and -11 or 0) or arg + 2
      end
      local function ioctl(cmd, arg)
        local retval, call = guest:syscall("ioctl", { 3, cmd, arg },
          { retval = kernel })
        return { retval, call.skipped, call.args[3] }
      end
      assert.are.same({ 43, false, 40 }, ioctl(1, 0))
      assert.are.same({ 9, true, 5 }, ioctl(2, 5))
      assert.are.same({ 0, false, 0 }, (function()
        made = { {}, {} }
        return ioctl(3, 0)
      end)())
      assert.are.same({ {}, {}, { 3, 3, 0 }, { 3, 3, 0 } }, made)
    end)
  end

  it("passes texts, registers and who makes it", function()
    local guest = guest_with [[
      hl.syscall("on_sys_openat_return", { comm_filter = "cat",
        arg_filter = { nil, { prefix = "/etc/" } } },
        function(call, dfd, path)
          hl.log("%s %d %x", hl.portal.read_str(path), call.pid, call.regs.sp)
          call.retval = 5
        end)]]
    local cat = guest:process { comm = "cat", pid = 44 }
    local function open(process, path)
      return (process:syscall("openat", { -100, path }, { retval = -2,
        regs = { sp = 0x7ffe0000 } }))
    end
    assert.are.same({ 5, -2, -2 }, { open(cat, "/etc/hosts"),
      open(cat, "/dev/null"), open(guest, "/etc/hosts") })
    assert.are.same({ "info: /etc/hosts 44 7ffe0000" }, guest:log())
  end)

  it("takes no nonsense", function()
    local guest = testing.guest {}
    assert.are.equal("syscall: no option retvl: there are retval, number, "
      .. "compat, regs", mistake(guest.syscall, guest, "ioctl", {},
        { retvl = 1 }))
    assert.are.equal("syscall: mipsel has no register rax",
      mistake(guest.syscall, guest, "ioctl", {}, { regs = { rax = 1 } }))
    assert.are.equal("syscall: argument 2 must be an integer, not 1.5",
      mistake(guest.syscall, guest, "ioctl", { 1, 1.5 }))
  end)

  it("passes on what the spec's own kernel raises", function()
    local guest = testing.guest {}
    assert.are.equal("oops", mistake(guest.syscall, guest, "ioctl", {},
      { retval = function() error("oops", 0) end }))
  end)
end)

describe("processes", function()
  for _, arch in ipairs(testing.archs) do
    it("are what the spec says on " .. arch, function()
      local guest = guest_with([[
        hl.syscall("on_sys_ioctl_return", function(call)
          local p = hl.portal
          hl.log("%s %s %s %d", table.concat(p.get_proc_args(), "|"),
            p.get_proc_env().HOME, p.get_proc_exe(), p.get_proc_creds().euid)
          hl.log("%s %s %d", p.read_fd_name(3), p.get_fds()[2].name,
            p.get_maps()[1].size)
          hl.log("%s %d", p.get_threads()[2].comm, #p.get_procs())
          hl.log("%s %s", p.of(8).get_proc_args()[1], p.of(8).read_str(
            call.args[1]))
          hl.log("%s", p.read_str(call.args[1]))
        end)]], { arch = arch, process = { pid = 7, comm = "httpd", uid = 33,
          args = { "httpd", "-f" }, env = { HOME = "/" }, exe = "/sbin/httpd",
          fds = { [3] = "socket:[1]", [5] = { name = "/x", flags = 1 } },
          maps = { { start = 0x400000, size = 0x2000, mode = "rx" } },
          threads = { [9] = "worker" } } })
      local other = guest:process { pid = 8, comm = "other" }
      other:poke_str(0x5000, "his own")
      guest:poke_str(0x5000, "mine")
      guest:syscall("ioctl", { 0x5000 })
      assert.are.same({ "info: httpd|-f / /sbin/httpd 33",
        "info: socket:[1] /x 8192", "info: worker 2", "info: other his own",
        "info: mine" }, guest:log())
    end)
  end

  it("end", function()
    local guest = guest_with [[hl.on_exit(function(event)
      hl.log("%d %s %s", event.pid, event.code, event.signal)
    end)]]
    local one, two = guest:process { pid = 5 }, guest:process { pid = 6 }
    one:exit(3)
    two:exit(nil, 9)
    assert.are.same({ "info: 5 3 nil", "info: 6 nil 9" }, guest:log())
    assert.are.equal("the process 5 (program) has ended",
      mistake(one.read, one, "/dev/a"))
  end)
end)

describe("events", function()
  it("are those that scripts hear of", function()
    local guest = guest_with [[
      hl.on_exec(function(event)
        hl.sleep(5)
        hl.log("exec %s by %s", event.path, event.comm)
      end)
      hl.on_signal({ arg_filter = { 15 } }, function(event)
        hl.log("%d to %d", event.signal, event.target_pid)
        event.drop = true
      end)
      hl.kprobe("vfs_read", function(event) hl.log("%x", event.args[2]) end)
      hl.kretprobe("vfs_read", function(event) event.retval = 2 end)
      hl.uprobe("/lib/a", "f", function(event) hl.log("f %x", event.pc) end)
      hl.uretprobe("/lib/a", "f", function(event)
        hl.sleep(1)
        event.retval = event.retval + 1
      end)]]
    local other = guest:process { pid = 9 }
    guest:exec "/bin/cat"
    assert.are.same({ false, true },
      { guest:kill(other, 15), guest:kill(other, 9) })
    guest:kprobe("vfs_read", { 1, 0x77 })
    guest:uprobe("/lib/a", "f", {}, { pc = 0x1234 })
    guest:uprobe("/lib/b", "f", {}, { pc = 0x5678 })
    assert.are.same({ 2, 8, 7 }, { guest:kretprobe("vfs_read", 1),
      guest:uretprobe("/lib/a", "f", 7), guest:uretprobe("/lib/b", "f", 7) })
    assert.are.equal(6, guest:now())
    assert.are.same({ "info: exec /bin/cat by program", "info: 15 to 9",
      "info: 77", "info: f 1234" }, guest:log())
  end)
end)

describe("the guest's files and programs", function()
  local ASKS = [[
    hl.syscall("on_sys_getpid_return", function()
      print(hl.portal.read_file "/etc/a")
      local ran, err = hl.portal.run("/bin/id", "-u", { env = { A = "1" } })
      hl.log("%s %s %s", ran and ran.output, ran and ran.status, err)
      hl.portal.write_file("/tmp/out", "written")
    end)]]

  it("are given", function()
    local guest = guest_with(ASKS)
    guest:file("/etc/a", "content")
    guest:program("/bin/id", { output = "0", status = 2 })
    guest:syscall "getpid"
    assert.are.same({ "info: content", "info: 0 2 nil" }, guest:log())
    assert.are.equal("written", guest:file "/tmp/out")
  end)

  it("are made up by functions of the spec", function()
    local guest, count = guest_with(ASKS), 0
    guest:file("/etc/a", function()
      count = count + 1
      return "read " .. count
    end)
    guest:program("/bin/id", function(args, env)
      return { output = table.concat(args, " ") .. " " .. env[1] }
    end)
    guest:syscall "getpid"
    guest:syscall "getpid"
    assert.are.same({ "info: read 1", "info: /bin/id -u A=1 0 nil",
      "info: read 2", "info: /bin/id -u A=1 0 nil" }, guest:log())
  end)

  it("are not there otherwise", function()
    local guest = guest_with(ASKS)
    guest:syscall "getpid"
    assert.are.same({ "info: nil\tENOENT", "info: nil nil ENOENT" },
      guest:log())
  end)
end)

describe("an answer of the spec's", function()
  it("stands in for the guest's kernel", function()
    local guest = guest_with [[
      hl.syscall("on_sys_ioctl_return", function(call, addr)
        print(hl.portal.get_proc_exe())
        print(hl.portal.write_int(addr, 5))
      end)]]
    local at = guest:alloc(8)
    guest:answer("proc_exe", function(_, _, _, pid)
      return "/bin/of" .. pid
    end)
    guest:answer("write", function(addr, size, data)
      if addr == at and size == 4 and data == "\5\0\0\0" then
        return nil, "EFAULT"
      end
    end)
    guest:syscall("ioctl", { at })
    guest:answer("proc_exe")
    guest:answer("write", function(_, size) return size end)
    guest:syscall("ioctl", { at })
    assert.are.same({ "info: /bin/of0", "info: nil\tEFAULT\t0",
      "info: /bin/program", "info: 4" }, guest:log())
    assert.are.equal(0, guest:peek_int(at))
    assert.are.equal("answer: the guest has no operation paint",
      mistake(guest.answer, guest, "paint"))
  end)
end)

local WAITS = [[
  local pressed = hl.event()
  hl.file("/dev/button", {
    read = function(file, length)
      local _ <close> = setmetatable({}, { __close = function()
        hl.log "let go"
      end })
      pressed:wait()
      return "pressed\n"
    end,
    write = function(file, data)
      pressed:signal()
      return #data
    end })
  hl.file("/dev/slow", { read = function(file)
    hl.sleep(100)
    hl.sleep(150)
    return ("%.3f"):format(hl.clock())
  end })
  hl.syscall("on_sys_ioctl_enter", function(call)
    hl.sleep(20)
    call.args[1] = 8
  end)
  hl.syscall("on_sys_ioctl_return", function(call)
    hl.sleep(5)
    call.retval = call.retval * 2
  end)]]

describe("time", function()
  it("passes when the spec's own operation waits", function()
    local guest = guest_with(WAITS)
    assert.are.equal(0, guest:now())
    assert.are.equal("0.250", guest:read "/dev/slow")
    assert.are.equal("0.500", guest:read "/dev/slow")
    assert.are.equal(500, guest:now())
    local retval, call = guest:syscall("ioctl", { 1 }, {
      retval = function(fd) return fd + 1 end })
    assert.are.same({ 18, 8, 525 }, { retval, call.args[1], guest:now() })
  end)

  it("passes by hand for what was begun", function()
    local guest = guest_with(WAITS)
    local slow = guest:begin(function()
      return guest:read "/dev/slow", guest:read "/dev/slow"
    end)
    assert.are.same({ false, 100 }, { slow.done, slow.ms })
    guest:advance(100)
    assert.are.same({ false, 150 }, { slow.done, slow.ms })
    guest:advance(300)
    assert.is_false(slow.done)
    assert.are.equal("this request still waits, 150 ms from 350 ms on: "
      .. "guest:advance(ms) lets time pass, request:interrupt() ends it",
      mistake(slow.result, slow))
    guest:advance(1000)
    assert.are.same({ "0.250", "0.500" }, { slow:result() })
    assert.are.equal(1400, guest:now())
  end)

  it("lets others go on while the spec's own operation waits", function()
    local guest = guest_with(WAITS)
    local order = {}
    local first = guest:begin(function()
      guest:syscall "ioctl"
      order[#order + 1] = guest:now()
    end)
    guest:read "/dev/slow"
    order[#order + 1] = guest:now()
    assert.are.same({ true, { 25, 250 } }, { first.done, order })
  end)

  it("lets those go on in order who were begun", function()
    local guest = guest_with [[hl.file("/dev/a", { ioctl = function(_, ms)
      hl.sleep(ms)
      hl.log("%d", ms)
      return 0
    end })]]
    for _, ms in ipairs { 30, 10, 20, 10 } do
      guest:begin(guest.ioctl, guest, "/dev/a", ms)
    end
    guest:advance(20)
    assert.are.same({ "info: 10", "info: 10", "info: 20" }, guest:log())
    guest:ioctl("/dev/a", 15)
    assert.are.same({ "info: 30", "info: 15" }, guest:log())
  end)

  it("is not what an event waits for", function()
    local guest = guest_with(WAITS)
    local reader = guest:begin(function()
      return guest:open("/dev/button"):read(8)
    end)
    guest:advance(1e6)
    assert.are.same({ false, math.huge }, { reader.done, reader.ms })
    assert.are.equal(1, guest:write("/dev/button", "x"))
    assert.is_true(reader.done)
    assert.are.equal("pressed\n", reader:result())
    assert.are.equal("this waits until it is woken, and nobody does that: call "
      .. "it in guest:begin(function() ... end)",
      mistake(guest.read, guest, "/dev/button"))
  end)

  it("ends with a signal", function()
    local guest = guest_with(WAITS)
    local reader = guest:begin(guest.read, guest, "/dev/button")
    local caller = guest:begin(guest.syscall, guest, "ioctl", {}, {
      retval = function() error "the kernel was not to be reached" end })
    reader:interrupt()
    assert.are.same({ "info: let go" }, guest:log())
    caller:interrupt()
    assert.are.same({ nil, "EINTR" }, { reader:result() })
    assert.are.equal(-4, (caller:result()))
    assert.are.equal("this request has ended already",
      mistake(reader.interrupt, reader))
  end)

  it("belongs to spawned functions, too", function()
    local guest = guest_with [[hl.spawn(function()
      for i = 1, 3 do
        hl.sleep(1000)
        hl.log("%d", i)
      end
    end)]]
    assert.are.same({}, guest:log())
    guest:advance(2500)
    assert.are.same({ "info: 1", "info: 2" }, guest:log())
  end)

  it("passes on what a begun function raises", function()
    local guest = guest_with(WAITS)
    guest:begin(function()
      guest:read "/dev/slow"
      error("too late", 0)
    end)
    assert.are.equal("too late", mistake(guest.advance, guest, 250))
    assert.are.equal("advance takes milliseconds, not -1",
      mistake(guest.advance, guest, -1))
    assert.are.equal("begin takes a function, not string",
      mistake(guest.begin, guest, "x"))
  end)
end)
