// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HL_OP_SPAWN: a thread of the kernel's that rings HL_CALL_SPAWNED and serves
 * that conversation, for a script's task that no process's request began.
 *
 * The list of threads is under a spinlock.  Each counts as in flight, so the
 * module's exit kills them and then waits for the last.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "call.h"
#include "hook.h"
#include "serve.h"
#include "spawned.h"

#define SPAWNED_MAX 256

struct spawned {
	struct list_head node;
	struct task_struct *thread;
	struct hl_slot *slot;
	u32 id;
};

static DEFINE_SPINLOCK(lock);
static LIST_HEAD(threads);
static unsigned int count;
static bool closed;

/* -EAGAIN: there are too many; -ESHUTDOWN: the module goes. */
static int enlist(struct spawned *spawned)
{
	int error = 0;

	spin_lock(&lock);
	if (closed)
		error = -ESHUTDOWN;
	else if (count >= SPAWNED_MAX)
		error = -EAGAIN;
	if (!error) {
		list_add(&spawned->node, &threads);
		count++;
	}
	spin_unlock(&lock);
	return error;
}

static void delist(struct spawned *spawned)
{
	spin_lock(&lock);
	list_del(&spawned->node);
	count--;
	spin_unlock(&lock);
}

/* A wait is allowed in these threads, which are there for nothing else. */
bool hl_spawned_is_current(void)
{
	struct spawned *spawned;
	bool found = false;

	spin_lock(&lock);
	list_for_each_entry(spawned, &threads, node)
		found = found || spawned->thread == current;
	spin_unlock(&lock);
	return found;
}

static int spawned_thread(void *data)
{
	struct spawned *spawned = data;

	/* A signal that came before this was lost: hence the question. */
	allow_signal(SIGKILL);
	if (!READ_ONCE(closed))
		hl_call_spawned(spawned->slot, spawned->id);
	delist(spawned);
	hl_slot_put(spawned->slot);
	kfree(spawned);
	hl_flight_end();
	return 0;
}

static int start(struct spawned *spawned)
{
	int error;

	spawned->slot = hl_slot_get();
	if (!spawned->slot)
		return -ENOMEM;
	spawned->slot->sleep = HL_SLEEP_KILLABLE;
	spawned->thread = kthread_create(spawned_thread, spawned,
					 "hyperlua/%u", spawned->id);
	if (IS_ERR(spawned->thread)) {
		error = PTR_ERR(spawned->thread);
		goto put_slot;
	}
	error = enlist(spawned);
	if (error)
		goto stop_thread;
	hl_flight_begin();
	wake_up_process(spawned->thread);
	return 0;

stop_thread:
	kthread_stop(spawned->thread);	/* it never ran */
put_slot:
	hl_slot_put(spawned->slot);
	return error;
}

int hl_op_spawn(struct hl_request *request)
{
	struct spawned *spawned;
	int error;

	request->size = 0;
	if (request->addr != (u32)request->addr)
		return -EINVAL;
	spawned = kzalloc(sizeof(*spawned), GFP_KERNEL);
	if (!spawned)
		return -ENOMEM;
	spawned->id = request->addr;
	error = start(spawned);
	if (error) {
		kfree(spawned);
		return error;
	}
	return HL_RESP_OK;
}

/* None begins any more, and what runs ends its conversation. */
void hl_spawned_stop(void)
{
	struct spawned *spawned;

	spin_lock(&lock);
	WRITE_ONCE(closed, true);
	list_for_each_entry(spawned, &threads, node)
		send_sig(SIGKILL, spawned->thread, 1);
	spin_unlock(&lock);
}
