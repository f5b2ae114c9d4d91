// SPDX-License-Identifier: Apache-2.0
/*
 * Executions as they are stored and signed: for the store itself.
 */
#ifndef BH_STORE_EXECUTION_MAC_H
#define BH_STORE_EXECUTION_MAC_H

#include "store/audit_log.h"
#include "store/executions.h"

/* In the order that bh_execution_read expects, from column 0. */
#define BH_EXECUTION_COLUMNS                                                                                 \
    "audit_row, state, executor, target, final_target, http_status, bytes, error, duration_ms, ended_at"
#define BH_EXECUTION_COLUMN_COUNT 10

/* The texts live until the statement steps on. */
void bh_execution_read(struct bh_stmt *stmt, struct bh_execution *ret_execution);

struct bh_sha256 bh_execution_key(const struct bh_server_key *key);
/* Over all of it and the content hash of its audit row. False without memory, or for texts that no server
 * wrote: too long ones. */
BH_MUST_USE
bool bh_execution_mac(const struct bh_sha256 *key, const struct bh_execution *execution,
    const struct bh_sha256 *content, struct bh_sha256 *ret_mac);

#endif
