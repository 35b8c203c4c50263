/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many bits a system call's argument has, from its type as the kernel's
 * prototypes write it ("unsigned int", "const char *").  The module asks it
 * for the widths of filters, the engine for what handlers get.  Any context.
 */
#ifndef HL_ABI_PROTO_WIDTH_H
#define HL_ABI_PROTO_WIDTH_H

#ifdef __KERNEL__
#include <linux/string.h>
#include <linux/types.h>
#else
#include <stdbool.h>
#include <string.h>
#endif

/* Each name between commas. */
#define HL_TYPES_16 ",umode_t,old_uid_t,old_gid_t,u16,s16,__u16,__s16,"      \
    "unsigned short,short,"
#define HL_TYPES_32 ",int,unsigned int,unsigned,u32,s32,__u32,__s32,"        \
    "uint32_t,int32_t,pid_t,uid_t,gid_t,mode_t,dev_t,key_t,qid_t,mqd_t,"     \
    "timer_t,clockid_t,key_serial_t,rwf_t,__kernel_timer_t,"                 \
    "__kernel_clockid_t,__kernel_rwf_t,__kernel_key_t,__kernel_pid_t,"       \
    "compat_int_t,compat_uint_t,compat_long_t,compat_ulong_t,compat_size_t," \
    "compat_ssize_t,compat_off_t,compat_pid_t,compat_uptr_t,"                \
    "compat_old_sigset_t,compat_aio_context_t,compat_mode_t,"                \
    "compat_time_t,old_time32_t,compat_key_t,compat_timer_t,"                \
    "compat_clock_t,"
#define HL_TYPES_64 ",loff_t,u64,s64,__u64,__s64,uint64_t,int64_t,"          \
    "long long,unsigned long long,compat_loff_t,compat_u64,compat_s64,"

static inline bool hl_type_is_in(const char *list, const char *type,
                                 size_t size)
{
    const char *at = list;

    while ((at = strstr(at, type))) {
        if (at[-1] == ',' && at[size] == ',')
            return true;
        at++;
    }
    return false;
}

/* What is not known is as wide as a register: nothing of it gets lost. */
static inline unsigned int hl_type_bits(const char *type,
                                        unsigned int word_bits)
{
    size_t size;

    if (!strncmp(type, "const ", 6))
        type += 6;
    size = strlen(type);
    if (!size || strchr(type, ',') || strchr(type, '*'))
        return word_bits;
    if (!strncmp(type, "enum ", 5))
        return 32;
    if (hl_type_is_in(HL_TYPES_16, type, size))
        return 16;
    if (hl_type_is_in(HL_TYPES_32, type, size))
        return 32;
    if (hl_type_is_in(HL_TYPES_64, type, size))
        return 64;
    return word_bits;
}

#endif
