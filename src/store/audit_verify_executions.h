// SPDX-License-Identifier: Apache-2.0
/*
 * The part of verification that looks after executions: a second walk, in step with that of the rows, so that
 * a log without any costs nothing more.
 */
#ifndef BH_STORE_AUDIT_VERIFY_EXECUTIONS_H
#define BH_STORE_AUDIT_VERIFY_EXECUTIONS_H

#include "store/audit_row.h"
#include "store/execution_mac.h"

struct bh_execution_check {
    struct bh_db *db;
    bh_audit_finding_fn *on_finding;
    void *context;
    bool intact;
    int64_t from;  /* those of earlier rows are not looked at */
    int64_t count; /* executions that are as they were recorded */
    struct bh_sha256 key;
    struct bh_stmt *stmt;     /* NULL: none is left */
    struct bh_execution next; /* the one that the walk stands at */
    bool has_mac;
    struct bh_sha256 mac;
};

/* Before the rows; finish it also when this fails. */
BH_MUST_USE
enum bh_err bh_execution_check_start(struct bh_execution_check *check, const struct bh_server_key *key);
void bh_execution_check_finish(struct bh_execution_check *check);
/* For each row, in the order of ids. `content` NULL: the row itself is not what was recorded. */
BH_MUST_USE
enum bh_err bh_execution_check_row(
    struct bh_execution_check *check, const struct bh_stored_row *stored, const struct bh_sha256 *content);
/* After the rows. */
BH_MUST_USE
enum bh_err bh_execution_check_rest(struct bh_execution_check *check);

#endif
