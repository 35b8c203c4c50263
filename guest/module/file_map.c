// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The buffers that mmap gives: one a node, shared by all who map it.  mmap and
 * faults come in the process that maps; sizes change under the nodes' mutex; a
 * spinlock guards which buffer a node has and how often it is mapped.
 */
#include <linux/errno.h>
#include <linux/highmem.h>
#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "file.h"
#include "file_map.h"

struct hl_map {
	struct kref refs;		/* the node's and each mapping's */
	u32 size;			/* bytes; the pages are whole */
	u32 mapped;			/* under map_lock */
	unsigned char *bytes;
};

static DEFINE_SPINLOCK(map_lock);

static struct hl_map *map_new(u32 size)
{
	struct hl_map *map = kzalloc(sizeof(*map), GFP_KERNEL);

	if (!map)
		return NULL;
	kref_init(&map->refs);
	map->size = size;
	map->bytes = vmalloc_user(size);
	if (!map->bytes) {
		kfree(map);
		return NULL;
	}
	return map;
}

static void map_free(struct kref *refs)
{
	struct hl_map *map = container_of(refs, struct hl_map, refs);

	vfree(map->bytes);
	kfree(map);
}

void hl_map_put(struct hl_map *map)
{
	kref_put(&map->refs, map_free);
}

/* NULL, or what is to be put back. */
struct hl_map *hl_map_get(struct hl_node *node)
{
	struct hl_map *map;

	spin_lock(&map_lock);
	map = node->map;
	if (map)
		kref_get(&map->refs);
	spin_unlock(&map_lock);
	return map;
}

/* Not while it is mapped. */
static int map_replace(struct hl_node *node, struct hl_map *map)
{
	struct hl_map *old;
	bool busy;

	spin_lock(&map_lock);
	old = node->map;
	busy = old && old->mapped;
	if (!busy)
		node->map = map;
	spin_unlock(&map_lock);
	if (busy)
		return -EBUSY;
	if (old)
		hl_map_put(old);
	return 0;
}

/*
 * Under the nodes' mutex, which keeps others from changing node->map.  The
 * bytes that both sizes have stay.
 */
int hl_map_resize(struct hl_node *node, u32 size)
{
	struct hl_map *old = node->map;
	struct hl_map *map = NULL;
	int error;

	if (size == (old ? old->size : 0))
		return 0;
	if (size) {
		map = map_new(size);
		if (!map)
			return -ENOMEM;
	}
	if (old && map)
		memcpy(map->bytes, old->bytes, min(old->size, size));
	error = map_replace(node, map);
	if (error && map)
		hl_map_put(map);
	return error;
}

/* Between the engine's region and what programs have mapped. */
int hl_map_copy(struct hl_node *node, unsigned char *data, u64 offset,
		u32 size, bool write)
{
	struct hl_map *map = hl_map_get(node);
	int error = 0;

	if (!map)
		return -ENODEV;
	if (offset > map->size || size > map->size - offset) {
		error = -EINVAL;
	} else if (write) {
		memcpy(map->bytes + offset, data, size);
		flush_kernel_vmap_range(map->bytes + offset, size);
	} else {
		invalidate_kernel_vmap_range(map->bytes + offset, size);
		memcpy(data, map->bytes + offset, size);
	}
	hl_map_put(map);
	return error;
}

static void mapping_begin(struct hl_map *map)
{
	lockdep_assert_held(&map_lock);
	kref_get(&map->refs);
	map->mapped++;
}

static void mapping_open(struct vm_area_struct *vma)
{
	spin_lock(&map_lock);
	mapping_begin(vma->vm_private_data);
	spin_unlock(&map_lock);
}

static void mapping_close(struct vm_area_struct *vma)
{
	struct hl_map *map = vma->vm_private_data;

	spin_lock(&map_lock);
	map->mapped--;
	spin_unlock(&map_lock);
	hl_map_put(map);
}

static vm_fault_t mapping_fault(struct vm_fault *fault)
{
	struct hl_map *map = fault->vma->vm_private_data;

	if (fault->pgoff >= DIV_ROUND_UP(map->size, PAGE_SIZE))
		return VM_FAULT_SIGBUS;
	fault->page = vmalloc_to_page(map->bytes +
				      (fault->pgoff << PAGE_SHIFT));
	get_page(fault->page);
	return 0;
}

static const struct vm_operations_struct mapping_operations = {
	.open = mapping_open,
	.close = mapping_close,
	.fault = mapping_fault,
};

static bool fits(const struct hl_map *map, const struct vm_area_struct *vma)
{
	unsigned long pages = DIV_ROUND_UP(map->size, PAGE_SIZE);

	return vma->vm_pgoff <= pages &&
	       vma_pages((struct vm_area_struct *)vma) <= pages - vma->vm_pgoff;
}

int hl_file_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct hl_open *open = file->private_data;
	struct hl_map *map;
	int error = 0;

	if (READ_ONCE(open->node->removed))
		return -ENODEV;
	spin_lock(&map_lock);
	map = open->node->map;
	if (!map)
		error = -ENODEV;
	else if (!fits(map, vma))
		error = -EINVAL;
	else
		mapping_begin(map);
	spin_unlock(&map_lock);
	if (error)
		return error;
	vma->vm_private_data = map;
	vma->vm_ops = &mapping_operations;
	return 0;
}
