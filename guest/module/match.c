// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which hooks of a function a call concerns.  A thousand hooks on one system
 * call differ mostly in one number or name that must be equal; those are found
 * by it, in a table of buckets, and the rest is asked one by one.
 *
 * Asked by the probe's handler and the gate, which may not sleep, and by
 * event.c, under RCU.  Changed under the mutex of hook.c.
 */
#include <linux/bitops.h>
#include <linux/compat.h>
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/kprobes.h>
#include <linux/limits.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "hook.h"

#define BUCKET_BITS 7
#define BUCKETS (1 << BUCKET_BITS)

static struct list_head *bucket_of(struct list_head *bucket, u32 subject,
				   u32 key)
{
	return &bucket[hash_32(key + subject, BUCKET_BITS)];
}

static u32 name_key(const char *name, size_t length)
{
	return jhash(name, length, 0);
}

void hl_match_start(struct hl_site *site)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(site->matcher); i++)
		INIT_LIST_HEAD(&site->matcher[i].any);
}

void hl_match_free(struct hl_site *site)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(site->matcher); i++)
		kfree(site->matcher[i].bucket);
}

/* Without memory for it all are asked one by one: as right, only slower. */
static struct list_head *table_of(struct hl_matcher *matcher)
{
	struct list_head *bucket = matcher->bucket;
	u32 i;

	if (bucket)
		return bucket;
	bucket = kmalloc_array(BUCKETS, sizeof(*bucket), GFP_KERNEL);
	if (!bucket)
		return NULL;
	for (i = 0; i < BUCKETS; i++)
		INIT_LIST_HEAD(&bucket[i]);
	smp_store_release(&matcher->bucket, bucket);
	return bucket;
}

/* Only one value can hold: it can be looked up.  Of that, the low half. */
static bool is_exact(const struct hl_filter_item *item, u32 *key)
{
	if (item->subject == HL_SUBJECT_COMM) {
		*key = name_key(item->text, item->value[0]);
		return item->test == HL_TEST_TEXT;
	}
	*key = item->value[0] & item->width;
	return item->test == HL_TEST_EQ && item->subject != HL_SUBJECT_RETVAL &&
	       !(item->width & ~item->mask);
}

static size_t length_of(const struct list_head *list)
{
	const struct list_head *at;
	size_t length = 0;

	list_for_each(at, list)
		length++;
	return length;
}

/* By the test that it shares with the fewest others; NULL: it has none. */
static struct list_head *choose(struct list_head *bucket, struct hl_hook *hook)
{
	struct list_head *best = NULL;
	size_t least = SIZE_MAX;
	u32 i;

	for (i = 0; i < hook->filter.tests; i++) {
		const struct hl_filter_item *item = &hook->filter.item[i];
		struct list_head *list;
		size_t length;
		u32 key;

		if (!is_exact(item, &key))
			continue;
		list = bucket_of(bucket, item->subject, key);
		length = length_of(list);
		if (length >= least)
			continue;
		least = length;
		best = list;
		hook->subject = item->subject;
		hook->key = key;
	}
	return best;
}

void hl_match_insert(struct hl_site *site, struct hl_hook *hook)
{
	struct hl_matcher *matcher = &site->matcher[hook->phase - 1];
	struct list_head *bucket = NULL;
	struct list_head *list = NULL;

	if (hook->filter.tests)
		bucket = table_of(matcher);
	if (bucket)
		list = choose(bucket, hook);
	list_add_tail_rcu(&hook->on_site, list ? list : &matcher->any);
	if (list)
		WRITE_ONCE(matcher->subjects,
			   matcher->subjects | BIT(hook->subject));
	if (hook->texts)
		WRITE_ONCE(matcher->texts, matcher->texts + 1);
	WRITE_ONCE(matcher->count, matcher->count + 1);
}

/* The caller frees it after a grace period. */
void hl_match_remove(struct hl_hook *hook)
{
	struct hl_matcher *matcher = &hook->site->matcher[hook->phase - 1];

	list_del_rcu(&hook->on_site);
	if (hook->texts)
		WRITE_ONCE(matcher->texts, matcher->texts - 1);
	WRITE_ONCE(matcher->count, matcher->count - 1);
}

/* Of the process that runs; the rest is the caller's. */
void hl_match_subject(struct hl_filter_subject *subject, const u64 *arg)
{
	*subject = (struct hl_filter_subject){
		.arg = arg,
		.comm = current->comm,
		.pid = current->tgid,
		.compat = in_compat_syscall(),
	};
}

static u32 key_of(const struct hl_site *site,
		  const struct hl_filter_subject *s, u32 subject)
{
	if (subject == HL_SUBJECT_PID)
		return s->pid;
	if (subject == HL_SUBJECT_COMM)
		return name_key(s->comm, strnlen(s->comm, HL_COMM_SIZE));
	return s->arg[subject] & hl_bits_mask(site->bits[subject]);
}

/* What is done with a hook that matches.  True: no more are wanted. */
typedef bool (*found_fn)(const struct hl_hook *hook, void *context);

static __always_inline bool
walk_bucket(const struct list_head *list, u32 subject, u32 key,
	    const struct hl_filter_subject *s, unsigned int stages,
	    found_fn found, void *context)
{
	const struct hl_hook *hook;

	list_for_each_entry_rcu(hook, list, on_site) {
		if (hook->subject == subject && hook->key == key &&
		    hl_filter_holds(&hook->filter, s, stages) &&
		    found(hook, context))
			return true;
	}
	return false;
}

static __always_inline bool
walk(const struct hl_site *site, u32 phase, const struct hl_filter_subject *s,
     unsigned int stages, found_fn found, void *context)
{
	const struct hl_matcher *matcher = &site->matcher[phase - 1];
	unsigned long subjects = READ_ONCE(matcher->subjects);
	struct list_head *bucket = READ_ONCE(matcher->bucket);
	const struct hl_hook *hook;
	u32 subject;

	list_for_each_entry_rcu(hook, &matcher->any, on_site) {
		if (hl_filter_holds(&hook->filter, s, stages) &&
		    found(hook, context))
			return true;
	}
	if (!bucket)
		return false;
	for_each_set_bit(subject, &subjects, HL_SUBJECT_RETVAL) {
		u32 key = key_of(site, s, subject);

		if (walk_bucket(bucket_of(bucket, subject, key), subject, key,
				s, stages, found, context))
			return true;
	}
	return false;
}

static bool found_any(const struct hl_hook *hook, void *context)
{
	return true;
}

/*
 * Whether a call may concern a hook of either phase, as far as can be told
 * without sleeping, and before it is made.
 */
bool hl_match_quick(const struct hl_site *site, const u64 *arg)
{
	struct hl_filter_subject subject;
	bool wanted;

	hl_match_subject(&subject, arg);
	rcu_read_lock();
	wanted = walk(site, HL_PHASE_ENTER, &subject, 0, found_any, NULL) ||
		 walk(site, HL_PHASE_RETURN, &subject, 0, found_any, NULL);
	rcu_read_unlock();
	return wanted;
}

static bool found_texts(const struct hl_hook *hook, void *context)
{
	*(u32 *)context |= hook->texts;
	return false;
}

/* Bit n: to tell which hooks match, the text at argument n must be read. */
u32 hl_match_texts(const struct hl_site *site, u32 phase,
		   const struct hl_filter_subject *subject)
{
	u32 texts = 0;

	if (!READ_ONCE(site->matcher[phase - 1].texts))
		return 0;
	rcu_read_lock();
	walk(site, phase, subject, HL_STAGE_RETVAL, found_texts, &texts);
	rcu_read_unlock();
	return texts;
}

struct ids {
	__le32 *id;
	u32 count;
	u32 above;
};

/* The least that there is room for, ascending. */
static bool found_id(const struct hl_hook *hook, void *context)
{
	struct ids *ids = context;
	u32 at = ids->count;

	if (hook->id <= ids->above)
		return false;
	if (ids->count == HL_EVENT_HOOKS) {
		at--;
		if (hook->id > le32_to_cpu(ids->id[at]))
			return false;
	} else {
		ids->count++;
	}
	for (; at && le32_to_cpu(ids->id[at - 1]) > hook->id; at--)
		ids->id[at] = ids->id[at - 1];
	ids->id[at] = cpu_to_le32(hook->id);
	return false;
}

/*
 * The ids of the hooks that match, those above a given one, at most
 * HL_EVENT_HOOKS; how many.  The subject's texts have been read.
 */
u32 hl_match_ids(const struct hl_site *site, u32 phase,
		 const struct hl_filter_subject *subject, u32 above, __le32 *id)
{
	struct ids ids = { .id = id, .above = above };
	unsigned int stages = HL_STAGE_TEXTS;

	if (phase == HL_PHASE_RETURN)
		stages |= HL_STAGE_RETVAL;
	rcu_read_lock();
	walk(site, phase, subject, stages, found_id, &ids);
	rcu_read_unlock();
	return ids.count;
}
