-- SPDX-License-Identifier: GPL-2.0-or-later
-- Functions that a model may need: each is put into it when it does, in the
-- order of this list.

return {
  { "in_turn", [[
-- The answers in the order seen, each so many times; the last one stays.
local function in_turn(answers)
  local at, left = 1, answers[1][1]
  return function(...)
    if left == 0 and answers[at + 1] then
      at, left = at + 1, answers[at + 1][1]
    end
    left = math.max(left - 1, 0)
    local answer = answers[at][2]
    if type(answer) == "function" then return answer(...) end
    return answer
  end
end
]] },
  { "polled", [[
-- As in_turn; until the last one, who polls is soon told to poll anew.
local function polled(answers)
  local turn, before = in_turn(answers), 0
  for i = 1, #answers - 1 do before = before + answers[i][1] end
  return function(file)
    if before > 0 then
      local node = file.node
      before = before - 1
      hl.spawn(function()
        hl.sleep(10)
        node:wake()
      end)
    end
    return turn()
  end
end
]] },
  { "bytes", [[
-- What is read of a text; it has no size that programs see.
local function bytes(all)
  return function(_, length, offset)
    return all:sub(offset + 1, offset + length)
  end
end
]] },
  { "by_offset", [[
-- The answers by offset; elsewhere what is left of the one before.
local function by_offset(answers)
  local last = {}
  return function(_, _, offset)
    local answer, retval = answers[offset], nil
    if type(answer) == "function" then answer, retval = answer() end
    if answer then
      last[offset] = type(answer) == "string" and answer or ""
      return answer, retval
    end
    local nearest = -1
    for start in pairs(last) do
      if start < offset and start > nearest then nearest = start end
    end
    return (last[nearest] or ""):sub(offset - nearest + 1)
  end
end
]] },
}
