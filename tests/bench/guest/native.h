/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every compared device gives to a read: HLB_SIZE times HLB_BYTE.
 * bench.lua and run say the same.
 */
#ifndef HL_BENCH_NATIVE_H
#define HL_BENCH_NATIVE_H

#define HLB_SIZE 65536
#define HLB_BYTE 'x'

/* native.c, started and ended by main.c. */
int native_init(void);
void native_exit(void);

#endif
