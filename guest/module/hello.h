/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_GUEST_HELLO_H
#define HL_GUEST_HELLO_H

int hl_hello(void);
void hl_goodbye(void);

#endif
