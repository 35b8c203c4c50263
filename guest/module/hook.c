// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which hooks there are, and on which functions.
 *
 * Changed in process context, under one mutex; the probe's handler and
 * event.c read a site's list of hooks under RCU.  A site stays until the
 * module goes, disarmed when it has no hooks: system calls may be in it.
 */
#include <linux/errno.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "hook.h"

static DEFINE_MUTEX(hooks_mutex);
static LIST_HEAD(sites);
static LIST_HEAD(hooks);
static bool closed;		/* the module goes */

static struct hl_site *site_find(const char *symbol)
{
	struct hl_site *site;

	lockdep_assert_held(&hooks_mutex);
	list_for_each_entry(site, &sites, node) {
		if (!strcmp(site->symbol, symbol))
			return site;
	}
	return NULL;
}

static struct hl_site *site_new(const char *symbol, const char *name)
{
	unsigned long entry = hl_symbol_address(symbol);
	struct hl_site *site;
	int error;

	lockdep_assert_held(&hooks_mutex);
	if (!entry)
		return ERR_PTR(-ENOENT);
	site = kzalloc(sizeof(*site), GFP_KERNEL);
	if (!site)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&site->hooks);
	site->entry = entry;
	strscpy(site->symbol, symbol, sizeof(site->symbol));
	site->returns = hl_symbol_returns(name);
	error = hl_site_probe(site);
	if (error) {
		kfree(site);
		return ERR_PTR(error);
	}
	list_add(&site->node, &sites);
	return site;
}

static int hook_install(struct hl_site *site, const struct hl_hook *model)
{
	struct hl_hook *hook;
	int error;

	lockdep_assert_held(&hooks_mutex);
	if (site->count >= HL_EVENT_HOOKS)
		return -ENOSPC;		/* an event could not name them all */
	hook = kmemdup(model, sizeof(*model), GFP_KERNEL);
	if (!hook)
		return -ENOMEM;
	error = hl_site_arm(site, true);
	if (error) {
		kfree(hook);
		return error;
	}
	hook->site = site;
	site->count++;
	list_add_tail(&hook->node, &hooks);
	list_add_tail_rcu(&hook->on_site, &site->hooks);
	return 0;
}

static void hook_uninstall(struct hl_hook *hook)
{
	struct hl_site *site = hook->site;

	lockdep_assert_held(&hooks_mutex);
	list_del(&hook->node);
	list_del_rcu(&hook->on_site);
	kfree_rcu(hook, rcu);
	if (!--site->count)
		hl_site_arm(site, false);
}

static bool hook_forget(u32 id)
{
	struct hl_hook *hook, *next;
	bool found = false;

	lockdep_assert_held(&hooks_mutex);
	list_for_each_entry_safe(hook, next, &hooks, node) {
		if (hook->id == id) {
			hook_uninstall(hook);
			found = true;
		}
	}
	return found;
}

static bool hook_known(u32 id)
{
	struct hl_hook *hook;

	lockdep_assert_held(&hooks_mutex);
	list_for_each_entry(hook, &hooks, node) {
		if (hook->id == id)
			return true;
	}
	return false;
}

/* On every function that the name may stand for; all or none. */
static int hook_everywhere(const char *name, const struct hl_hook *model)
{
	char symbol[sizeof_field(struct hl_site, symbol)];
	int result = -ENOENT;
	unsigned int i;

	for (i = 0; hl_symbol_candidate(i, name, symbol, sizeof(symbol)); i++) {
		struct hl_site *site = site_find(symbol);
		int error;

		if (!site)
			site = site_new(symbol, name);
		error = IS_ERR(site) ? PTR_ERR(site) :
				       hook_install(site, model);
		if (error == -ENOENT)
			continue;
		if (error) {
			hook_forget(model->id);
			return error;
		}
		result = 0;
	}
	return result;
}

/* The model gives id, phase and filter.  Called to serve HL_OP_HOOK_ADD. */
int hl_hook_add(const char *name, const struct hl_hook *model)
{
	int error;

	if (hl_symbol_forbidden(name))
		return -EPERM;
	mutex_lock(&hooks_mutex);
	if (closed)
		error = -ESHUTDOWN;
	else if (hook_known(model->id))
		error = -EEXIST;
	else
		error = hook_everywhere(name, model);
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
	mutex_unlock(&hooks_mutex);
	return error;
}

/* When this returns, no system call is in the module's code any more. */
void hl_hooks_remove_all(void)
{
	struct hl_hook *hook, *next_hook;
	struct hl_site *site, *next_site;

	mutex_lock(&hooks_mutex);
	closed = true;			/* from here on nothing changes */
	mutex_unlock(&hooks_mutex);
	hl_sites_close(&sites);

	list_for_each_entry_safe(hook, next_hook, &hooks, node)
		kfree(hook);
	list_for_each_entry_safe(site, next_site, &sites, node)
		kfree(site);
	rcu_barrier();			/* kfree_rcu() of earlier removals */
}
