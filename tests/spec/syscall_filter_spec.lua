-- SPDX-License-Identifier: GPL-2.0-or-later
-- The filters of hl.syscall, evaluated in the guest: what they let through,
-- and what is said of those that make no sense.
local played = require "hyperlua.played"

local function guest_with(target, filters, event)
  local guest = played.new(target)
  local ran = guest:run('local hl = require "hyperlua"\nhl.syscall("'
    .. (event or "on_sys_ioctl_return") .. '", ' .. filters
    .. ", function(syscall) syscall.retval = 1 end)")
  if ran then
    assert.are.equal(0, guest:hello())
  end
  return guest, ran
end

-- Which of the values let the hook's handler run.
local function let_through(guest, field, values)
  local through = {}
  for _, value in ipairs(values) do
    local call = { name = "ioctl", comm = "switch", pid = 7, retval = 0,
      args = { 3, 4, 5 } }
    if field == "arg" then
      call.args[2] = value
    else
      call[field] = value
    end
    local rings = guest:rings()
    if guest:syscall(call).retval == 1 then
      through[#through + 1] = value
    else
      assert.are.equal(rings, guest:rings(), "a doorbell rang in vain")
    end
  end
  return through
end

describe("a filter of an argument", function()
  local VALUES = { 0, 1, 9, 10, 11, 0x7fffffff, 0x80000000, 0xfffffff6,
    0xffffffff }

  for filter, expected in pairs {
    ["10"] = { 10 },
    ["-1"] = { 0xffffffff },
    ["{ eq = 10 }"] = { 10 },
    ["{ eq = 0xb, mask = 0xff0b }"] = { 11 },
    ["{ ne = 0 }"] = { 1, 9, 10, 11, 0x7fffffff, 0x80000000, 0xfffffff6,
      0xffffffff },
    ["{ ne = 0, mask = 1 }"] = { 1, 9, 11, 0x7fffffff, 0xffffffff },
    ["{ lt = 10 }"] = { 0, 1, 9 },
    ["{ lt = -1 }"] = { 0x80000000, 0xfffffff6 },
    ["{ gt = 10 }"] = { 11, 0x7fffffff, 0x80000000, 0xfffffff6, 0xffffffff },
    ["{ gt = -11 }"] = { 0, 1, 9, 10, 11, 0x7fffffff, 0xfffffff6, 0xffffffff },
    ["{ range = { 9, 10 } }"] = { 9, 10 },
    ["{ range = { -10, 1 } }"] = { 0, 1, 0xfffffff6, 0xffffffff },
    ["{ outside = { 1, 0xfffffffe } }"] = { 0, 0xffffffff },
    ["{ set = 0x9 }"] = { 9, 11, 0x7fffffff, 0xffffffff },
    ["{ clear = 0x9 }"] = { 0, 0x80000000, 0xfffffff6 },
    ["{ gt = 1, lt = 11, ne = 9 }"] = { 10 },
  } do
    it("such as " .. filter .. " lets through what it says", function()
      for _, target in ipairs { "mipsel", "mips", "x86_64", "aarch64" } do
        local guest = guest_with(target, "{ arg_filter = { nil, " .. filter
          .. " } }")
        assert.are.same(expected, let_through(guest, "arg", VALUES), target)
      end
    end)
  end

  it("compares 64 bits where the argument has them", function()
    local guest = played.new "x86_64"
    assert.is_true(guest:run [[
      local hl = require "hyperlua"
      hl.syscall("on_sys_ioctl_return", { arg_filter = { 1 << 32, 1 << 32,
        1 << 32 } }, function(syscall) syscall.retval = 1 end)
      hl.syscall("on_sys_ioctl_return", { arg_filter = { 3, 4, 1 << 32 } },
        function(syscall) syscall.retval = 2 end)]])
    guest:hello()
    local args = { 0x700000003, 0x700000004, 1 << 32 }
    assert.are.equal(2, guest:syscall({ name = "ioctl", args = args }).retval)
    args[3] = 0
    assert.are.equal(0, guest:syscall({ name = "ioctl", args = args }).retval)
  end)

  it("compares 32 bits of a 32-bit program on a 64-bit kernel", function()
    local guest = guest_with("x86_64", "{ arg_filter = { [3] = -1 } }")
    local call = { name = "ioctl", args = { 3, 4, 0xffffffff } }
    assert.are.equal(0, guest:syscall(call).retval)
    call.compat = true
    assert.are.equal(1, guest:syscall(call).retval)
  end)
end)

describe("a filter of a text", function()
  local TEXTS = { "/dev/switch0", "/dev/switch", "/dev/mtd0", "", "/tmp",
    ("x"):rep(3000) .. "/end", ("y"):rep(1024) }

  local function guest_of(filter)
    local guest = played.new "mipsel"
    assert.is_true(guest:run('require "hyperlua".syscall('
      .. '"on_sys_openat_enter", { arg_filter = { [2] = ' .. filter
      .. " } }, function(syscall) syscall.skip_syscall = true end)"))
    guest:hello()
    return guest
  end

  local function lets_through(guest, addr)
    local rings = guest:rings()
    local skipped = guest:syscall({ name = "openat", args = { -100, addr } })
      .skipped
    assert.are.equal(rings + (skipped and 1 or 0), guest:rings())
    return skipped
  end

  for filter, expected in pairs {
    ['"/dev/switch"'] = { 2 },
    ['{ text = "" }'] = { 4 },
    ['{ text = ("y"):rep(1024) }'] = { 7 },
    ['{ prefix = "/dev/" }'] = { 1, 2, 3 },
    ['{ suffix = "0" }'] = { 1, 3 },
    ['{ suffix = "x/end" }'] = { 6 },
    ['{ contains = "switch" }'] = { 1, 2 },
    ['{ prefix = "/dev", suffix = "0", contains = "mtd" }'] = { 3 },
    ['{ ne = 0, text = "/tmp" }'] = { 5 },
  } do
    it("such as " .. filter .. " lets through what it says", function()
      local guest = guest_of(filter)
      local through = {}
      for i, text in ipairs(TEXTS) do
        local addr = 0x400000 + i * 0x10000
        guest:poke(addr, text .. "\0")
        if lets_through(guest, addr) then
          through[#through + 1] = i
        end
      end
      assert.are.same(expected, through)
    end)
  end

  it("lets nothing through where nothing can be read", function()
    local guest = guest_of '{ prefix = "" }'
    for _, addr in ipairs { 0, 0x7ffff000, 0xfffffffc } do
      assert.is_false(lets_through(guest, addr))
    end
  end)
end)

describe("a filter of the process", function()
  local NAMES = { "switch", "switchd", "sw", "busybox-extras-" }

  for filter, expected in pairs {
    ['"switch"'] = { "switch" },
    ['{ prefix = "switch" }'] = { "switch", "switchd" },
    ['{ suffix = "-" }'] = { "busybox-extras-" },
    ['{ contains = "it", prefix = "sw", suffix = "d" }'] = { "switchd" },
  } do
    it("lets through the names that are " .. filter, function()
      local guest = guest_with("mips", "{ comm_filter = " .. filter .. " }")
      assert.are.same(expected, let_through(guest, "comm", NAMES))
    end)
  end

  for filter, expected in pairs {
    ["7"] = { 7 }, ["{ gt = 7 }"] = { 8, 4000000 },
    ["{ range = { 1, 7 } }"] = { 1, 7 },
  } do
    it("lets through the pids that are " .. filter, function()
      local guest = guest_with("mips64el", "{ pid_filter = " .. filter .. " }")
      assert.are.same(expected, let_through(guest, "pid", { 1, 7, 8,
        4000000 }))
    end)
  end
end)

describe("a filter of the return value", function()
  local VALUES = { 0, 3, 0x7fffffff, -0x80000000, -4096, -4095, -516, -25, -1 }

  for filter, expected in pairs {
    ["-25"] = { -25 },
    ["0"] = { 0 },
    ['"success"'] = { 0, 3, 0x7fffffff, -0x80000000, -4096 },
    ['"error"'] = { -4095, -516, -25, -1 },
    ["{ lt = 0 }"] = { -0x80000000, -4096, -4095, -516, -25, -1 },
    ["{ gt = 0 }"] = { 3, 0x7fffffff },
    ["{ range = { -25, 3 } }"] = { 0, 3, -25, -1 },
    ["{ outside = { -4095, 0 } }"] = { 3, 0x7fffffff, -0x80000000, -4096 },
    ["{ clear = 1, ne = 0 }"] = { -0x80000000, -4096, -516 },
  } do
    it("such as " .. filter .. " lets through what it says", function()
      for _, target in ipairs { "mips", "x86_64" } do
        local guest = guest_with(target, "{ retval_filter = " .. filter .. " }")
        assert.are.same(expected, let_through(guest, "retval", VALUES), target)
      end
    end)
  end

  it("takes an address of a 32-bit kernel's as it is written", function()
    local guest = guest_with("mipsel", "{ retval_filter = 0xb7700000 }")
    assert.are.same({ 0xb7700000 - (1 << 32) }, let_through(guest, "retval",
      { 0xb7700000 - (1 << 32), 0x77700000 }))
  end)
end)

describe("a filter that makes no sense", function()
  local ENTER = "on_sys_ioctl_enter"

  for filters, message in pairs {
    ["{ arg_filter = 5 }"] =
      "arg_filter must be a table such as { nil, 0x89F1 }, not 5",
    ["{ arg_filter = { [0] = 5 } }"] =
      "arg_filter has no argument 0: they count from 1 to 8",
    ["{ arg_filter = { fd = 5 } }"] =
      'arg_filter has no argument "fd": they count from 1 to 8',
    ["{ arg_filter = { 1.5 } }"] =
      "arg_filter[1] must be an integer, not 1.5",
    ["{ arg_filter = { {} } }"] = "arg_filter[1]: no test is in it; there are "
      .. "eq, ne, lt, gt, range, outside, set, clear, mask, text, prefix, "
      .. "suffix, contains",
    ["{ arg_filter = { { equal = 1 } } }"] = 'arg_filter[1] has no test '
      .. '"equal": there are eq, ne, lt, gt, range, outside, set, clear, mask, '
      .. "text, prefix, suffix, contains",
    ["{ arg_filter = { { 1, 2 } } }"] = "arg_filter[1] has no test 1: there "
      .. "are eq, ne, lt, gt, range, outside, set, clear, mask, text, prefix, "
      .. "suffix, contains",
    ["{ arg_filter = { { eq = '5' } } }"] =
      'arg_filter[1] must be an integer, not "5"',
    ["{ arg_filter = { { range = 5 } } }"] = "arg_filter[1]: range must be two "
      .. "integers such as { 0, 9 }, not 5",
    ["{ arg_filter = { { range = { 5, 4 } } } }"] =
      "arg_filter[1]: the range from 5 to 4 is empty",
    ["{ arg_filter = { { outside = { 1, -1 } } } }"] =
      "arg_filter[1]: the range from 1 to -1 is empty",
    ["{ arg_filter = { { set = 1, mask = 1 } } }"] =
      "arg_filter[1]: mask goes with eq or ne",
    ["{ arg_filter = { { prefix = 5 } } }"] =
      "arg_filter[1]: prefix must be a string, not 5",
    ["{ arg_filter = { 'a\\0b' } }"] =
      "arg_filter[1] can match nothing: a text ends before its first NUL",
    ["{ arg_filter = { ('x'):rep(4096) } }"] =
      "arg_filter[1]: a text of 4096 bytes is too long: 1024 at most",
    ["{ arg_filter = { { text = ('x'):rep(1024), prefix = ('x'):rep(1024), "
      .. "suffix = ('x'):rep(1024), contains = ('x'):rep(1024) } } }"] =
      "the filters' texts are too long together: 4224 bytes, and there is "
      .. "room for 3992",
    ["{ pid_filter = 'init' }"] =
      'pid_filter must be an integer, not "init"',
    ["{ pid_filter = { prefix = 'x' } }"] = "pid_filter: a pid is an integer",
    ["{ pid_filter = 1 << 32 }"] =
      "pid_filter = 0x100000000 can match nothing: it has 32 bits",
    ["{ comm_filter = 5 }"] = "comm_filter must be a string, not number",
    ["{ comm_filter = { eq = 5 } }"] =
      "comm_filter: eq tests an integer, and this is a text",
    ["{ comm_filter = { suffix = ('x'):rep(16) } }"] = "comm_filter "
      .. '"xxxxxxxxxxxxxxxx" can match nothing: Linux keeps 15 bytes of a '
      .. "process's name",
    ["{ retval_filter = 'error' }"] =
      "retval_filter: on entry there is no return value yet",
    ["{ filter = 5 }"] = 'no filter "filter": there are arg_filter, '
      .. "comm_filter, pid_filter, retval_filter",
    ["{ arg_filter = { " .. ("{ gt = 1, lt = 9, ne = 5 }, "):rep(6) .. "} }"] =
      "18 filter tests are too many: 16 at most",
  } do
    it("is refused: " .. filters:sub(1, 60), function()
      local guest, ran = guest_with("mipsel", filters, ENTER)
      assert.is_false(ran)
      assert.are.equal("error: spec.lua:2: hl.syscall: " .. message,
        guest:log()[1]:match("^[^\n]*"))
    end)
  end

  it("is refused: a text of a return value", function()
    for filter, message in pairs {
      ['"ENOTTY"'] = 'retval_filter must be "success", "error", an integer or '
        .. 'a table of tests, not "ENOTTY"',
      ['{ text = "x" }'] = "retval_filter: a return value is an integer",
    } do
      local guest, ran = guest_with("mipsel", "{ retval_filter = " .. filter
        .. " }")
      assert.is_false(ran)
      assert.are.equal("error: spec.lua:2: hl.syscall: " .. message,
        guest:log()[1]:match("^[^\n]*"))
    end
  end)
end)
