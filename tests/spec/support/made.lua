-- SPDX-License-Identifier: GPL-2.0-or-later
-- For specs of `hyperlua model`: a recording in a folder, and its model.

require "hyperlua.testing"

local made = {}

made.program = package.searchpath("hyperlua.played", package.cpath)
  :match "^(.*)/lib/hyperlua/[^/]*$" .. "/bin/hyperlua"

--- Both outputs of a command, and its status.
function made.shell(command)
  local pipe = assert(io.popen("{ " .. command .. "; } 2>&1"))
  local text = pipe:read "a"
  return text, select(3, pipe:close())
end

--- folder, recording and models: paths of their own, until made.clean.
function made.prepare()
  made.folder = made.shell("mktemp -d"):match "%S+"
  made.recording = made.folder .. "/recording"
  made.models = made.folder .. "/models"
  assert(os.execute("mkdir " .. made.models))
end

function made.clean()
  os.execute("rm -r " .. made.folder)
end

--- Runs `hyperlua model`: its output and status.
function made.make()
  return made.shell(("%s model %s -o %s/made.lua"):format(made.program,
    made.recording, made.models))
end

--- The model's text; nil: there is none.
function made.text()
  local file = io.open(made.models .. "/made.lua", "rb")
  local text = file and file:read "a"
  return text, file and file:close()
end

return made
