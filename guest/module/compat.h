/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that differs between kernel versions (5.10 and newer), and the
 * only file that asks for them.
 */
#ifndef HL_GUEST_COMPAT_H
#define HL_GUEST_COMPAT_H

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kprobes.h>
#include <linux/mm_types.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/shmem_fs.h>
#include <linux/sysctl.h>
#include <linux/uprobes.h>
#include <linux/version.h>
#include <net/net_namespace.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#include <linux/filelock.h>
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

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

/* Who has a lease on the folder concerned: nobody is waited for. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
#define HL_LEASE_NONE , NULL
#else
#define HL_LEASE_NONE
#endif

/* A new entry, its folder locked until hl_end_creating(). */
static inline struct dentry *hl_start_creating(const char *name,
					       struct path *folder,
					       unsigned int flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	return start_creating_path(AT_FDCWD, name, folder, flags);
#else
	return kern_path_create(AT_FDCWD, name, folder, flags);
#endif
}

static inline void hl_end_creating(struct path *folder, struct dentry *dentry)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	end_creating_path(folder, dentry);
#else
	done_path_create(folder, dentry);
#endif
}

/* The entry may become another, or an ERR_PTR, for hl_end_creating(). */
static inline int hl_mkdir(struct inode *dir, struct dentry **dentry,
			   umode_t mode)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
	*dentry = vfs_mkdir(HL_IDMAP_NONE dir, *dentry, mode HL_LEASE_NONE);
	return PTR_ERR_OR_ZERO(*dentry);
#else
	return vfs_mkdir(HL_IDMAP_NONE dir, *dentry, mode);
#endif
}

static inline int hl_rmdir(struct inode *dir, struct dentry *dentry)
{
	return vfs_rmdir(HL_IDMAP_NONE dir, dentry HL_LEASE_NONE);
}

static inline int hl_create(struct inode *dir, struct dentry *dentry,
			    umode_t mode)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
	return vfs_create(HL_IDMAP_NONE dentry, mode, NULL);
#else
	return vfs_create(HL_IDMAP_NONE dir, dentry, mode, true);
#endif
}

static inline int hl_mknod(struct inode *dir, struct dentry *dentry,
			   umode_t mode, dev_t dev)
{
	return vfs_mknod(HL_IDMAP_NONE dir, dentry, mode, dev HL_LEASE_NONE);
}

/* An unnamed file of that mount of a tmpfs, which grows as it is written. */
static inline struct file *hl_shmem_file(struct vfsmount *mount,
					 const char *name)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	return shmem_file_setup_with_mnt(mount, name, 0,
					 mk_vma_flags(VMA_NORESERVE_BIT));
#else
	return shmem_file_setup_with_mnt(mount, name, 0, VM_NORESERVE);
#endif
}

/* Whether the file system is mounted nowhere; under RCU. */
static inline bool hl_is_unmounted(const struct super_block *sb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	return !READ_ONCE(sb->s_mounts);
#else
	return list_empty(&sb->s_mounts);
#endif
}

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

/* What prctl() had the mapping called; NULL: nothing. */
static inline const char *hl_anon_name(const struct vm_area_struct *vma)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 17, 0) && \
	defined(CONFIG_ANON_VMA_NAME)
	bool may = LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0) ||
		   !vma->vm_file;

	if (may && vma->anon_name)
		return vma->anon_name->name;
#endif
	return NULL;
}

/* As /proc/PID/maps decides it. */
static inline bool hl_is_heap(const struct vm_area_struct *vma)
{
	const struct mm_struct *mm = vma->vm_mm;

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return vma->vm_start < mm->brk && vma->vm_end > mm->start_brk;
#else
	return vma->vm_start <= mm->brk && vma->vm_end >= mm->start_brk;
#endif
}

/* Of an overlay's file, where the program found it. */
static inline const struct path *hl_mapped_path(const struct file *file)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	return file_user_path((struct file *)file);
#else
	return &file->f_path;
#endif
}

/* What the functions of a kobj_type are given. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
typedef const struct kobject hl_kobject;
#else
typedef struct kobject hl_kobject;
#endif

/* What stands for a namespace in sysfs, and for the first of the network. */
typedef typeof(((struct kobj_type *)NULL)->namespace(NULL)) hl_namespace;

static inline hl_namespace hl_first_net(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 1, 0)
	return &init_net.ns;
#else
	return &init_net;
#endif
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
typedef const struct ctl_table hl_ctl_table;
#else
typedef struct ctl_table hl_ctl_table;
#endif

/* Whose call of a function it is (NULL: nobody's any more), and who made it. */
static inline struct kretprobe *hl_kretprobe_of(struct kretprobe_instance *call)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
	return get_kretprobe(call);
#else
	return call->rp;
#endif
}

static inline unsigned long
hl_kretprobe_caller(struct kretprobe_instance *call)
{
#ifdef CONFIG_KRETPROBE_ON_RETHOOK
	return get_kretprobe_retaddr(call);
#else
	return (unsigned long)call->ret_addr;
#endif
}

static inline struct file *hl_file_open_root(const struct path *root,
					     const char *name, int flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 13, 0)
	return file_open_root(root, name, flags, 0);
#else
	return file_open_root(root->dentry, root->mnt, name, flags, 0);
#endif
}

/* What a registered uprobe is known by, or an ERR_PTR. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
typedef struct uprobe *hl_uprobe;
#else
typedef struct uprobe_consumer *hl_uprobe;
#endif

static inline hl_uprobe hl_uprobe_register(struct inode *inode, loff_t offset,
					   struct uprobe_consumer *consumer)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	return uprobe_register(inode, offset, 0, consumer);
#else
	int error = uprobe_register(inode, offset, consumer);

	return error ? ERR_PTR(error) : consumer;
#endif
}

static inline void hl_uprobe_unregister(hl_uprobe uprobe, struct inode *inode,
					loff_t offset,
					struct uprobe_consumer *consumer)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	uprobe_unregister_nosync(uprobe, consumer);
	uprobe_unregister_sync();
#else
	uprobe_unregister(inode, offset, consumer);
#endif
}

/* What the handlers of uprobes are given last. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define HL_UPROBE_DATA_PARAM , __u64 *data
#else
#define HL_UPROBE_DATA_PARAM
#endif

/* A walk of the kernel's symbols, and what it calls for each. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define HL_SYMBOL_PARAMS void *data, const char *name, unsigned long address
#else
#define HL_SYMBOL_PARAMS void *data, const char *name, \
			 struct module *module, unsigned long address
#endif

typedef int (*hl_walk_symbols_fn)(int (*fn)(HL_SYMBOL_PARAMS), void *data);

/* Whether many functions can be given to the function tracer at once. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0) && \
	defined(CONFIG_X86_64) && defined(CONFIG_DYNAMIC_FTRACE_WITH_REGS)
#define HL_HOOK_FTRACE
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
