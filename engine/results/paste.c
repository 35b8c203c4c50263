/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What to paste to have a file or an ioctl: YAML as Penguin's configurations
 * are, and Lua.  For missing.c.  Any thread, no lock.
 */
#include "paste.h"

#include <glib.h>
#include <string.h>

#include "text.h"

/* Both languages know \" \\ and \xNN, but in YAML that is a character. */
static char *quoted(const char *text)
{
    GString *out = g_string_new("\"");

    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\') {
            g_string_append_printf(out, "\\%c", *c);
        } else if ((unsigned char)*c < ' ' || *c == 0x7f) {
            g_string_append_printf(out, "\\x%02x", (unsigned char)*c);
        } else {
            g_string_append_c(out, *c);
        }
    }
    g_string_append_c(out, '"');
    return g_string_free(out, FALSE);
}

/* The path's very bytes. */
static char *lua_path(const char *path)
{
    g_autofree char *text = quoted(path);

    /* It writes what is no UTF-8 as \xNN: to Lua the byte itself. */
    return hl_text_name(text, SIZE_MAX);
}

static char *yaml_path(const char *path)
{
    g_autofree char *name = hl_text_name(path, SIZE_MAX);

    for (const char *c = name; *c; c++) {
        if (!g_ascii_isalnum(*c) && !strchr("/._-+", *c)) {
            return quoted(name);
        }
    }
    return name[0] == '/' ? g_steal_pointer(&name) : quoted(name);
}

char *hl_paste_path_yaml(const char *path)
{
    g_autofree char *key = yaml_path(path);

    return g_strdup_printf("pseudofiles:\n"
                           "  %s:\n"
                           "    read:\n"
                           "      model: empty\n"
                           "    write:\n"
                           "      model: discard\n",
                           key);
}

char *hl_paste_path_lua(const char *path)
{
    g_autofree char *name = lua_path(path);

    return g_strdup_printf("local hl = require \"hyperlua\"\n"
                           "\n"
                           "hl.file(%s, {\n"
                           "  read = \"\",\n"
                           "  write = function(file, data, offset)\n"
                           "    return #data\n"
                           "  end,\n"
                           "})\n",
                           name);
}

char *hl_paste_ioctl_yaml(const char *path, uint32_t cmd, const char *decoded)
{
    g_autofree char *key = yaml_path(path);

    return g_strdup_printf("pseudofiles:\n"
                           "  %s:  # add to what it has already\n"
                           "    ioctl:\n"
                           "      0x%x:  # %s\n"
                           "        model: return_const\n"
                           "        val: 0\n",
                           key, cmd, decoded);
}

static char *syscall_lua(uint32_t cmd, const char *decoded)
{
    return g_strdup_printf(
        "local hl = require \"hyperlua\"\n"
        "\n"
        "-- %s\n"
        "hl.syscall(\"on_sys_ioctl_return\", { arg_filter = { nil, 0x%x } },\n"
        "  function(syscall, fd, cmd, arg)\n"
        "    syscall.retval = 0\n"
        "  end)\n",
        decoded, cmd);
}

char *hl_paste_ioctl_lua(const char *path, uint32_t cmd, const char *decoded)
{
    g_autofree char *name = NULL;

    if (!path) {
        return syscall_lua(cmd, decoded);
    }
    name = lua_path(path);
    return g_strdup_printf("local hl = require \"hyperlua\"\n"
                           "\n"
                           "hl.file(%s, {  -- add to what it has already\n"
                           "  ioctl = {\n"
                           "    -- %s\n"
                           "    [0x%x] = function(file, cmd, arg)\n"
                           "      return 0\n"
                           "    end,\n"
                           "  },\n"
                           "})\n",
                           name, decoded, cmd);
}
