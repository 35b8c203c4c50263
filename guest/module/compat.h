/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that differs between kernel versions (5.10 and newer), and the
 * only file that asks for them.
 */
#ifndef HL_GUEST_COMPAT_H
#define HL_GUEST_COMPAT_H

#include <linux/fs.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/sysctl.h>
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

/* What goes before the arguments of an inode's operations. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define HL_IDMAP_PARAM struct mnt_idmap *idmap,
#define HL_IDMAP_ARG idmap,
#define HL_IDMAP_NONE &nop_mnt_idmap,
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 12, 0)
#define HL_IDMAP_PARAM struct user_namespace *idmap,
#define HL_IDMAP_ARG idmap,
#define HL_IDMAP_NONE &init_user_ns,
#else
#define HL_IDMAP_PARAM
#define HL_IDMAP_ARG
#define HL_IDMAP_NONE
#endif

static inline void hl_fillattr(HL_IDMAP_PARAM u32 mask, struct inode *inode,
			       struct kstat *stat)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	generic_fillattr(idmap, mask, inode, stat);
#else
	generic_fillattr(HL_IDMAP_ARG inode, stat);
#endif
}

static inline void *hl_pde_data(const struct inode *inode)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 17, 0)
	return pde_data(inode);
#else
	return PDE_DATA(inode);
#endif
}

/* What the functions of a kobj_type are given. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
typedef const struct kobject hl_kobject;
#else
typedef struct kobject hl_kobject;
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
typedef const struct ctl_table hl_ctl_table;
#else
typedef struct ctl_table hl_ctl_table;
#endif

/* A table of one entry, with an empty one behind it. */
static inline struct ctl_table_header *
hl_register_sysctl(const char *path, struct ctl_table *table)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return register_sysctl_sz(path, table, 1);
#else
	return register_sysctl(path, table);
#endif
}

#endif
