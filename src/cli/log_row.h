// SPDX-License-Identifier: Apache-2.0
/*
 * A row of the log as people see it, in a list and line by line.
 */
#ifndef BH_CLI_LOG_ROW_H
#define BH_CLI_LOG_ROW_H

#include <jansson.h>

#include "lib/buf.h"

#define BH_LOG_CELL_LIMIT 65536

enum bh_log_column {
    BH_LOG_WHEN = 0,
    BH_LOG_DECISION,
    BH_LOG_REQUEST,
    BH_LOG_AGENT, /* its name, or its id where there is none */
    BH_LOG_ACTION,
    BH_LOG_VENDOR,
    BH_LOG_AMOUNT,
    BH_LOG_RISK,
    BH_LOG_APPROVAL,
    BH_LOG_EXECUTION, /* what became of it, where the action gateway ran it */
    BH_LOG_REASON,
    BH_LOG_COLUMNS,
};

/* The columns in their order, and how many: that of the agent where rows are of several, those of the
 * approval and of the execution where some row has one. */
size_t bh_log_choose(
    bool agent, bool approval, bool execution, enum bh_log_column ret_columns[static BH_LOG_COLUMNS]);
bool bh_log_has_approval(const json_t *row);
bool bh_log_has_execution(const json_t *row);
const char *bh_log_heading(enum bh_log_column column);
/* One cell of the row, harmless for a terminal. */
void bh_log_add_cell(const json_t *row, enum bh_log_column column, struct bh_buf *out);

/* `behalf logs tail`. */
int bh_cmd_logs_tail(int argc, char **argv);

#endif
