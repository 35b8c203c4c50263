-- SPDX-License-Identifier: GPL-2.0-or-later
-- Changes of the scripts' files are noticed, however they are made.
local versions = require "versions"

local function file(value)
  return ('local hl = require "hyperlua"\nhl.file("/dev/a", { read = "%s" })')
    :format(value)
end

local CONTEXT = { pid = 7, comm = "program" }

describe("a watched script", function()
  local guest

  local function watched(options)
    guest = versions.guest('hl.file("/dev/a", { read = "1" })', options)
    guest.played:watch()
  end

  local function run(command, ...)
    command = command:format(...)
    assert(os.execute(("cd %s && { %s; } >/dev/null 2>&1"):format(guest.folder,
      command)), command)
  end

  -- What is read when that version serves.
  local function read(version, path)
    assert.are.equal(version, guest.played:version(version))
    guest.played:work()
    return (select(2, guest:read(path or "/dev/a", 64, 0, CONTEXT)))
  end

  after_each(function()
    guest.played:close()
  end)

  it("is loaded when it is truncated and written", function()
    watched()
    versions.write(guest.main, file "2")
    assert.are.equal("2", read(2))
  end)

  it("is loaded when it is written slowly, once it is whole", function()
    watched()
    local out = assert(io.open(guest.main, "w"))
    out:setvbuf "no"
    local text = file "2"
    assert(out:write(text:sub(1, 20)))
    -- Longer than after what is whole, and not so long as it is waited for.
    run "sleep 0.05"
    assert.are.same({ 1, {} }, { guest.played:version(), guest:log() })
    assert(out:write(text:sub(21)))
    out:close()
    assert.are.equal("2", read(2))
    assert.are.same({ "info: reloaded: version 2, with 1 files and 0 hooks" },
      guest:log())
  end)

  it("is loaded when another file is renamed over it", function()
    watched()
    for i = 2, 4 do
      versions.write(guest.folder .. "/.main.lua.swp", file(i))
      run "mv .main.lua.swp main.lua"
      assert.are.equal(tostring(i), read(i))
    end
  end)

  it("is loaded when it was moved away and written anew, as vim does",
    function()
      watched()
      versions.write(guest.folder .. "/new", file "2")
      run "mv main.lua main.lua~ && cp new main.lua && rm main.lua~"
      assert.are.equal("2", read(2))
      assert.are.equal(2, guest.played:version())
    end)

  it("is loaded when it was deleted and put back", function()
    watched()
    versions.write(guest.folder .. "/new", file "2")
    run "rm main.lua && cp new main.lua"
    assert.are.equal("2", read(2))
  end)

  it("that stays deleted is missed, and loaded when it is back", function()
    watched()
    os.remove(guest.main)
    local log = {}
    repeat
      for _, line in ipairs(guest:log()) do
        log[#log + 1] = line
      end
    until #log == 2
    assert.matches("^error: script .*No such file or directory", log[1])
    assert.are.equal("error: not reloaded (script main.lua): version 1 serves "
      .. "on", log[2])
    assert.are.equal("1", read(1))
    versions.write(guest.main, file "2")
    assert.are.equal("2", read(2))
  end)

  it("with a syntax error leaves all as it is, until it is mended", function()
    watched()
    versions.write(guest.main, "x = (")
    local log
    repeat log = guest:log() until #log > 0
    assert.are.equal("error: main.lua:1: unexpected symbol near <eof>", log[1])
    assert.are.equal("1", read(1))
    versions.write(guest.main, file "2")
    assert.are.equal("2", read(2))
  end)

  it("is loaded when git checks another commit out", function()
    watched()
    run "git init -q . && git config user.email a && git config user.name a"
    run "git add . && git commit -qm one"
    versions.write(guest.main, file "2")
    assert.are.equal("2", read(2))
    run "git commit -qam two"
    run "git checkout -q HEAD~1"
    assert.are.equal("1", read(3))
    run "git checkout -q master || git checkout -q main"
    assert.are.equal("2", read(4))
  end)

  it("may be a link, which is turned, or whose file is written", function()
    watched { prepare = function(new)
      guest = new
      run "mkdir sub && mv main.lua sub/one.lua && ln -s sub/one.lua main.lua"
    end }
    versions.write(guest.folder .. "/sub/one.lua", file "2")
    assert.are.equal("2", read(2))
    versions.write(guest.folder .. "/sub/two.lua", file "3")
    run "ln -sf sub/two.lua new && mv new main.lua"
    assert.are.equal("3", read(3))
    versions.write(guest.folder .. "/sub/two.lua", file "4")
    assert.are.equal("4", read(4))
  end)

  it("is loaded when a module changes that it requires, or comes to be",
    function()
      watched { prepare = function(new)
        versions.write(new.folder .. "/value.lua", "return '1'")
        new:save 'hl.file("/dev/a", { read = require "value" })'
      end }
      versions.write(guest.folder .. "/value.lua", "return '2'")
      assert.are.equal("2", read(2))
      guest:save 'hl.file("/dev/a", { read = require "other" })'
      local log
      repeat log = guest:log() until #log > 1
      assert.are.equal("2", read(2))
      versions.write(guest.folder .. "/other.lua", "return '3'")
      assert.are.equal("3", read(3))
    end)

  it("may be a link: what it requires lies beside the file, and is watched",
    function()
      watched { prepare = function(new)
        guest = new
        new:save 'hl.file("/dev/a", { read = require "value" })'
        run "mkdir sub && mv main.lua sub && ln -s sub/main.lua main.lua"
        versions.write(new.folder .. "/sub/value.lua", "return '1'")
      end }
      versions.write(guest.folder .. "/sub/value.lua", "return '2'")
      assert.are.equal("2", read(2))
    end)

  it("is loaded with the models folder and the YAML beside it", function()
    watched { models = true, config = true, prepare = function(new)
      assert(os.execute("mkdir " .. new.folder .. "/models"))
      versions.write(new.folder .. "/files.yaml", "pseudofiles: {}")
    end }
    versions.write(guest.folder .. "/models/b.lua",
      'return { ["/dev/b"] = { read = "b" } }')
    assert.are.equal("b", read(2, "/dev/b"))
    versions.write(guest.folder .. "/files.yaml",
      "pseudofiles: {/dev/c: {read: {model: const_buf, val: c}}}")
    assert.are.equal("c", read(3, "/dev/c"))
    os.remove(guest.folder .. "/models/b.lua")
    read(4)
    assert.is_nil(guest.played:nodes()["/dev/b"])
  end)

  it("is not loaded for other files beside it", function()
    watched()
    versions.write(guest.folder .. "/main.lua~", file "2")
    versions.write(guest.folder .. "/4913", "")
    versions.write(guest.main, file "3")
    assert.are.equal("3", read(2))
    assert.are.equal(2, guest.played:version())
  end)

  it("is found again when its folder was replaced", function()
    watched()
    versions.write(guest.folder .. "/main.lua.new", file "2")
    run [[d=$(pwd); cd /; mv "$d" "$d.old"; cp -r "$d.old" "$d";
      mv "$d/main.lua.new" "$d/main.lua"; rm -r "$d.old"]]
    assert.are.equal("2", read(2))
    versions.write(guest.main, file "3")
    assert.are.equal("3", read(3))
  end)
end)
