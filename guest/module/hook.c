// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which hooks there are, and on which functions.
 *
 * Changed in process context, under one mutex; the probe's handler, the gate
 * and event.c find a site's hooks under RCU (match.c).  A site stays until the
 * module goes, disarmed when it has no hooks: system calls may be in it.
 */
#include <linux/errno.h>
#include <linux/hashtable.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "hook.h"

static DEFINE_MUTEX(hooks_mutex);
static LIST_HEAD(sites);
static DEFINE_HASHTABLE(hooks, 8);	/* by id */
static bool closed;		/* the module goes */
static bool found;		/* the sites have been looked for */

/* Of the first hook's; until then they cost nothing. */
static int sites_find(void)
{
	int error;

	lockdep_assert_held(&hooks_mutex);
	if (found)
		return 0;
	error = hl_symbols_find(&sites);
	found = !error;
	return error;
}

static void site_ask_proto(struct hl_site *site)
{
	lockdep_assert_held(&hooks_mutex);
	if (site->proto_asked)
		return;
	site->proto_asked = true;
	if (!hl_proto_find(site->base, &site->proto, &site->number))
		hl_proto_find(site->name, &site->proto, &site->number);
	hl_proto_bits(&site->proto, site->bits);
}

/* Of each function; sleeps on the mutex.  -errno: they were not found. */
int hl_sites_walk(hl_site_fn fn, void *context)
{
	struct hl_site *site;
	int error;

	mutex_lock(&hooks_mutex);
	error = closed ? -ESHUTDOWN : sites_find();
	if (!error) {
		list_for_each_entry(site, &sites, node) {
			site_ask_proto(site);
			if (!fn(site, context))
				break;
		}
	}
	mutex_unlock(&hooks_mutex);
	return error;
}

static size_t texts_size(const struct hl_filter *filter)
{
	size_t size = 0;
	u32 i;

	for (i = 0; i < filter->tests; i++) {
		if (hl_filter_is_text(&filter->item[i]))
			size += filter->item[i].value[0];
	}
	return size;
}

/* To this site's argument widths; its texts move behind the tests. */
static void settle_tests(struct hl_hook *hook)
{
	struct hl_filter *filter = &hook->filter;
	char *texts = (char *)&filter->item[filter->tests];
	u32 i;

	for (i = 0; i < filter->tests; i++) {
		struct hl_filter_item *item = &filter->item[i];
		bool is_arg = item->subject < HL_SYSCALL_ARGS;

		if (is_arg)
			item->width =
				hl_bits_mask(hook->site->bits[item->subject]);
		if (!hl_filter_is_text(item))
			continue;
		if (is_arg)
			hook->texts |= BIT(item->subject);
		memcpy(texts, item->text, item->value[0]);
		item->text = texts;
		texts += item->value[0];
	}
}

static struct hl_hook *hook_new(struct hl_site *site,
				const struct hl_hook *model)
{
	size_t size = offsetof(struct hl_hook, filter.item[0]) +
		      model->filter.tests * sizeof(model->filter.item[0]);
	struct hl_hook *hook = kmalloc(size + texts_size(&model->filter),
				       GFP_KERNEL);

	if (!hook)
		return NULL;
	memcpy(hook, model, size);
	hook->site = site;
	hook->texts = 0;
	settle_tests(hook);
	return hook;
}

static int hook_install(struct hl_site *site, const struct hl_hook *model)
{
	struct hl_hook *hook;
	int error;

	lockdep_assert_held(&hooks_mutex);
	if (site->forbidden)
		return -EPERM;
	site_ask_proto(site);
	hook = hook_new(site, model);
	if (!hook)
		return -ENOMEM;
	error = hl_site_arm(site, true);
	if (error) {
		kfree(hook);
		return error;
	}
	site->count++;
	hash_add(hooks, &hook->by_id, hook->id);
	hl_match_insert(site, hook);
	return 0;
}

static void hook_uninstall(struct hl_hook *hook)
{
	struct hl_site *site = hook->site;

	lockdep_assert_held(&hooks_mutex);
	hash_del(&hook->by_id);
	hl_match_remove(hook);
	kfree_rcu(hook, rcu);
	if (!--site->count)
		hl_site_arm(site, false);
}

static bool hook_forget(u32 id)
{
	struct hlist_node *next;
	struct hl_hook *hook;
	bool forgot = false;

	lockdep_assert_held(&hooks_mutex);
	hash_for_each_possible_safe(hooks, hook, next, by_id, id) {
		if (hook->id == id) {
			hook_uninstall(hook);
			forgot = true;
		}
	}
	return forgot;
}

static bool hook_known(u32 id)
{
	struct hl_hook *hook;

	lockdep_assert_held(&hooks_mutex);
	hash_for_each_possible(hooks, hook, by_id, id) {
		if (hook->id == id)
			return true;
	}
	return false;
}

/* On every function that can be hooked; what cannot be is left out. */
static int hook_all(const struct hl_hook *model)
{
	struct hl_site *site;

	list_for_each_entry(site, &sites, node) {
		if (hook_install(site, model) == -ENOMEM) {
			hook_forget(model->id);
			return -ENOMEM;
		}
	}
	return 0;
}

/* On every function that the name may stand for; all or none. */
static int hook_named(const char *name, const struct hl_hook *model)
{
	struct hl_site *site;
	int result = -ENOENT;

	list_for_each_entry(site, &sites, node) {
		if (!hl_symbol_named(site, name))
			continue;
		result = hook_install(site, model);
		if (result) {
			hook_forget(model->id);
			break;
		}
	}
	return result;
}

static int hook_add(const char *name, const struct hl_hook *model)
{
	int error = sites_find();

	lockdep_assert_held(&hooks_mutex);
	if (error)
		return error;
	if (!strcmp(name, "*"))
		return hook_all(model);
	error = hook_named(name, model);
	if (error != -ENOENT)
		return error;
	error = hl_symbols_find_named(&sites, name);
	return error ? error : hook_named(name, model);
}

/* All of it, or none. */
static int hook_add_whole(const char *name, const struct hl_hook *model)
{
	int error = hook_add(name, model);
	int committed = hl_sites_commit(&sites);

	if (error || !committed)
		return error;
	hook_forget(model->id);
	hl_sites_commit(&sites);
	return committed;
}

/*
 * The model gives id, phase and filter, whose texts are the caller's.  Called
 * to serve HL_OP_HOOK_ADD.
 */
int hl_hook_add(const char *name, const struct hl_hook *model)
{
	int error;

	mutex_lock(&hooks_mutex);
	if (closed)
		error = -ESHUTDOWN;
	else if (hook_known(model->id))
		error = -EEXIST;
	else
		error = hook_add_whole(name, model);
	mutex_unlock(&hooks_mutex);
	return error;
}

int hl_hook_remove(u32 id)
{
	int error;

	mutex_lock(&hooks_mutex);
	if (closed)
		error = -ESHUTDOWN;
	else
		error = hook_forget(id) ? 0 : -ENOENT;
	if (!error)
		hl_sites_commit(&sites);
	mutex_unlock(&hooks_mutex);
	return error;
}

/* When this returns, no system call is in the module's code any more. */
void hl_hooks_remove_all(void)
{
	struct hl_site *site, *next_site;
	struct hlist_node *next;
	struct hl_hook *hook;
	u32 i;

	mutex_lock(&hooks_mutex);
	closed = true;			/* from here on nothing changes */
	mutex_unlock(&hooks_mutex);
	hl_sites_close(&sites);

	hash_for_each_safe(hooks, i, next, hook, by_id)
		kfree(hook);
	list_for_each_entry_safe(site, next_site, &sites, node) {
		hl_match_free(site);
		kfree(site);
	}
	rcu_barrier();			/* kfree_rcu() of earlier removals */
}
