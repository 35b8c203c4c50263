// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HL_OP_FILE_OPEN, READ, WRITE and CLOSE: the guest's files, for scripts.  In
 * process context: in the served process's root and namespace, in a thread of
 * the kernel's in init's, and either way with all of root's rights.
 *
 * Every file is opened with O_NONBLOCK: a FIFO without a writer is empty, one
 * without a reader ENXIO, a terminal without input EAGAIN.  The umask of the
 * process holds for a file that is made.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/stat.h>
#include <linux/string.h>
#include <linux/uio.h>

#include "file.h"
#include "opened.h"
#include "serve.h"

static const struct cred *root;

int hl_opened_start(void)
{
	root = prepare_kernel_cred(&init_task);
	return root ? 0 : -ENOMEM;
}

void hl_opened_stop(void)
{
	put_cred(root);
}

const struct cred *hl_opened_cred(void)
{
	return root;
}

/* The file is the slot's from here on, whatever is returned. */
int hl_opened_set(struct hl_slot *slot, struct file *file, loff_t limit)
{
	slot->opened = kmalloc(sizeof(*slot->opened), GFP_KERNEL);
	if (!slot->opened) {
		filp_close(file, NULL);
		return -ENOMEM;
	}
	*slot->opened = (struct hl_opened){ .file = file, .limit = limit };
	return 0;
}

/* A node's handler may wait, which it cannot in a thread of the kernel's. */
static bool is_node(const struct file *file)
{
	return file->f_op == &hl_file_operations;
}

/* What close(2) says. */
int hl_opened_close(struct hl_slot *slot)
{
	struct file *file = slot->opened->file;
	int error;

	kfree(slot->opened);
	slot->opened = NULL;
	if (is_node(file) || !(file->f_mode & FMODE_WRITE))
		return filp_close(file, NULL);
	get_file(file);
	error = filp_close(file, NULL);
	hl_side_put(file);
	return error;
}

/* Those of open(2), or -EINVAL. */
static int open_flags(u32 wanted)
{
	switch (wanted) {
	case HL_OPEN_READ:
		return O_RDONLY;
	case HL_OPEN_WRITE:
		return O_WRONLY | O_CREAT | O_TRUNC;
	case HL_OPEN_APPEND:
	case HL_OPEN_WRITE | HL_OPEN_APPEND:
		return O_WRONLY | O_CREAT | O_APPEND;
	default:
		return -EINVAL;
	}
}

static struct file *open_path(const char *path, int flags, umode_t mode)
{
	struct file *file = filp_open(path, flags | O_LARGEFILE | O_NONBLOCK |
				      O_NOCTTY, mode);

	if (!IS_ERR(file) && S_ISDIR(file_inode(file)->i_mode)) {
		filp_close(file, NULL);
		return ERR_PTR(-EISDIR);
	}
	return file;
}

/* The text in data, ended; NULL: it is no absolute path. */
static const char *path_in(unsigned char *data, u32 size)
{
	if (size >= HL_CHUNK || strnlen(data, size) < size || data[0] != '/')
		return NULL;
	data[size] = '\0';
	return data;
}

static int open_for(struct hl_request *request, u32 size)
{
	const char *path = path_in(request->data, size);
	int flags = open_flags(lower_32_bits(request->addr));
	umode_t mode = upper_32_bits(request->addr) & S_IALLUGO;
	const struct cred *own;
	struct file *file;

	if (!path || flags < 0)
		return -EINVAL;
	own = override_creds(root);
	file = open_path(path, flags, mode);
	revert_creds(own);
	if (IS_ERR(file))
		return PTR_ERR(file);
	return hl_opened_set(request->slot, file, MAX_LFS_FILESIZE);
}

int hl_op_file_open(struct hl_request *request)
{
	u32 size = request->size;
	struct hl_nest nest;
	int error;

	request->size = 0;
	error = hl_nest_enter(&nest);
	if (error)
		return error;
	if (request->slot->opened)
		hl_opened_close(request->slot);
	error = open_for(request, size);
	hl_nest_leave(&nest);
	return error ? error : HL_RESP_OK;
}

/* What seq_read() does, to the kernel's memory: most of /proc/PID is so. */
static ssize_t read_seq(struct file *file, void *data, size_t size,
			loff_t *position)
{
	struct kvec part = { .iov_base = data, .iov_len = size };
	struct iov_iter to;
	struct kiocb call;
	ssize_t ret;

	init_sync_kiocb(&call, file);
	call.ki_pos = *position;
	iov_iter_kvec(&to, READ, &part, 1, size);
	ret = seq_read_iter(&call, &to);
	*position = call.ki_pos;
	return ret;
}

static ssize_t do_read(struct hl_opened *opened, void *data, size_t size)
{
	struct file *file = opened->file;
	const struct file_operations *ops = file->f_op;

	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	size = min_t(loff_t, size, opened->limit - opened->position);
	if (is_node(file))
		return hl_file_io_kernel(file, false, data, size,
					 &opened->position);
	if (ops->read_iter && !ops->read)
		return kernel_read(file, data, size, &opened->position);
	if (ops->read == seq_read)
		return read_seq(file, data, size, &opened->position);
	return hl_side_io(file, false, data, size, &opened->position);
}

static ssize_t do_write(struct hl_opened *opened, void *data, size_t size)
{
	struct file *file = opened->file;
	const struct file_operations *ops = file->f_op;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (is_node(file))
		return hl_file_io_kernel(file, true, data, size,
					 &opened->position);
	if (ops->write_iter && !ops->write)
		return kernel_write(file, data, size, &opened->position);
	return hl_side_io(file, true, data, size, &opened->position);
}

/* What ends an operation early, without a program to restart it. */
static int plain_error(ssize_t error)
{
	return error <= -ERESTARTSYS && error >= -ERESTART_RESTARTBLOCK ?
	       -EINTR : error;
}

static int transfer(struct hl_request *request,
		    ssize_t (*piece)(struct hl_opened *, void *, size_t))
{
	struct hl_opened *opened = request->slot->opened;
	u32 size = request->size;
	const struct cred *own;
	struct hl_nest nest;
	ssize_t done;
	int error;

	request->size = 0;
	if (!opened)
		return -EBADF;
	error = hl_nest_enter(&nest);
	if (error)
		return error;
	own = override_creds(root);
	done = piece(opened, request->data, size);
	revert_creds(own);
	hl_nest_leave(&nest);
	if (done < 0)
		return plain_error(done);
	request->size = done;
	return HL_RESP_OK;
}

/* One read(2): what comes may be less than was asked for; 0 bytes: the end. */
int hl_op_file_read(struct hl_request *request)
{
	return transfer(request, do_read);
}

int hl_op_file_write(struct hl_request *request)
{
	return transfer(request, do_write);
}

int hl_op_file_close(struct hl_request *request)
{
	int error = -EBADF;

	request->size = 0;
	if (request->slot->opened)
		error = hl_opened_close(request->slot);
	return error ? error : HL_RESP_OK;
}
