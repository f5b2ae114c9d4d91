// SPDX-License-Identifier: Apache-2.0
#include "store/db.h"
#include "store/deliveries.h"

enum bh_err bh_delivery_newest_attempt(struct bh_db *db, int64_t *ret_id)
{
    return bh_stmt_one_int(bh_db_statement(db, "SELECT COALESCE(MAX(id), 0) FROM delivery_attempt"), ret_id);
}

enum bh_err bh_delivery_count_since(struct bh_db *db, int64_t after, struct bh_delivery_counts *ret_counts)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT COUNT(*), COALESCE(SUM(succeeded), 0), "
        "COALESCE(SUM(CASE WHEN succeeded = 0 AND next_retry_at <> 0 THEN 1 ELSE 0 END), 0) "
        "FROM delivery_attempt WHERE id > $1");
    bh_stmt_bind_int(stmt, 1, after);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    struct bh_delivery_counts counts = {.attempts = bh_stmt_int(stmt, 0),
        .succeeded = bh_stmt_int(stmt, 1),
        .to_be_retried = bh_stmt_int(stmt, 2)};
    bh_stmt_end(stmt);
    counts.dead = counts.attempts - counts.succeeded - counts.to_be_retried;
    *ret_counts = counts;
    return BH_OK;
}
