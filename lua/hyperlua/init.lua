-- SPDX-License-Identifier: GPL-2.0-or-later
-- require "hyperlua": what scripts program against.

require "hyperlua.coroutine"
local log = require "hyperlua.log"

-- What a script prints is one line of the log like any other.
function print(...)
  local words = table.pack(...)
  for i = 1, words.n do
    words[i] = tostring(words[i])
  end
  log.info(table.concat(words, "\t"))
end

-- Standard output belongs to the guest's command.
io.output(io.stderr)

-- QEMU would go down with it, at any point of the guest's.
function os.exit()
  error("os.exit would end QEMU, and the guest with it: return instead", 2)
end

local budget = require "hyperlua.budget"
local file = require "hyperlua.file"
local inspect = require "hyperlua.inspect"
local probe = require "hyperlua.probe"
local wait = require "hyperlua.wait"
local core = require "hyperlua.core"

-- For engine/console/eval.c: scripts may break what finds modules.
require "hyperlua.console"

return {
  budget = budget,
  clock = core.clock,
  errno = require "hyperlua.errno",
  event = wait.event,
  file = file.public,
  files = inspect.files,
  flags = require "hyperlua.flags",
  hooks = inspect.hooks,
  hyper = core.hyper,
  hyper2name = core.hyper2name,
  ioctl = require "hyperlua.ioctl",
  kprobe = probe.kprobe,
  kretprobe = probe.kretprobe,
  log = log,
  models = require("hyperlua.models").public,
  on_exec = probe.on_exec,
  on_exit = probe.on_exit,
  on_signal = probe.on_signal,
  on_unload = require("hyperlua.unload").on_unload,
  --- Plain data that all versions of the scripts share: nil, booleans, numbers,
  --- strings, and tables of them, 64 MiB at most.  Does not wait.
  persist = core.persist "data",
  portal = require "hyperlua.portal",
  --- What the guest's kernel knows of its system calls, by bare name, each
  --- { name =, number =, args = { { type =, name =, bits = }, ... } }; nil
  --- before the guest has said.  Does not wait.
  protos = core.protos,
  results = core.results_write,
  sleep = wait.sleep,
  spawn = require "hyperlua.spawn",
  stats = core.stats,
  struct = require "hyperlua.struct",
  syscall = require("hyperlua.syscall").add,
  tasks = inspect.tasks,
  trace = require "hyperlua.trace",
  uprobe = probe.uprobe,
  uretprobe = probe.uretprobe,
}
