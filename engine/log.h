/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine's log: whole lines, handed to the host. */
#ifndef HL_LOG_H
#define HL_LOG_H

#include "engine.h"

void hl_log(struct hl_engine *engine, enum hl_level level, const char *format,
            ...) G_GNUC_PRINTF(3, 4);

/* The same for a text that a script or a guest made. */
void hl_log_text(struct hl_engine *engine, enum hl_level level,
                 const char *text, size_t size);

/* "error", "warning", "info", "debug" */
const char *hl_level_name(enum hl_level level);

#endif
