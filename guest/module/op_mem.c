// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HL_OP_READ, WRITE and READ_STR: user memory of the process being served.
 * In process context; pages that are not present are faulted in.
 *
 * Page by page, because a page is there whole or not at all, while what
 * copy_to_user() says it has left differs between machines.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "serve.h"

/*
 * Does one piece; how many bytes of it were done, or -EFAULT.  Fewer than
 * asked ends the whole.
 */
typedef long (*piece_fn)(unsigned char *data, unsigned long addr, u32 size);

static long piece_read(unsigned char *data, unsigned long addr, u32 size)
{
	if (copy_from_user(data, (const void __user *)addr, size))
		return -EFAULT;
	return size;
}

static long piece_write(unsigned char *data, unsigned long addr, u32 size)
{
	if (copy_to_user((void __user *)addr, data, size))
		return -EFAULT;
	return size;
}

static long piece_str(unsigned char *data, unsigned long addr, u32 size)
{
	return strncpy_from_user(data, (const char __user *)addr, size);
}

/* A thread of the kernel borrows the memory of any process: not ours. */
static bool may_access(u64 addr, u32 size)
{
	return current->mm && !(current->flags & PF_KTHREAD) &&
	       addr == (unsigned long)addr &&
	       access_ok((void __user *)(unsigned long)addr, size);
}

/* Leaves the bytes done in the request; 0, 1 when a piece ended early, -errno. */
static int each_page(struct hl_request *request, piece_fn piece)
{
	u32 wanted = request->size;

	request->size = 0;
	while (request->size < wanted) {
		u64 addr = request->addr + request->size;
		u32 size = min_t(u32, wanted - request->size,
				 PAGE_SIZE - offset_in_page(addr));
		long done = -EFAULT;

		if (may_access(addr, size))
			done = piece(request->data + request->size, addr, size);
		if (done < 0)
			return done;
		request->size += done;
		if (done < size)
			return 1;
	}
	return 0;
}

static int settle(const struct hl_request *request, int error)
{
	if (error < 0 && request->size)
		return HL_RESP_PARTIAL;
	return error < 0 ? error : HL_RESP_OK;
}

int hl_op_read(struct hl_request *request)
{
	return settle(request, each_page(request, piece_read));
}

int hl_op_write(struct hl_request *request)
{
	return settle(request, each_page(request, piece_write));
}

/* The NUL is neither counted nor sent. */
int hl_op_read_str(struct hl_request *request)
{
	int ended = each_page(request, piece_str);

	return ended ? settle(request, ended) : HL_RESP_CUT;
}
