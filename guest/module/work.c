// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks the engine for work, as it can speak only when spoken to: in init until
 * it has none, so that every hook is in place when insmod returns, and then by
 * a thread, 50 times a second and whenever a reply says that work waits.
 */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>

#include "call.h"
#include "node.h"
#include "work.h"

#define INTERVAL_MS 20

static DECLARE_WAIT_QUEUE_HEAD(waiting);
static atomic_t wanted = ATOMIC_INIT(0);
static struct task_struct *thread;

/* In any context, also when there is no thread (yet, or any more). */
void hl_work_wake(void)
{
	if (!atomic_xchg(&wanted, 1))
		wake_up(&waiting);
}

/* Whether there is more. */
static bool work_once(void)
{
	struct hl_slot *slot = hl_slot_get();
	bool more;

	if (!slot)
		return false;
	slot->sleep = HL_SLEEP_NEVER;	/* who else would wake the others */
	more = hl_call_region(slot, HL_CALL_WORK) == 0 &&
	       hl_call_flags(slot) & HL_FLAG_WORK;
	hl_slot_put(slot);
	return more;
}

static int work_thread(void *unused)
{
	while (!kthread_should_stop()) {
		wait_event_idle_timeout(waiting,
					atomic_xchg(&wanted, 0) ||
					kthread_should_stop(),
					msecs_to_jiffies(INTERVAL_MS));
		work_once();
		hl_watch_look();
		cond_resched();
	}
	return 0;
}

/*
 * Nothing can fail once there are files: the guest opens them at once, and an
 * init that fails takes the module's code from under them.
 */
int hl_work_start(void)
{
	thread = kthread_create(work_thread, NULL, "hyperlua");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	while (work_once() && !fatal_signal_pending(current))
		cond_resched();
	wake_up_process(thread);
	return 0;
}

void hl_work_stop(void)
{
	kthread_stop(thread);
}
