/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What to paste to have a file or an ioctl.  Each gives a text to be freed,
 * whose paths are quoted: nothing that a guest names can be code.  Any thread,
 * no lock.
 */
#ifndef HL_MISSING_PASTE_H
#define HL_MISSING_PASTE_H

#include <stdint.h>

char *hl_paste_path_yaml(const char *path);
char *hl_paste_path_lua(const char *path);

/* decoded: as struct hl_ioctl has it. */
char *hl_paste_ioctl_yaml(const char *path, uint32_t cmd, const char *decoded);
/* path may be NULL: any file's. */
char *hl_paste_ioctl_lua(const char *path, uint32_t cmd, const char *decoded);

#endif
