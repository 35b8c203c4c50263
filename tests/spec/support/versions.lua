-- SPDX-License-Identifier: GPL-2.0-or-later
-- For specs: a guest whose scripts lie in a folder, to be changed and loaded
-- anew.
local hyperfile = require "hyperfile"

local versions = {}

local folders = {}

--- A folder of its own, which goes with the process.
function versions.folder()
  local path = os.tmpname()
  os.remove(path)
  assert(os.execute("mkdir " .. path))
  folders[#folders + 1] = path
  return path
end

setmetatable(folders, {
  __gc = function()
    for _, path in ipairs(folders) do
      os.execute("rm -rf " .. path)
    end
  end,
})

--- Truncates and writes, as the simplest of editors does.
function versions.write(path, text)
  local file = assert(io.open(path, "w"))
  assert(file:write(text))
  assert(file:close())
end

local Guest = setmetatable({}, getmetatable(hyperfile.guest "mipsel"))
Guest.__index = setmetatable(Guest, { __index = getmetatable(
  hyperfile.guest "mipsel").__index })

--- A guest of which main.lua has been loaded, as version 1.
---@param options? table  target; models, config: those of its folder too
function versions.guest(script, options)
  options = options or {}
  local guest = setmetatable(hyperfile.guest(options.target or "mipsel"), Guest)
  guest.folder = versions.folder()
  guest.main = guest.folder .. "/main.lua"
  guest:save(script)
  guest.played:sources {
    script = guest.main,
    models = options.models and guest.folder .. "/models",
    config = options.config and guest.folder .. "/files.yaml",
  }
  if options.prepare then
    options.prepare(guest)
  end
  assert(guest.played:reload(), table.concat(guest:log(), "\n"))
  guest.played:work()
  guest:log()
  return guest
end

function Guest:save(script)
  versions.write(self.main, 'local hl = require "hyperlua"\n' .. script)
end

--- The log without line feeds and this guest's folder.
function Guest:log()
  local lines = getmetatable(hyperfile.guest "mipsel").log(self)
  for i, line in ipairs(lines) do
    lines[i] = line:gsub((self.folder or "?"):gsub("%p", "%%%0") .. "/", "")
  end
  return lines
end

--- Saves and loads that; nothing of the guest's own has happened since.
function Guest:reload(script)
  if script then
    self:save(script)
  end
  return self.played:reload()
end

return versions
