// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which calls are in flight: system calls between the hook that took them and
 * their return, and what the VFS asks about our inodes without an open file.
 * The module's code must stay as long as there is one.
 *
 * Counted by the processes themselves, without a lock; waited for by exit.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>

#include "hook.h"

#define ROUND_MS 20
/* Rounds between two attempts to wake those who sleep. */
#define PATIENCE 25

/*
 * A call may end on another processor than it began on: only the sum means
 * something.
 */
static DEFINE_PER_CPU(int, in_flight);

void hl_flight_begin(void)
{
	this_cpu_inc(in_flight);
}

void hl_flight_end(void)
{
	this_cpu_dec(in_flight);
}

static int calls_in_flight(void)
{
	int sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(in_flight, cpu);
	return sum;
}

/*
 * A call may sleep for ever.  All processes get what a stop and a continue
 * would do to them: the call comes out, and the kernel restarts it, by now
 * without us.  (So live patching makes processes leave old code.)
 */
void hl_flights_wake(void)
{
	int (*wake)(struct task_struct *task, unsigned int state) =
		(void *)hl_symbol_address("wake_up_state");
	struct task_struct *process, *thread;

	if (!wake)
		return;
	rcu_read_lock();
	for_each_process_thread(process, thread) {
		if (thread->flags & PF_KTHREAD)
			continue;
		set_tsk_thread_flag(thread, TIF_SIGPENDING);
		wake(thread, TASK_INTERRUPTIBLE);
	}
	rcu_read_unlock();
}

/*
 * When no new call can come.  One that was counted may not have reached our
 * code yet, and one that has ended may still be in its last instructions:
 * hence a grace period before and after.  Without new ones, a sum that is
 * zero stays zero.
 */
void hl_flights_wait(void)
{
	unsigned int round;

	synchronize_rcu_tasks();
	for (round = 1; calls_in_flight(); round++) {
		if (round % PATIENCE == 0)
			hl_flights_wake();
		if (round == 10 * PATIENCE)
			pr_notice("%d hooked system calls have yet to return\n",
				  calls_in_flight());
		msleep(ROUND_MS);
	}
	synchronize_rcu_tasks();
}
