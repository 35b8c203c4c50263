/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a YAML scalar means, by YAML 1.2's core schema, as Penguin reads it:
 * `on` and `yes` are strings.  One exception: 0755 is octal.  Called by
 * lua_yaml.c; under engine->lock.
 */
#include "yaml_scalar.h"

#include <glib.h>
#include <lauxlib.h>
#include <math.h>
#include <string.h>

void hl_yaml_push_null(lua_State *L)
{
    lua_pushlightuserdata(L, NULL);
}

static bool push_word(lua_State *L, const char *text)
{
    static const char *const nulls[] = {
        "", "~", "null", "Null", "NULL", NULL,
    };
    static const char *const trues[] = { "true", "True", "TRUE", NULL };
    static const char *const falses[] = { "false", "False", "FALSE", NULL };

    if (g_strv_contains(nulls, text)) {
        hl_yaml_push_null(L);
    } else if (g_strv_contains(trues, text)) {
        lua_pushboolean(L, true);
    } else if (g_strv_contains(falses, text)) {
        lua_pushboolean(L, false);
    } else {
        return false;
    }
    return true;
}

/* Gives the base, and moves text behind the prefix. */
static unsigned take_base(const char **text)
{
    if (g_str_has_prefix(*text, "0x")) {
        *text += 2;
        return 16;
    }
    if (g_str_has_prefix(*text, "0o")) {
        *text += 2;
        return 8;
    }
    return **text == '0' && strspn(*text, "01234567") == strlen(*text) ? 8 : 10;
}

/* Up to 2^64 - 1, as Lua's 64 bits; what does not fit becomes a float. */
static bool push_integer(lua_State *L, const char *text)
{
    bool negative = *text == '-';
    const char *digit = text + (negative || *text == '+');
    unsigned base = take_base(&digit);
    bool fits = true;
    uint64_t value = 0;
    double rounded = 0;

    if (!*digit) {
        return false;
    }
    for (; *digit; digit++) {
        int next_digit = g_ascii_xdigit_value(*digit);

        if (next_digit < 0 || next_digit >= (int)base) {
            return false;
        }
        rounded = rounded * base + next_digit;
        fits = fits && !__builtin_mul_overflow(value, base, &value) &&
               !__builtin_add_overflow(value, next_digit, &value);
    }
    if (!fits || (negative && value > (uint64_t)1 << 63)) {
        lua_pushnumber(L, negative ? -rounded : rounded);
    } else {
        lua_pushinteger(L, (lua_Integer)(negative ? -value : value));
    }
    return true;
}

static bool push_float(lua_State *L, const char *text)
{
    static const char *const nans[] = { ".nan", ".NaN", ".NAN", NULL };
    static const char *const infs[] = { ".inf", ".Inf", ".INF", NULL };
    char *end;
    double value;

    if (g_strv_contains(nans, text)) {
        lua_pushnumber(L, NAN);
        return true;
    }
    if (g_strv_contains(infs, text + (*text == '-' || *text == '+'))) {
        lua_pushnumber(L, *text == '-' ? -HUGE_VAL : HUGE_VAL);
        return true;
    }
    if (strspn(text, "+-.eE0123456789") != strlen(text)) {
        return false;
    }
    value = g_ascii_strtod(text, &end);
    if (end == text || *end) {
        return false;
    }
    lua_pushnumber(L, value);
    return true;
}

void hl_yaml_push_plain(lua_State *L, const char *text, size_t size)
{
    if (strlen(text) != size || !(push_word(L, text) || push_integer(L, text) ||
                                  push_float(L, text))) {
        lua_pushlstring(L, text, size);
    }
}

/* false: it is not base64. */
static bool push_binary(lua_State *L, const char *text, size_t size)
{
    luaL_Buffer buffer;
    char *to = luaL_buffinitsize(L, &buffer, size + 3);
    guint save = 0;
    size_t letters = 0;
    size_t length;
    int state = 0;

    for (size_t i = 0; i < size; i++) {
        letters += !g_ascii_isspace(text[i]);
        if (!g_ascii_isalnum(text[i]) && !g_ascii_isspace(text[i]) &&
            (!text[i] || !strchr("+/=", text[i]))) {
            letters = 1;
            break;
        }
    }
    length = g_base64_decode_step(text, size, (guchar *)to, &state, &save);
    luaL_pushresultsize(&buffer, length);
    return letters % 4 == 0;
}

bool hl_yaml_push_tagged(lua_State *L, const char *tag, const char *text,
                         size_t size)
{
    if (!strcmp(tag, "str")) {
        lua_pushlstring(L, text, size);
        return true;
    }
    if (!strcmp(tag, "binary")) {
        return push_binary(L, text, size);
    }
    hl_yaml_push_plain(L, text, size);
    if (!strcmp(tag, "int")) {
        return lua_isinteger(L, -1);
    }
    if (!strcmp(tag, "float")) {
        return lua_type(L, -1) == LUA_TNUMBER;
    }
    if (!strcmp(tag, "bool")) {
        return lua_isboolean(L, -1);
    }
    return !strcmp(tag, "null") && lua_islightuserdata(L, -1);
}
