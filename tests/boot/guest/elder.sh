#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Process 1 of layout_spec.lua: older than the module that it has loaded. Its
# children push the module's pages out of the TLB, and its own page faults then
# need the page tables.
insmod /hyperlua/hyperlua.ko
for round in 1 2 3 4 5 6 7 8; do
	seq 5000 | sort -n >/dev/null
done
echo "elder: still here"
reboot -f
