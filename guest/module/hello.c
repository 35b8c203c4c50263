// SPDX-License-Identifier: GPL-2.0-or-later
/* The first call and the last one.  Called by init and exit, without locks. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/elf.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/utsname.h>

#include "call.h"
#include "compat.h"
#include "hello.h"

static void fill(struct hl_hello *hello)
{
	hello->abi = cpu_to_le32(HL_ABI_VERSION);
	hello->word_bits = cpu_to_le32(BITS_PER_LONG);
	hello->big_endian = cpu_to_le32(IS_ENABLED(CONFIG_CPU_BIG_ENDIAN));
	hello->machine = cpu_to_le32(ELF_ARCH);
	hello->page_size = cpu_to_le32(PAGE_SIZE);
	hello->cpus = cpu_to_le32(num_possible_cpus());
	hello->user_limit = cpu_to_le64(hl_user_limit());
	strscpy(hello->release, init_utsname()->release,
		sizeof(hello->release));
}

/* One line that names the thing and what to do. */
static int judge(u64 ret, u32 abi)
{
	if (ret == HL_RET_UNTOUCHED) {
		pr_err("no HyperLua engine behind this kernel: start QEMU with -plugin libhyperlua.so\n");
		return -ENODEV;
	}
	if (abi != HL_ABI_VERSION) {
		pr_err("this module speaks ABI %u, the engine ABI %u: rebuild hyperlua.ko from the engine's sources\n",
		       HL_ABI_VERSION, abi);
		return -EPROTO;
	}
	if (ret) {
		pr_err("the engine refuses this kernel (error %lld): see its log, or use the libhyperlua.so that belongs to this machine\n",
		       -(s64)ret);
		return -EPROTO;
	}
	return 0;
}

int hl_hello(void)
{
	struct hl_slot *slot = hl_slot_get();
	struct hl_hello *hello;
	u64 ret;
	int error;

	if (!slot)
		return -ENOMEM;
	hello = (struct hl_hello *)slot->region->data;
	memset(hello, 0, sizeof(*hello));
	fill(hello);
	ret = hl_call_region(slot, HL_CALL_HELLO);
	error = judge(ret, le32_to_cpu(hello->abi));
	hl_slot_put(slot);
	return error;
}

/* Without memory for it, the next hello tells the engine as much. */
void hl_goodbye(void)
{
	struct hl_slot *slot = hl_slot_get();

	if (!slot)
		return;
	hl_call(slot, HL_CALL_GOODBYE, 0, 0, 0);
	hl_slot_put(slot);
}
