// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HL_OP_FD_NEXT and FD_NAME: a process's open files, with names as /proc/PID/fd
 * shows them ("socket:[7]", "pipe:[8]", "/tmp/x (deleted)").  In process
 * context; a file is held while its name is made, without a lock.
 *
 * A name for which a whole chunk is too small is left empty in the list, and
 * ENAMETOOLONG by itself: one that is cut would be another file's.
 */
#include <linux/dcache.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "process.h"
#include "record.h"
#include "serve.h"

struct found {
	struct files_struct *files;
	struct file *file;
	u32 fd;
	u32 flags;
};

/* Under the table's lock. */
static int take(const void *data, struct file *file, unsigned int fd)
{
	struct found *found = (struct found *)data;
	const struct fdtable *table = files_fdtable(found->files);

	found->file = get_file(file);
	found->fd = fd;
	found->flags = file->f_flags;
	if (test_bit(fd, table->close_on_exec))
		found->flags |= O_CLOEXEC;
	return 1;
}

/* The first from that number on, to be put back; false: there is none. */
static bool find(struct task_struct *task, u32 fd, struct found *found)
{
	found->file = NULL;
	task_lock(task);
	found->files = task->files;
	if (found->files)
		iterate_fd(found->files, fd, take, found);
	task_unlock(task);
	return found->file;
}

/* Puts the file back.  Bytes that the record takes; 0: it does not fit. */
static u32 fill(unsigned char *data, u32 room, struct found *found, char *name)
{
	struct hl_fd *fd = (struct hl_fd *)data;
	int length = hl_path_name(&found->file->f_path, name);
	u32 size;

	if (length < 0 || !hl_record_fits(sizeof(*fd), length))
		length = 0;
	name[length] = '\0';
	size = hl_record(data, room, sizeof(*fd), name);
	if (size) {
		fd->size = cpu_to_le32(size);
		fd->fd = cpu_to_le32(found->fd);
		fd->flags = cpu_to_le32(found->flags);
		fd->mode = cpu_to_le32(file_inode(found->file)->i_mode);
		fd->position = cpu_to_le64(found->file->f_pos);
	}
	fput(found->file);
	return size;
}

static u32 list(struct task_struct *task, u32 fd, unsigned char *data,
		char *name)
{
	struct found found;
	u32 done = 0;
	u32 size;

	while (find(task, fd, &found)) {
		size = fill(data + done, HL_CHUNK - done, &found, name);
		if (!size)
			break;
		done += size;
		fd = found.fd + 1;
		cond_resched();
	}
	return done;
}

int hl_op_fd_next(struct hl_request *request)
{
	struct task_struct *task = hl_process_alive(request->pid);
	char *name;

	request->size = 0;
	if (!task)
		return -ESRCH;
	name = kmalloc(PATH_MAX, GFP_KERNEL);
	if (name && request->addr <= INT_MAX)
		request->size = list(task, request->addr, request->data, name);
	kfree(name);
	put_task_struct(task);
	return name ? HL_RESP_OK : -ENOMEM;
}

/* The name's bytes, without a NUL. */
int hl_op_fd_name(struct hl_request *request)
{
	struct task_struct *task = hl_process_alive(request->pid);
	struct found found = { .file = NULL };
	int length = -EBADF;

	request->size = 0;
	if (!task)
		return -ESRCH;
	if (request->addr <= INT_MAX && find(task, request->addr, &found)) {
		if (found.fd == request->addr)
			length = hl_path_name(&found.file->f_path,
					      request->data);
		fput(found.file);
	}
	put_task_struct(task);
	if (length < 0)
		return length;
	request->size = length;
	return HL_RESP_OK;
}
