-- SPDX-License-Identifier: GPL-2.0-or-later
-- A build folder that has just enough for `hyperlua run --print-qemu`, with
-- kernel modules made up here.

local guest = {}
guest.__index = guest

--- The bytes of a kernel module that depends on others, of any word size and
--- byte order: a section .modinfo, as the kernel's build makes it.
---@param name string
---@param depends string  as in modinfo: "virtio,virtio_ring"
---@param form? { wide: boolean, big: boolean }
function guest.module(name, depends, form)
  form = form or {}
  local order = form.big and ">" or "<"
  local word = form.wide and "I8" or "I4"
  local function pack(format, ...)
    return string.pack(order .. format:gsub("W", word), ...)
  end
  local info = "license=GPL\0depends=" .. depends .. "\0name=" .. name
    .. "\0vermagic=6.1.0 SMP \0"
  local names = "\0.modinfo\0.shstrtab\0"
  local head, section = form.wide and 64 or 52, form.wide and 64 or 40
  local function header(at, kind, offset, size)
    return pack("I4I4WWWWI4I4WW", at, kind, 0, 0, offset, size, 0, 0, 1, 0)
  end
  return "\127ELF" .. string.char(form.wide and 2 or 1, form.big and 2 or 1, 1)
    .. ("\0"):rep(9)
    .. pack("I2I2I4WWWI4I2I2I2I2I2I2", 1, 8, 1, 0, 0, head + #info + #names, 0,
      head, 0, 0, section, 3, 2)
    .. info .. names .. ("\0"):rep(section)
    .. header(1, 1, head, #info) .. header(10, 3, head + #info, #names)
end

local function slurp(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

--- A guest of mipsel that has no modules yet.
---@param hyperlua string  the command that is tested
function guest.new(hyperlua)
  local folder = os.tmpname()
  os.remove(folder)
  local self = setmetatable({ folder = folder }, guest)
  self.target = folder .. "/targets/mipsel/"
  for path, text in pairs {
    ["lib/libhyperlua.so"] = "", ["targets/mipsel/hyperlua.ko"] = "ko",
    ["targets/mipsel/kernel"] = "", ["targets/mipsel/programs/init"] = "",
    ["targets/mipsel/busybox"] = "\0[\0[[\0", ["targets/mipsel/qemu"] = "",
    ["targets/mipsel/modules/modules.builtin"] = "",
  } do
    self:write(path, text)
  end
  self:shell("mkdir bin && cp " .. hyperlua .. " bin")
  return self
end

function guest:remove()
  os.execute("rm -r " .. self.folder)
end

--- A file of the folder, whose path it returns.
function guest:write(path, text)
  path = self.folder .. "/" .. path
  assert(os.execute("mkdir -p '" .. path:match "^(.*)/" .. "'"))
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  return path
end

--- Modules of the target's kernel.
---@param files table<string, string>  by path in its folder of modules
function guest:write_modules(files)
  for path, text in pairs(files) do
    self:write("targets/mipsel/modules/" .. path, text)
  end
end

--- Both outputs of a shell command in that folder, and its exit status.
function guest:shell(command)
  local pipe = io.popen(("cd %s && { %s; } 2>&1"):format(self.folder, command))
  local output = pipe:read "a"
  local _, _, status = pipe:close()
  return output, status
end

--- What hyperlua run with these options says, and its status.
function guest:run(options)
  return self:shell("bin/hyperlua run --arch mipsel --print-qemu " .. options
    .. " -- true")
end

-- A cpio archive's files, in order: { name, content }.
local function unpack_archive(text)
  local files, at = {}, 1
  while true do
    local function field(offset)
      return tonumber(text:sub(at + offset, at + offset + 7), 16)
    end
    local size, name_size = field(54), field(94)
    local name = text:sub(at + 110, at + 108 + name_size)
    local data = at + (110 + name_size + 3) // 4 * 4
    if name == "TRAILER!!!" then
      return files
    end
    files[#files + 1] = { name, text:sub(data, data + size - 1) }
    at = data + (size + 3) // 4 * 4
  end
end

--- What a run makes of its options: `line`, of QEMU's words those for devices;
--- `devices`, the text for process 1; `names` of the modules in the order in
--- which it loads them, and their `contents`.
function guest:made(options)
  local output, status = self:run(options)
  assert(status == 0, output)
  local made = { names = {}, contents = {},
    line = output:match "status=[^ ]* ?(.*)\n" }
  for _, file in ipairs(unpack_archive(slurp(output:match "%-initrd (%S+)"))) do
    local name, content = table.unpack(file)
    local module = name:match "^hyperlua/modules/(.*)$"
    if name == "hyperlua/devices" then
      made.devices = content
    elseif module and module ~= "" then
      made.names[#made.names + 1] = module
      made.contents[module] = content
    end
  end
  return made
end

return guest
