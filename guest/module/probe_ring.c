// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An event where nobody may sleep: one ring on the processor's own block,
 * with interrupts off, nothing allocated, nobody woken.  The engine does not
 * ask back.  Called in any context, also under the scheduler's locks; what
 * happens while the processor rings (a probe on what ringing itself uses) is
 * left out and counted.
 */
#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/sched.h>

#include "arch.h"
#include "calls.h"
#include "probe.h"

static DEFINE_PER_CPU(struct hl_slot *, ring_slot);
static DEFINE_PER_CPU(bool, ringing);

/*
 * Not call.c's: that one may wake the work thread, whose locks may be held
 * here.  Work that waits is seen within the thread's interval.
 */
static noinline void store(struct hl_call *block)
{
	hl_arch_ring(block, (__force u32)cpu_to_le32(HL_CALL_PROBE));
}

static u64 ring(struct hl_slot *slot)
{
	struct hl_call *call = &slot->call;

	call->number = cpu_to_le64(HL_CALL_PROBE);
	call->arg[0] = cpu_to_le64((unsigned long)slot->region);
	call->arg[1] = cpu_to_le64(1);
	call->ret = cpu_to_le64(HL_RET_UNTOUCHED);
	call->flags = 0;
	call->task = 0;
	store(call);
	return le64_to_cpu(call->ret);
}

static u32 tell(const struct hl_probe_site *site,
		struct hl_probe_moment *moment)
{
	const struct hl_filter_subject subject = {
		.arg = moment->arg,
		.comm = current->comm,
		.pid = current->tgid,
		.retval = moment->retval,
	};

	return hl_probe_tell(site, moment, __this_cpu_read(ring_slot), &subject,
			     site->type->returns ? HL_STAGE_RETVAL : 0, ring);
}

u32 hl_probe_now(const struct hl_probe_site *site,
		 struct hl_probe_moment *moment)
{
	unsigned long flags;
	u32 answers = 0;

	if (!hl_probe_wanted(site, moment))
		return 0;
	local_irq_save(flags);
	if (__this_cpu_read(ringing)) {
		hl_probes_missed(1);
	} else {
		__this_cpu_write(ringing, true);
		answers = tell(site, moment);
		__this_cpu_write(ringing, false);
	}
	local_irq_restore(flags);
	return answers;
}

int hl_probe_rings_start(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct hl_slot *slot = hl_slot_get();

		if (!slot) {
			hl_probe_rings_stop();
			return -ENOMEM;
		}
		per_cpu(ring_slot, cpu) = slot;
	}
	return 0;
}

/* When no probe is left. */
void hl_probe_rings_stop(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct hl_slot *slot = per_cpu(ring_slot, cpu);

		per_cpu(ring_slot, cpu) = NULL;
		if (slot)
			hl_slot_put(slot);
	}
}
