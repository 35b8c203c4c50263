/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program that times things in the guest, for tests/bench/run. */
#ifndef HL_BENCH_H
#define HL_BENCH_H

#include <stdbool.h>

/* Modes of bench.lua. */
enum mode {
    MODE_NONE,
    MODE_FILTERED,
    MODE_SKIP,
    MODE_RETURN,
    MODE_READS,
    MODE_RAETH,
    MODE_RAETH_LOG,
    MODE_BYTES,                 /* as READS, but a page each */
    MODE_BYTES_GUEST,           /* the same, never answered directly */
    MODE_MANY,                  /* as SKIP, and 999 hooks that do not match */
    MODE_ALL,                   /* and one on every system call */
};

/* An ioctl command that no mode hooks, and a mode's own. */
#define COMMAND_OTHER 0x89ff
#define COMMAND(mode) (0x89f0 + (mode))

/* --- bench_report.c: results, kept until the end ------------------------- */

enum { SAMPLES_MAX = 1000 };

struct samples {
    double value[SAMPLES_MAX];
    int count;
};

void add(struct samples *samples, double value);
double quartile(const struct samples *samples, int which);
double median(const struct samples *samples);

/* One line "NAME MEDIAN LOWER-QUARTILE UPPER-QUARTILE". */
void report(const char *name, const struct samples *samples);

/* One line "NAME - REASON": this guest has not what it takes. */
void report_absent(const char *name, const char *reason);
void print_reports(void);

/* Says what went wrong and ends the program. */
_Noreturn void fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* --- bench_guest.c: the module and its hooks ----------------------------- */

double now_ns(void);
void load_module(const char *path);
void unload_module(const char *name);

/* Returns when the guest has exactly that mode's hook. */
void set_mode(enum mode mode);

/* Returns when /dev/hlb holds the first count files of bench.lua. */
void set_files(int count);

/* Nanoseconds a ring; kind: as /proc/hl_bench takes it. */
double time_ring(const char *kind);

/* What bench.lua alone knows or can do; what it returns. */
enum script_number {
    SCRIPT_MEMORY = 1,          /* QEMU's resident memory, in KiB */
    SCRIPT_GDB = 2,             /* 0: the GDB stub's client was started */
    SCRIPT_PAUSE = 3,           /* the worst of Lua's collector, in ns */
    SCRIPT_DIRECT = 4,          /* 1: the engine reads user memory itself */
};

long ask_script(enum script_number what);

/* The socket and the request on which modes are timed; see open_switch(). */
struct esw_reg {
    unsigned int off;
    unsigned int val;
};

extern int esw_fd;
extern struct esw_reg esw_reg;

void open_switch(void);
int esw_ioctl(int command);

/* --- bench_figures.c ------------------------------------------------------ */

void figures_ring(int rounds);
void figures_ioctl(int rounds);
void figures_getpid(int rounds);

/* --- bench_portal.c ------------------------------------------------------- */

void figures_portal(int rounds);

/* --- bench_hooks.c: many hooks, all system calls, a million of them ------- */

void figures_hooks(int rounds);
void figures_growth(void);
void figure_pause(int rounds);

/* --- bench_gdb.c: the same fix by a script on QEMU's GDB stub ------------- */

void figures_gdb(int rounds);

/* --- bench_peers.c: what a file of ours is compared with ------------------ */

struct peers {
    bool cuse, share;           /* the kernel has CUSE, 9p */
};

struct peers start_peers(void);
void stop_peers(void);

/* --- bench_files.c -------------------------------------------------------- */

void figures_files(int rounds);

#endif
