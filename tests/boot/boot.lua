-- SPDX-License-Identifier: GPL-2.0-or-later
-- Boots real guests for the specs beside this file.

local Shared = require "shared"

local boot = {}

boot.build = assert(os.getenv "HL_BUILD", "HL_BUILD names the build folder")
boot.source = assert(os.getenv "HL_SOURCE", "HL_SOURCE names the sources")

-- HL_ARCH names another target of guest/targets, of those that tests/run sets
-- up.
boot.arch = os.getenv "HL_ARCH" or "mipsel"
boot.word = boot.arch:find "64" and 8 or 4     -- bytes of a pointer
boot.order = boot.arch == "mips" and ">" or "<"   -- of string.unpack
boot.target = boot.build .. "/targets/" .. boot.arch
boot.guest = boot.build .. "/tests/guest/" .. boot.arch

-- HL_KERNEL names the Debian suite of another kernel than the target's own, if
-- not empty (guest/setup ARCH:SUITE).
local suite = os.getenv "HL_KERNEL" or ""

--- What says to the command which guest it is.
boot.machine = { "--arch", boot.arch }
if suite ~= "" then
  local folder = boot.target .. "/kernels/" .. suite
  table.move({ "--kernel", folder .. "/kernel", "--module",
    folder .. "/hyperlua.ko" }, 1, 4, 3, boot.machine)
end

-- A target's description: guest/targets/ARCH.conf.
local function described(key)
  for line in io.lines(boot.source .. "/guest/targets/" .. boot.arch
    .. ".conf") do
    local value = line:match("^" .. key .. "=(.*)$")
    if value then
      return value
    end
  end
end

--- As a program's argument: so many turns of something, in a test that is not
--- to last; HL_TIMES=10 makes it ten times as many.
function boot.times(count)
  return tostring(count * (os.getenv "HL_TIMES" or 1) // 1 | 0)
end

-- How many the tests of races are run on; HL_VCPUS="1 4" tries others.
boot.most_vcpus = tonumber(described "smp_most" or 4)
boot.vcpus = {}
for number in (os.getenv "HL_VCPUS" or tostring(math.min(2, boot.most_vcpus)))
  :gmatch "%d+" do
  boot.vcpus[#boot.vcpus + 1] = tonumber(number)
end

local function quote(word)
  return "'" .. tostring(word):gsub("'", [['\'']]) .. "'"
end

local function slurp(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "a"
  file:close()
  os.remove(path)
  return text
end

--- Words as a line for the host's shell.
---@param words string[]
function boot.line(words)
  local line = {}
  for i, word in ipairs(words) do
    line[i] = quote(word)
  end
  return table.concat(line, " ")
end

--- Runs a command of the host; its streams and exit status.
---@param words string[]
---@return { status: integer, out: string, err: string }
function boot.shell(words)
  local out, err = os.tmpname(), os.tmpname()
  local _, how, status = os.execute(("%s >%s 2>%s </dev/null"):format(
    boot.line(words), quote(out), quote(err)))
  return { status = how == "exit" and status or 128 + status,
    out = slurp(out), err = slurp(err) }
end

--- An empty folder of this guest's and of the test that names it; its path.
function boot.folder(name)
  local path = ("%s/tests/%s%s/%s"):format(boot.build, boot.arch, suite, name)
  boot.shell { "rm", "-rf", path }
  boot.shell { "mkdir", "-p", path }
  return path
end

--- A script file with that text, in the build folder; its path.
function boot.script(text)
  local path = os.tmpname()
  os.remove(path)
  path = boot.build .. "/tests/" .. path:match "[^/]*$" .. ".lua"
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  return path
end

function boot.run_words(options, command)
  local words = { boot.build .. "/bin/hyperlua", "run", "--timeout", "300" }
  table.move(boot.machine, 1, #boot.machine, #words + 1, words)
  table.move(options, 1, #options, #words + 1, words)
  if command then
    words[#words + 1] = "--"
    table.move(command, 1, #command, #words + 1, words)
  end
  return words
end

--- hyperlua run: options as on its command line, then the command's words.
---@param options string[]
---@param command? string[]
function boot.run(options, command)
  return boot.shell(boot.run_words(options, command))
end

--- What scripts and the engine logged for information, but for the greeting.
---@param err string  a run's standard error
---@return string[]
function boot.infos(err)
  local lines = {}
  for line in err:gmatch "hyperlua: info: ([^\n]*)" do
    lines[#lines + 1] = not line:find "^guest: " and line or nil
  end
  return lines
end

local shared = {}

--- A script's text and one of the programs in guest/, in a guest that goes on
--- to serve others with the same options.
function boot.program(text, name, args, options)
  local key = table.concat(options or {}, " ")
  shared[key] = shared[key] or Shared.new(boot, options or {})
  local result, lost = shared[key]:run('local hl = require "hyperlua"\n'
    .. text, "exec " .. boot.line { name, table.unpack(args or {}) })
  if not result then
    shared[key]:close()
    shared[key] = nil
    error("the guest was lost: " .. lost)
  end
  return result
end

--- The same in a guest of its own, for programs that unload the module.
function boot.alone(text, name, args, options)
  local path = boot.script('local hl = require "hyperlua"\n' .. text)
  local words = { "--script", path, "--add", boot.guest .. "/" .. name
    .. ":/bin/" .. name, table.unpack(options or {}) }
  local result = boot.run(words, { name, table.unpack(args or {}) })
  os.remove(path)
  return result
end

--- A run with a script and a console, and text for the host's shell, in which
--- `console` is the client at that run; $script the script, which may be
--- changed; and $pid the guest's process.  That runs `command`, and opens
--- /dev/gate: until it does, and then waits there, text has not begun; when
--- text is over, it goes on.  out: what text and then the command printed,
--- and the run's status.
---@param script string
---@param command string  may not have single quotes
---@param text string
---@return { status: integer, out: string, err: string }
function boot.session(script, command, text)
  local path = boot.script([[
    local hl = require "hyperlua"
    hl.file("/dev/gate", { size = 0, read = function()
      hl.persist.at_gate = true
      hl.event("arrived"):signal()
      hl.event("gate"):wait()
      return "open\n"
    end })
    function open_gate() return hl.event("gate"):signal() end
    function at_gate()
      return hl.persist.at_gate or hl.event("arrived"):wait()
    end
  ]] .. script)
  -- Short: a socket's path may have 107 bytes.
  local socket = os.tmpname()
  os.remove(socket)
  local folder = boot.build .. "/tests/session-" .. socket:match "[^/]*$"
  local result = boot.shell { "sh", "-c", ([[
    mkdir -p %s
    cd %s
    hyperlua=%s/bin/hyperlua
    socket=%s
    script=%s
    console() { $hyperlua console $socket "$@"; }
    mkfifo ready begun
    $hyperlua run %s --timeout 120 --script $script --console $socket \
      -- sh -c '%s' >ready 2>err &
    run=$!
    exec 3<ready
    read word pid <&3
    echo "$word"
    console -e 'at_gate()'
    %s
    console -e 'open_gate()'
    cat <&3
    wait $run
    echo "status $?"
    ls $socket 2>/dev/null
    cat err >&2
    rm -r %s]]):format(folder, folder, boot.build, socket, path,
    boot.line(boot.machine), "echo ready $$; " .. command, text, folder) }
  os.remove(path)
  return result
end

return boot
