-- SPDX-License-Identifier: GPL-2.0-or-later
-- What scripts and guests get wrong about probes.
local played = require "hyperlua.played"

local EXEC, KPROBE, UPROBE = 1, 4, 6

-- A guest whose script is that; it has said hello.
local function guest_with(script)
  local guest = played.new "mipsel"
  assert.is_true(guest:run('local hl = require "hyperlua"\n' .. script),
    table.concat(guest:log(), "\n"))
  assert.are.equal(0, guest:hello())
  return guest
end

-- The log from the given line on, without the handshake's.
local function log_of(guest)
  local lines = {}
  for _, line in ipairs(guest:log()) do
    if not line:find "^info: guest: Linux " then
      lines[#lines + 1] = line
    end
  end
  return lines
end

-- What a script that does not load says.
local function refusal(script)
  local guest = played.new "mipsel"
  assert.is_false(guest:run('local hl = require "hyperlua"\n' .. script))
  return guest:log()[1]:match "^[^\n]*"
end

describe("a mistake in a probe's registration", function()
  for what, case in pairs {
    ["no handler"] = { 'hl.kprobe("vfs_read")',
      "hl.kprobe: the handler must be a function, not nil" },
    ["filters that are none"] = { 'hl.kprobe("vfs_read", 3, print)',
      "hl.kprobe: the filters must be a table, not number" },
    ["a symbol that is none"] = { 'hl.kprobe(3, print)',
      'hl.kprobe: the symbol must be a string such as "vfs_read", not 3' },
    ["an empty symbol"] = { 'hl.kprobe("", print)',
      'hl.kprobe: "" is no symbol: write NAME or NAME+OFFSET' },
    ["a symbol with a blank"] = { 'hl.kprobe("vfs read", print)',
      'hl.kprobe: "vfs read" is no symbol: write NAME or NAME+OFFSET' },
    ["a symbol that is too long"] = { 'hl.kprobe(("x"):rep(256), print)',
      'is no symbol: write NAME or NAME+OFFSET' },
    ["an offset that is none"] = { 'hl.kprobe("vfs_read+zz", print)',
      'hl.kprobe: "vfs_read+zz": the offset must be a number such as 16 or '
        .. '0x10' },
    ["a negative offset"] = { 'hl.uprobe("/bin/x", -1, print)',
      'hl.uprobe: the symbol must be a string such as "main", or an offset in '
        .. 'the file, not -1' },
    ["a relative path"] = { 'hl.uprobe("bin/x", "main", print)',
      'hl.uprobe: the file must be an absolute path of the guest\'s, such as '
        .. '"/bin/busybox", not bin/x' },
    ["a path that is too long"] = {
      'hl.uprobe("/" .. ("x"):rep(3000), "main", print)',
      "hl.uprobe: the path of 3001 bytes is too long: 3000 at most" },
    ["path and filters too long together"] = {
      [[hl.uprobe("/" .. ("x"):rep(2999), "main", { arg_filter = {
        ("x"):rep(1000) } }, print)]],
      "hl.uprobe: the path and the filters' texts are too long together" },
    ["a text filter where none can be read"] = {
      'hl.kprobe("vfs_read", { arg_filter = { "x" } }, print)',
      "hl.kprobe: arg_filter[1] must be an integer, not \"x\"" },
    ["a prefix where none can be read"] = {
      'hl.kprobe("vfs_read", { arg_filter = { { prefix = "x" } } }, print)',
      "hl.kprobe: arg_filter[1]: the text that an argument points to cannot be "
        .. "read there, in the middle of the kernel" },
    ["a result that is not there"] = {
      'hl.uprobe("/bin/x", "main", { retval_filter = 0 }, print)',
      "hl.uprobe: retval_filter: there is no return value there" },
    ["an argument that is not there"] = {
      'hl.on_exit({ arg_filter = { nil, 3 } }, print)',
      "hl.on_exit: arg_filter has no argument 2: they count from 1 to 1" },
    ["a filter that does not exist"] = {
      'hl.on_exec({ path_filter = "x" }, print)',
      'hl.on_exec: no filter "path_filter": there are arg_filter, comm_filter, '
        .. 'pid_filter, retval_filter' },
  } do
    it("is named: " .. what, function()
      assert.matches(case[2], refusal(case[1]), 1, true)
      assert.matches("^error: spec.lua:2: ", refusal(case[1]))
    end)
  end
end)

describe("a probe", function()
  it("that waits by a token, after a task whose wait failed, is an error",
    function()
      local guest = guest_with [[
        hl.uprobe("/bin/x", "main", function()
          hl.log("%s", (pcall(table.sort, { 2, 1 }, function()
            coroutine.wrap(hl.portal.write_int)(0x1000, 1)
          end)))
        end)
        hl.kprobe("vfs_read", function()
          coroutine.yield(require "hyperlua.core".wait_token)
        end)]]
      assert.are.equal(0, guest:probe { kind = UPROBE, symbol = "main" })
      assert.are.equal(0, guest:probe { kind = KPROBE, symbol = "vfs_read",
        no_wait = 1 })
      local log = log_of(guest)
      assert.are.equal("info: false", log[1])
      assert.matches("error: a handler called coroutine.yield outside a "
        .. "coroutine of its own, in kprobe vfs_read", log[2], 1, true)
    end)

  for _, method in ipairs { "disable", "enable", "remove" } do
    it("says how " .. method .. " is to be called", function()
      assert.are.equal(("error: spec.lua:2: %s: call it as probe:%s()")
        :format(method, method), refusal(([[
          local probe = hl.kprobe("vfs_read", print) probe.%s()]])
          :format(method):gsub("^%s+", "")))
    end)
  end

  it("that was removed keeps no memory", function()
    local function pages()
      local statm <close> = assert(io.open "/proc/self/statm")
      return tonumber(statm:read "a":match "^%d+ (%d+)")
    end
    local guest = guest_with ""
    local function churn()
      assert.is_true(guest:run [[
        local hl = require "hyperlua"
        for i = 1, 2000 do
          hl.uprobe("/" .. ("x"):rep(2999), "main", print):remove()
        end
        collectgarbage()]])
    end
    churn()
    local before = pages()
    for _ = 1, 10 do
      churn()
    end
    assert.is_true(pages() - before < 4096)
  end)
end)

describe("HL_CALL_PROBE", function()
  local PROBE = 11

  local function event(kind, hooks, text_size, ids)
    return ("<I4I4I4I4c16I4I4I8I8I8I8I8I8I8I8I8I8I8"):pack(kind, hooks, 7, 7,
      "program", 0, text_size, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) .. (ids or "")
  end

  local function ring(bytes, wait)
    local guest = guest_with [[
      hl.kprobe("vfs_read", function() hl.log "called" end)
      hl.on_exec(function(event) hl.log("exec %q", event.path) end)]]
    local _, region = guest:kernel()
    guest:kernel_poke(region + 24, bytes)
    local ret = guest:ring(PROBE, region, wait or 1)
    return ret, log_of(guest)
  end

  it("refuses what no module would send", function()
    for what, bytes in pairs {
      ["no kind"] = event(0, 0, 0),
      ["an unknown kind"] = event(8, 0, 0),
      ["a negative kind"] = event(0xffffffff, 0, 0),
      ["more ids than fit"] = event(KPROBE, 987, 0),
      ["far more ids"] = event(KPROBE, 0x40000001, 0),
      ["a text that reaches beyond"] = event(EXEC, 1, 3941),
      ["a text of 4 GiB"] = event(EXEC, 1, 0xffffffff),
    } do
      assert.are.same({ -22, {} }, { ring(bytes) }, what)
    end
  end)

  it("passes over ids that are of nothing, or of another kind", function()
    local ids = ("<I4I4I4I4I4"):pack(0, 3, 0xffffffff, 2, 77)
    assert.are.same({ 0, {} }, { ring(event(KPROBE, 5, 0, ids)) })
  end)

  it("calls a handler once, however often its id is there", function()
    local ids = ("<I4"):pack(1):rep(986)
    assert.are.same({ 0, { "info: called" } },
      { ring(event(KPROBE, 986, 0, ids)) })
    local text = ("<I4I4I4"):pack(2, 2, 2) .. "/bin/x\0"
    assert.are.same({ 0, { 'info: exec "/bin/x"' } },
      { ring(event(EXEC, 3, 7, text)) })
  end)

  it("takes as much as fits, and a text without an end", function()
    local ids = ("<I4"):pack(2)
    local ret, log = ring(event(EXEC, 1, 3940, ids .. ("x"):rep(3940)))
    assert.are.same({ 0, { 'info: exec "' .. ("x"):rep(3940) .. '"' } },
      { ret, log })
    assert.are.same({ 0, { "info: called" } },
      { ring(event(KPROBE, 986, 0, ("<I4"):pack(1) .. ("\0"):rep(985 * 4))) })
  end)

  it("is refused before the handshake, and outside the kernel", function()
    local guest = played.new "mipsel"
    local _, region = guest:kernel()
    assert.are.equal(-71, guest:ring(PROBE, region, 1))
    assert.are.equal(-14, guest:ring(PROBE, 0x1000, 1))
    assert.are.equal(-14, guest:ring(PROBE, region + 8, 1))
  end)
end)
