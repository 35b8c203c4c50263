-- SPDX-License-Identifier: GPL-2.0-or-later
-- A test fails when a script logged an error that the test did not look at:
-- busted is told so as the test ends.

local watched = {}

-- Those made since a test last ended are kept until the next one does.
local recent, all, last = {}, setmetatable({}, { __mode = "v" }), 0

function watched.add(guest)
  recent[#recent + 1] = guest
  last = last + 1
  all[last] = guest
end

-- All guests' errors that no test looked at; they count as seen now.
local function take_errors()
  local errors = {}
  for i = 1, last do
    for _, text in ipairs(all[i] and all[i]:take_errors() or {}) do
      errors[#errors + 1] = text
    end
  end
  return errors
end

local function check(element, busted)
  local errors = take_errors()
  if #errors > 0 then
    busted.fail(("%s:%d: a script logged an error that the test did not look "
      .. "at (guest:errors()):\n  %s"):format(element.trace.short_src,
      element.trace.currentline, table.concat(errors, "\n  ")), 0)
  end
end

local function wrap(element, busted)
  local run = element.run
  element.run = function(...)
    element.run = run
    run(...)
    check(element, busted)
  end
end

-- Of a test that failed for another reason this may be why.
local function show_errors(status)
  local errors = take_errors()
  if #errors > 0 and status ~= "success" then
    io.stderr:write("\nscripts logged:\n  ", table.concat(errors, "\n  "),
      "\n")
  end
end

local busted = package.loaded.busted
if busted and busted.subscribe then
  -- The second result: others are to hear of it, too.
  busted.subscribe({ "test", "start" }, function(element)
    wrap(element, busted)
    return nil, true
  end)
  busted.subscribe({ "test", "end" }, function(_, _, status)
    show_errors(status)
    recent = {}
    return nil, true
  end)
end

return watched
