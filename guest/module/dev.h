/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_GUEST_DEV_H
#define HL_GUEST_DEV_H

int hl_dev_add(void);
void hl_dev_remove(void);

#endif
