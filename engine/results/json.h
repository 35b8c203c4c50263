/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One operation as one line of JSON.  Any thread, no lock. */
#ifndef HL_RESULTS_JSON_H
#define HL_RESULTS_JSON_H

#include "model.h"

/* The most bytes of data that the results keep of one operation. */
#define HL_RESULTS_DATA_MAX 4096

/* What was read, written, or given to an ioctl's caller; how much of it. */
const uint8_t *hl_request_data(const struct hl_file_request *request,
                               size_t *size);

/* At least as many bytes as the line takes. */
size_t hl_json_line_max(const char *path,
                        const struct hl_file_request *request);

/* Writes the line with its newline, without a NUL; how long it is. */
size_t hl_json_line(char *to, uint64_t seq, const char *path,
                    const struct hl_file_request *request);

#endif
