// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From something that happened to the engine's answer: which probes want it,
 * the event in the slot's region, the ring, and what the answer changes.  In
 * any context; the caller owns the slot.
 */
#include <linux/kernel.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "added.h"
#include "call.h"
#include "convention.h"
#include "probe.h"

/* One event's; those who are left come with another. */
#define IDS_MAX 256
#define TEXT_ROOM (HL_CHUNK - sizeof(struct hl_probe_event))

#define ANSWER_BITS (HL_ANSWER_RETVAL | HL_ANSWER_DROP)

/* By all that can be tested in any context, and before a function returns. */
bool hl_probe_wanted(const struct hl_probe_site *site,
		     const struct hl_probe_moment *moment)
{
	const struct hl_filter_subject subject = {
		.arg = moment->arg,
		.comm = current->comm,
		.pid = current->tgid,
		.compat = site->type->of_program && hl_user_is_compat(),
	};
	const struct hl_probe *probe;
	bool wanted = false;

	rcu_read_lock();
	list_for_each_entry_rcu(probe, &site->probes, on_site) {
		wanted = hl_filter_holds(&probe->filter, &subject, 0);
		if (wanted)
			break;
	}
	rcu_read_unlock();
	return wanted;
}

/* How many want it, after as many as have been told; IDS_MAX: maybe more. */
static u32 collect(const struct hl_probe_site *site,
		   const struct hl_filter_subject *subject, unsigned int stages,
		   u32 told, __le32 *id)
{
	const struct hl_probe *probe;
	u32 count = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(probe, &site->probes, on_site) {
		if (!hl_filter_holds(&probe->filter, subject, stages))
			continue;
		if (told) {
			told--;
			continue;
		}
		id[count++] = cpu_to_le32(probe->id);
		if (count == IDS_MAX)
			break;
	}
	rcu_read_unlock();
	return count;
}

/* Behind the ids; one that is too long is cut. */
static u32 put_text(struct hl_probe_event *event, const char *text, u32 ids)
{
	char *to = (char *)(event + 1) + ids * sizeof(__le32);

	if (!text)
		return 0;
	return strscpy(to, text, TEXT_ROOM - ids * sizeof(__le32)) < 0 ?
	       TEXT_ROOM - ids * sizeof(__le32) : strlen(to) + 1;
}

static void fill(struct hl_probe_event *event, u32 kind,
		 const struct hl_probe_moment *moment, u32 ids, u32 added)
{
	u32 flags = moment->is_user ? HL_EVENT_USER : 0;
	int i;

	if (hl_user_is_compat())
		flags |= HL_EVENT_COMPAT;
	event->kind = cpu_to_le32(kind);
	event->hooks = cpu_to_le32(ids);
	event->pid = cpu_to_le32(current->tgid);
	event->tid = cpu_to_le32(current->pid);
	hl_call_comm(event->comm);
	event->flags = hl_added_flags(flags, added);
	event->text_size = cpu_to_le32(put_text(event, moment->text, ids));
	for (i = 0; i < HL_SYSCALL_ARGS; i++)
		event->arg[i] = cpu_to_le64(moment->arg[i]);
	event->retval = cpu_to_le64(moment->retval);
	event->pc = cpu_to_le64(moment->pc);
	event->sp = cpu_to_le64(moment->sp);
}

/* An error, or no engine: nothing changes. */
static u32 take_answer(struct hl_probe_moment *moment, u64 ret,
		       const struct hl_syscall_answer *answer)
{
	if (ret & ~(u64)ANSWER_BITS)
		return 0;
	if (ret & HL_ANSWER_RETVAL)
		moment->retval = le64_to_cpu(answer->retval);
	return ret;
}

/* HL_ANSWER_STALE: nothing was done, and all is to be looked for anew. */
static u32 tell(const struct hl_probe_site *site,
		struct hl_probe_moment *moment, struct hl_slot *slot,
		const struct hl_filter_subject *subject, unsigned int stages,
		u64 (*ring)(struct hl_slot *slot))
{
	struct hl_probe_event *event = (void *)slot->region->data;
	u32 answers = 0;
	u32 told = 0;
	u32 ids;

	BUILD_BUG_ON(IDS_MAX * sizeof(__le32) > TEXT_ROOM / 2);
	do {
		u32 added = hl_added();
		u64 ret;

		ids = collect(site, subject, stages, told,
			      (__le32 *)(event + 1));
		if (!ids)
			break;
		fill(event, site->type->number, moment, ids, added);
		ret = ring(slot);
		if (ret == HL_ANSWER_STALE)
			return told ? answers : HL_ANSWER_STALE;
		answers |= take_answer(moment, ret, (void *)slot->region->data);
		told += ids;
	} while (ids == IDS_MAX);
	return answers;
}

/* HL_ANSWER_*; with HL_ANSWER_RETVAL the moment has the new one. */
u32 hl_probe_tell(const struct hl_probe_site *site,
		  struct hl_probe_moment *moment, struct hl_slot *slot,
		  const struct hl_filter_subject *subject, unsigned int stages,
		  u64 (*ring)(struct hl_slot *slot))
{
	int looks = 0;
	u32 answers;

	do {
		answers = tell(site, moment, slot, subject, stages, ring);
	} while (answers == HL_ANSWER_STALE && ++looks < HL_LOOKS_MAX);
	return answers;
}
