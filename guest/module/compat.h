/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that differs between kernel versions (5.10 and newer), and the
 * only file that asks for them.
 */
#ifndef HL_GUEST_COMPAT_H
#define HL_GUEST_COMPAT_H

#include <linux/module.h>
#include <linux/sched.h>
#include <linux/version.h>

/* Where the module's own code lies. */
static inline unsigned long hl_text_start(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
	return (unsigned long)THIS_MODULE->mem[MOD_TEXT].base;
#else
	return (unsigned long)THIS_MODULE->core_layout.base;
#endif
}

static inline unsigned long hl_text_size(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
	return THIS_MODULE->mem[MOD_TEXT].size;
#else
	return THIS_MODULE->core_layout.text_size;
#endif
}

/* The first address that is not user memory, for programs of any width. */
static inline unsigned long hl_user_limit(void)
{
#if defined(TASK_SIZE64)
	return TASK_SIZE64;
#elif defined(TASK_SIZE_MAX)
	return TASK_SIZE_MAX;
#else
	return TASK_SIZE;
#endif
}

#endif
