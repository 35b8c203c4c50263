// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where in an ELF file a symbol's code lies: of 32 or 64 bits, in either byte
 * order, by the section headers' symbol tables.  The file is the guest's and
 * may hold anything: what is read is bounded, and so is what is believed.  In
 * process context; reads the file, so it may sleep.
 */
#include <linux/elf.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "probe.h"

/* Beyond these a file is refused; the largest known are a tenth of that. */
#define SECTIONS_MAX 4096
#define SEGMENTS_MAX 1024
#define STRINGS_MAX (64U << 20)
#define SYMBOLS_MAX (4U << 20)

#define CHUNK PAGE_SIZE

struct elf {
	struct file *file;
	bool is_64;
	bool is_big;
	u16 machine;
	u64 segments, sections;		/* where their headers are */
	u32 segment_count, section_count;
};

struct section {
	u32 type, link;
	u64 offset, size, entry_size;
};

struct symbol {
	u32 name;
	u8 info;
	u16 section;
	u64 value;
};

/* A field of size 2, 4 or 8. */
static u64 load(const struct elf *elf, const void *from, u32 size)
{
	const u8 *byte = from;
	u64 value = 0;
	u32 i;

	for (i = 0; i < size; i++)
		value = value << 8 | byte[elf->is_big ? i : size - 1 - i];
	return value;
}

/* One that has both widths, in structs that name it alike. */
#define FIELD(elf, header, Type, name)                                       \
	((elf)->is_64 ?                                                      \
	 load(elf, &((const struct elf64_##Type *)(header))->name,           \
	      sizeof_field(struct elf64_##Type, name)) :                     \
	 load(elf, &((const struct elf32_##Type *)(header))->name,           \
	      sizeof_field(struct elf32_##Type, name)))

static int read_at(const struct elf *elf, u64 at, void *to, size_t size)
{
	loff_t position = at;

	if (position < 0)
		return -ENOEXEC;
	if (fatal_signal_pending(current))
		return -EINTR;
	return kernel_read(elf->file, to, size, &position) == size ? 0 :
								     -ENOEXEC;
}

static int take_header(struct elf *elf)
{
	union {
		struct elf32_hdr narrow;
		struct elf64_hdr wide;
		u8 ident[EI_NIDENT];
	} header;
	int error = read_at(elf, 0, &header, sizeof(header.narrow));

	if (error)
		return error;
	if (memcmp(header.ident, ELFMAG, SELFMAG))
		return -ENOEXEC;
	elf->is_64 = header.ident[EI_CLASS] == ELFCLASS64;
	elf->is_big = header.ident[EI_DATA] == ELFDATA2MSB;
	if (elf->is_64)
		error = read_at(elf, 0, &header, sizeof(header.wide));
	if (error)
		return error;
	elf->machine = FIELD(elf, &header, hdr, e_machine);
	elf->segments = FIELD(elf, &header, hdr, e_phoff);
	elf->segment_count = FIELD(elf, &header, hdr, e_phnum);
	elf->sections = FIELD(elf, &header, hdr, e_shoff);
	elf->section_count = FIELD(elf, &header, hdr, e_shnum);
	if (elf->segment_count > SEGMENTS_MAX ||
	    elf->section_count > SECTIONS_MAX)
		return -ENOEXEC;
	return 0;
}

static int take_section(const struct elf *elf, u32 i, struct section *section)
{
	union {
		struct elf32_shdr narrow;
		struct elf64_shdr wide;
	} header;
	u32 size = elf->is_64 ? sizeof(header.wide) : sizeof(header.narrow);
	int error;

	if (i >= elf->section_count)
		return -ENOEXEC;
	error = read_at(elf, elf->sections + (u64)i * size, &header, size);
	if (error)
		return error;
	section->type = FIELD(elf, &header, shdr, sh_type);
	section->link = FIELD(elf, &header, shdr, sh_link);
	section->offset = FIELD(elf, &header, shdr, sh_offset);
	section->size = FIELD(elf, &header, shdr, sh_size);
	section->entry_size = FIELD(elf, &header, shdr, sh_entsize);
	return 0;
}

/* The address of a symbol's code in memory, to its place in the file. */
static loff_t place_of(const struct elf *elf, u64 value)
{
	union {
		struct elf32_phdr narrow;
		struct elf64_phdr wide;
	} header;
	u32 size = elf->is_64 ? sizeof(header.wide) : sizeof(header.narrow);
	u32 i;

	for (i = 0; i < elf->segment_count; i++) {
		int error = read_at(elf, elf->segments + (u64)i * size,
				    &header, size);
		u64 start;

		if (error)
			return error;
		start = FIELD(elf, &header, phdr, p_vaddr);
		if (FIELD(elf, &header, phdr, p_type) == PT_LOAD &&
		    value >= start &&
		    value - start < FIELD(elf, &header, phdr, p_filesz))
			return (value - start +
				FIELD(elf, &header, phdr, p_offset)) &
			       LLONG_MAX;
	}
	return -ENOENT;
}

static void take_symbol(const struct elf *elf, const void *from,
			struct symbol *symbol)
{
	symbol->name = FIELD(elf, from, sym, st_name);
	symbol->info = FIELD(elf, from, sym, st_info);
	symbol->section = FIELD(elf, from, sym, st_shndx);
	symbol->value = FIELD(elf, from, sym, st_value);
}

/* A function of this file, or a label of assembly. */
static bool is_code(const struct symbol *symbol)
{
	u8 type = ELF_ST_TYPE(symbol->info);

	return symbol->section != SHN_UNDEF && symbol->section != SHN_ABS &&
	       (type == STT_FUNC || type == STT_NOTYPE);
}

static bool is_named(const struct symbol *symbol, const char *strings,
		     u64 size, const char *name)
{
	size_t length = strlen(name) + 1;

	return symbol->name < size && length <= size - symbol->name &&
	       !memcmp(strings + symbol->name, name, length);
}

/* 1: there is a global one; 2: only one or several that are local. */
static int search_chunk(const struct elf *elf, const void *chunk, u32 count,
			const char *strings, u64 size, const char *name,
			u64 *value, int found)
{
	u32 entry = elf->is_64 ? sizeof(struct elf64_sym) :
				 sizeof(struct elf32_sym);
	struct symbol symbol;
	u32 i;

	for (i = 0; i < count; i++) {
		take_symbol(elf, chunk + i * entry, &symbol);
		if (!is_code(&symbol) ||
		    !is_named(&symbol, strings, size, name))
			continue;
		if (ELF_ST_BIND(symbol.info) != STB_LOCAL) {
			*value = symbol.value;
			return 1;
		}
		if (!found)
			*value = symbol.value;
		found = 2;
	}
	return found;
}

/* Over the table's entries, a chunk at a time. */
static int search(const struct elf *elf, const struct section *table,
		  const char *strings, u64 size, const char *name, u64 *value)
{
	u32 entry = elf->is_64 ? sizeof(struct elf64_sym) :
				 sizeof(struct elf32_sym);
	u64 left = min_t(u64, div_u64(table->size, entry), SYMBOLS_MAX);
	u64 at = table->offset;
	void *chunk = kmalloc(CHUNK, GFP_KERNEL);
	int found = 0;

	if (!chunk)
		return -ENOMEM;
	while (left && found >= 0 && found != 1) {
		u32 count = min_t(u64, left, CHUNK / entry);
		int error = read_at(elf, at, chunk, count * entry);

		if (error)
			found = error;
		else
			found = search_chunk(elf, chunk, count, strings, size,
					     name, value, found);
		at += count * entry;
		left -= count;
		cond_resched();
	}
	kfree(chunk);
	return found;
}

static int search_table(const struct elf *elf, const struct section *table,
			const char *name, u64 *value)
{
	struct section strings;
	char *bytes;
	int found = take_section(elf, table->link, &strings);

	if (found)
		return found;
	if (!strings.size || strings.size > STRINGS_MAX)
		return -ENOEXEC;
	bytes = kvmalloc(strings.size, GFP_KERNEL);
	if (!bytes)
		return -ENOMEM;
	found = read_at(elf, strings.offset, bytes, strings.size);
	if (!found)
		found = search(elf, table, bytes, strings.size, name, value);
	kvfree(bytes);
	return found;
}

static int find(const struct elf *elf, u32 type, const char *name, u64 *value)
{
	struct section section;
	int found = 0;
	u32 i;

	for (i = 0; i < elf->section_count && !found; i++) {
		found = take_section(elf, i, &section);
		if (!found && section.type == type)
			found = search_table(elf, &section, name, value);
	}
	return found;
}

/*
 * -ENOENT: there is none of that name; -ENOEXEC: no (sane) ELF file;
 * -EILSEQ: it is Thumb code.
 */
loff_t hl_elf_symbol(struct file *file, const char *name)
{
	struct elf elf = { .file = file };
	int found = take_header(&elf);
	u64 value;

	if (found)
		return found;
	found = find(&elf, SHT_SYMTAB, name, &value);
	if (!found)
		found = find(&elf, SHT_DYNSYM, name, &value);
	if (found <= 0)
		return found ? found : -ENOENT;
	/* Thumb: the kernel's uprobes know ARM's other instructions only. */
	if (elf.machine == EM_ARM && value & 1)
		return -EILSEQ;
	return place_of(&elf, value);
}
