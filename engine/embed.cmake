# SPDX-License-Identifier: GPL-2.0-or-later
# Writes the Lua modules given in MODULES (NAME=FILE;...) as a C array, ARRAY, to
# OUT.
set(text "/* Made by embed.cmake from lua/. */\n#include \"embedded.h\"\n\n")
set(table "")
set(n 0)
foreach(entry IN LISTS MODULES)
    string(REGEX MATCH "^([^=]+)=(.+)$" ignored "${entry}")
    set(name ${CMAKE_MATCH_1})
    file(READ ${CMAKE_MATCH_2} hex HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
    string(REPLACE "." "/" path ${name})
    string(APPEND text "static const char text_${n}[] = {${bytes}0};\n")
    string(APPEND table
        "    { \"${name}\", \"=${path}.lua\", text_${n}, sizeof(text_${n}) - 1 },\n")
    math(EXPR n "${n} + 1")
endforeach()
file(WRITE ${OUT} "${text}\nextern const struct hl_embedded ${ARRAY}[];\nconst struct hl_embedded ${ARRAY}[] = {\n${table}    { 0 },\n};\n")
