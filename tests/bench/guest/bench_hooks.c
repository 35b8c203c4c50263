/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many hooks, a hook on all system calls, and very many interventions. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

static double time_skips(enum mode mode)
{
    enum { CALLS = 1000 };
    double start = now_ns();

    for (int i = 0; i < CALLS; i++) {
        if (esw_ioctl(COMMAND(mode))) {
            fail("mode %d did not skip the call", mode);
        }
    }
    return (now_ns() - start) / CALLS;
}

static void figure_many(int rounds)
{
    static struct samples ratio;

    for (int round = -1; round < rounds; round++) {
        double one, many;

        set_mode(MODE_SKIP);
        time_skips(MODE_SKIP);
        one = time_skips(MODE_SKIP);
        set_mode(MODE_MANY);
        time_skips(MODE_MANY);
        many = time_skips(MODE_MANY);
        if (round >= 0) {
            add(&ratio, many / one);
        }
    }
    report("hooks_1000_ratio", &ratio);
}

/* What firmware does at boot: a shell that runs small programs. */
static const char script[] =
    "i=0; while [ $i -lt 10 ]; do "
    "x=$(echo line $i | grep -c line); [ -e /proc/$x ] && ls / >/dev/null; "
    "i=$((i + 1)); done";

static double time_shell(void)
{
    double start = now_ns();
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", script, (char *)NULL);
        _exit(127);
    }
    if (waitpid(pid, &status, 0) != pid || status) {
        fail("the shell script ended with status %x", status);
    }
    return now_ns() - start;
}

static void figure_all(int rounds)
{
    static struct samples ms, ratio;

    for (int round = -1; round < rounds; round++) {
        double none, all;

        set_mode(MODE_NONE);
        none = time_shell();
        set_mode(MODE_ALL);
        all = time_shell();
        if (round >= 0) {
            add(&ms, none / 1e6);
            add(&ratio, all / none);
        }
    }
    report("shell", &ms);
    report("shell_all_ratio", &ratio);
}

void figures_hooks(int rounds)
{
    figure_many(rounds);
    figure_all(rounds);
    set_mode(MODE_NONE);
}

static double slab_kib(void)
{
    char text[4096] = "", *line;
    int fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);

    (void)!read(fd, text, sizeof(text) - 1);
    close(fd);
    line = strstr(text, "Slab:");
    return line ? atof(line + strlen("Slab:")) : -1;
}

static void intervene(int count)
{
    esw_reg.val = 0;
    for (int i = 0; i < count; i++) {
        if (esw_ioctl(COMMAND(MODE_RAETH))) {
            fail("intervention %d did not take place", i);
        }
    }
    if (esw_reg.val != 2) {
        fail("the RAEth handler left 0x%x", esw_reg.val);
    }
}

void figures_growth(void)
{
    static struct samples slab, memory;
    double slab_before;
    long memory_before;

    set_mode(MODE_RAETH);
    intervene(20000);
    slab_before = slab_kib();
    memory_before = ask_script(SCRIPT_MEMORY);
    intervene(1000000);
    add(&slab, slab_kib() - slab_before);
    add(&memory, ask_script(SCRIPT_MEMORY) - memory_before);
    report("million_slab", &slab);
    report("million_qemu", &memory);
    set_mode(MODE_NONE);
}

/* Of 20,000 requests each; the first has strings to make room for. */
void figure_pause(int rounds)
{
    static struct samples us;

    for (int round = -1; round < rounds; round++) {
        double ns = ask_script(SCRIPT_PAUSE);

        if (round >= 0) {
            add(&us, ns / 1000);
        }
    }
    report("gc_pause", &us);
}
