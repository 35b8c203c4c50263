-- SPDX-License-Identifier: GPL-2.0-or-later
-- The guest's files by path, and programs run in it.
local world = require "world"
local records = require "hyperlua.testing.records"

local function prepare(guest)
  guest:file("/etc/motd", "hello\n")
  guest:file("/empty", "")
  guest:program("/bin/ls", records.run_result { status = 3,
    output = "a\nb\n" })
  guest:program("/bin/killed", records.run_result { signal = 9,
    timed_out = true })
end

local function handle(body, more)
  return world.handle("mipsel", body, function(guest)
    prepare(guest)
    if more then
      more(guest)
    end
  end)
end

describe("a file of the guest", function()
  it("is read whole", function()
    local big = {}
    for i = 1, 20000 do
      big[i] = ("%05d"):format(i)
    end
    big = table.concat(big)
    local lines, guest = handle([[
      show(portal.read_file("/etc/motd"), portal.read_file("/empty"))
      local big = portal.read_file("/big")
      show(#big, big:sub(-5))]], function(guest)
      guest:file("/big", big)
    end)
    assert.are.same({ "hello", "186a0 20000" }, { lines[1], lines[#lines] })
    assert.is_false(guest:is_open())
  end)

  it("is written, emptied or made, and appended to", function()
    local big = ("0123456789"):rep(1000)
    local lines, guest = handle([[
      show(portal.write_file("/etc/motd", "new"),
        portal.write_file("/made", ("0123456789"):rep(1000), { mode = 256 }),
        portal.write_file("/made", "more", { append = true }),
        portal.write_file("/none", ""))]])
    assert.are.same({ "3 2710 4 0" }, lines)
    assert.are.equal("new", guest:file "/etc/motd")
    assert.are.equal(big .. "more", guest:file "/made")
    assert.are.equal("", guest:file "/none")
    assert.is_false(guest:is_open())
  end)

  it("gives the errno's name when it cannot be opened", function()
    local lines = handle [[
      show(portal.read_file("/nothing"))
      show(portal.read_file("/errno/13"))
      show(portal.write_file("/errno/30", "x"))]]
    assert.are.same({ "nil ENOENT", "nil EACCES", "nil EROFS 0" }, lines)
  end)

  it("gives the name in the guest's own numbers", function()
    local lines = handle [[show(portal.write_file("/errno/90", "x"))]]
    assert.are.same({ "nil ELOOP 0" }, lines)
  end)

  it("of more than 64 MiB is refused, and closed", function()
    local lines, guest = handle([[show(portal.read_file("/huge"))]],
      function(guest)
        guest:file("/huge", ("x"):rep((64 << 20) + 1))
      end)
    assert.are.same({ "nil EFBIG" }, lines)
    assert.is_false(guest:is_open())
  end)

  for call, message in pairs {
    ["read_file('etc')"] = "portal.read_file: the path must be absolute, not "
      .. "etc",
    ["read_file()"] = "portal.read_file: the path must be absolute, not nil",
    ["read_file('/a\\0b')"] = "portal.read_file: the path has a NUL",
    ["read_file('/' .. ('x'):rep(5000))"] = "more than 4071 bytes",
    ["write_file('/x')"] = "portal.write_file: the data must be a string, not "
      .. "nil",
    ["write_file('/x', 'y', true)"] = "portal.write_file: the options must be "
      .. "a table, not boolean",
    ["write_file('/x', 'y', { mode = 4096 })"] = "portal.write_file: the mode "
      .. "must be from 0 to 4095, not 4096",
  } do
    it("is a named mistake: portal." .. call, function()
      local lines = handle("portal." .. call)
      assert.is_truthy(lines[1]:find(message, 1, true), lines[1])
    end)
  end
end)

-- argv and environment of the last RUN, with timeout and output_max.
local function last_run(guest)
  local bytes = guest:last_run()
  local args, envs, timeout, output_max = ("<I4I4I4I4"):unpack(bytes)
  local words = {}
  for word in bytes:sub(17):gmatch "([^\0]*)\0" do
    words[#words + 1] = word
  end
  return { args = args, envs = envs, timeout = timeout,
    output_max = output_max, words = words }
end

describe("a program of the guest", function()
  it("runs, and gives its output and status", function()
    local lines, guest = handle [[
      local result = portal.run("/bin/ls", "-l", 5)
      show(result.output == "a\nb\n", result.status, result.signal,
        result.timed_out)]]
    assert.are.same({ "true 3 nil false" }, lines)
    assert.are.same({ args = 3, envs = 0, timeout = 0, output_max = 1 << 20,
      words = { "/bin/ls", "-l", "5" } }, last_run(guest))
    assert.is_false(guest:is_open())
  end)

  it("takes options, and arguments among them", function()
    local lines, guest = handle [[
      show(portal.run("/bin/killed", "-a", { "-b", "", env = { A = "x y" },
        timeout = 500, output_max = 10 }))]]
    assert.are.same({ "{output= signal=9 timed_out=true}" }, lines)
    assert.are.same({ args = 4, envs = 1, timeout = 500, output_max = 10,
      words = { "/bin/killed", "-a", "-b", "", "A=x y" } }, last_run(guest))
  end)

  it("that is not there is nil", function()
    local lines = handle [[show(portal.run("/bin/none"))]]
    assert.are.same({ "nil ENOENT" }, lines)
  end)

  it("whose result is cut short is not believed", function()
    local lines = handle([[show(portal.run("/bin/ls"))]], function(guest)
      guest:can(world.op.RUN, "\0\0\0\0")
    end)
    assert.are.same({ "nil EPROTO" }, lines)
  end)

  for call, message in pairs {
    ["run('ls')"] = "portal.run: the path must be absolute, not ls",
    ["run('/bin/ls', {}, 'x')"] = "argument 1 must be a string without a NUL, "
      .. "not table",
    ["run('/bin/ls', nil, 'x')"] = "argument 1 must be a string without a NUL, "
      .. "not nil",
    ["run('/bin/ls', 'a\\0b')"] = "argument 1 must be a string without a NUL",
    ["run('/bin/ls', { wait = 1 })"] = "portal.run has no option wait: there "
      .. "are env, timeout, output_max",
    ["run('/bin/ls', { timeout = -1 })"] = "portal.run: timeout must be from 0",
    ["run('/bin/ls', { env = 'A=1' })"] = "portal.run: env must be a table",
    ["run('/bin/ls', ('x'):rep(5000))"] = "portal.run: program, arguments and "
      .. "environment have more than 4056 bytes",
  } do
    it("is a named mistake: portal." .. call, function()
      local lines = handle("portal." .. call)
      assert.is_truthy(lines[1]:find(message, 1, true), lines[1])
    end)
  end
end)
