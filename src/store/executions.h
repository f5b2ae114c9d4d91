// SPDX-License-Identifier: Apache-2.0
/*
 * What became of allowed actions that the gateway ran, one record for each audit row with `executes` set.
 * Made as "started" in the transaction of the decision, ended in another. Signed under the server key
 * together with the audit row's content hash, so that the check of the log covers it. Goes with the audit
 * row's content.
 */
#ifndef BH_STORE_EXECUTIONS_H
#define BH_STORE_EXECUTIONS_H

#include "store/audit.h"

enum bh_execution_state { BH_EXECUTION_STARTED = 0, BH_EXECUTION_SUCCEEDED, BH_EXECUTION_FAILED };

struct bh_execution {
    int64_t audit_row;
    enum bh_execution_state state;
    struct bh_span executor;     /* its name */
    struct bh_span target;       /* what was asked for, without its query */
    struct bh_span final_target; /* where it ended, without its query; absent = nowhere */
    int64_t http_status;         /* 0 = none */
    int64_t bytes;               /* of the body that were read */
    struct bh_span error;        /* absent = none */
    int64_t duration_ms;
    int64_t ended_at; /* 0 = it has not ended, or the server did before it */
};

/* In the transaction that appends the row. Addresses are stored redacted, here and at the end. */
BH_MUST_USE
enum bh_err bh_execution_start(struct bh_audit_log *log, const struct bh_execution *execution);
/* BH_ERR_NOT_FOUND when the entry was erased or removed meanwhile: then there is nothing to tell. */
BH_MUST_USE
enum bh_err bh_execution_end(struct bh_audit_log *log, const struct bh_execution *execution);
/* BH_ERR_NOT_FOUND when there is none. */
BH_MUST_USE
enum bh_err bh_execution_find(
    struct bh_db *db, int64_t audit_row, struct bh_arena *arena, struct bh_execution *ret_execution);
/* Fills in the member `execution` of each row. */
BH_MUST_USE
enum bh_err bh_execution_attach(
    struct bh_db *db, struct bh_audit_row *rows, size_t count, struct bh_arena *arena);

/* Of the account's rows from `first` to `last`; inside the transaction that blanks them, before it does. */
BH_MUST_USE
enum bh_err bh_execution_take(struct bh_db *db, int64_t account, int64_t first, int64_t last);
/* Of all rows up to `id`, which retention removes. */
BH_MUST_USE
enum bh_err bh_execution_remove_through(struct bh_db *db, int64_t id);

#endif
