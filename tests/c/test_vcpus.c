/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Four vCPUs at once: every answer is checked, none may be lost or mixed. */
#include <glib.h>
#include <string.h>

#include "played.h"
#include "script.h"

#define VCPUS 4
#define CALLS 5000

static const char script[] =
    "local hl = require 'hyperlua'\n"
    "collectgarbage('setpause', 0)\n"   /* collect all the time */
    "hl.syscall('on_sys_ioctl_return', function(s, fd, cmd, arg)\n"
    "  local v = hl.portal.read_int(arg)\n"
    "  hl.portal.write_int(arg + 4, v + fd)\n"
    "  s.retval = hl.portal.read_int(arg + 4)\n"
    "end)";

static gpointer call_often(gpointer data)
{
    struct hl_played_cpu *cpu = data;
    uint64_t arg = 0x10000 + (uint64_t)cpu->region % 0x100000;
    uintptr_t right = 0;

    for (uint32_t i = 0; i < CALLS; i++) {
        struct hl_played_syscall call = {
            .name = "ioctl", .comm = "x", .pid = 1, .arg = { 7, i, arg },
        };
        uint32_t value = GUINT32_TO_LE(i * 3);

        hl_played_poke(cpu->played, arg, &value, sizeof(value));
        hl_played_syscall(cpu, &call);
        right += call.retval == (int64_t)i * 3 + 7;
    }
    return (gpointer)right;
}

static void answers_are_not_mixed(void)
{
    struct hl_played *played = hl_played_new(hl_target_find("mipsel"), VCPUS);
    GThread *thread[VCPUS];

    g_assert_cmpint(hl_played_run(played, "test.lua", script,
                                  strlen(script)), ==, 0);
    g_assert_cmpint(hl_played_hello(hl_played_cpu(played, 0), HL_ABI_VERSION),
                    ==, 0);
    hl_played_map(played, 0x10000, 0x200000);
    for (unsigned i = 0; i < VCPUS; i++) {
        thread[i] = g_thread_new("vcpu", call_often, hl_played_cpu(played, i));
    }
    for (unsigned i = 0; i < VCPUS; i++) {
        g_assert_cmpuint((uintptr_t)g_thread_join(thread[i]), ==, CALLS);
    }
    hl_played_free(played);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vcpus/answers-are-not-mixed", answers_are_not_mixed);
    return g_test_run();
}
