-- SPDX-License-Identifier: GPL-2.0-or-later
-- The seed's protocol, byte for byte, on every machine.
local hyperfile = require "hyperfile"

local RETRY = hyperfile.RETRY
local AT = hyperfile.AT
local EINVAL, ENODEV = -22, -19

local FILES = [[
  hl.file("/dev/all", {
    read = function(file, length, offset)
      hl.log("read %d %d by %d/%d %s %x %x %s", length, offset, file.pid,
        file.tid, file.comm, file.handle, file.flags, file.compat)
      return "\1\2answer"
    end,
    write = function(file, data, offset)
      hl.log("write %q %d by %d/%d %s", data, offset, file.pid, file.tid,
        file.comm)
      return #data - 1
    end,
    ioctl = function(file, cmd, arg)
      hl.log("ioctl %x %x by %d %s %s", cmd, arg, file.pid, file.comm,
        file.compat)
      return -25
    end,
    getattr = function(file)
      hl.log("getattr by %d %s", file.pid, file.comm)
      return 3, 0x0123456789abcdef
    end,
  })
]]

local CONTEXT = { pid = 0x01020304, tid = 0x05060708, comm = "fifteen_letters",
  handle = 0x1122334455667788, open_flags = 0x8001, flags = 1 }
local WHO = {
  [false] = { "0/0  0 0 false", "0/0 ", "0  false", "0 " },
  [true] = { "16909060/84281096 fifteen_letters 1122334455667788 8001 true",
    "16909060/84281096 fifteen_letters", "16909060 fifteen_letters true",
    "16909060 fifteen_letters" },
}

for _, target in ipairs(hyperfile.TARGETS) do
  for _, more in ipairs { false, true } do
    local context = more and CONTEXT or nil
    local who = WHO[more]

    describe(target .. (more and " with" or " without") .. " a context",
      function()
        local guest
        before_each(function()
          guest = hyperfile.guest(target, FILES)
        end)

        it("reads", function()
          guest:place(hyperfile.READ, "/dev/all", context, "wwi8",
            guest.own + 0x1003, 100, -2)
          guest:guard(0x1000, 16)
          assert.are.equal(8, guest:ring(context))
          assert.are.equal("\xEE\xEE\xEE\1\2answer\xEE\xEE\xEE\xEE\xEE",
            guest.played:kernel_peek(guest.own + 0x1000, 16))
          assert.are.same({ "info: read 100 -2 by " .. who[1] }, guest:log())
        end)

        it("writes", function()
          guest.played:kernel_poke(guest.own + 0x1005, "a\0b\xff")
          guest:place(hyperfile.WRITE, "/dev/all", context, "wwi8",
            guest.own + 0x1005, 4, 1 << 40)
          assert.are.equal(3, guest:ring(context))
          assert.are.same({ 'info: write "a\\0b\xff" 1099511627776 by '
            .. who[2] },
            guest:log())
        end)

        it("passes an ioctl's 32 bits and the word behind them", function()
          local arg = guest.word_size == 4 and 0x89abcdef or 0x1122334489abcdef
          guest:place(hyperfile.IOCTL, "/dev/all", context, "I4w", 0xc0045702,
            arg)
          assert.are.equal(-25, guest:ring(context))
          assert.are.same({ ("info: ioctl c0045702 %x by %s"):format(arg,
            who[3]) }, guest:log())
        end)

        it("gets the attributes, eight bytes and no more", function()
          guest:place(hyperfile.GETATTR, "/dev/all", context, "w",
            guest.own + 0x104)
          guest:guard(0x100, 16)
          assert.are.equal(3, guest:ring(context))
          assert.are.equal("\xEE\xEE\xEE\xEE" .. (guest.order == "<"
              and "\xef\xcd\xab\x89\x67\x45\x23\x01"
              or "\x01\x23\x45\x67\x89\xab\xcd\xef") .. "\xEE\xEE\xEE\xEE",
            guest.played:kernel_peek(guest.own + 0x100, 16))
          assert.are.same({ "info: getattr by " .. who[4] }, guest:log())
        end)
      end)
  end

  describe(target, function()
    local function call(guest, number, addr)
      return guest.played:ring(hyperfile.MAGIC, number, addr)
    end

    local function paths_at(guest, places)
      local array = {}
      for i, at in ipairs(places) do
        array[i] = guest:pack("w", guest.own + at
          & -1 >> 64 - 8 * guest.word_size)
      end
      guest.played:kernel_poke(guest.own + 0x400, table.concat(array))
      guest:guard(0x1000, 0x1000)
    end

    it("counts the files, in one word", function()
      local guest = hyperfile.guest(target, FILES
        .. 'hl.file("/dev/pattern*", {}) hl.file("/dev/b", {})')
      guest:guard(0x100, 16)
      assert.are.equal(0, call(guest, hyperfile.GET_NUM, guest.own + 0x104))
      assert.are.equal("\xEE\xEE\xEE\xEE" .. guest:pack("w", 2)
        .. ("\xEE"):rep(12 - guest.word_size),
        guest.played:kernel_peek(guest.own + 0x100, 16))
    end)

    it("gives the paths in the order registered, without their NULs",
      function()
        local guest = hyperfile.guest(target,
          'for _, p in ipairs { "/z", "/dev/abc", "/proc/b" } do '
          .. "hl.file(p, {}) end")
        call(guest, hyperfile.GET_NUM, guest.own + 0x100)
        paths_at(guest, { 0x1000, 0x1010, 0x1008 })
        assert.are.equal(0, call(guest, hyperfile.GET_PATHS,
          guest.own + 0x400))
        assert.are.equal("/z" .. ("\xEE"):rep(6) .. "/proc/b\xEE/dev/abc\xEE",
          guest.played:kernel_peek(guest.own + 0x1000, 25))
      end)

    it("gives no more paths than the guest was told of", function()
      local guest = hyperfile.guest(target, 'hl.file("/a", {})')
      call(guest, hyperfile.GET_NUM, guest.own + 0x100)
      guest:run 'hl.file("/b", {})'
      paths_at(guest, { 0x1000, 0x1010 })
      assert.are.equal(0, call(guest, hyperfile.GET_PATHS, guest.own + 0x400))
      assert.are.equal("/a", guest:written(0x1000, 0x1000))
    end)

    it("has the guest try again when the number or paths cannot be reached",
      function()
        local guest = hyperfile.guest(target, 'hl.file("/a", {})')
        guest.played:poke(0x400000, ("\xEE"):rep(4096))
        call(guest, hyperfile.GET_NUM, guest.own + 0x100)
        for _, addr in ipairs(guest:unreachable(1)) do
          assert.are.equal(RETRY, call(guest, hyperfile.GET_NUM, addr))
          assert.are.equal(RETRY, call(guest, hyperfile.GET_PATHS, addr))
          paths_at(guest, { addr - guest.own })
          assert.are.equal(RETRY, call(guest, hyperfile.GET_PATHS,
            guest.own + 0x400))
        end
        assert.are.equal(("\xEE"):rep(4096),
          guest.played:peek(0x400000, 4096))
      end)
  end)
end

describe("a request", function()
  local guest

  -- In the log, once for each of them.
  local function is_told(op, path)
    return ("warning: Detected %s event on device '%s' but device is not in "
      .. "config. Using defaults."):format(op, path)
  end

  local function is_not_modelled(op, path)
    return ("warning: Detected %s event on device '%s' but this event is not "
      .. "modeled in config. Using default."):format(op, path)
  end

  for _, target in ipairs { "mips", "x86_64" } do
    describe("on " .. target, function()
      before_each(function()
        guest = hyperfile.guest(target, FILES .. [[
          hl.file("/dev/const", { read = "12345678",
            ioctl = hl.models.write_data("data") })]])
        guest.played:poke(0x400000, ("\xEE"):rep(4096))
      end)

      local function ring_at(addr)
        return guest.played:ring(hyperfile.MAGIC, hyperfile.FILE_OP, addr)
      end

      it("is tried again when its struct cannot be reached", function()
        for _, addr in ipairs(guest:unreachable(4 + 3 * guest.word_size + 7)) do
          assert.are.equal(RETRY, ring_at(addr))
        end
        assert.are.same({}, guest:log())
      end)

      it("ends where the memory ends: a context needs more", function()
        local size = 4 + 3 * guest.word_size + 8
        guest:place(hyperfile.READ, "/dev/const", nil, "wwi8",
          guest.own + AT.data, 3, 0)
        local at = guest.own + (260 << 12) - size
        guest.played:kernel_poke(at, guest.played:kernel_peek(guest.own, size))
        assert.are.equal(3, ring_at(at))
        assert.are.equal(RETRY, guest.played:ring(hyperfile.MAGIC,
          hyperfile.FILE_OP, at, 0, 1))
      end)

      it("is tried again when its path cannot be reached", function()
        guest.played:poke(0x400000, "/dev/const\0")
        guest.played:kernel_poke(guest.own + (260 << 12) - 2, "/d")
        for _, addr in ipairs(guest:unreachable(1)) do
          guest.played:kernel_poke(guest.own, guest:pack("i4wwwi8",
            hyperfile.READ, addr & guest.mask, guest.own + AT.data, 1, 0))
          assert.are.equal(RETRY, ring_at(guest.own))
        end
        assert.are.same({}, guest:log())
      end)

      for _, path in ipairs { "/dev/all", "/dev/const" } do
        it("is tried again when the buffer cannot be reached: " .. path,
          function()
            local context = { comm = "x" }
            for _, addr in ipairs(guest:unreachable(1)) do
              for _, with in ipairs { false, context } do
                guest:place(hyperfile.READ, path, with, "wwi8",
                  addr & guest.mask, 8, 0)
                assert.are.equal(RETRY, guest:ring(with))
                guest:place(hyperfile.GETATTR, path, with, "w",
                  addr & guest.mask)
                assert.are.equal(RETRY, guest:ring(with))
                guest:place(hyperfile.WRITE, path, with, "wwi8",
                  addr & guest.mask, 8, 0)
                assert.are.equal(RETRY, guest:ring(with))
              end
            end
            assert.are.equal(("\xEE"):rep(4096),
              guest.played:peek(0x400000, 4096))
          end)
      end
    end)
  end

  describe("on mipsel", function()
    before_each(function()
      guest = hyperfile.guest("mipsel", [[
        hl.file("/dev/bare", {})
        hl.file("/dev/sized", { size = 77 })
        hl.file("/dev/mtd*", { read = "of the pattern" })]])
    end)

    it("without a name is refused, with a warning", function()
      for _ = 1, 2 do
        assert.are.equal(EINVAL, (guest:read("", 10, 0)))
        assert.are.same({ "warning: Empty device name in hyperfile request - "
          .. "ignore" }, guest:log())
      end
    end)

    it("of an unknown type is refused, with a warning", function()
      for _, type in ipairs { 9, 0x7fffffff, -1, -0x80000000 } do
        assert.are.equal(EINVAL, (guest:op(type, "/dev/bare")))
        assert.are.same({ ("warning: Unknown hyperfile operation %d - ignore")
          :format(type) }, guest:log())
      end
    end)

    it("of an unknown call is refused", function()
      for _, number in ipairs { 3, -1, 1 << 32 } do
        assert.are.equal(EINVAL, guest.played:ring(hyperfile.MAGIC, number,
          guest.own))
      end
    end)

    it("for a node that is not there is refused", function()
      assert.are.equal(ENODEV, (guest:read("/dev/bare", 1, 0, { node = 99 })))
    end)

    it("for a node needs no path", function()
      local id = guest.played:nodes()["/dev/sized"].id
      guest.played:kernel_poke(guest.own, guest:pack("i4ww",
        hyperfile.GETATTR, 0, guest.own + AT.size))
      guest.played:kernel_poke(guest.own + AT.context,
        hyperfile.context { node = id })
      assert.are.equal(0, guest:ring { })
      assert.are.equal(guest:pack("i8", 77),
        guest.played:kernel_peek(guest.own + AT.size, 8))
    end)

    for name, expected in pairs {
      read = { EINVAL, "" }, write = { EINVAL }, ioctl = { 0 },
      getattr = { 0, 0 },
    } do
      local function ask(path)
        if name == "read" then
          return guest:read(path, 10, 0)
        elseif name == "write" then
          return guest:write(path, "abc", 0)
        elseif name == "ioctl" then
          return guest:ioctl(path, 0x1234, 0)
        end
        return guest:getattr(path)
      end

      it("on an unknown device gets the default of " .. name
        .. ", with a warning, once", function()
        for _ = 1, 2 do
          assert.are.same(expected, { ask "/dev/unknown" })
        end
        guest:ioctl("/dev/unknown", 1)
        assert.are.same({ is_told(name, "/dev/unknown") }, guest:log())
      end)

      it("that the model lacks gets the default of " .. name
        .. ", with a warning, once", function()
        for _ = 1, 2 do
          assert.are.same(expected, { ask "/dev/bare" })
        end
        assert.are.same({ is_not_modelled(name, "/dev/bare") }, guest:log())
      end)
    end

    it("is warned of once per operation, and anew for a new model", function()
      guest:write("/dev/bare", "x", 0)
      guest:read("/dev/bare", 1, 0)
      guest:write("/dev/bare", "x", 0)
      assert.are.same({ is_not_modelled("write", "/dev/bare"),
        is_not_modelled("read", "/dev/bare") }, guest:log())
      guest:run 'hl.file("/dev/bare", { read = "1" })'
      guest:log()
      guest:write("/dev/bare", "x", 0)
      assert.are.same({ is_not_modelled("write", "/dev/bare") }, guest:log())
    end)

    it("for attributes is answered from the size, without a warning",
      function()
        assert.are.same({ 0, 77 }, { guest:getattr "/dev/sized" })
        assert.are.same({}, guest:log())
      end)

    it("of our own operations has defaults without a warning", function()
      assert.are.equal(0, (guest:op(hyperfile.OPEN, "/dev/bare")))
      assert.are.equal(0, (guest:op(hyperfile.RELEASE, "/dev/bare")))
      assert.are.equal(-29, (guest:op(hyperfile.LSEEK, "/dev/bare")))
      assert.are.equal(0x145, (guest:op(hyperfile.POLL, "/dev/bare")))
      assert.are.equal(0, (guest:op(hyperfile.FSYNC, "/dev/bare")))
      assert.are.same({}, guest:log())
    end)

    it("is answered by the pattern that the path matches", function()
      assert.are.same({ 14, "of the pattern" },
        { guest:read("/dev/mtd3", 100, 0) })
      assert.are.equal(EINVAL, (guest:read("/dev/mtd/3", 100, 0)))
      assert.are.same({ is_told("read", "/dev/mtd/3") }, guest:log())
    end)

    it("on unknown devices is answered, however many there are", function()
      for i = 1, 4096 do
        assert.are.equal(0, guest:ioctl("/dev/" .. i, 1))
      end
      assert.are.equal(0, guest:ioctl("/dev/one more", 1))
      assert.are.equal(EINVAL, (guest:read("/dev/and another", 1, 0)))
      assert.are.equal(0, guest:ioctl("/dev/4096", 1))
      assert.are.equal(0, guest:ioctl("/dev/bare", 1))
    end)
  end)

  for target, too_long in pairs { mipsel = -78, x86_64 = -36 } do
    it("may have a path of 1,024 bytes, on " .. target, function()
      local part = "/" .. ("n"):rep(127)
      local path = part:rep(8)
      guest = hyperfile.guest(target, ('hl.file(%q, { read = "1" })')
        :format(path))
      assert.are.same({ 1, "1" }, { guest:read(path, 10, 0) })
      assert.is_truthy(guest.played:nodes()[path])
      assert.are.equal(too_long, (guest:read(path .. "n", 10, 0)))
      assert.are.same({ "warning: A path of more than 1024 bytes in a "
        .. "hyperfile request - ignore" }, guest:log())
      assert.is_false(guest.played:run(
        ('\nrequire "hyperlua".file(%q, {})'):format(path .. "n")))
      assert.are.same({ "error: spec.lua:2: hl.file /" .. ("n"):rep(39)
        .. "...: the path has 1025 bytes, and may have 1024" },
        { guest:log()[1]:match "^[^\n]*" })
    end)
  end

  it("may have a path that reaches over a page's end", function()
    local path = ("/" .. ("n"):rep(127)):rep(8)
    guest = hyperfile.guest("mipsel", ('hl.file(%q, { read = "1" })')
      :format(path))
    for _, on_page in ipairs { 1, 1023, 1024 } do
      local at = guest.own + 0x3000 - on_page
      guest.played:kernel_poke(at, path .. "\0")
      guest.played:kernel_poke(guest.own, guest:pack("i4wwwi8",
        hyperfile.READ, at, guest.own + AT.data, 10, 0))
      assert.are.equal(1, guest:ring())
    end
  end)

  describe("of any size", function()
    local MOST = 1 << 20

    before_each(function()
      guest = hyperfile.guest("x86_64", [[
        hl.file("/dev/lua", {
          read = function(_, length, offset)
            hl.log("read %d at %d", length, offset)
            return ("x"):rep(length)
          end,
          write = function(_, data, offset)
            hl.log("write %d at %d", #data, offset)
            return #data
          end })
        hl.file("/dev/c", { read = "abc", write = hl.models.discard() })]])
    end)

    it("reads and writes a MiB at once, and no more", function()
      for _, length in ipairs { 1 << 31, MOST + 1, math.maxinteger, -1 } do
        guest:guard(AT.data, 4)
        assert.are.equal(MOST, (guest:op(hyperfile.READ, "/dev/lua", length)))
        assert.are.equal(("x"):rep(MOST),
          guest.played:kernel_peek(guest.own + AT.data, MOST))
        assert.are.equal(MOST, (guest:op(hyperfile.WRITE, "/dev/lua", length)))
        assert.are.equal(MOST, (guest:op(hyperfile.WRITE, "/dev/c", length)))
        assert.are.same({ "info: read 1048576 at 0",
          "info: write 1048576 at 0" }, guest:log())
      end
    end)

    it("reads and writes nothing", function()
      assert.are.same({ 0, "" }, { guest:read("/dev/lua", 0, 5) })
      assert.are.same({ 0, "" }, { guest:read("/dev/c", 0, 1) })
      assert.are.equal(0, (guest:write("/dev/lua", "", 5)))
      assert.are.equal(0, (guest:write("/dev/c", "", 5)))
    end)

    for _, offset in ipairs { -1, math.mininteger, math.maxinteger, 1 << 32 } do
      it("reads at offset " .. offset, function()
        assert.are.same({ 0, "" }, { guest:read("/dev/c", 10, offset) })
        assert.are.same({ 2, "xx" }, { guest:read("/dev/lua", 2, offset) })
        assert.are.equal(2, (guest:write("/dev/c", "ab", offset)))
        assert.are.equal(2, (guest:write("/dev/lua", "ab", offset)))
        assert.are.same({ ("info: read 2 at %d"):format(offset),
          ("info: write 2 at %d"):format(offset) }, guest:log())
      end)
    end
  end)
end)

describe("an operation's name", function()
  local NAMES = { [0] = "read", "write", "ioctl", "getattr", "open", "release",
    "lseek", "poll", "fsync" }

  it("gives its number, and the number its name", function()
    local guest = hyperfile.guest("mipsel", [[
      for i = 0, 8 do
        hl.log("%d %s", hl.hyper(hl.hyper2name(i)), hl.hyper2name(i))
      end]])
    local expected = {}
    for i = 0, 8 do
      expected[i + 1] = ("info: %d %s"):format(i, NAMES[i])
    end
    assert.are.same(expected, guest:log())
  end)

  for call, message in pairs {
    ['hl.hyper "mmap"'] = "Unknown hyperfile operation mmap",
    ['hl.hyper ""'] = "Unknown hyperfile operation ",
    ["hl.hyper2name(9)"] = "Unknown hyperfile operation 9",
    ["hl.hyper2name(-1)"] = "Unknown hyperfile operation -1",
    ["hl.hyper2name(1 << 32)"] = "Unknown hyperfile operation 4294967296",
  } do
    it("is refused when there is none such: " .. call, function()
      local guest = hyperfile.guest("mipsel",
        ("hl.log(select(2, pcall(function() %s end)))"):format(call))
      assert.are.same({ "info: spec.lua:1: " .. message }, guest:log())
    end)
  end
end)
