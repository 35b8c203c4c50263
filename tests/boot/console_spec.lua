-- SPDX-License-Identifier: GPL-2.0-or-later
-- `hyperlua console` at a real guest that runs. #qemu
local boot = require "boot"

local SCRIPT = [[
  hl.syscall("on_sys_mkdirat_enter", { comm_filter = "mkdir" },
    function() error "oops" end)
  hl.syscall("on_sys_mkdir_enter", { comm_filter = "mkdir" },
    function() error "oops" end)
]]

local COMMAND = "mkdir /made; head -n 1 /dev/gate; exit 3"

local function session(text)
  return boot.session(SCRIPT, COMMAND, text)
end

it("hyperlua console looks into a guest that runs, may be killed in the middle "
  .. "of an expression, and the guest goes on to its end", function()
    local result = boot.session(SCRIPT, COMMAND, [[
      console -e "portal.of($pid).get_proc_args()" \
        -e "p = portal.of($pid)" \
        -e 'p.read_str(p.get_proc().arg_start)' \
        -e 'portal.run("/bin/echo", "from the guest").output'
      echo 'hl.stats().errors' | console
      console -e .log | grep -c ' oops, in on_sys_mkdir'
      console -e 'hl.sleep(50) error "mine"' 2>&1 | head -n 1
      # Not by the function, whose process would be a shell around it.
      $hyperlua console $socket -e 'print "begun" hl.sleep(1e9)' >begun &
      read word <begun
      echo "$word"
      console -e 'hl.stats().tasks'
      kill -9 $!
      wait $! 2>/dev/null
      console -e 'hl.stats().tasks' -e 'hl.sleep(10) return "awake"'
      console -e 'while true do end' 2>&1 | head -n 1
      console -e 'portal.run("/bin/true").status']])
    assert.are.equal('ready\ntrue\n{ "sh", "-c", "'
      .. "echo ready $$; " .. COMMAND .. '" }\n'
      .. '"sh"\n"from the guest\\n"\n1\n1\nconsole:1: mine\n'
      .. 'begun\n3\n2\n"awake"\nconsole:1: stopped: '
      .. "it ran for more than 100 ms without waiting or returning (see "
      .. "hl.budget)\n0\n1\nopen\nstatus 3\n", result.out, result.err)
    assert.is_nil(result.err:find "mine", result.err)
  end)

describe("hyperlua run --console", function()
  for what, case in pairs {
    ["where something is"] = { "/dev/null", "something is there already: is "
      .. "another run using it? remove it or give another path" },
    ["with too long a path"] = { "/" .. ("x"):rep(107), "a socket's path has "
      .. "at most 107 bytes, and this has 108: give a shorter one" },
    ["where no folder is"] = { "/nowhere/x", "No such file or directory" },
  } do
    it("ends at once " .. what, function()
      local result = boot.run({ "--console", case[1] }, { "true" })
      assert.are.same({ 125, "" }, { result.status, result.out })
      assert.are.equal("hyperlua: error: console socket " .. case[1] .. ": "
        .. case[2], result.err:match "^[^\n]*")
    end)
  end
end)
