// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An event whose handlers may wait: noted where it happens, told when the
 * process is about to be in its program again.  There it holds no lock of the
 * kernel's, so a handler may keep it as long as it likes; and signals that came
 * meanwhile are delivered after that.
 *
 * Noted in any context that may allocate as told; told in process context, by
 * the kernel's task work.  Each is a flight (flight.c).
 */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "call.h"
#include "convention.h"
#include "hook.h"
#include "probe.h"

struct hit {
	struct callback_head work;
	struct hl_probe_site *site;
	struct hl_probe_moment moment;
	char text[];
};

/* The texts at a moment's arguments, read before the filters are asked. */
struct texts {
	const struct hl_probe_moment *moment;
	char *text[HL_SYSCALL_ARGS];	/* NULL: not read, or none there */
	size_t length[HL_SYSCALL_ARGS];
};

/* Not exported by all kernels. */
static int (*add_work)(struct task_struct *task, struct callback_head *work,
		       int notify);

int hl_probe_hits_start(void)
{
	add_work = (void *)hl_symbol_address("task_work_add");
	return add_work ? 0 : -ENOENT;
}

/* Before the current process is in its program again, or when it ends. */
int hl_task_work(struct callback_head *work, task_work_func_t func)
{
	int error;

	init_task_work(work, func);
	hl_flight_begin();
	error = add_work(current, work, TWA_RESUME);
	if (error)
		hl_flight_end();
	return error;
}

static void read_text(struct texts *texts, u32 i)
{
	unsigned long addr = texts->moment->arg[i];
	char *text = kmalloc(HL_FILTER_SUBJECT_MAX, GFP_KERNEL);
	long done = -EFAULT;

	if (text && access_ok((void __user *)addr, 1))
		done = strncpy_from_user(text, (const char __user *)addr,
					 HL_FILTER_SUBJECT_MAX);
	if (done < 0) {
		kfree(text);
		return;
	}
	texts->text[i] = text;
	texts->length[i] = done;
}

static void read_texts(struct texts *texts, u32 args)
{
	u32 i;

	for (i = 0; i < HL_SYSCALL_ARGS; i++) {
		if (args & BIT(i))
			read_text(texts, i);
	}
}

static void free_texts(struct texts *texts)
{
	u32 i;

	for (i = 0; i < HL_SYSCALL_ARGS; i++)
		kfree(texts->text[i]);
}

static const char *text_at(const struct hl_filter_subject *subject, u32 arg,
			   size_t *length)
{
	const struct texts *texts = subject->context;

	if (texts->moment->text) {
		*length = strlen(texts->moment->text);
		return texts->moment->text;
	}
	*length = texts->length[arg];
	return texts->text[arg];
}

static u64 ring(struct hl_slot *slot)
{
	return hl_call_region(slot, HL_CALL_PROBE);
}

static u32 tell(struct hl_probe_site *site, struct hl_probe_moment *moment,
		struct texts *texts)
{
	const struct hl_filter_subject subject = {
		.arg = moment->arg,
		.comm = current->comm,
		.pid = current->tgid,
		.compat = site->type->of_program && hl_user_is_compat(),
		.retval = moment->retval,
		.text = text_at,
		.context = texts,
	};
	unsigned int stages = HL_STAGE_TEXTS;
	struct hl_slot *slot = hl_slot_get();
	u32 answers;

	if (!slot) {
		hl_probes_missed(1);
		return 0;
	}
	if (site->type->returns)
		stages |= HL_STAGE_RETVAL;
	/* Nothing can be restarted here: only a fatal signal ends a wait. */
	slot->sleep = HL_SLEEP_KILLABLE;
	answers = hl_probe_tell(site, moment, slot, &subject, stages, ring);
	hl_slot_put(slot);
	return answers;
}

static void tell_hit(struct hit *hit)
{
	struct texts texts = { .moment = &hit->moment };

	if (!hit->moment.text)
		read_texts(&texts, READ_ONCE(hit->site->text_args));
	if (tell(hit->site, &hit->moment, &texts) & HL_ANSWER_RETVAL &&
	    hit->site->type->returns)
		hl_user_result_set(task_pt_regs(current), hit->moment.retval);
	free_texts(&texts);
}

static void work(struct callback_head *head)
{
	struct hit *hit = container_of(head, struct hit, work);

	if (!(current->flags & PF_EXITING))
		tell_hit(hit);
	hl_probe_site_put(hit->site);
	kfree(hit);
	hl_flight_end();
}

void hl_probe_soon(struct hl_probe_site *site,
		   const struct hl_probe_moment *moment, gfp_t how)
{
	size_t text_size = moment->text ? strlen(moment->text) + 1 : 0;
	struct hit *hit;

	if (!hl_probe_wanted(site, moment))
		return;
	hit = kmalloc(sizeof(*hit) + text_size, how);
	if (!hit) {
		hl_probes_missed(1);
		return;
	}
	hit->site = site;
	hit->moment = *moment;
	hit->moment.is_user = true;
	if (text_size)
		hit->moment.text = memcpy(hit->text, moment->text, text_size);
	refcount_inc(&site->users);
	if (hl_task_work(&hit->work, work)) {
		hl_probe_site_put(site);
		kfree(hit);
	}
}
