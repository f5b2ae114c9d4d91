// SPDX-License-Identifier: Apache-2.0
/*
 * A row of the log as people see it, in a list and line by line.
 */
#ifndef BH_CLI_LOG_ROW_H
#define BH_CLI_LOG_ROW_H

#include <jansson.h>

#include "lib/buf.h"

#define BH_LOG_COLUMNS 8
#define BH_LOG_CELL_LIMIT 65536

extern const char *const bh_log_headings[BH_LOG_COLUMNS];

/* One cell of the row, harmless for a terminal. */
void bh_log_add_cell(const json_t *row, size_t column, struct bh_buf *out);

/* `behalf logs tail`. */
int bh_cmd_logs_tail(int argc, char **argv);

#endif
