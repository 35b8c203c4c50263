// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HL_OP_MAPPING_NEXT: a process's mappings, as /proc/PID/maps has them.  In
 * process context, under the process's mmap lock.
 *
 * A name for which a whole chunk is too small (4,024 bytes and more) is left
 * empty: one that is cut would be another file's.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "process.h"
#include "record.h"
#include "serve.h"

static u32 flags_of(const struct vm_area_struct *vma)
{
	return (vma->vm_flags & VM_READ ? HL_MAPPING_READ : 0) |
	       (vma->vm_flags & VM_WRITE ? HL_MAPPING_WRITE : 0) |
	       (vma->vm_flags & VM_EXEC ? HL_MAPPING_EXEC : 0) |
	       (vma->vm_flags & VM_MAYSHARE ? HL_MAPPING_SHARED : 0);
}

static const char *name_of_memory(const struct vm_area_struct *vma)
{
	const struct mm_struct *mm = vma->vm_mm;

	if (!mm)
		return "[vdso]";
	if (hl_is_heap(vma))
		return "[heap]";
	if (vma->vm_start <= mm->start_stack && vma->vm_end >= mm->start_stack)
		return "[stack]";
	return "";
}

/* What the kernel calls a mapping that is of no file. */
static const char *name_of_kernel(struct vm_area_struct *vma)
{
	const char *name = NULL;

	if (vma->vm_ops && vma->vm_ops->name)
		name = vma->vm_ops->name(vma);
	if (!name && hl_kernel.arch_vma_name)
		name = hl_kernel.arch_vma_name(vma);
	return name ? name : name_of_memory(vma);
}

/* In the buffer of PATH_MAX bytes. */
static void name_of(struct vm_area_struct *vma, char *name)
{
	const char *given = hl_anon_name(vma);
	int length;

	if (!vma->vm_file) {
		strscpy(name, name_of_kernel(vma), PATH_MAX);
		if (!name[0] && given)
			snprintf(name, PATH_MAX, "[anon:%s]", given);
	} else if (given) {
		snprintf(name, PATH_MAX, "[anon_shmem:%s]", given);
	} else {
		length = hl_path_name(hl_mapped_path(vma->vm_file), name);
		name[max(length, 0)] = '\0';
	}
}

static void fill_file(struct hl_mapping *mapping, struct file *file,
		      unsigned long page)
{
	struct inode *inode = file_inode(file);

	mapping->offset = cpu_to_le64((u64)page << PAGE_SHIFT);
	mapping->inode = cpu_to_le64(inode->i_ino);
	mapping->major = cpu_to_le32(MAJOR(inode->i_sb->s_dev));
	mapping->minor = cpu_to_le32(MINOR(inode->i_sb->s_dev));
}

/* Bytes that the record takes; 0: it does not fit any more. */
static u32 fill(unsigned char *data, u32 room, struct vm_area_struct *vma,
		char *name)
{
	struct hl_mapping *mapping = (struct hl_mapping *)data;
	u32 size;

	name_of(vma, name);
	if (!hl_record_fits(sizeof(*mapping), strlen(name)))
		name[0] = '\0';
	size = hl_record(data, room, sizeof(*mapping), name);
	if (!size)
		return 0;
	mapping->size = cpu_to_le32(size);
	mapping->flags = cpu_to_le32(flags_of(vma));
	mapping->start = cpu_to_le64(vma->vm_start);
	mapping->end = cpu_to_le64(vma->vm_end);
	if (vma->vm_file)
		fill_file(mapping, vma->vm_file, vma->vm_pgoff);
	return size;
}

/* x86's vsyscall page is in every process's list, but not in its tree. */
static struct vm_area_struct *next(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	if (!vma && hl_kernel.get_gate_vma) {
		vma = hl_kernel.get_gate_vma(mm);
		if (vma && vma->vm_end <= addr)
			vma = NULL;
	}
	return vma;
}

static u32 list(struct mm_struct *mm, unsigned long addr, unsigned char *data,
		char *name)
{
	struct vm_area_struct *vma;
	u32 done = 0;
	u32 size;

	while ((vma = next(mm, addr))) {
		size = fill(data + done, HL_CHUNK - done, vma, name);
		if (!size)
			break;
		done += size;
		addr = vma->vm_end;
	}
	return done;
}

static int list_locked(struct mm_struct *mm, struct hl_request *request)
{
	char *name = kmalloc(PATH_MAX, GFP_KERNEL);

	if (!name)
		return -ENOMEM;
	if (mmap_read_lock_killable(mm)) {
		kfree(name);
		return -EINTR;
	}
	request->size = list(mm, request->addr, request->data, name);
	mmap_read_unlock(mm);
	kfree(name);
	return HL_RESP_OK;
}

int hl_op_mapping_next(struct hl_request *request)
{
	struct task_struct *task = hl_process_alive(request->pid);
	struct mm_struct *mm;
	int resp;

	request->size = 0;
	if (!task)
		return -ESRCH;
	mm = hl_process_mm(task);
	put_task_struct(task);
	if (mm == ERR_PTR(-EFAULT))
		return HL_RESP_OK;	/* the kernel's: it has none */
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	resp = HL_RESP_OK;
	if (request->addr == (unsigned long)request->addr)
		resp = list_locked(mm, request);
	mmput(mm);
	return resp;
}
