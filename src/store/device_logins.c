// SPDX-License-Identifier: Apache-2.0
#include "store/sign_in.h"

#include "store/db.h"

static enum bh_err count_open(struct bh_db *db, int64_t now_ms, int64_t *ret_count)
{
    struct bh_stmt *stmt = bh_db_statement(
        db, "SELECT count(*) FROM (SELECT 1 FROM device_login WHERE expires_at > $1 LIMIT $2) AS open");
    bh_stmt_bind_int(stmt, 1, now_ms);
    bh_stmt_bind_int(stmt, 2, BH_DEVICE_OPEN_MAX);
    return bh_stmt_one_int(stmt, ret_count);
}

enum bh_err bh_device_login_create(struct bh_db *db, const struct bh_sha256 *device_hash,
    const struct bh_sha256 *user_code_hash, int64_t now_ms)
{
    int64_t count;
    enum bh_err err = count_open(db, now_ms, &count);
    if (err != BH_OK)
        return err;
    if (count >= BH_DEVICE_OPEN_MAX)
        return BH_ERR_DEVICE_LIMIT;
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO device_login (device_hash, user_code_hash, status, created_at, expires_at) "
        "VALUES ($1, $2, 'pending', $3, $4) ON CONFLICT DO NOTHING");
    bh_stmt_bind_sha256(stmt, 1, device_hash);
    bh_stmt_bind_sha256(stmt, 2, user_code_hash);
    bh_stmt_bind_int(stmt, 3, now_ms);
    bh_stmt_bind_int(stmt, 4, now_ms + BH_DEVICE_LIFE_MS);
    return bh_stmt_run_or(stmt, BH_ERR_CONFLICT);
}

static enum bh_device_status read_status(struct bh_span text)
{
    if (bh_span_equal(text, BH_SPAN("pending")))
        return BH_DEVICE_PENDING;
    if (bh_span_equal(text, BH_SPAN("authorized")))
        return BH_DEVICE_AUTHORIZED;
    return BH_DEVICE_DENIED;
}

enum bh_err bh_device_login_status(
    struct bh_db *db, const struct bh_sha256 *device_hash, int64_t now_ms, enum bh_device_status *ret_status)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT status FROM device_login WHERE device_hash = $1 AND expires_at > $2");
    bh_stmt_bind_sha256(stmt, 1, device_hash);
    bh_stmt_bind_int(stmt, 2, now_ms);
    enum bh_err err = bh_stmt_step(stmt);
    if (err == BH_ERR_NOT_FOUND) {
        *ret_status = BH_DEVICE_EXPIRED;
        return BH_OK;
    }
    if (err != BH_OK)
        return err;
    *ret_status = read_status(bh_stmt_text(stmt, 0));
    bh_stmt_end(stmt);
    return BH_OK;
}

/* Why nothing waited for an answer: another expired before it came, or there is none. */
static enum bh_err explain(struct bh_db *db, const struct bh_sha256 *user_code_hash)
{
    int64_t count;
    struct bh_stmt *stmt = bh_db_statement(
        db, "SELECT count(*) FROM device_login WHERE user_code_hash = $1 AND status = 'pending'");
    bh_stmt_bind_sha256(stmt, 1, user_code_hash);
    enum bh_err err = bh_stmt_one_int(stmt, &count);
    if (err != BH_OK)
        return err;
    return count > 0 ? BH_ERR_DEVICE_CODE_EXPIRED : BH_ERR_DEVICE_CODE;
}

enum bh_err bh_device_login_answer(struct bh_db *db, const struct bh_sha256 *user_code_hash, bool authorize,
    int64_t person, int64_t account, int64_t now_ms)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "UPDATE device_login SET status = $2, person = $3, account = $4 "
                            "WHERE user_code_hash = $1 AND status = 'pending' AND expires_at > $5");
    bh_stmt_bind_sha256(stmt, 1, user_code_hash);
    bh_stmt_bind_text(stmt, 2, authorize ? BH_SPAN("authorized") : BH_SPAN("denied"));
    bh_stmt_bind_int(stmt, 3, person);
    bh_stmt_bind_int(stmt, 4, account);
    bh_stmt_bind_int(stmt, 5, now_ms);
    enum bh_err err = bh_stmt_run(stmt);
    return err == BH_OK && bh_db_changes(db) == 0 ? explain(db, user_code_hash) : err;
}

enum bh_err bh_device_login_take(struct bh_db *db, const struct bh_sha256 *device_hash, int64_t now_ms,
    int64_t *ret_person, int64_t *ret_account)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "DELETE FROM device_login WHERE device_hash = $1 AND status = 'authorized' AND expires_at > $2 "
        "RETURNING person, account");
    bh_stmt_bind_sha256(stmt, 1, device_hash);
    bh_stmt_bind_int(stmt, 2, now_ms);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    *ret_person = bh_stmt_int(stmt, 0);
    *ret_account = bh_stmt_int(stmt, 1);
    bh_stmt_end(stmt);
    return BH_OK;
}

enum bh_err bh_device_login_delete_of_person(struct bh_db *db, int64_t person)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "DELETE FROM device_login WHERE person = $1 AND status = 'authorized'");
    bh_stmt_bind_int(stmt, 1, person);
    return bh_stmt_run(stmt);
}

enum bh_err bh_device_login_purge(struct bh_db *db, int64_t now_ms, size_t limit, size_t *ret_removed)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "DELETE FROM device_login WHERE id IN (SELECT id FROM device_login WHERE expires_at <= $1 LIMIT $2)");
    bh_stmt_bind_int(stmt, 1, now_ms - BH_DEVICE_LIFE_MS); /* long enough to be told "expired" */
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    enum bh_err err = bh_stmt_run(stmt);
    if (err == BH_OK)
        *ret_removed = (size_t)bh_db_changes(db);
    return err;
}
