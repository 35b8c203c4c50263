/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hyperlua.yaml: libyaml's events made into Lua values, with the line of every
 * key.  Called by lua/hyperlua/config.lua; under engine->lock.
 * A list has the metatable yaml.list, which tells [] from {}; null is
 * yaml.null.
 */
#include "lua_yaml.h"

#include <glib.h>
#include <lauxlib.h>
#include <string.h>
#include <yaml.h>

#include "yaml_scalar.h"

#define LIST "hyperlua.yaml list"
#define LOADER "hyperlua.yaml loader"
#define TAG "tag:yaml.org,2002:"

struct source {
    const char *name;
    const char *text;
    size_t size;
};

/* A userdata: what libyaml allocated goes when Lua raises, too. */
struct loader {
    yaml_parser_t parser;
    yaml_event_t event;         /* the one being looked at */
    const struct source *source;
    unsigned depth;
    uint64_t nodes;
};

/* Where load_protected() keeps these on Lua's stack. */
enum {
    LOADER_INDEX = 2,
    POSITIONS_INDEX,
    ANCHORS_INDEX,              /* name -> value */
    SIZES_INDEX,                /* name -> nodes in it; false: not complete */
};

static int close_loader(lua_State *L)
{
    struct loader *loader = luaL_checkudata(L, 1, LOADER);

    yaml_event_delete(&loader->event);
    yaml_parser_delete(&loader->parser);
    return 0;
}

static struct loader *new_loader(lua_State *L, const struct source *source)
{
    struct loader *loader = lua_newuserdatauv(L, sizeof(*loader), 0);

    memset(loader, 0, sizeof(*loader));
    if (luaL_newmetatable(L, LOADER)) {
        lua_pushcfunction(L, close_loader);
        lua_setfield(L, -2, "__gc");
        lua_pushcfunction(L, close_loader);
        lua_setfield(L, -2, "__close");
    }
    lua_setmetatable(L, -2);
    lua_toclose(L, -1);
    if (!yaml_parser_initialize(&loader->parser)) {
        luaL_error(L, "not enough memory");
    }
    loader->source = source;
    yaml_parser_set_encoding(&loader->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&loader->parser,
                                 (const unsigned char *)source->text,
                                 source->size);
    return loader;
}

/* --- errors ------------------------------------------------------------- */

/*
 * Raises "NAME:LINE: " and the text on top of the stack: one line, and no long
 * one, whatever it quotes of the file.
 */
static G_GNUC_NORETURN void raise_at(lua_State *L, struct loader *loader,
                                     size_t line)
{
    char text[256];

    g_strlcpy(text, lua_tostring(L, -1), sizeof(text));
    for (char *c = text; *c; c++) {
        *c = g_ascii_iscntrl(*c) ? '?' : *c;
    }
    lua_pushfstring(L, "%s:%I: %s", loader->source->name, (lua_Integer)line,
                    text);
    lua_error(L);
    g_assert_not_reached();
}

/* The reader gives an offset; an end is on the last line, not below it. */
static size_t line_of_offset(const struct source *source, size_t offset)
{
    size_t line = 1;

    for (size_t i = 0; i < MIN(offset, source->size); i++) {
        line += source->text[i] == '\n';
    }
    return line;
}

static G_GNUC_NORETURN void raise_problem(lua_State *L, struct loader *loader)
{
    yaml_parser_t *parser = &loader->parser;
    const char *problem = parser->problem ? parser->problem
                                          : "not enough memory";
    size_t last = line_of_offset(loader->source, loader->source->size - 1);
    size_t line = parser->error == YAML_READER_ERROR
                  ? line_of_offset(loader->source, parser->problem_offset)
                  : parser->problem_mark.line + 1;

    if (parser->context) {
        lua_pushfstring(L, "%s %s that begins at line %I", problem,
                        parser->context,
                        (lua_Integer)MIN(parser->context_mark.line + 1, last));
    } else {
        lua_pushstring(L, problem);
    }
    raise_at(L, loader, MIN(line, last));
}

static size_t event_line(const struct loader *loader)
{
    return loader->event.start_mark.line + 1;
}

static void next(lua_State *L, struct loader *loader)
{
    yaml_event_delete(&loader->event);
    if (!yaml_parser_parse(&loader->parser, &loader->event)) {
        raise_problem(L, loader);
    }
}

static void count_nodes(lua_State *L, struct loader *loader, uint64_t nodes)
{
    loader->nodes += nodes;
    if (loader->nodes > HL_YAML_NODES_MAX) {
        lua_pushfstring(L, "more than %d values, aliases counted as what they "
                        "name", HL_YAML_NODES_MAX);
        raise_at(L, loader, event_line(loader));
    }
}

/* --- scalars ------------------------------------------------------------ */

static G_GNUC_NORETURN void raise_tag(lua_State *L, struct loader *loader,
                                      const char *tag)
{
    lua_pushfstring(L, "the tag %s is not known, or not for this value", tag);
    raise_at(L, loader, event_line(loader));
}

static void load_scalar(lua_State *L, struct loader *loader)
{
    const char *text = (const char *)loader->event.data.scalar.value;
    const char *tag = (const char *)loader->event.data.scalar.tag;
    size_t size = loader->event.data.scalar.length;

    if (loader->event.data.scalar.plain_implicit) {
        hl_yaml_push_plain(L, text, size);
    } else if (!tag) {
        lua_pushlstring(L, text, size);
    } else if (!g_str_has_prefix(tag, TAG) ||
               !hl_yaml_push_tagged(L, tag + strlen(TAG), text, size)) {
        raise_tag(L, loader, tag);
    }
}

/* --- lists, mappings, aliases ------------------------------------------- */

static void load_node(lua_State *L, struct loader *loader);

/* (value, lines) -> (value): remembers where its keys stand. */
static void note_lines(lua_State *L)
{
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, POSITIONS_INDEX);
}

static void load_list(lua_State *L, struct loader *loader)
{
    lua_Integer count = 0;

    lua_newtable(L);
    luaL_setmetatable(L, LIST);
    lua_newtable(L);
    for (next(L, loader); loader->event.type != YAML_SEQUENCE_END_EVENT;
         next(L, loader)) {
        count++;
        lua_pushinteger(L, (lua_Integer)event_line(loader));
        lua_rawseti(L, -2, count);
        load_node(L, loader);
        lua_rawseti(L, -3, count);
    }
    note_lines(L);
}

/* A key is a string or an integer; true and 1.5 are taken as they stand. */
static void load_key(lua_State *L, struct loader *loader)
{
    if (loader->event.type == YAML_SCALAR_EVENT) {
        const char *text = (const char *)loader->event.data.scalar.value;
        size_t size = loader->event.data.scalar.length;

        load_node(L, loader);
        if (!lua_isinteger(L, -1) && lua_type(L, -1) != LUA_TSTRING) {
            lua_pop(L, 1);
            lua_pushlstring(L, text, size);
        }
        return;
    }
    if (loader->event.type == YAML_ALIAS_EVENT) {
        load_node(L, loader);
        if (lua_isinteger(L, -1) || lua_type(L, -1) == LUA_TSTRING) {
            return;
        }
    }
    lua_pushliteral(L, "a key must be a string or a number");
    raise_at(L, loader, event_line(loader));
}

static bool is_merge(const struct loader *loader)
{
    return loader->event.type == YAML_SCALAR_EVENT &&
           loader->event.data.scalar.plain_implicit &&
           !strcmp((const char *)loader->event.data.scalar.value, "<<");
}

/* (value, lines, merged): (key) on top is not in lines yet, or it raises. */
static void check_key(lua_State *L, struct loader *loader, int lines)
{
    lua_pushvalue(L, -1);
    if (lua_rawget(L, lines) != LUA_TNIL) {
        lua_Integer line = lua_tointeger(L, -1);

        lua_pushfstring(L, "the key %s is at line %I already",
                        luaL_tolstring(L, -2, NULL), line);
        raise_at(L, loader, event_line(loader));
    }
    lua_pop(L, 1);
}

/* Copies into value what it lacks of the mapping on top; pops that. */
static void merge_mapping(lua_State *L, int value, int lines)
{
    int from = lua_gettop(L);

    lua_pushvalue(L, from);
    lua_rawget(L, POSITIONS_INDEX);
    for (lua_pushnil(L); lua_next(L, from); lua_pop(L, 1)) {
        lua_pushvalue(L, -2);
        if (lua_rawget(L, value) == LUA_TNIL) {
            lua_pushvalue(L, -3);
            lua_pushvalue(L, -3);
            lua_rawset(L, value);
            lua_pushvalue(L, -3);
            lua_pushvalue(L, -4);
            lua_rawget(L, from + 1);
            lua_rawset(L, lines);
        }
        lua_pop(L, 1);
    }
    lua_settop(L, from - 1);
}

static bool is_mapping(lua_State *L)
{
    if (!lua_istable(L, -1) || !lua_getmetatable(L, -1)) {
        return lua_istable(L, -1);
    }
    lua_pop(L, 1);
    return false;
}

/* Takes the value of `<<` on top, a mapping or a list of them. */
static void add_merged(lua_State *L, struct loader *loader, int merged)
{
    if (is_mapping(L)) {
        lua_rawseti(L, merged, luaL_len(L, merged) + 1);
        return;
    }
    for (lua_Integer i = 1, count = lua_istable(L, -1) ? luaL_len(L, -1) : 1;
         i <= count; i++) {
        if (!lua_istable(L, -1) || (lua_rawgeti(L, -1, i), !is_mapping(L))) {
            lua_pushliteral(L, "<< takes a mapping, or a list of mappings");
            raise_at(L, loader, event_line(loader));
        }
        lua_rawseti(L, merged, luaL_len(L, merged) + 1);
    }
    lua_pop(L, 1);
}

static void load_pair(lua_State *L, struct loader *loader, int value)
{
    if (is_merge(loader)) {
        count_nodes(L, loader, 1);
        next(L, loader);
        load_node(L, loader);
        add_merged(L, loader, value + 2);
        return;
    }
    lua_pushinteger(L, (lua_Integer)event_line(loader));
    load_key(L, loader);
    check_key(L, loader, value + 1);
    lua_pushvalue(L, -1);
    lua_rotate(L, -3, -1);
    lua_rawset(L, value + 1);
    next(L, loader);
    load_node(L, loader);
    lua_rawset(L, value);
}

/* What is said here goes before what is merged, wherever `<<` stands. */
static void load_mapping(lua_State *L, struct loader *loader)
{
    int value = lua_gettop(L) + 1;
    lua_Integer count;

    lua_newtable(L);
    lua_newtable(L);
    lua_newtable(L);
    for (next(L, loader); loader->event.type != YAML_MAPPING_END_EVENT;
         next(L, loader)) {
        load_pair(L, loader, value);
    }
    count = luaL_len(L, value + 2);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, value + 2, i);
        merge_mapping(L, value, value + 1);
    }
    lua_settop(L, value + 1);
    note_lines(L);
}

static void load_alias(lua_State *L, struct loader *loader)
{
    const char *name = (const char *)loader->event.data.alias.anchor;
    int type = lua_getfield(L, SIZES_INDEX, name);

    if (type != LUA_TNUMBER) {
        lua_pushfstring(L, type == LUA_TNIL ? "there is no anchor &%s"
                                            : "*%s stands inside of &%s",
                        name, name);
        raise_at(L, loader, event_line(loader));
    }
    count_nodes(L, loader, (uint64_t)lua_tointeger(L, -1));
    lua_pop(L, 1);
    lua_getfield(L, ANCHORS_INDEX, name);
}

static void load_collection(lua_State *L, struct loader *loader)
{
    bool list = loader->event.type == YAML_SEQUENCE_START_EVENT;
    const char *tag = (const char *)(list
        ? loader->event.data.sequence_start.tag
        : loader->event.data.mapping_start.tag);

    if (tag && strcmp(tag, "!") && strcmp(tag, list ? TAG "seq" : TAG "map")) {
        raise_tag(L, loader, tag);
    }
    if (loader->depth == HL_YAML_DEPTH_MAX) {
        lua_pushfstring(L, "nested more than %d deep", HL_YAML_DEPTH_MAX);
        raise_at(L, loader, event_line(loader));
    }
    loader->depth++;
    luaL_checkstack(L, 16, "YAML");
    (list ? load_list : load_mapping)(L, loader);
    loader->depth--;
}

static const char *event_anchor(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return (const char *)event->data.scalar.anchor;
    case YAML_SEQUENCE_START_EVENT:
        return (const char *)event->data.sequence_start.anchor;
    case YAML_MAPPING_START_EVENT:
        return (const char *)event->data.mapping_start.anchor;
    default:
        return NULL;
    }
}

/* Pushes the value that begins with this event, and ends with the last. */
static void load_value(lua_State *L, struct loader *loader)
{
    count_nodes(L, loader, 1);
    if (loader->event.type == YAML_SCALAR_EVENT) {
        load_scalar(L, loader);
    } else {
        load_collection(L, loader);
    }
}

static void load_node(lua_State *L, struct loader *loader)
{
    const char *anchor = event_anchor(&loader->event);
    uint64_t before = loader->nodes;

    if (loader->event.type == YAML_ALIAS_EVENT) {
        load_alias(L, loader);
        return;
    }
    if (!anchor) {
        load_value(L, loader);
        return;
    }
    anchor = lua_pushstring(L, anchor);
    lua_pushboolean(L, false);
    lua_setfield(L, SIZES_INDEX, anchor);
    load_value(L, loader);
    lua_pushvalue(L, -1);
    lua_setfield(L, ANCHORS_INDEX, anchor);
    lua_pushinteger(L, (lua_Integer)(loader->nodes - before));
    lua_setfield(L, SIZES_INDEX, anchor);
    lua_remove(L, -2);
}

/* --- entry points ------------------------------------------------------- */

static void load_stream(lua_State *L, struct loader *loader)
{
    next(L, loader);            /* the stream begins */
    next(L, loader);
    if (loader->event.type == YAML_STREAM_END_EVENT) {
        hl_yaml_push_null(L);
        return;
    }
    next(L, loader);
    load_node(L, loader);
    next(L, loader);            /* the document ends */
    next(L, loader);
    if (loader->event.type != YAML_STREAM_END_EVENT) {
        lua_pushliteral(L, "a second document begins: one is expected");
        raise_at(L, loader, event_line(loader));
    }
}

/* (source) -> value, positions */
static int load_protected(lua_State *L)
{
    struct loader *loader = new_loader(L, lua_touserdata(L, 1));

    for (int i = POSITIONS_INDEX; i <= SIZES_INDEX; i++) {
        lua_newtable(L);
    }
    if (loader->source->size > HL_YAML_TEXT_MAX) {
        lua_pushfstring(L, "more than %d bytes", HL_YAML_TEXT_MAX);
        raise_at(L, loader, 1);
    }
    load_stream(L, loader);
    lua_pushvalue(L, POSITIONS_INDEX);
    return 2;
}

int hl_yaml_load(lua_State *L, const char *name, const char *text, size_t size)
{
    struct source source = { name, text, size };

    lua_pushcfunction(L, load_protected);
    lua_pushlightuserdata(L, &source);
    if (lua_pcall(L, 1, 2, 0) != LUA_OK) {
        lua_pushnil(L);
        lua_insert(L, -2);
    }
    return 2;
}

/* yaml.load(name, text) -> value, positions; or nil, "NAME:LINE: what" */
static int yaml_load(lua_State *L)
{
    size_t size;
    const char *name = luaL_checkstring(L, 1);
    const char *text = luaL_checklstring(L, 2, &size);

    return hl_yaml_load(L, name, text, size);
}

int hl_open_yaml(lua_State *L)
{
    lua_createtable(L, 0, 3);
    lua_pushcfunction(L, yaml_load);
    lua_setfield(L, -2, "load");
    hl_yaml_push_null(L);
    lua_setfield(L, -2, "null");
    luaL_newmetatable(L, LIST);
    lua_setfield(L, -2, "list");
    return 1;
}
