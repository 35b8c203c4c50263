// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From a system call's bare name ("ioctl") to the names that its functions may
 * have in this kernel.  All that exist are hooked: a program may use any.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/string.h>

#include "hook.h"

/* Not exported; a probe, never armed, says where it is. */
static struct kprobe lookup = {
	.symbol_name = "kallsyms_lookup_name",
	.flags = KPROBE_FLAG_DISABLED,
};

int hl_symbols_start(void)
{
	return register_kprobe(&lookup);
}

void hl_symbols_stop(void)
{
	unregister_kprobe(&lookup);
}

/* 0: there is none. */
unsigned long hl_symbol_address(const char *symbol)
{
	unsigned long (*find)(const char *symbol) = (void *)lookup.addr;

	return find(symbol);
}

static const char * const candidates[] = {
#if defined(CONFIG_X86_64)
	"__x64_sys_%s", "__x64_sys_new%s",
#elif defined(CONFIG_ARM64)
	"__arm64_sys_%s", "__arm64_sys_new%s",
#else
	"sys_%s", "sys_%s_time32", "sys_%s32", "sys_new%s",
#endif
#if defined(CONFIG_MIPS)
	"sys_mips_%s", "sysm_%s",
#endif
};

/* False: there are no more. */
bool hl_symbol_candidate(unsigned int i, const char *name, char *symbol,
			 size_t size)
{
	if (i >= ARRAY_SIZE(candidates))
		return false;
	snprintf(symbol, size, candidates[i], name);
	return true;
}

static bool is_among(const char *name, const char * const *list, size_t count)
{
	return match_string(list, count, name) >= 0;
}

/* These leave by another way, so nobody comes back from them. */
bool hl_symbol_returns(const char *name)
{
	static const char * const never[] = {
		"exit", "exit_group",
#ifdef CONFIG_MIPS
		"sigreturn", "rt_sigreturn",
#endif
	};

	return !is_among(name, never, ARRAY_SIZE(never));
}

/* Unloading waits for calls in flight: rmmod would wait for itself. */
bool hl_symbol_forbidden(const char *name)
{
	static const char * const forbidden[] = { "delete_module" };

	return is_among(name, forbidden, ARRAY_SIZE(forbidden));
}
