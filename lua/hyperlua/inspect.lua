-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.files, hl.hooks and hl.tasks: what is installed, and what waits.

local core = require "hyperlua.core"
local listing = require "hyperlua.listing"

local inspect = {}

-- "on_sys_ioctl_return (raeth.lua:20)": both parts.
local function split_titles(list)
  for _, record in ipairs(list) do
    local what, origin = record.title:match "^(.*) %((.*)%)$"
    record.what, record.origin = what or record.title, origin
    record.title = nil
  end
  return list
end

--- The files that the guest has, is to have, or has asked for, in the order in
--- which they were made.  Does not wait.
function inspect.files()
  return listing.new(core.files(), { "path", "state", "operations", "requests",
    "errors", "origin" })
end

--- The hooks and probes of the scripts that serve, in the order registered.
--- Does not wait.
function inspect.hooks()
  return listing.new(split_titles(core.hooks()), { "what", "state", "calls",
    "errors", "origin" })
end

--- The handlers and spawned functions that have begun and not ended, and what
--- each waits for.  Does not wait.
function inspect.tasks()
  return listing.new(split_titles(core.tasks()), { "what", "waits", "pid",
    "comm", "version", "origin" })
end

return inspect
