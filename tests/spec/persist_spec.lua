-- SPDX-License-Identifier: GPL-2.0-or-later
-- hl.persist: data that outlives a version of the scripts.
local versions = require "versions"

local CONTEXT = { pid = 7, comm = "program" }

describe("hl.persist", function()
  it("is the same for all versions, as it is now", function()
    local guest = versions.guest [[
      hl.persist.count = 1
      hl.persist.list = { "a", { b = true }, 2.5 }
      hl.file("/dev/a", { read = function()
        hl.sleep(1)
        hl.persist.count = hl.persist.count + 1
        return ""
      end })]]
    local _, _, _, task = guest:read("/dev/a", 1, 0, CONTEXT)
    assert.is_true(guest:reload [[
      local list = hl.persist.list
      hl.log("%d %s %s %s %d %s", hl.persist.count, list[1], list[2].b, list[3],
        #list, type(list))
      table.insert(list, "c")
      hl.log(table.concat({ list[1], list[4] }))
      local keys = {}
      for key in pairs(hl.persist) do keys[#keys + 1] = key end
      table.sort(keys)
      hl.log(table.concat(keys, " "))
      for i, value in ipairs(list) do hl.log("%d %s", i, type(value)) end
      assert(hl.persist.list == list and list[2] ~= list)
      hl.file("/dev/a", { read = function() return hl.persist.count .. "" end })
      ]])
    assert.are.same({ "info: 1 a true 2.5 3 table", "info: ac",
      "info: count list", "info: 1 string", "info: 2 table", "info: 3 number",
      "info: 4 string", "info: reloaded: version 2, with 1 files and 0 hooks" },
      guest:log())
    guest.played:resume(task)
    assert.are.equal("2", select(2, guest:read("/dev/a", 64, 0, CONTEXT)))
  end)

  it("keeps shared tables and cycles, and lets go of what is set to nil",
    function()
      local guest = versions.guest [[
        local t = { name = "t" }
        t.self, t.other = t, { t }
        hl.persist.t = t
        hl.persist.same = hl.persist.t
        hl.persist.gone = 1
        hl.persist.gone = nil]]
      assert.is_true(guest:reload [[
        local t = hl.persist.t
        hl.log("%s %s %s %s", t.self == t, t.other[1] == t,
          hl.persist.same == t, hl.persist.gone)
        hl.persist.same = nil
        hl.log(tostring(next(t)))]])
      assert.are.equal("info: true true true nil", guest:log()[1])
    end)

  for value, message in pairs {
    ["print"] = "not function", ["coroutine.create(print)"] = "not thread",
    ["{ { print } }"] = "not function", ["hl.event()"] = "not a table with a "
      .. "metatable", ["io.stderr"] = "not userdata",
  } do
    it("refuses " .. value, function()
      local guest = versions.guest ""
      assert.is_false(guest:reload("hl.persist.x = " .. value))
      assert.matches("^error: main.lua:2: hl.persist: only plain data can be "
        .. "kept %(nil, booleans, numbers, strings, and tables of them%), "
        .. message, guest:log()[1])
      assert.is_true(guest:reload "hl.log(tostring(hl.persist.x))")
      assert.are.equal("info: nil", guest:log()[1])
    end)
  end

  it("is bounded", function()
    local guest = versions.guest ""
    assert.is_false(guest:reload [[
      local part = ("x"):rep(10 << 20)
      for i = 1, 7 do hl.persist[i] = part .. i end]])
    assert.matches("^error: main.lua:3: hl.persist: it is full: it "
      .. "keeps 64 MiB at most", guest:log()[1])
    assert.is_true(guest:reload [[
      for i = 1, 7 do hl.persist[i] = nil end
      hl.persist.x = 1]])
    local deep = "local t = {} for i = 1, 200 do t = { t } end hl.persist.t = t"
    assert.is_false(guest:reload(deep))
    assert.matches("tables of more than 100 levels cannot be kept",
      guest:log()[2])
  end)
end)
