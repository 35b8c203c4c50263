-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.files, hl.hooks and hl.tasks: what is installed, and what waits.
local attach = require "attach"
local hyperfile = require "hyperfile"
local versions = require "versions"

local CONTEXT = { pid = 7, comm = "program" }

-- What the expression gives in a console of the guest.
local function typed(guest, expression)
  guest.console = guest.console or attach.to(guest.played)
  return (guest.console:eval(expression):gsub("/tmp/lua_%w+/", ""))
end

local function call(guest, name, args)
  return guest.played:syscall { name = name, args = args or {}, pid = 7,
    comm = "program", retval = 0 }
end

describe("hl.files()", function()
  it("has each file, its operations, and how often they were asked", function()
    local guest = versions.guest [[
      hl.file("/dev/a", { read = "a",
        ioctl = { [5] = function() error "no" end } })
      hl.file("/proc/b", { write = function(_, data) return #data end })]]
    guest:read("/dev/a", 1, 0, CONTEXT)
    guest:read("/dev/a", 1, 0, CONTEXT)
    guest:ioctl("/dev/a", 5, 0, CONTEXT)
    guest:write("/proc/b", "x", 0, CONTEXT)
    assert.are.equal([[
path     state    operations  requests  errors  origin
/dev/a   present  read,ioctl  3         1       main.lua:2
/proc/b  present  write       1         0       main.lua:4]],
      typed(guest, "hl.files()"))
  end)

  it("gives a table of each to a script", function()
    local guest = versions.guest 'hl.file("/dev/a", { read = "a" })'
    assert.are.equal([[
{
  errors = 0,
  operations = { "read" },
  origin = "main.lua:2",
  path = "/dev/a",
  requests = 0,
  state = "present",
  version = 1
}]], typed(guest, "hl.files()[1]"))
  end)

  it("says what the guest does not have yet, and what it is to lose",
    function()
      local guest = versions.guest 'hl.file("/dev/a", { read = "a" })'
      assert.is_true(guest:reload 'hl.file("/dev/b", { read = "b" })')
      assert.are.equal([[
path    state    operations  requests  errors  origin
/dev/a  leaving  read        0         0       main.lua:2
/dev/b  wanted   read        0         0       main.lua:2]],
        typed(guest, "hl.files()"))
      guest.played:work()
      assert.are.equal([[
path    state    operations  requests  errors  origin
/dev/b  present  read        0         0       main.lua:2]],
        typed(guest, "hl.files()"))
    end)

  it("has patterns, and what was made for them", function()
    local guest = versions.guest 'hl.file("/dev/c*", { read = "c" })'
    guest.played:poke(0x10000, "/dev/c0\0")
    call(guest, "openat", { -100, 0x10000, 0 })
    guest.played:work()
    assert.are.equal([[
path     state    operations  requests  errors  origin
/dev/c*  pattern  read        0         0       main.lua:2
/dev/c0  present  read        0         0       main.lua:2]],
      typed(guest, "hl.files()"))
  end)

  it("has those that only the guest named", function()
    local guest = hyperfile.guest("mipsel", "")
    guest:read("/dev/x", 4, 0, CONTEXT)
    assert.are.equal([[
path    state         operations  requests  errors  origin
/dev/x  not modelled              1         0       the guest]],
      typed(guest, "hl.files()"))
  end)

  it("is none when there is none", function()
    assert.are.equal("{}", typed(hyperfile.guest("mipsel", ""), "hl.files()"))
  end)
end)

describe("hl.hooks()", function()
  it("has each hook and probe, and how often its handler was called",
    function()
      local guest = versions.guest [[
        hl.syscall("on_sys_read_enter", { arg_filter = { 3 } }, function() end)
        hl.syscall("on_sys_read_return", function() error "no" end)
        hl.kprobe("do_exit", function() end)
        hl.syscall("on_sys_write_enter", function() end):disable()
        hl.syscall("on_sys_no_such_enter", function() end)]]
      call(guest, "read", { 3 })
      call(guest, "read", { 4 })
      assert.are.equal([[
what                  state     calls  errors  origin
on_sys_read_enter     present   1      0       main.lua:2
on_sys_read_return    present   2      2       main.lua:3
kprobe do_exit        present   0      0       main.lua:4
on_sys_write_enter    disabled  0      0       main.lua:5
on_sys_no_such_enter  refused   0      0       main.lua:6]],
        typed(guest, "hl.hooks()"))
    end)

  it("are those of the version that serves", function()
    local guest = versions.guest
      'hl.syscall("on_sys_read_enter", function() end)'
    assert.is_true(guest:reload
      'hl.syscall("on_sys_write_enter", function() end)')
    guest.played:work()
    assert.are.equal([[
what                state    calls  errors  origin
on_sys_write_enter  present  0      0       main.lua:2]],
      typed(guest, "hl.hooks()"))
  end)
end)

describe("hl.tasks()", function()
  it("has what waits, for whom and what for", function()
    local guest = versions.guest [[
      event = hl.event()
      hl.file("/dev/slow", { read = function() hl.sleep(10) return "x" end })
      hl.syscall("on_sys_read_enter", function() event:wait() end)
      hl.spawn(function() end)]]
    guest:read("/dev/slow", 1, 0, { pid = 8, comm = "reader" })
    call(guest, "read", { 3 })
    assert.are.equal([[
what               waits     pid  comm     version  origin
read of /dev/slow  time      8    reader   1        main.lua:3
on_sys_read_enter  an event  7    program  1        main.lua:4
a console          nothing   -    -        1        -
hl.spawn           a thread  -    -        1        main.lua:5]],
      typed(guest, "hl.tasks()"))
  end)

  it("has those of a version that others wait to end", function()
    local guest = versions.guest [[
      hl.file("/dev/slow", { read = function() hl.sleep(10) return "x" end })]]
    guest:read("/dev/slow", 1, 0, CONTEXT)
    assert.is_true(guest:reload 'hl.file("/dev/slow", { read = "y" })')
    assert.are.equal([[
what               waits    pid  comm     version  origin
read of /dev/slow  time     7    program  1        main.lua:2
a console          nothing  -    -        2        -]],
      typed(guest, "hl.tasks()"))
  end)
end)
