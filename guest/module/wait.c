// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes that wait because a handler does (HL_FLAG_WAIT), and
 * HL_OP_TASK_WAKE, which wakes them.  In process context; the list of those who
 * wait is under a spinlock.
 *
 * A waiter is in the list before the engine is told (HL_CALL_WAITS), so a wake
 * that comes after that finds it, and one that came before is the engine's
 * answer to the telling.
 */
#include <linux/errno.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>

#include "call.h"
#include "node.h"
#include "serve.h"
#include "spawned.h"
#include "wait.h"

/* Longer than any guest runs; in nanoseconds it fits a ktime_t. */
#define WAIT_MAX_MS (1ULL << 40)

enum outcome { WAITING, WOKEN, CANCELLED, OWNER_GONE };

struct waiter {
	struct list_head node;
	struct task_struct *sleeper;
	u64 task;
	const struct hl_node *owner;	/* whose operation it is, or NULL */
	enum outcome outcome;		/* under waiters_lock; read without */
};

static DEFINE_SPINLOCK(waiters_lock);
static LIST_HEAD(waiters);
static bool closed;			/* under waiters_lock */

/* Whose removal has been told to those who wait already, must not wait. */
static void waiter_add(struct waiter *waiter)
{
	spin_lock(&waiters_lock);
	if (closed)
		waiter->outcome = CANCELLED;
	else if (waiter->owner && READ_ONCE(waiter->owner->removed))
		waiter->outcome = OWNER_GONE;
	list_add(&waiter->node, &waiters);
	spin_unlock(&waiters_lock);
}

static void waiter_remove(struct waiter *waiter)
{
	spin_lock(&waiters_lock);
	list_del(&waiter->node);
	spin_unlock(&waiters_lock);
}

static void waiter_end(struct waiter *waiter, enum outcome outcome)
{
	lockdep_assert_held(&waiters_lock);
	if (waiter->outcome != WAITING)
		return;
	WRITE_ONCE(waiter->outcome, outcome);
	wake_up_process(waiter->sleeper);
}

/* Until woken, cancelled, the time is over, or a signal came. */
static void sleep_until(const struct waiter *waiter, unsigned int state,
			ktime_t *end)
{
	int left = 1;

	for (;;) {
		set_current_state(state);
		if (READ_ONCE(waiter->outcome) != WAITING || !left ||
		    signal_pending_state(state, current))
			break;
		left = schedule_hrtimeout(end, HRTIMER_MODE_ABS);
	}
	__set_current_state(TASK_RUNNING);
}

/* Without a signal, restarting takes the flag that one would have set. */
static int restart(const struct hl_slot *slot)
{
	if (slot->sleep == HL_SLEEP_KILLABLE)
		return -EINTR;
	set_thread_flag(TIF_SIGPENDING);
	return -ERESTARTSYS;
}

static int settle(const struct hl_slot *slot, const struct waiter *waiter,
		  unsigned int state)
{
	switch (waiter->outcome) {
	case WOKEN:
		return 0;
	case OWNER_GONE:
		return -ENODEV;
	case CANCELLED:
		return restart(slot);
	default:
		if (!signal_pending_state(state, current))
			return 0;
		return slot->sleep == HL_SLEEP_KILLABLE ? -EINTR :
							  -ERESTARTSYS;
	}
}

/*
 * What a reply with HL_FLAG_WAIT asks for.  0: the task is to be resumed;
 * -errno: it is to be cancelled, and that is the call's result.
 */
int hl_wait(struct hl_slot *slot, u64 milliseconds)
{
	unsigned int state = slot->sleep == HL_SLEEP_KILLABLE ?
			     TASK_KILLABLE : TASK_INTERRUPTIBLE;
	struct waiter waiter = {
		.sleeper = current,
		.task = le64_to_cpu(slot->call.task),
		.owner = slot->owner,
	};
	ktime_t end = KTIME_MAX;
	u64 woken;

	if (slot->sleep == HL_SLEEP_NEVER ||
	    (current->flags & PF_KTHREAD && !hl_spawned_is_current()))
		return -EDEADLK;
	if (milliseconds != HL_WAIT_EVER)
		end = ktime_add_ms(ktime_get(), min(milliseconds, WAIT_MAX_MS));
	waiter_add(&waiter);
	woken = hl_call_task(slot, HL_CALL_WAITS);
	if (!woken)
		sleep_until(&waiter, state, end == KTIME_MAX ? NULL : &end);
	waiter_remove(&waiter);
	if (woken && waiter.outcome == WAITING)
		waiter.outcome = WOKEN;
	slot->call.task = cpu_to_le64(waiter.task);
	return settle(slot, &waiter, state);
}

static void wake(u64 task)
{
	struct waiter *waiter;

	lockdep_assert_held(&waiters_lock);
	list_for_each_entry(waiter, &waiters, node) {
		if (waiter->task == task)
			waiter_end(waiter, WOKEN);
	}
}

/* An id that nobody waits under is no error: it may have been resumed. */
int hl_op_task_wake(struct hl_request *request)
{
	const __le64 *task = (const __le64 *)request->data;
	u32 i;

	spin_lock(&waiters_lock);
	for (i = 0; i < request->size / sizeof(*task); i++)
		wake(le64_to_cpu(task[i]));
	spin_unlock(&waiters_lock);
	request->size = 0;
	return HL_RESP_OK;
}

/* Those who wait in an operation of that node, which is being removed. */
void hl_waits_cancel(const void *owner)
{
	struct waiter *waiter;

	spin_lock(&waiters_lock);
	list_for_each_entry(waiter, &waiters, node) {
		if (waiter->owner == owner)
			waiter_end(waiter, OWNER_GONE);
	}
	spin_unlock(&waiters_lock);
}

/* The module goes: from here on nobody waits. */
void hl_waits_close(void)
{
	struct waiter *waiter;

	spin_lock(&waiters_lock);
	closed = true;
	list_for_each_entry(waiter, &waiters, node)
		waiter_end(waiter, CANCELLED);
	spin_unlock(&waiters_lock);
}
