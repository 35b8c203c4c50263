/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine's log: whole lines, handed to the host. */
#ifndef HL_LOG_H
#define HL_LOG_H

#include "engine.h"

void hl_log(struct hl_engine *engine, enum hl_level level, const char *format,
            ...) G_GNUC_PRINTF(3, 4);

/* "error", "warning", "info", "debug" */
const char *hl_level_name(enum hl_level level);

#endif
