/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core.stats, called by scripts as hl.stats().  Does not wait. */
#include "stats.h"

#include "script.h"
#include "task.h"

int hl_core_stats(lua_State *L)
{
    const struct hl_engine *engine = hl_script_of(L)->engine;

    lua_settop(L, 0);
    lua_newtable(L);
#define HL_STAT_PUSH(field, text)                                             \
    lua_pushinteger(L, (lua_Integer)engine->stats.field);                     \
    lua_setfield(L, 1, #field);
    HL_STATS(HL_STAT_PUSH)
#undef HL_STAT_PUSH
    lua_pushinteger(L, hl_tasks_active(engine));
    lua_setfield(L, 1, "tasks");
    return 1;
}
