// SPDX-License-Identifier: Apache-2.0
#include "store/db.h"

enum bh_err bh_idempotency_find(struct bh_db *db, int64_t agent, const struct bh_sha256 *key_hash,
    const struct bh_sha256 *body_hash, int64_t now_ms, struct bh_arena *arena, struct bh_span *ret_answer)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT body_hash, answer FROM idempotency WHERE agent = $1 AND key_hash = $2 AND created_at > $3");
    bh_stmt_bind_int(stmt, 1, agent);
    bh_stmt_bind_sha256(stmt, 2, key_hash);
    bh_stmt_bind_int(stmt, 3, now_ms - BH_IDEMPOTENCY_MS);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    if (bh_equal_constant_time(bh_stmt_blob(stmt, 0), bh_sha256_span(body_hash)))
        err = bh_stmt_copy_text(stmt, 1, arena, ret_answer);
    else
        err = BH_ERR_IDEMPOTENCY_CONFLICT;
    bh_stmt_end(stmt);
    return err;
}

enum bh_err bh_idempotency_put(struct bh_db *db, int64_t agent, const struct bh_sha256 *key_hash,
    const struct bh_sha256 *body_hash, int64_t now_ms, int64_t request_row, struct bh_span answer)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO idempotency (agent, key_hash, body_hash, created_at, answer, request_row) VALUES "
        "($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (agent, key_hash) DO UPDATE SET body_hash = excluded.body_hash, "
        "created_at = excluded.created_at, answer = excluded.answer, request_row = excluded.request_row");
    bh_stmt_bind_int(stmt, 1, agent);
    bh_stmt_bind_sha256(stmt, 2, key_hash);
    bh_stmt_bind_sha256(stmt, 3, body_hash);
    bh_stmt_bind_int(stmt, 4, now_ms);
    bh_stmt_bind_text(stmt, 5, answer);
    bh_stmt_bind_int(stmt, 6, request_row);
    return bh_stmt_run(stmt);
}

enum bh_err bh_idempotency_purge(struct bh_db *db, int64_t now_ms, size_t limit, size_t *ret_removed)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "DELETE FROM idempotency WHERE (agent, key_hash) IN "
        "(SELECT agent, key_hash FROM idempotency WHERE created_at < $1 ORDER BY created_at LIMIT $2)");
    bh_stmt_bind_int(stmt, 1, now_ms - BH_IDEMPOTENCY_MS);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    enum bh_err err = bh_stmt_run(stmt);
    if (err == BH_OK)
        *ret_removed = (size_t)bh_db_changes(db);
    return err;
}
