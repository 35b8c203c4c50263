// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hyperlua.ko: the guest half of HyperLua.  It greets the engine behind this
 * kernel, installs the hooks and files that scripts want, and does for them
 * what only the guest's own kernel can do.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "dev.h"
#include "file.h"
#include "hello.h"
#include "hook.h"
#include "node.h"
#include "opened.h"
#include "place.h"
#include "probe.h"
#include "process.h"
#include "region.h"
#include "spawned.h"
#include "wait.h"
#include "work.h"

/*
 * What the engine had installed.  Those who wait come out first; the hooks'
 * removal then waits until nobody is in the module's code.
 */
static void remove_all(void)
{
	hl_waits_close();
	hl_spawned_stop();
	hl_runs_stop();
	hl_side_stop();
	hl_nodes_remove_all();
	hl_inodes_settle();
	hl_probes_remove_all();
	hl_hooks_remove_all();
	hl_inodes_free();
	hl_file_buffers_free();
}

static int __init hyperlua_init(void)
{
	int error = hl_hello();

	if (error)
		goto free_slots;
	error = hl_symbols_start();
	if (error)
		goto goodbye;
	error = hl_process_start();
	if (error)
		goto stop_symbols;
	error = hl_opened_start();
	if (error)
		goto stop_symbols;
	error = hl_breaks_watch();
	if (error)
		goto stop_opened;
	error = hl_probes_start();
	if (error)
		goto unwatch_breaks;
	error = hl_dev_add();
	if (error)
		goto stop_probes;
	error = hl_dev_nodes_start();
	if (error)
		goto remove_dev;
	hl_watch_start();
	error = hl_work_start();
	if (error)
		goto remove_all;
	return 0;

remove_all:
	remove_all();
	hl_dev_nodes_stop();
remove_dev:
	hl_dev_remove();
stop_probes:
	hl_probes_stop();
unwatch_breaks:
	hl_breaks_unwatch();
stop_opened:
	hl_opened_stop();
stop_symbols:
	hl_symbols_stop();
goodbye:
	hl_goodbye();
free_slots:
	hl_slots_free();
	return error;
}

static void __exit hyperlua_exit(void)
{
	hl_work_stop();
	remove_all();
	hl_dev_nodes_stop();
	hl_dev_remove();
	hl_probes_stop();
	hl_breaks_unwatch();
	hl_opened_stop();
	hl_symbols_stop();
	hl_goodbye();
	hl_slots_free();
}

module_init(hyperlua_init);
module_exit(hyperlua_exit);

MODULE_DESCRIPTION("HyperLua's guest half: syscall hooks, files and guest memory for Lua scripts");
MODULE_LICENSE("GPL");
