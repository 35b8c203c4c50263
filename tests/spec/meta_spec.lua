-- SPDX-License-Identifier: GPL-2.0-or-later
-- lua/meta says what the engine has: compared with an engine, in both
-- directions.  What scripts can reach is walked by a script, in a handler.

local hyperfile = require "hyperfile"
local world = require "world"

-- The sources: this file is in their tests/spec.
local ROOT = debug.getinfo(1, "S").source:match "^@(.*)tests/spec/[^/]*$"
package.path = ROOT .. "lua/?.lua;" .. package.path

local manual = require "check.manual"
local meta = require "check.meta"

local function text_of(path)
  local file = assert(io.open(ROOT .. path))
  local text = file:read "a"
  file:close()
  return text
end

local api = meta.read(function(name)
  return text_of("lua/meta/" .. name .. ".lua")
end)

-- Those that were compared: in the end all must have been.
local compared = {}

local function class(name)
  compared[name] = true
  return assert(api.classes[name], name)
end

local function sorted(set)
  local list = {}
  for name in pairs(set) do
    list[#list + 1] = name
  end
  table.sort(list)
  return list
end

local function declared(name)
  local names = {}
  local one = class(name)
  while one do
    compared[one.name] = true
    for member in pairs(one.members) do
      names[member] = true
    end
    one = one.parent and api.classes[one.parent]
  end
  return sorted(names)
end

-- --- walking ----------------------------------------------------------------

-- walk(class, value): a line for each name that can be reached; a function's
-- parameters as Lua knows them.
local WALK = [[
  local core = require "hyperlua.core"
  local function parameters(fn)
    local info, names = debug.getinfo(fn, "Su"), {}
    if info.what == "C" then return "C" end
    for i = 1, info.nparams do names[i] = debug.getlocal(fn, i) end
    if info.isvararg then names[#names + 1] = "..." end
    return table.concat(names, ",")
  end
  local function line(class, name, value)
    hl.log("%s %s %s", class, name, type(value) == "function"
      and "(" .. parameters(value) .. ")" or type(value))
  end
  local function walk(class, value)
    local meta = getmetatable(value) or {}
    for name, member in pairs(value) do
      if math.type(name) == nil then line(class, name, member) end
    end
    for name, member in pairs(type(meta.__index) == "table" and meta.__index
      or {}) do
      if not name:find "^__" then line(class, name, member) end
    end
    if meta.__call then line(class, "()", meta.__call) end
  end
]]

-- { [class] = { [name] = "(a,b)" or a type } } of what a script walks.
local function walked(lines)
  local found = {}
  for _, text in ipairs(lines) do
    local name, member, what = text:match "^(%S+) (%S+) (.*)$"
    assert.is_truthy(name, text)
    found[name] = found[name] or {}
    found[name][member] = what
  end
  return found
end

local PROCESS = {
  pid = 7, parent = 1, word_bits = 32, comm = "program", exe = "/bin/program",
  list_threads = { { pid = 7 } },
  maps = { { start = 0x400000, stop = 0x402000, name = "/bin/program" } },
  fds = { { fd = 0, name = "/dev/null" } },
}

-- The run's own, of which hl.trace shows nothing.
local FIRST = { pid = 1, exe = PROCESS.exe }

local function in_handler(body, target)
  return world.handle(target or "mipsel", WALK .. body, function(guest)
    world.add(guest, PROCESS)
    world.add(guest, FIRST)
    guest:serve(7)
    guest:program("/bin/true", ("<I4I4"):pack(0, 0))
    guest:program("/bin/killed", ("<I4I4"):pack(9, 1))
  end)
end

local function walk(body)
  return walked((in_handler(body)))
end

-- Of a class, what a walk found: the same names, and for functions in Lua the
-- same parameters.
local function same_parameters(member, real, name)
  local words = {}
  for i, param in ipairs(member.params) do
    words[i] = param.name
  end
  if member.kind == "method" then
    table.insert(words, 1, "self")
  end
  local said = table.concat(words, ",")
  if real:find "%.%.%.%)$" then                 -- it takes any number
    real, said = real:sub(2, -5), said:sub(1, #real - 5)
  else
    real = real:sub(2, -2)
  end
  assert.are.equal(real, said, name)
end

-- Not each object has all that is private to it.
local function is_as_walked(name, found)
  local expected = {}
  for _, member in ipairs(declared(name)) do
    local is_private = meta.member(api, api.classes[name], member).private
    expected[member] = found[member] ~= nil or not is_private or nil
  end
  assert.are.same(sorted(found), sorted(expected))
  for member, what in pairs(found) do
    local entry = meta.member(api, api.classes[name], member)
    if what:find "^%(" then
      assert.are_not.equal("field", entry.kind, member)
      if what ~= "(C)" then
        same_parameters(entry, what, name .. "." .. member)
      end
    else
      assert.are.equal("field", entry.kind, member)
    end
  end
end

-- --- what there is ----------------------------------------------------------

local OBJECTS = [[
  local hook = hl.syscall("on_sys_read_enter", print)
  local probe = hl.on_exit(print)
  local node = hl.file("/dev/x", {})
  local struct = hl.struct "struct named { u32 a; }"
]]

local VALUES = {
  { "hl", "hl" },
  { "hl.Portal", "hl.portal" },
  { "hl.Log", "hl.log" },
  { "hl.Flags", "hl.flags" },
  { "hl.Ioctl", "hl.ioctl" },
  { "hl.Models", "hl.models" },
  { "hl.Hook", "hook" },
  { "hl.Probe", "probe" },
  { "hl.Node", "node" },
  { "hl.Event", "hl.event()" },
  { "hl.Event", "hl.event 'name'" },
  { "hl.Budget", "hl.budget()" },
  { "hl.Struct", "struct" },
  { "hl.Stats", "hl.stats()" },
  { "hl.FileInfo", "hl.files()[1]" },
  { "hl.HookInfo", "hl.hooks()[1]" },
  { "hl.TaskInfo", "hl.tasks()[1]" },
  { "hl.IoctlParts", "hl.ioctl.decode(1)" },
  { "hl.Proto", "syscall.proto" },
  { "hl.ProtoArg", "syscall.proto.args[1]" },
  { "hl.Proc", "portal.get_proc()" },
  { "hl.Proc", "portal.get_threads()[1]" },
  { "hl.Proc", "portal.get_procs()[1]" },
  { "hl.Creds", "portal.get_proc_creds()" },
  { "hl.Map", "portal.get_maps()[1]" },
  { "hl.Fd", "portal.get_fds()[1]" },
}

describe("lua/meta has each name of", function()
  for _, value in ipairs(VALUES) do
    local name, expression = value[1], value[2]
    it(expression .. ", and no other: " .. name, function()
      local found = walk(OBJECTS .. ('walk("%s", %s)'):format(name,
        expression))[name]
      local call = found["()"]
      found["()"] = nil
      is_as_walked(name, found)
      if call then
        local entry = meta.function_of(api, api.classes[name].calls[1])
        entry.params[0] = { name = "_" }
        table.move(entry.params, 0, #entry.params, 1)
        same_parameters(entry, call, name .. "()")
      end
    end)
  end

  -- Most of its functions are made when they are first used.
  it("hl.portal.of(pid), and no other: hl.Process", function()
    local found = walk [[
      local other = portal.of(7)
      for name in pairs(portal) do pcall(function() return other[name] end) end
      walk("hl.Process", other)]]
    is_as_walked("hl.Process", found["hl.Process"])
  end)

  it("what portal.run gives, and no other: hl.RunResult", function()
    local found = walk [[
      walk("hl.RunResult", portal.run "/bin/true")
      walk("hl.RunResult", portal.run "/bin/killed")]]
    is_as_walked("hl.RunResult", found["hl.RunResult"])
  end)

  it("hl.errno on both kinds of machines, and no other: hl.Errno", function()
    local all = {}
    for _, target in ipairs { "mipsel", "x86_64" } do
      local found = walked((in_handler('walk("hl.Errno", hl.errno)', target)))
      for name in pairs(found["hl.Errno"]) do
        all[name] = true
      end
    end
    all.name = true             -- is no error, and comes from a metamethod
    assert.are.same(sorted(all), declared "hl.Errno")
    local found = walk 'walk("x", { name = hl.errno.name })'.x
    same_parameters(api.classes["hl.Errno"].members.name, found.name, "name")
  end)
end)

-- --- tables of keys ---------------------------------------------------------

describe("lua/meta has each key of", function()
  local function keys(expression)
    return sorted(walk(('walk("x", %s)'):format(expression)).x)
  end

  it("hl.file's model, and no other", function()
    assert.are.same(keys 'require("hyperlua.file").KNOWN',
      declared "hl.FileModel")
  end)

  it("the filters and their tests, and no other", function()
    assert.are.same(keys 'require("hyperlua.filter").KNOWN',
      declared "hl.Filters")
    assert.are.same(keys 'require("hyperlua.filter").IS_TEST',
      declared "hl.Tests")
  end)

  it("portal.run's options, and no other", function()
    assert.are.same(keys 'require("hyperlua.guest_file").RUN_OPTIONS',
      declared "hl.RunOptions")
  end)

  -- Which options are looked at when there are none.
  local RECORD = [[
    local options = setmetatable({}, { __index = function(_, key)
      line("x", key, key)
    end })]]

  it("portal.write_file's options, and no other", function()
    local found = walk(RECORD .. 'portal.write_file("/tmp/x", "", options)')
    assert.are.same(sorted(found.x), declared "hl.WriteOptions")
  end)

  it("hl.trace's options, and no other", function()
    local _, guest = in_handler(RECORD .. 'hl.trace("read", options)')
    guest:work()
    guest:syscall { name = "read", pid = 7 }
    assert.are.same(sorted(walked(world.lines(guest)).x),
      declared "hl.TraceOptions")
  end)

  it("each default model, in their order", function()
    local lines = in_handler [[
      for name, ops in pairs(core.model_keys()) do
        for op, keys in pairs(ops) do
          hl.log("%s %s %s", name, op, table.concat(keys, ","))
        end
      end]]
    local models, all_keys, orders = class "hl.Models", {}, {}
    for _, line in ipairs(lines) do
      local name, _, list = line:match "^(%S+) (%S+) (.*)$"
      all_keys[name] = all_keys[name] or {}
      orders[name] = (orders[name] or " ") .. list .. " "
      for key in list:gmatch "[^,]+" do
        all_keys[name][key] = true
      end
    end
    for name, ops in pairs(all_keys) do
      local fn, params = models.members[name], {}
      for i, param in ipairs(fn.params) do
        params[i] = param.name
      end
      local order = " " .. table.concat(params, ",") .. " "
      assert.is_truthy(orders[name]:find(order, 1, true), name .. order)
      local overload = fn.overloads[1]
        and meta.function_of(api, fn.overloads[1]).params[1].type
      local named = {}
      for _, key in ipairs(overload and meta.keys_of(overload) or {}) do
        named[key] = true
      end
      assert.are.same(sorted(ops), sorted(named), name)
    end
  end)
end)

-- --- what handlers get first ------------------------------------------------

describe("lua/meta has each field of what handlers get, and no other:",
  function()
    local function fields()
      return in_handler [[
        local function each(class, of)
          for name, how in pairs(of) do
            hl.log("%s %s %s", class, name, how)
          end
        end
        local all = core.fields()
        each("syscall", all.syscall) each("file", all.file)
        for kind, of in pairs(all.event) do each(kind, of) end]]
    end

    local function says(name)
      local how = {}
      for _, member in ipairs(declared(name)) do
        local entry = meta.member(api, api.classes[name], member)
        how[member] = entry.kind == "method" and "method"
          or entry.text:find "Can be set" and "set" or "read"
      end
      return how
    end

    for kind, name in pairs { syscall = "hl.Syscall", file = "hl.File" } do
      it(kind, function()
        assert.are.same(walked(fields())[kind], says(name))
      end)
    end

    for _, kind in ipairs { "exec", "exit", "signal", "kprobe", "kretprobe",
      "uprobe", "uretprobe" } do
      it("the event of " .. kind, function()
        local hl = api.classes.hl.members
        local fn = hl["on_" .. kind] or hl[kind]
        local handler = meta.function_of(api, fn.params[#fn.params].type)
        local name = meta.class_of(api, handler.params[1].type).name
        assert.are.same(walked(fields())[kind], says(name))
      end)
    end

    it("syscall.regs, on every machine", function()
      compared["hl.Regs"] = true
      assert.are.equal("integer", api.classes["hl.Regs"].any_field)
      for _, target in ipairs(hyperfile.TARGETS) do
        local lines = in_handler("show(syscall.regs.sp, syscall.regs.pc)",
          target)
        assert.are.same({ "0 0" }, lines)
      end
    end)
  end)

-- --- who waits --------------------------------------------------------------

describe("lua/meta's async", function()
  local SAMPLES = {
    { "^%b()$", "1" }, { "integer%[%]", "{ 1 }" }, { "table", "{ a = 1 }" },
    { "integer", "1" }, { "number", "1" }, { "string", '"/x"' },
    { "boolean", "true" }, { "fun", "print" }, { "any", "1" },
    { "hl%.SyscallHandler", "print" }, { "hl%.", "{}" },
  }

  local function sample(type)
    for _, pair in ipairs(SAMPLES) do
      if type:find(pair[1]) then
        return pair[2]
      end
    end
    error("no sample of " .. type)
  end

  -- What calls the function with arguments that it takes.
  local function call_of(object, fn)
    local arguments = {}
    for _, param in ipairs(fn.params) do
      if param.name ~= "..." then
        arguments[#arguments + 1] = sample(param.type)
      end
    end
    return ("try(%q, function() return %s%s%s(%s) end)\n"):format(
      object .. "." .. fn.name, object, fn.kind == "method" and ":" or ".",
      fn.name, table.concat(arguments, ", "))
  end

  -- Where Lua cannot wait, what waits says so and all else goes on.
  local TRY = [[
    local function try(name, fn)
      local ok, message = true, ""
      table.sort({ 1, 2 }, function()
        ok, message = pcall(fn)
        return false
      end)
      lines[#lines + 1] = name .. " " .. tostring(not ok
        and tostring(message):find("cannot wait here", 1, true) ~= nil)
    end
  ]]

  local OF = {
    ["hl"] = "hl", ["hl.Portal"] = "hl.portal", ["hl.Process"] = "other",
    ["hl.Log"] = "hl.log", ["hl.Flags"] = "hl.flags", ["hl.Struct"] = "struct",
    ["hl.Ioctl"] = "hl.ioctl", ["hl.Models"] = "hl.models",
    ["hl.Errno"] = "hl.errno", ["hl.Hook"] = "hook", ["hl.Probe"] = "probe",
    ["hl.Node"] = "node", ["hl.Event"] = "event", ["hl.File"] = "file",
  }

  it("is of every function that waits, and of no other", function()
    local calls, expected = {}, {}
    for name, one in pairs(api.classes) do
      for _, fn in pairs(one.members) do
        if fn.kind ~= "field" then
          local object = assert(OF[name], name)
          calls[#calls + 1] = call_of(object, fn)
          expected[object .. "." .. fn.name] = fn.waits
        end
      end
    end
    local guest = hyperfile.guest("mipsel", [[
      hl.file("/dev/t", { mmap = 4096, size = 4096, read = function(file)
        local lines, other, event = {}, hl.portal.of(7), hl.event()
      ]] .. TRY .. OBJECTS .. table.concat(calls) .. [[
        for _, text in ipairs(lines) do hl.log("TRIED %s", text) end
        return ""
      end })]])
    guest:read("/dev/t", 4, 0, { pid = 7 })
    local found = {}
    for _, line in ipairs(guest:log()) do
      local name, waits = line:match "TRIED (%S+) (%S+)"
      if name then
        found[name] = waits == "true"
      end
    end
    assert.are.same(expected, found)
  end)
end)

-- --- the page, and that nothing was left out --------------------------------

describe("lua/reference.md", function()
  it("is what lua/check/manual.lua makes of lua/meta now", function()
    assert.is_true(text_of "lua/reference.md" == manual.page(api, meta),
      "run: lua5.4 lua/check/manual.lua >lua/reference.md")
  end)
end)

describe("lua/meta", function()
  it("is read whole", function()
    local listed, there = {}, {}
    for _, name in ipairs(meta.FILES) do
      listed[name] = true
    end
    local ls = assert(io.popen("ls '" .. ROOT .. "lua/meta'"))
    for name in ls:read "a":gmatch "([%w_]+)%.lua" do
      there[name] = true
    end
    ls:close()
    assert.are.same(there, listed)
  end)

  it("has no class that nothing above was compared with", function()
    local all = {}
    for name, one in pairs(api.classes) do
      all[name] = next(one.members) and true
    end
    assert.are.same(sorted(all), sorted(compared))
  end)

  it("says what every function does, and what it takes and gives", function()
    for _, one in pairs(api.classes) do
      for name, member in pairs(one.members) do
        if member.kind ~= "field" then
          assert.is_truthy(member.text:find "%.%s*$", one.name .. "." .. name)
        end
      end
    end
  end)
end)
