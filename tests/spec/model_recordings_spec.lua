-- SPDX-License-Identifier: GPL-2.0-or-later
-- build/bin/hyperlua model: recordings that no engine wrote, and what it says.

local made = require "made"
local testing = require "hyperlua.testing"

before_each(made.prepare)
after_each(made.clean)

local function model_of()
  assert.are.same({ "", 0 }, { made.make() })
  return (made.text())
end

local HEAD = '{"hyperlua_recording":1,"target":"mipsel","word_bits":32,'
  .. '"big_endian":false}\n'
local WHO = '"pid":1,"comm":"c","by":"lua","retval":0'
local NODE = '{"t":"node","path":%q,"size":-1,"mode":292,"seek":"none",'
  .. '"major":0,"minor":0,"map_size":0}\n'

local function write(text)
  local file = assert(io.open(made.recording, "wb"))
  file:write(text)
  file:close()
end

local BAD = {
  ["an empty file"] = { "", ": this is no recording: `hyperlua run --record "
    .. "FILE` makes one" },
  ["another file"] = { "#!/bin/sh\n", ": this is no recording: `hyperlua run "
    .. "--record FILE` makes one" },
  ["a version of the future"] = { '{"hyperlua_recording":2}\n', ":1: a "
    .. "recording of version 2, and this hyperlua reads version 1: record it "
    .. "anew" },
  ["no word size"] = { HEAD:gsub("32", "0"), ':1: no "word_bits": record it '
    .. "anew" },
  ["a machine there is not"] = { HEAD:gsub("mipsel", "pdp"), ':1: a recording '
    .. 'of "pdp", and there is no such machine' },
  ["bad JSON"] = { HEAD .. NODE:format "/x" .. '{"t":"file",\n', ":3: column "
    .. "12: no , or }: mend or delete that line" },
  ["a line that is no object"] = { HEAD .. "[1]\n",
    ":2: no kind of line that there is: mend or delete that line" },
  ["a number too great"] = { HEAD .. '{"t":18446744073709551616}\n', ":2: "
    .. "column 6: an integer of more than 64 bits: mend or delete that line" },
  ["a number out of range"] = { HEAD .. '{"t":"file","path":"/a","op":"ioctl",'
    .. '"cmd":-1,"arg":0,' .. WHO .. "}\n",
    ':2: "cmd" is out of range: mend or delete that line' },
  ["a fraction"] = { HEAD .. '{"t":1.5}\n',
    ":2: column 6: no integer: mend or delete that line" },
  ["depth"] = { HEAD .. ("["):rep(100000) .. "\n",
    ":2: column 9: too deep: mend or delete that line" },
  ["half a byte"] = { HEAD .. '{"t":{"hex":"abc"}}\n',
    ":2: column 7: no bytes in hex: mend or delete that line" },
  ["no such operation"] = { HEAD .. '{"t":"file","op":"fly"}\n',
    ':2: no operation "op": mend or delete that line' },
  ["a path that is none"] = { HEAD .. NODE:format "x",
    ':2: "path" is none: mend or delete that line' },
  ["a name that is code"] = { HEAD .. '{"t":"syscall","name":"x\\")","phase":'
    .. '"enter","args":[],' .. WHO .. "}\n",
    ':2: no system call\'s "name": mend or delete that line' },
  ["bad memory"] = { HEAD .. '{"t":"file","path":"/a","op":"poll",' .. WHO
    .. ',"memory":[["r",1]]}\n', ":2: memory that is no [kind, address, "
    .. "bytes]: mend or delete that line" },
}

describe("a recording with", function()
  for name, case in pairs(BAD) do
    it(name .. " is refused in one line", function()
      write(case[1])
      assert.are.same({ ("hyperlua: %s%s\n"):format(made.recording, case[2]),
        125 }, { made.make() })
      assert.is_nil(made.text())
    end)
  end

  it("a last line that is cut is used up to it, with a warning", function()
    write(HEAD .. NODE:format "/x" .. '{"t":"fi')
    local warning = ("hyperlua: warning: %s:3: the last line is cut, as of a "
      .. "run that was killed: it is left out\n"):format(made.recording)
    assert.are.same({ warning, 0 }, { made.make() })
    assert.matches('["/x"] = {', made.text(), 1, true)
  end)

  it("the greatest and the least numbers is used", function()
    local lines = { HEAD, NODE:format "/x" }
    for _, offset in ipairs { math.maxinteger, math.mininteger, 0 } do
      lines[#lines + 1] = ('{"t":"file","path":"/x","op":"read","length":1,'
        .. '"offset":%d,"data":"a",%s}\n'):format(offset, WHO:gsub(":0$", ":1"))
      lines[#lines + 1] = ('{"t":"file","path":"/x","op":"lseek","whence":1,'
        .. '"offset":%d,%s}\n'):format(offset, WHO)
    end
    lines[#lines + 1] = '{"t":"file","path":"/x","op":"ioctl","cmd":4294967295,'
      .. '"arg":18446744073709551615,"memory":[["w",18446744073709551615,"a"]],'
      .. '"pid":1,"comm":"c","by":"lua","retval":-2147483648}\n'
    write(table.concat(lines))
    model_of()
    local guest = testing.guest { models = made.models }
    assert.are.equal("a", guest:read "/x")
  end)

  it("arguments whose names mean something in Lua calls them otherwise",
    function()
      write(HEAD .. '{"t":"proto","name":"x","args":[["int","end"],["int",'
        .. '"turns"],["int","end"],["int","a b"],["int","fine"]]}\n'
        .. '{"t":"syscall","name":"x","phase":"enter","args":[1,2,3,4,5],'
        .. '"set":{"retval":1},' .. WHO .. "}\n")
      assert.are.equal("syscall, arg1, arg2, arg3, arg4, fine",
        model_of():match "function%((syscall, .-)%)")
    end)

  it("fields that are new is used", function()
    write(HEAD .. NODE:format("/x"):gsub("}", ',"new":[true,{"a":1}]}'))
    assert.matches('["/x"] = {', model_of(), 1, true)
  end)

  it("code in names, paths and bytes makes strings of them", function()
    local path = '/proc/"]] = os.exit(1), --]]\n'
    local code = ('%q'):format(path):gsub("\\\n", "\\n")
    local comm = '\\"]]\\n\\u001b\\u007f\u{2028}os.exit(2) --[=['
    write(HEAD .. NODE:gsub("%%q", function() return code end)
      .. ('{"t":"file","op":"read","path":%s,"length":64,"offset":0,'
      .. '"data":"\\"\\\\..os.exit(3)..\\n %s",'):format(code,
        ("\\u000a "):rep(9))
      .. WHO:gsub('"c"', '"' .. comm .. '"'):gsub(":0$", ":36") .. "}\n"
      .. '{"t":"proto","name":"x","args":[["int","a) os.exit(4)"]]}\n'
      .. '{"t":"syscall","name":"x","phase":"enter","args":[70000],'
      .. '"set":{"retval":1},' .. WHO .. "}\n")
    assert.is_nil(model_of():find "[^\n\32-\126]")
    local guest = testing.guest { models = made.models }
    assert.are.equal('"\\..os.exit(3)..\n ' .. ("\n "):rep(9),
      guest:read(path))
    guest:log()
  end)

  it("more answers than a file of Lua can have makes one of the first",
    function()
      local lines = { HEAD }
      for i = 1, 70000 do
        lines[#lines + 1] = ('{"t":"file","path":"/dev/x","op":"ioctl",'
          .. '"cmd":%d,"arg":4096,"memory":[["w",4096,"%d"]],%s}\n'):format(
          i % 5, i, WHO)
      end
      write(table.concat(lines))
      assert.matches("\n%-%- Not in it: 4464 answers, behind the first 65536 "
        .. "different ones%.\n", model_of())
      testing.guest { models = made.models }
    end)
end)

describe("hyperlua model", function()
  it("prints the model without -o", function()
    write(HEAD .. NODE:format "/x")
    local model = model_of()
    assert.are.same({ model, 0 }, { made.shell(made.program .. " model "
      .. made.recording) })
  end)

  it("says what it cannot read or write", function()
    local function says(text, arguments)
      assert.are.same({ "hyperlua: " .. text .. "\n", 125 },
        { made.shell(made.program .. " model " .. arguments) })
    end
    says("model: one FILE is expected (hyperlua model --help)", "")
    says("model: one FILE is expected (hyperlua model --help)", "a b")
    says("/nonexistent/a: No such file or directory", "/nonexistent/a")
    write(HEAD)
    says("model: standard output: No space left on device",
      made.recording .. " >/dev/full")
  end)
end)
