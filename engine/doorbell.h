/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds doorbells in the guest's code, and rings the engine. */
#ifndef HL_DOORBELL_H
#define HL_DOORBELL_H

#include "engine.h"
#include "qemu_api.h"

/* For every vCPU that QEMU may start. */
void hl_doorbell_start(struct hl_engine *engine, unsigned max_vcpus);

/* QEMU's callback when it has translated a block. */
void hl_doorbell_translated(struct qemu_plugin_tb *tb);

#endif
