-- SPDX-License-Identifier: GPL-2.0-or-later
-- hyperlua targets, in a build folder where two targets have been set up, the
-- second of them in part.
local shell = require "shell"

local PROGRAM = package.searchpath("hyperlua.played", package.cpath)
  :match "^(.*)/lib/hyperlua/[^/]*$" .. "/bin/hyperlua"

local folder

-- A copy of the program looks for what is set up beside itself.
setup(function()
  folder = shell("mktemp -d"):match "%S+"
  shell(([[
    mkdir %s/bin
    cp %s %s/bin/hyperlua
    for target in armhf mips; do
      mkdir -p %s/targets/$target/programs
      cd %s/targets/$target
      touch kernel hyperlua.ko programs/init busybox
      echo 6.1.0-1-test >release
    done
    cd ../armhf
    printf '#!/bin/sh\necho "QEMU emulator version 10.0.13 (Debian)"\n' >qemu
    chmod +x qemu]]):format(folder, PROGRAM, folder, folder,
    folder))
end)
teardown(function() os.execute("rm -r " .. folder) end)

describe("hyperlua targets", function()
  it("lists every target, with its kernel and QEMU or what is missing",
    function()
      assert.are.equal(([[
target    machine           CPU         Linux                         QEMU
aarch64   virt              cortex-a72  not set up (no kernel): run guest/setup aarch64
armhf     virt              cortex-a15  6.1.0-1-test                  10.0.13
mips      malta             P5600       not set up (no qemu): run guest/setup mips
mips64el  malta             5KEc        not set up (no kernel): run guest/setup mips64el
mipsel    malta             34Kf        not set up (no kernel): run guest/setup mipsel
x86_64    q35               Nehalem     not set up (no kernel): run guest/setup x86_64
status 0
]]), shell(folder .. "/bin/hyperlua targets; echo status $?"))
    end)

  it("takes no arguments", function()
    assert.are.equal("hyperlua: unexpected argument x: the command to run "
      .. "goes after --\nstatus 125\n",
      shell(folder .. "/bin/hyperlua targets x 2>&1; echo status $?"))
  end)
end)
