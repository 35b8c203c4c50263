// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which functions of this kernel are system calls, and what they are called:
 * "sys_newuname", "__x64_sys_newuname" and "__ia32_sys_newuname" are uname.
 * All of a name are hooked, as a program may use any.
 *
 * Called by hook.c in process context, under its mutex.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
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

/* What a function's name begins with; the longest first. */
static const char * const prefixes[] = {
#if defined(CONFIG_X86_64)
	"__x64_sys_", "__ia32_compat_sys_", "__ia32_sys_",
#elif defined(CONFIG_ARM64)
	"__arm64_sys_", "__arm64_compat_sys_",
#elif defined(CONFIG_MIPS)
	"mipsmt_sys_", "compat_sys_", "sysn32_", "sys_32_", "sys32_", "sysm_",
	"sys_",
#else
	"sys_",
#endif
};

/* NULL: it is no system call's. */
static const char *base_of(const char *symbol)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		size_t length = strlen(prefixes[i]);

		if (!strncmp(symbol, prefixes[i], length) && symbol[length])
			return symbol + length;
	}
	return NULL;
}

/* Where the function is called otherwise than the system call. */
static const char * const renamed[][2] = {
	{ "newstat", "stat" }, { "newlstat", "lstat" },
	{ "newfstat", "fstat" }, { "newuname", "uname" },
	{ "umount", "umount2" }, { "oldumount", "umount" },
	{ "mmap_pgoff", "mmap2" }, { "old_readdir", "readdir" },
	{ "mips_mmap", "mmap" }, { "mips_mmap2", "mmap2" },
};

static const char *renamed_to(const char *base)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(renamed); i++) {
		if (!strcmp(base, renamed[i][0]))
			return renamed[i][1];
	}
	return NULL;
}

/* The name that programs know; those of times of 32 bits end in that. */
static void name_site(struct hl_site *site)
{
	const char *base = site->base;
	const char *other = renamed_to(base);
	size_t length = strlen(base);

	if (other) {
		strscpy(site->name, other, HL_NAME_SIZE);
		return;
	}
	if (length > 7 && !strcmp(base + length - 7, "_time32"))
		length -= 7;
	else if (length > 2 && !strcmp(base + length - 2, "32"))
		length -= 2;
	strscpy(site->name, base, min_t(size_t, length + 1, HL_NAME_SIZE));
}

static bool is_among(const char *name, const char * const *list, size_t count)
{
	return match_string(list, count, name) >= 0;
}

/* These leave by another way, so nobody comes back from them. */
static bool returns(const char *name)
{
	static const char * const never[] = {
		"exit", "exit_group",
#ifdef CONFIG_MIPS
		"sigreturn", "rt_sigreturn",
#endif
	};

	return !is_among(name, never, ARRAY_SIZE(never));
}

static bool is_forbidden(const char *name)
{
	static const char * const forbidden[] = {
		/* Unloading waits for calls in flight: it would for itself. */
		"delete_module",
#if defined(CONFIG_MIPS) || defined(CONFIG_ARM)
		/* It looks for the user's registers above its own stack. */
		"syscall",
#endif
	};

	return is_among(name, forbidden, ARRAY_SIZE(forbidden));
}

/* Of several functions of a name: sys_newuname, sys_uname, sys_x_time32. */
static int rank(const struct hl_site *site)
{
	if (renamed_to(site->base))
		return 2;
	return !strcmp(site->base, site->name);
}

/* Among those of its name the highest, the first of them, is listed. */
static void list_site(struct list_head *sites, struct hl_site *site)
{
	struct hl_site *other;

	site->listed = true;
	list_for_each_entry(other, sites, node) {
		if (!other->listed || strcmp(other->name, site->name))
			continue;
		site->listed = rank(site) > rank(other);
		other->listed = !site->listed;
		return;
	}
}

/* NULL: it is no system call's, or there is no memory. */
struct hl_site *hl_site_add(struct list_head *sites, const char *symbol,
			    unsigned long entry)
{
	struct hl_site *site;

	if (!base_of(symbol))
		return NULL;
	site = kzalloc(struct_size(site, symbol, strlen(symbol) + 1),
		       GFP_KERNEL);
	if (!site)
		return NULL;
	hl_match_start(site);
	strcpy(site->symbol, symbol);
	site->base = base_of(site->symbol);
	site->entry = entry;
	site->number = ~0U;
	name_site(site);
	site->returns = returns(site->name);
	site->forbidden = is_forbidden(site->name);
	list_site(sites, site);
	list_add_tail(&site->node, sites);
	return site;
}

struct hl_site *hl_site_at(struct list_head *sites, unsigned long entry)
{
	struct hl_site *site;

	list_for_each_entry(site, sites, node) {
		if (site->entry == entry)
			return site;
	}
	return NULL;
}

/* "clock_gettime64", "futex_time64": of 32-bit kernels, called as if not. */
static bool is_time64_of(const char *name, const char *base)
{
	size_t length = strlen(base);

	if (strncmp(name, base, length))
		return false;
	name += length;
	if (!strcmp(name, "_time64"))
		return true;
	return !strcmp(name, "64") && length > 4 &&
	       !strcmp(base + length - 4, "time");
}

bool hl_symbol_named(const struct hl_site *site, const char *name)
{
	if (*name == '_')
		name++;			/* _llseek, _newselect */
	return !strcmp(site->name, name) || !strcmp(site->base, name) ||
	       is_time64_of(name, site->base);
}

#ifdef CONFIG_MIPS
/* The tables have them all. */
int hl_symbols_find(struct list_head *sites)
{
	return hl_tables_find(sites);
}

int hl_symbols_find_named(struct list_head *sites, const char *name)
{
	return -ENOENT;
}
#else
#ifdef CONFIG_ARM
/* Much else begins with "sys_"; three stand behind assembly in the table. */
static bool is_syscall(const char *base)
{
	static const char * const behind[] = {
		"mmap_pgoff", "statfs64", "fstatfs64",
	};
	struct hl_proto_known known;
	u32 number;

	return is_among(base, behind, ARRAY_SIZE(behind)) ||
	       hl_proto_find(base, &known, &number);
}
#else
static bool is_syscall(const char *base)
{
	return strcmp(base, "ni_syscall");
}
#endif

static void add_if_syscall(struct list_head *sites, const char *symbol,
			   unsigned long entry)
{
	const char *base = base_of(symbol);

	/* x86 has two names for one function when it takes no arguments. */
	if (base && is_syscall(base) && !hl_site_at(sites, entry))
		hl_site_add(sites, symbol, entry);
}

static int one_symbol(HL_SYMBOL_PARAMS)
{
	add_if_syscall(data, name, address);
	return 0;
}

/* Without the walk they are found one by one, as they are asked for. */
int hl_symbols_find(struct list_head *sites)
{
	hl_walk_symbols_fn walk_symbols =
		(void *)hl_symbol_address("kallsyms_on_each_symbol");

	return walk_symbols ? walk_symbols(one_symbol, sites) : 0;
}

/* 0: there is one more. */
int hl_symbols_find_named(struct list_head *sites, const char *name)
{
	int result = -ENOENT;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		char symbol[2 * HL_NAME_SIZE];
		unsigned long entry;

		snprintf(symbol, sizeof(symbol), "%s%s", prefixes[i], name);
		entry = hl_symbol_address(symbol);
		if (!entry || hl_site_at(sites, entry))
			continue;
		add_if_syscall(sites, symbol, entry);
		result = 0;
	}
	return result;
}
#endif
