-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.models: the default models, which answer in C (engine/models/).

local core = require "hyperlua.core"

-- What hl.models.NAME(...) gives: the name and arguments of a model that is
-- made when a file takes it for an operation, one for each.
local Default = {}
Default.__index = Default
Default.__name = "hyperlua.default_model"

local models = {}

--- Makes a default model for one operation.  Raises "KEY: what is expected".
---@param op string  "read", "write", "ioctl", "poll", "lseek"
---@param name string
---@param ... any  a table of arguments by key, or the arguments themselves
function models.make(op, name, ...)
  return core.model_new(op, name, ...)
end

--- The model itself, of what hl.models.NAME(...) gave.
function models.instantiate(op, default)
  return core.model_new(op, default.name, table.unpack(default, 1, default.n))
end

function models.is_default(value)
  return getmetatable(value) == Default
end

--- hl.models.const_buf("1\n"), hl.models.return_const(0), ...: a default model
--- for a field of hl.file.  Takes a table of named arguments, or the arguments
--- themselves, the main one first.
models.public = setmetatable({}, {
  __index = function(_, name)
    error(("hl.models has no model %q"):format(tostring(name)), 2)
  end,
})
for name in pairs(core.model_names()) do
  rawset(models.public, name, function(...)
    local default = table.pack(...)
    default.name = name
    return setmetatable(default, Default)
  end)
end

return models
