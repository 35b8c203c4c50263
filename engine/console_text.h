/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text for a terminal. */
#ifndef HL_CONSOLE_TEXT_H
#define HL_CONSOLE_TEXT_H

#include <glib.h>

/*
 * The text as UTF-8 of at most so many bytes (more than 16), cut where it is
 * longer, which it says; without what would command a terminal, as a guest
 * may have put it there.
 */
GString *hl_console_text(const char *text, gsize size, gsize most);

#endif
