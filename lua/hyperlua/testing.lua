-- SPDX-License-Identifier: GPL-2.0-or-later
-- require "hyperlua.testing": scripts against a played guest, in a busted spec
-- that `hyperlua test FILE_spec.lua` runs, without QEMU or a kernel.
--
--   local testing = require "hyperlua.testing"
--
--   describe("a LED", function()
--     for _, arch in ipairs(testing.archs) do
--       it("is set on " .. arch, function()
--         local guest = testing.guest { arch = arch, script = "led.lua" }
--         assert.are.equal(2, guest:write("/dev/led", "1\n"))
--         assert.are.equal("1\n", guest:read "/dev/led")
--         assert.are.same({ "info: the LED is on" }, guest:log())
--       end)
--     end
--   end)
--
-- A guest is a program that opens files and makes system calls
-- (testing/process.lua, file.lua, events.lua), its memory (memory.lua), and
-- what else there is in the guest (guest.lua).

local played = require "hyperlua.played"
local guests = require "hyperlua.testing.guest"
local misuse = require "hyperlua.testing.misuse"
local watched = require "hyperlua.testing.watched"

local testing = {}

--- The machines that the engine knows: both byte orders and word sizes.
---@type string[]
testing.archs = {}

local targets = {}
for i, target in ipairs(played.targets()) do
  testing.archs[i], targets[target.name] = target.name, target
end

local OPTIONS = { arch = true, script = true, lua = true, models = true,
  config = true, process = true, setup = true }

local SOURCES = { script = true, lua = true, models = true, config = true }

local function check_options(what, options, known, names)
  if type(options) ~= "table" then
    misuse.raise("%s takes a table, not %s", what, type(options))
  end
  for key in pairs(options) do
    if not known[key] then
      misuse.raise("%s: no option %s: there are %s", what, tostring(key), names)
    end
  end
end

local function target_of(options)
  local arch = options.arch or "mipsel"
  return targets[arch] or misuse.raise("testing.guest: no arch %s: there are "
    .. "%s", tostring(arch), table.concat(testing.archs, ", "))
end

-- The folder of the spec that calls us, with a slash; "" for the current one.
local function spec_folder()
  local level = 2
  local info = debug.getinfo(level, "Sl")
  while info and (info.currentline < 0 or info.source:find "^=hyperlua/") do
    level = level + 1
    info = debug.getinfo(level, "Sl")
  end
  return info and info.source:match "^@(.*/)" or ""
end

-- A path from the spec's folder.
local function path_of(what, path)
  if type(path) ~= "string" then
    misuse.raise("testing.guest: %s is a path, not %s", what, tostring(path))
  end
  return path:sub(1, 1) == "/" and path or spec_folder() .. path
end

local function check_file(what, path)
  local file, err = io.open(path)
  if not file then
    misuse.raise("testing.guest: %s %s (paths are from the spec's folder)",
      what, err)
  end
  file:close()
  return path
end

-- Whether each was loaded; the first that was not ends it.
local function load_all(guest, options)
  local script = options.script or {}
  for _, path in ipairs(type(script) == "table" and script or { script }) do
    if not guest.played:load(check_file("script", path_of("script", path))) then
      return false
    end
  end
  if options.lua and not guest.played:run('local hl = require "hyperlua" '
    .. options.lua) then
    return false
  end
  if options.models and not guest.played:models(check_file("models",
    path_of("models", options.models))) then
    return false
  end
  if options.config then
    local path = check_file("config", path_of("config", options.config))
    return guest.played:config(assert(io.open(path)):read "a")
  end
  return true
end

-- A guest has memory that the collector knows nothing of.
local COLLECT_EVERY = 16
local made = 0

--- A guest in which the scripts have been loaded.
---@param options table  arch: default "mipsel"; script: a path, or several;
---  lua: a script's text, with hl there; models: a folder; config: a YAML file;
---  process: the first process, as for guest:process; setup: a function that
---  gets the guest before anything is loaded.  Paths are from the spec's folder
---@return hl.testing.Guest
function testing.guest(options)
  check_options("testing.guest", options, OPTIONS, "arch, script, lua, models, "
    .. "config, process, setup")
  made = made + 1
  if made % COLLECT_EVERY == 0 then
    collectgarbage()
  end
  local guest = guests.new(target_of(options), options.process or {})
  watched.add(guest)
  if options.setup then
    options.setup(guest)
  end
  -- Fails with what the engine said.
  if not load_all(guest, options) then
    local errors = guest:errors()
    misuse.raise("testing.guest: %s", errors[#errors] or "it was not loaded")
  end
  assert(guest.played:hello() == 0)
  guest:settle()
  return guest
end

--- guest:reload(options): another version of the scripts takes the place of the
--- one that serves, as after a save.  What is in its way is in guest:errors().
---@param options table  script, lua, models and config, as for testing.guest
---@return boolean reloaded  false: the one before serves on
function guests.Guest:reload(options)
  check_options("reload", options, SOURCES, "script, lua, models, config")
  self.played:make_version()
  local finished, loaded = pcall(load_all, self, options)
  local serves = self.played:end_version(finished and loaded)
  self:settle()
  if not finished then
    error(loaded, 0)
  end
  return serves
end

return testing
