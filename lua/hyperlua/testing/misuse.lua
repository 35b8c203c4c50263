-- SPDX-License-Identifier: GPL-2.0-or-later
-- Errors for what a spec passed, which blame its line: hyperlua.misuse, which
-- scripts have.

local text, chunk = require("hyperlua.played").source "hyperlua.misuse"

return assert(load(text, chunk, "t"))()
