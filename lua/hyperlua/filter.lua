-- SPDX-License-Identifier: GPL-2.0-or-later
-- The filters of hl.syscall and of the probes: checked here, once, and packed
-- as struct hl_filter_test lies on the wire.  The guest's kernel evaluates
-- them before anything reaches the engine.  Nothing here waits.

local core = require "hyperlua.core"

local filter = {}

local KEYS = "arg_filter, comm_filter, pid_filter, retval_filter"
local KNOWN = {}
for key in KEYS:gmatch "[%w_]+" do
  KNOWN[key] = true
end

local INTEGER_TESTS = { "eq", "ne", "lt", "gt", "range", "outside", "set",
  "clear" }
local TEXT_TESTS = { "text", "prefix", "suffix", "contains" }
local IS_TEST = { mask = true }
for _, names in ipairs { INTEGER_TESTS, TEXT_TESTS } do
  for _, name in ipairs(names) do
    IS_TEST[name] = true
  end
end

-- For the check that what is written of them is what there is.
filter.KNOWN, filter.IS_TEST = KNOWN, IS_TEST

-- The errors that a system call may return, as the kernel counts them.
local ERRORS = { -4095, -1 }
local RESULTS = {
  success = { outside = ERRORS },
  error = { range = ERRORS },
}

local FORMAT = "<I2I2I2I2i8i8i8"

local function pack(subject, test, flags, mask, first, last)
  return FORMAT:pack(FORMAT:packsize(), subject, core.tests[test], flags, mask,
    first, last)
end

local function pack_text(subject, test, text)
  local padded = text .. ("\0"):rep(-#text % 8)
  return FORMAT:pack(FORMAT:packsize() + #padded, subject, core.tests[test], 0,
    -1, #text, 0) .. padded
end

-- "an integer", of a value that a message shows.
local function shown(value)
  return type(value) == "string" and ("%q"):format(value:sub(1, 40))
    or tostring(value)
end

-- What is tested: key names it in messages, bits is how many it has.
local function integer(what, value)
  local number = type(value) == "number" and math.tointeger(value)
  if not number then
    what.fail("%s must be an integer, not %s", what.key, shown(value))
  end
  if what.bits == 32 and (number < -(1 << 31) or number >= 1 << 32) then
    what.fail("%s = 0x%x can match nothing: it has 32 bits", what.key, number)
  end
  if what.bits == 32 and what.subject == core.subject_retval then
    -- It comes sign-extended.
    number = (number & 0xffffffff ~ 0x80000000) - 0x80000000
  end
  return number
end

-- Whether first <= last is meant signed; raises when it does not hold.
local function check_range(what, first, last)
  local signed = what.signed or first < 0 or last < 0
  if signed and first > last or not signed and math.ult(last, first) then
    what.fail("%s: the range from %d to %d is empty", what.key, first, last)
  end
end

local function bounds(what, name, value)
  if type(value) ~= "table" or #value ~= 2 then
    what.fail("%s: %s must be two integers such as { 0, 9 }, not %s", what.key,
      name, shown(value))
  end
  local first, last = integer(what, value[1]), integer(what, value[2])
  check_range(what, first, last)
  return first, last
end

local function add_integer(what, name, value, mask)
  local first, last
  if name == "range" or name == "outside" then
    first, last = bounds(what, name, value)
  else
    first, last = integer(what, value), 0
  end
  local signed = what.signed or first < 0 or last < 0
  what.tests[#what.tests + 1] = pack(what.subject, name,
    signed and core.filter_signed or 0, mask, first, last)
end

local function check_text(what, name, text)
  if not what.texts then
    what.fail("%s: %s", what.key, what.why_no_text)
  end
  if type(text) ~= "string" then
    what.fail("%s: %s must be a string, not %s", what.key, name, shown(text))
  end
  if #text > core.filter_text_max then
    what.fail("%s: a text of %d bytes is too long: %d at most", what.key, #text,
      core.filter_text_max)
  end
  if text:find("\0", 1, true) then
    what.fail("%s can match nothing: a text ends before its first NUL",
      what.key)
  end
  if what.subject == core.subject_comm and #text > core.comm_max then
    what.fail("%s %q can match nothing: Linux keeps %d bytes of a process's "
      .. "name", what.key, text, core.comm_max)
  end
end

local function add_text(what, name, text)
  check_text(what, name, text)
  what.tests[#what.tests + 1] = pack_text(what.subject, name, text)
end

local function mask_of(what, tests)
  if tests.mask == nil then
    return -1
  end
  if tests.eq == nil and tests.ne == nil then
    what.fail("%s: mask goes with eq or ne", what.key)
  end
  return integer(what, tests.mask)
end

local function check_names(what, tests)
  if next(tests) == nil then
    what.fail("%s: no test is in it; there are %s", what.key, what.names)
  end
  for name in pairs(tests) do
    if not IS_TEST[name] then
      what.fail("%s has no test %s: there are %s", what.key, shown(name),
        what.names)
    end
  end
end

local function add_integers(what, tests, mask)
  for _, name in ipairs(INTEGER_TESTS) do
    if tests[name] ~= nil then
      if not what.bits then
        what.fail("%s: %s tests an integer, and this is a text", what.key, name)
      end
      add_integer(what, name, tests[name],
        (name == "eq" or name == "ne") and mask or -1)
    end
  end
end

local function add_table(what, tests)
  check_names(what, tests)
  add_integers(what, tests, mask_of(what, tests))
  for _, name in ipairs(TEXT_TESTS) do
    if tests[name] ~= nil then
      add_text(what, name, tests[name])
    end
  end
end

local function add(what, value)
  if type(value) == "table" then
    add_table(what, value)
  elseif type(value) == "string" and what.texts then
    add_text(what, "text", value)
  elseif not what.bits then
    what.fail("%s must be a string, not %s", what.key, type(value))
  else
    add_integer(what, "eq", value, -1)
  end
end

local INTEGER_NAMES = table.concat(INTEGER_TESTS, ", ") .. ", mask"
local TEXT_NAMES = table.concat(TEXT_TESTS, ", ")

local function arg_tests(tests, args, options, fail)
  if type(args) ~= "table" then
    fail("arg_filter must be a table such as { nil, 0x89F1 }, not %s",
      shown(args))
  end
  local most = options.args or core.args_max
  for i in pairs(args) do
    if math.type(i) ~= "integer" or i < 1 or i > most then
      fail("arg_filter has no argument %s: they count from 1 to %d", shown(i),
        most)
    end
  end
  for i = 1, most do
    if args[i] ~= nil then
      add({ tests = tests, fail = fail, key = "arg_filter[" .. i .. "]",
        subject = core.subject_arg0 + i - 1, bits = core.word_bits,
        texts = options.texts, names = INTEGER_NAMES .. ", " .. TEXT_NAMES,
        why_no_text = "the text that an argument points to cannot be read "
          .. "there, in the middle of the kernel" }, args[i])
    end
  end
end

local function retval_tests(tests, value, options, fail)
  if not options.retval then
    fail("retval_filter: %s", options.why_no_retval
      or "there is no return value there")
  end
  local named = type(value) == "string" and RESULTS[value]
  if type(value) == "string" and not named then
    fail("retval_filter must be \"success\", \"error\", an integer or a table "
      .. "of tests, not %s", shown(value))
  end
  add({ tests = tests, fail = fail, key = "retval_filter",
    subject = core.subject_retval, bits = core.word_bits, signed = true,
    names = INTEGER_NAMES, why_no_text = "a return value is an integer" },
    named or value)
end

local function check_sum(tests, fail)
  if #tests > core.filter_tests_max then
    fail("%d filter tests are too many: %d at most", #tests,
      core.filter_tests_max)
  end
  local bytes = 0
  for _, test in ipairs(tests) do
    bytes = bytes + #test
  end
  if bytes > core.filter_size_max then
    fail("the filters' texts are too long together: %d bytes, and there is "
      .. "room for %d", bytes, core.filter_size_max)
  end
end

--- Checks filters and packs them.
---@param filters table  arg_filter, comm_filter, pid_filter, retval_filter;
---  each a value or a table of tests, all of which must hold
---@param options table  args: how many an arg_filter may name; texts: those
---  may be tested as texts; retval: there is one; why_no_retval: a message
---@param fail fun(text, ...)  raises, naming the function and its caller
---@return string[] tests  as they go out, one after the other
function filter.tests(filters, options, fail)
  local tests = {}
  for key in pairs(filters) do
    if not KNOWN[key] then
      fail("no filter %s: there are %s", shown(key), KEYS)
    end
  end
  if filters.pid_filter ~= nil then
    add({ tests = tests, fail = fail, key = "pid_filter", bits = 32,
      subject = core.subject_pid, names = INTEGER_NAMES,
      why_no_text = "a pid is an integer" }, filters.pid_filter)
  end
  if filters.arg_filter ~= nil then
    arg_tests(tests, filters.arg_filter, options, fail)
  end
  if filters.comm_filter ~= nil then
    add({ tests = tests, fail = fail, key = "comm_filter", texts = true,
      subject = core.subject_comm, names = TEXT_NAMES }, filters.comm_filter)
  end
  if filters.retval_filter ~= nil then
    retval_tests(tests, filters.retval_filter, options, fail)
  end
  check_sum(tests, fail)
  return tests
end

return filter
