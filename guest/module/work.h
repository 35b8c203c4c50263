/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_GUEST_WORK_H
#define HL_GUEST_WORK_H

int hl_work_start(void);
void hl_work_stop(void);
void hl_work_wake(void);

#endif
