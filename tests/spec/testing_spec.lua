-- SPDX-License-Identifier: GPL-2.0-or-later
-- What specs of scripts program against: require "hyperlua.testing".
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
  return (message:gsub("^[^ ]+testing_spec.lua:%d+: ", ""))
end

describe("a played guest", function()
  it("is of any machine that the engine knows", function()
    assert.are.same({ "mipsel", "mips", "mips64el", "arm", "aarch64",
      "x86_64" }, testing.archs)
    local seen = {}
    for i, arch in ipairs(testing.archs) do
      local guest = testing.guest { arch = arch }
      seen[i] = guest.order .. guest.word_size
    end
    assert.are.same({ "<4", ">4", "<8", "<4", "<8", "<8" }, seen)
  end)

  it("has its machine's numbers", function()
    local mips, x86 = testing.guest {}.hl, testing.guest { arch = "x86_64" }.hl
    assert.are.same({ 89, 38 }, { mips.errno.ENOSYS, x86.errno.ENOSYS })
    assert.are.same({ 0x40045705, 0x80045705 },
      { mips.ioctl.IOR("W", 5, 4), x86.ioctl.IOR("W", 5, 4) })
  end)

  it("is described before the scripts are loaded", function()
    local guest = guest_with([[hl.spawn(function()
      hl.log("%s", hl.portal.read_file "/etc/model")
    end)]], { setup = function(guest) guest:file("/etc/model", "RT-N56U") end })
    assert.are.same({ "info: RT-N56U" }, guest:log())
  end)

  it("is refused by one clear line", function()
    assert.are.equal("testing.guest takes a table, not nil",
      mistake(testing.guest))
    assert.are.equal("testing.guest: no arch vax: there are mipsel, mips, "
      .. "mips64el, arm, aarch64, x86_64",
      mistake(testing.guest, { arch = "vax" }))
    assert.are.equal("testing.guest: no option scirpt: there are arch, script, "
      .. "lua, models, config, process, setup",
      mistake(testing.guest, { scirpt = "x" }))
    assert.are.equal("testing.guest: script is a path, not 5",
      mistake(testing.guest, { script = 5 }))
    assert.matches("^testing.guest: script [^ ]*none.lua: No such file or "
      .. "directory %(paths are from the spec's folder%)$",
      mistake(testing.guest, { script = "none.lua" }))
    assert.are.equal("a process has no field name",
      mistake(testing.guest, { process = { name = "x" } }))
  end)

  it("fails with file and line when a script does not load", function()
    assert.are.equal("testing.guest: spec.lua:2: no", mistake(guest_with,
      "\nerror 'no'"))
    assert.matches("^testing.guest: spec.lua:1: .*near", mistake(guest_with,
      "x ="))
    assert.matches("^testing.guest: /.*%.lua:2: attempt to call a nil value",
      mistake(function()
        local path <const> = os.tmpname() .. ".lua"
        local file = assert(io.open(path, "w"))
        file:write "\nnone()"
        file:close()
        local _ <close> = setmetatable({}, { __close = function()
          os.remove(path)
        end })
        testing.guest { script = path }
      end))
  end)

  it("loads models and YAML from the spec's folder", function()
    local guest = testing.guest { models = "../../examples/models" }
    assert.are.equal("255\n",
      guest:read "/sys/class/leds/power:green/max_brightness")
    assert.matches("^testing.guest: config .*none.yaml", mistake(testing.guest,
      { config = "none.yaml" }))
  end)
end)

describe("memory", function()
  for _, arch in ipairs(testing.archs) do
    it("has the byte order and word size of " .. arch, function()
      local guest = guest_with([[
        hl.syscall("on_sys_ioctl_enter", function(call, addr)
          local p = hl.portal
          hl.log("%x %x %x %x %x %s", p.read_byte(addr), p.read_word(addr),
            p.read_int(addr), p.read_long(addr), p.read_ptr(addr),
            p.read_str(addr + 16))
          p.write_int(addr, 0xfffffffe)
          p.write_ptr(addr + 8, addr)
          p.write_str(addr + 16, "back")
        end)]], { arch = arch })
      local at = guest:alloc(32)
      guest:poke_long(at, 0x1122334455667788)
      guest:poke_str(at + 16, "there")
      local first = guest.order == ">" and { "11", "1122", "11223344" }
        or { "88", "7788", "55667788" }
      first[4] = "1122334455667788"
      first[5] = guest.word_size == 4 and first[3] or first[4]
      guest:syscall("ioctl", { at })
      assert.are.same({ "info: " .. table.concat(first, " ") .. " there" },
        guest:log())
      assert.are.same({ 0xfffffffe, at, "back" },
        { guest:peek_int(at), guest:peek_ptr(at + 8), guest:peek_str(at + 16) })
    end)

    it("has hl.struct, at the spec's addresses, on " .. arch, function()
      local guest = testing.guest { arch = arch }
      local struct = guest.hl.struct "struct s { u8 kind; void *p; s16 low; }"
      local at = guest:alloc(struct:pack { kind = 1, p = 0x12345678, low = -2 })
      assert.are.equal(3 * guest.word_size, struct.size)
      assert.are.equal(0x12345678, guest:peek_ptr(at + guest.word_size))
      assert.are.same({ kind = 1, p = 0x12345678, low = -2 }, struct:read(at))
      struct:at(at).low = 5
      assert.are.equal(5, struct:read(at).low)
      assert.are.same({ nil, "EFAULT" }, { struct:read(at + struct.size) })
    end)
  end

  it("has a hole behind all that is allocated", function()
    local guest = guest_with [[
      hl.syscall("on_sys_ioctl_enter", function(call, addr)
        print(hl.portal.read_bytes(addr, 8))
        print(hl.portal.read_bytes(addr, 9))
        print(hl.portal.write_bytes(addr + 8, "x"))
      end)]]
    local first, second = guest:alloc "12345678", guest:alloc(1)
    assert.are.equal(8 + 4096 + 4096 - 8, second - first)
    guest:syscall("ioctl", { first })
    assert.are.same({ "info: 12345678", "info: nil\tEFAULT\t12345678",
      "info: nil\tEFAULT\t0" }, guest:log())
  end)

  it("has holes where the spec wants them", function()
    local guest = testing.guest {}
    guest:map(0x20000, 0x3000)
    guest:unmap(0x21000)
    assert.are.same({ "\0", "\0" },
      { guest:peek(0x20fff, 1), guest:peek(0x22000, 1) })
    assert.is_nil(guest:peek(0x20fff, 2))
    assert.is_nil(guest:peek_int(0x21000))
    guest:poke(0x20000, ("x"):rep(4096))
    assert.is_nil(guest:peek_str(0x20000))
  end)

  it("may have pages that only the guest's kernel reaches", function()
    local guest = guest_with [[
      hl.syscall("on_sys_ioctl_enter", function(call, addr)
        local before = hl.stats().reads_guest
        local text = hl.portal.read_str(addr)
        hl.log("%s %d", text, hl.stats().reads_guest - before)
      end)]]
    local at = guest:alloc "text\0"
    guest:syscall("ioctl", { at })
    guest:page_out(at)
    guest:syscall("ioctl", { at })
    assert.are.same({ "info: text 0", "info: text 1" }, guest:log())
  end)

  it("takes no nonsense", function()
    local guest = testing.guest {}
    assert.are.equal("poke: the bytes must be a string, not number (poke_int "
      .. "and the like put numbers)", mistake(guest.poke, guest, 0, 5))
    assert.are.equal("peek: the address must be an integer, not x",
      mistake(guest.peek, guest, "x", 5))
    assert.are.equal("poke_int: the value must be an integer, not 1.5",
      mistake(guest.poke_int, guest, 0, 1.5))
    assert.are.equal("alloc: the size must be from 0 to 268435456, not -1",
      mistake(guest.alloc, guest, -1))
  end)
end)

describe("a file", function()
  it("is not there when no script models it", function()
    local guest = testing.guest {}
    assert.are.same({ nil, "ENOENT" }, { guest:read "/dev/none" })
    assert.are.same({ nil, "ENOENT" }, { guest:write("/dev/none", "x") })
    assert.are.same({ nil, "ENOENT" }, { guest:ioctl("/dev/none", 1) })
    assert.are.same({ nil, "ENOENT" }, { guest:open "/dev/none" })
    assert.are.same({ nil, "ENOENT" }, { guest:stat "/dev/none" })
  end)

  for _, arch in ipairs(testing.archs) do
    it("does what its model says on " .. arch, function()
      local guest = guest_with([[hl.file("/dev/all", { size = 6, mode = 384,
        device = { 10, 5 },
        open = function(file, flags) file.state.flags = flags end,
        read = function(file, length, offset)
          return ("%d %d"):format(length, offset)
        end,
        write = function(file, data, offset)
          hl.log("%s at %d of %s", data, offset, file.comm)
          return #data - 1
        end,
        ioctl = function(file, cmd, arg)
          hl.log("%x %x", cmd, arg)
          return arg == 0 and 7 or -hl.errno.ENOSYS
        end,
        getattr = function() return 0, 1 << 33 end,
        poll = function() return "w" end,
        fsync = function(_, datasync) return datasync and -5 or 0 end,
        lseek = function(_, offset, whence) return offset * 10 + whence end,
        release = function(file) hl.log("closed, %x", file.state.flags) end,
        mmap = "mapped" })]], { arch = arch, process = { comm = "user" } })
      local file = guest:open("/dev/all", 2)
      assert.are.same({ "5 0", "5 3", "5 99" },
        { file:read(5), file:read(5), file:read(5, 99) })
      assert.are.same({ 2, 8 }, { file:write "abc", file.position })
      assert.are.same({ 2, 8 }, { file:write("abc", 70), file.position })
      assert.are.equal(7, file:ioctl(0x80000001, 0))
      assert.are.same({ nil, "ENOSYS" }, { file:ioctl(1, 0x7fff0000) })
      assert.are.same({ 31, 31 }, { file:lseek(3, "cur"), file.position })
      assert.are.equal(0x104, file:poll())
      assert.are.equal(0, file:fsync())
      assert.are.same({ nil, "EIO" }, { file:fsync(true) })
      assert.are.equal("mapped", file:map_read())
      assert.are.equal("ap", file:map_read(1, 2))
      assert.are.equal(3, file:map_write(0, "MAP"))
      assert.are.equal("MAPped", file:map_read())
      file:close()
      assert.are.same({ size = 1 << 33, mode = 384, major = 10, minor = 5 },
        guest:stat "/dev/all")
      assert.are.same({ "info: abc at 6 of user", "info: abc at 70 of user",
        "info: 80000001 0", "info: 1 7fff0000", "info: closed, 2" },
        guest:log())
    end)
  end

  it("ends and begins where its kind does", function()
    local guest = guest_with [[
      local function read() return "xyz" end
      hl.file("/dev/stream", { read = read })
      hl.file("/proc/free", { read = read })
      hl.file("/dev/sized", { read = "xyz", size = 3 })]]
    local stream, free = guest:open "/dev/stream", guest:open "/proc/free"
    local sized = guest:open "/dev/sized"
    assert.are.same({ nil, "ESPIPE" }, { stream:lseek(0) })
    assert.are.same({ nil, "ESPIPE" }, { stream:read(1, 1) })
    assert.are.equal(99, free:lseek(99))
    assert.are.same({ nil, "EINVAL" }, { free:lseek(0, "end") })
    assert.are.same({ nil, "EINVAL" }, { free:lseek(-1) })
    assert.are.equal(2, sized:lseek(-1, "end"))
    assert.are.equal("z", sized:read(9))
    assert.are.same({ nil, "EINVAL" }, { sized:lseek(1, "cur") })
  end)

  it("is opened for what it is opened for", function()
    local guest = guest_with [[hl.file("/dev/a", { read = "a",
      write = hl.models.discard(), open = function(file, flags)
        hl.log("%x %s", flags, file.nonblock)
        return -hl.errno.EBUSY
      end }) hl.file("/dev/b", { read = "a", write = hl.models.discard() })]]
    assert.are.same({ nil, "EBUSY" },
      { guest:open("/dev/a", "O_WRONLY|O_NONBLOCK") })
    assert.are.same({ "info: 81 true" }, guest:log())
    assert.are.same({ nil, "EBADF" },
      { guest:open("/dev/b", "O_RDONLY"):write "x" })
    assert.are.same({ nil, "EBADF" },
      { guest:open("/dev/b", "O_WRONLY"):read(1) })
    assert.are.equal("open: there is no flag O_READ",
      mistake(guest.open, guest, "/dev/b", "O_READ"))
  end)

  it("is gone when its model was removed, and not used once closed", function()
    local guest = guest_with [[
      local node = hl.file("/dev/a", { read = "a" })
      hl.file("/dev/remove", { write = function(_, data)
        node:remove()
        return #data
      end, read = function()
        hl.file("/dev/a", { read = "new" })
        return ""
      end })]]
    local file = guest:open "/dev/a"
    guest:write("/dev/remove", "x")
    assert.are.same({ nil, "ENODEV" }, { file:read(1) })
    assert.are.same({ nil, "ENODEV" }, { file:ioctl(1) })
    assert.are.equal(0x18, file:poll())
    assert.are.same({ nil, "ENOENT" }, { guest:open "/dev/a" })
    guest:read "/dev/remove"
    assert.are.equal("new", guest:read "/dev/a")
    assert.are.same({ nil, "ENODEV" }, { file:read(1) })
    file:close()
    assert.are.equal("/dev/a was closed", mistake(file.read, file, 1))
  end)

  it("is made when a pattern stands for it", function()
    local guest = guest_with [[hl.file("/dev/mtd*", {
      read = function(file) return file.path end })]]
    assert.are.equal("/dev/mtd7", guest:read "/dev/mtd7")
    assert.are.same({ nil, "ENOENT" }, { guest:read "/dev/nvram" })
  end)

  it("has no more read and written than a call can", function()
    local guest = guest_with [[hl.file("/dev/a", {
      read = function(_, length) return ("x"):rep(length + 1) end,
      write = function(_, data) return #data + 5 end })]]
    assert.are.equal("xxx", guest:read("/dev/a", 3))
    assert.are.equal(3, guest:write("/dev/a", "abc"))
    assert.are.equal(1 << 20, #guest:read("/dev/a", 2 << 20))
    assert.are.equal(1 << 20, guest:write("/dev/a", ("x"):rep(2 << 20)))
  end)
end)

describe("the log", function()
  local LOGS = [[
    hl.file("/dev/log", { write = function(file, data)
      hl.log.debug "d"
      hl.log.warn "w"
      error "e"
    end })]]

  it("has the levels, each line once, and errors on their own", function()
    local guest = guest_with(LOGS)
    guest:write("/dev/log", "x")
    local text = "spec.lua:4: e, in write of /dev/log (spec.lua:1), for pid "
      .. "100 (program); the default answers"
    assert.are.same({ text }, guest:errors())
    assert.are.same({}, guest:errors())
    assert.are.same({ "debug: d", "warning: w", "error: " .. text },
      guest:log())
    assert.are.same({}, guest:log())
  end)

  it("tells of an error that came again", function()
    local guest = guest_with(LOGS)
    guest:write("/dev/log", "x")
    guest:errors()
    guest:write("/dev/log", "x")
    assert.matches("1 times more$", guest:errors()[1])
  end)

  it("is kept of a guest that was closed, for its errors", function()
    local guest = guest_with(LOGS)
    guest:write("/dev/log", "x")
    guest:close()
    assert.are.equal(1, #guest:errors())
  end)
end)

describe("guest:reload", function()
  it("has another version answer, with what hl.persist kept", function()
    local guest = guest_with [[
      hl.persist.reads = 0
      hl.file("/dev/a", { read = function()
        hl.persist.reads = hl.persist.reads + 1
        return "a"
      end })
      hl.on_unload(function() hl.log "over" end)]]
    assert.are.equal("a", guest:read "/dev/a")
    assert.is_true(guest:reload { lua = [[
      hl.file("/dev/b", { read = hl.persist.reads .. "" })]] })
    assert.are.equal("1", guest:read "/dev/b")
    assert.are.same({ nil, "ENOENT" }, { guest:open "/dev/a" })
    assert.are.same({ "info: over" }, guest:log())
  end)

  it("leaves all as it is when the new version does not load", function()
    local guest = guest_with 'hl.file("/dev/a", { read = "a" })'
    assert.is_false(guest:reload {
      lua = 'hl.file("/dev/a", { read = "b" }) error "no"' })
    assert.are.same({ "spec.lua:1: no" }, guest:errors())
    assert.are.equal("a", guest:read "/dev/a")
  end)

  it("is refused by one clear line, and another may follow", function()
    local guest = guest_with ""
    assert.are.equal("reload takes a table, not nil", mistake(guest.reload,
      guest))
    assert.are.equal("reload: no option arch: there are script, lua, models, "
      .. "config", mistake(guest.reload, guest, { arch = "mips" }))
    assert.matches("script [^ ]*none.lua: No such file", mistake(guest.reload,
      guest, { script = "none.lua" }))
    assert.is_true(guest:reload { lua = "" })
  end)
end)
