-- SPDX-License-Identifier: GPL-2.0-or-later
local played = require "hyperlua.played"

local HOOK = [[
  local hl = require "hyperlua"
  hl.syscall("on_sys_ioctl_return", function(s) s.retval = 1 end)]]

local EPROTO = -71

describe("a session", function()
  it("starts when the module says hello", function()
    local guest = played.new "mipsel"
    guest:run(HOOK)
    assert.are.equal(0, guest:syscall({ name = "ioctl" }).retval)
    assert.are.equal(0, guest:hello())
    assert.are.equal(1, guest:syscall({ name = "ioctl" }).retval)
    assert.are.same({ "info: guest: Linux played on mipsel, vCPUs: 1" },
      guest:log())
  end)

  it("refuses a module of another ABI, with both versions", function()
    local guest = played.new "mipsel"
    assert.are.equal(EPROTO, guest:hello(99))
    assert.are.same({ "error: the guest's hyperlua.ko speaks ABI 99, this "
      .. "engine ABI 3: build both from the same source" }, guest:log())
  end)

  it("installs the hooks again after the module went and came", function()
    local guest = played.new "mipsel"
    guest:run(HOOK)
    for _ = 1, 3 do
      guest:hello()
      assert.are.equal(1, guest:syscall({ name = "ioctl" }).retval)
      guest:goodbye()
      assert.are.equal(0, guest:syscall({ name = "ioctl" }).retval)
    end
  end)

  it("adds a hook that a handler registers", function()
    local guest = played.new "mipsel"
    guest:run [[
      local hl = require "hyperlua"
      hl.syscall("on_sys_ioctl_return", function()
        hl.syscall("on_sys_read_return", function(s) s.retval = 5 end)
      end)]]
    guest:hello()
    guest:syscall { name = "ioctl" }
    assert.are.equal(0, guest:syscall({ name = "read" }).retval)
    guest:work()
    assert.are.equal(5, guest:syscall({ name = "read" }).retval)
  end)
end)

describe("a script", function()
  it("that is missing is named", function()
    local guest = played.new "mipsel"
    assert.is_false(guest:load "/nowhere/none.lua")
    assert.matches("^error: script .*/nowhere/none.lua.*No such file",
      guest:log()[1])
  end)

  it("with a syntax error is named with its line", function()
    local guest = played.new "mipsel"
    assert.is_false(guest:run "local x = \n\nreturn )")
    assert.are.equal("error: spec.lua:3: unexpected symbol near 'return'",
      guest:log()[1])
  end)

  it("that never ends loading is stopped", function()
    local guest = played.new "mipsel"
    assert.is_false(guest:run "while true do end")
    assert.matches("^error: spec.lua:1: stopped", guest:log()[1])
  end)

  it("cannot end QEMU", function()
    local guest = played.new "mipsel"
    assert.is_false(guest:run "\nos.exit(3)")
    assert.are.equal("error: spec.lua:2: os.exit would end QEMU, and the guest "
      .. "with it: return instead", guest:log()[1]:match "^[^\n]*")
  end)

  it("prints into the log", function()
    local guest = played.new "mipsel"
    assert.is_true(guest:run 'print("a", nil, 1.5) print(("x\27[0m"))')
    assert.are.same({ "info: a\tnil\t1.5", "info: x?[0m" }, guest:log())
  end)
end)
