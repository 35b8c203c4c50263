// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which probes there are, and where.
 *
 * Changed in process context, under one mutex; events read a site's probes
 * under RCU.  A site is attached with its first probe and detached with its
 * last; those who still have an event of it in hand keep it in memory.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "probe.h"

static DEFINE_MUTEX(probes_mutex);
static LIST_HEAD(sites);
static LIST_HEAD(probes);
static bool closed;		/* the module goes */
static atomic_long_t missed = ATOMIC_LONG_INIT(0);

const struct hl_probe_type *hl_probe_type_find(u32 number)
{
	static const struct hl_probe_type * const types[] = {
		&hl_probe_exec, &hl_probe_exit, &hl_probe_signal,
		&hl_probe_kprobe, &hl_probe_kretprobe, &hl_probe_uprobe,
		&hl_probe_uretprobe,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		if (types[i]->number == number)
			return types[i];
	}
	return NULL;
}

/* In any context. */
void hl_probes_missed(unsigned long count)
{
	if (count)
		atomic_long_add(count, &missed);
}

void hl_probe_site_init(struct hl_probe_site *site,
			const struct hl_probe_type *type)
{
	site->type = type;
	INIT_LIST_HEAD(&site->probes);
	refcount_set(&site->users, 1);
}

void hl_probe_site_put(struct hl_probe_site *site)
{
	if (refcount_dec_and_test(&site->users))
		kfree(site);
}

static struct hl_probe_site *site_find(const struct hl_probe_type *type,
				       const struct hl_probe_place *place)
{
	struct hl_probe_site *site;

	lockdep_assert_held(&probes_mutex);
	list_for_each_entry(site, &sites, node) {
		if (site->type == type &&
		    (!type->is_at || type->is_at(site, place)))
			return site;
	}
	return NULL;
}

static struct hl_probe_site *site_attach(const struct hl_probe_type *type,
					 const struct hl_probe_place *place)
{
	struct hl_probe_site *site = type->attach(place);

	lockdep_assert_held(&probes_mutex);
	if (!IS_ERR(site))
		list_add_tail(&site->node, &sites);
	return site;
}

static void site_detach(struct hl_probe_site *site)
{
	lockdep_assert_held(&probes_mutex);
	list_del(&site->node);
	site->type->detach(site);
	hl_probe_site_put(site);
}

static struct hl_probe *probe_find(u32 id)
{
	struct hl_probe *probe;

	lockdep_assert_held(&probes_mutex);
	list_for_each_entry(probe, &probes, node) {
		if (probe->id == id)
			return probe;
	}
	return NULL;
}

static int probe_install(struct hl_probe *probe,
			 const struct hl_probe_place *place)
{
	const struct hl_probe_type *type = hl_probe_type_find(place->kind);
	struct hl_probe_site *site;

	lockdep_assert_held(&probes_mutex);
	if (closed)
		return -ESHUTDOWN;
	if (probe_find(probe->id))
		return -EEXIST;
	site = site_find(type, place);
	if (!site)
		site = site_attach(type, place);
	if (IS_ERR(site))
		return PTR_ERR(site);
	probe->site = site;
	site->count++;
	WRITE_ONCE(site->text_args, site->text_args | probe->text_args);
	list_add_tail(&probe->node, &probes);
	list_add_tail_rcu(&probe->on_site, &site->probes);
	return 0;
}

static void probe_uninstall(struct hl_probe *probe)
{
	struct hl_probe_site *site = probe->site;

	lockdep_assert_held(&probes_mutex);
	list_del(&probe->node);
	list_del_rcu(&probe->on_site);
	kfree_rcu(probe, rcu);
	if (!--site->count)
		site_detach(site);
}

/* Takes the probe over, also when it fails. */
int hl_probe_add(struct hl_probe *probe, const struct hl_probe_place *place)
{
	int error;

	mutex_lock(&probes_mutex);
	error = probe_install(probe, place);
	mutex_unlock(&probes_mutex);
	if (error)
		kfree(probe);
	return error;
}

int hl_probe_remove(u32 id)
{
	struct hl_probe *probe;

	mutex_lock(&probes_mutex);
	probe = probe_find(id);
	if (probe)
		probe_uninstall(probe);
	mutex_unlock(&probes_mutex);
	return probe ? 0 : -ENOENT;
}

int hl_probes_start(void)
{
	int error = hl_probe_hits_start();

	if (error)
		return error;
	hl_break_irqs_off();
	error = hl_probe_rings_start();
	if (error)
		hl_break_irqs_restore();
	return error;
}

/*
 * When this returns, no new event comes.  Processes that have one in hand are
 * in flight (flight.c), and waited for with the hooks' calls.
 */
void hl_probes_remove_all(void)
{
	struct hl_probe *probe, *next;

	mutex_lock(&probes_mutex);
	closed = true;
	list_for_each_entry_safe(probe, next, &probes, node)
		probe_uninstall(probe);
	mutex_unlock(&probes_mutex);
	hl_uprobes_stop();
}

/* After the flights' end. */
void hl_probes_stop(void)
{
	long count = atomic_long_read(&missed);

	hl_probe_rings_stop();
	hl_break_irqs_restore();
	if (count)
		pr_notice("%ld events of probes were missed\n", count);
}
