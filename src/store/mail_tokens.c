// SPDX-License-Identifier: Apache-2.0
#include "store/sign_in.h"

#include "store/db.h"

static struct bh_span purpose_text(enum bh_mail_purpose purpose)
{
    return purpose == BH_MAIL_VERIFY ? BH_SPAN("verify") : BH_SPAN("reset");
}

static int64_t life_of(enum bh_mail_purpose purpose)
{
    return purpose == BH_MAIL_VERIFY ? BH_VERIFY_LIFE_MS : BH_RESET_LIFE_MS;
}

enum bh_err bh_mail_token_create(struct bh_db *db, const struct bh_sha256 *token_hash, int64_t person,
    enum bh_mail_purpose purpose, int64_t now_ms)
{
    enum bh_err err = bh_mail_token_delete_of_person(db, person, purpose);
    if (err != BH_OK)
        return err;
    struct bh_stmt *stmt =
        bh_db_statement(db, "INSERT INTO mail_token (token_hash, person, purpose, created_at, expires_at) "
                            "VALUES ($1, $2, $3, $4, $5)");
    bh_stmt_bind_sha256(stmt, 1, token_hash);
    bh_stmt_bind_int(stmt, 2, person);
    bh_stmt_bind_text(stmt, 3, purpose_text(purpose));
    bh_stmt_bind_int(stmt, 4, now_ms);
    bh_stmt_bind_int(stmt, 5, now_ms + life_of(purpose));
    return bh_stmt_run(stmt);
}

static enum bh_err one_person(struct bh_stmt *stmt, const struct bh_sha256 *token_hash,
    enum bh_mail_purpose purpose, int64_t now_ms, int64_t *ret_person)
{
    bh_stmt_bind_sha256(stmt, 1, token_hash);
    bh_stmt_bind_text(stmt, 2, purpose_text(purpose));
    bh_stmt_bind_int(stmt, 3, now_ms);
    return bh_stmt_one_int(stmt, ret_person);
}

enum bh_err bh_mail_token_find(struct bh_db *db, const struct bh_sha256 *token_hash,
    enum bh_mail_purpose purpose, int64_t now_ms, int64_t *ret_person)
{
    return one_person(bh_db_statement(db, "SELECT person FROM mail_token WHERE token_hash = $1 "
                                          "AND purpose = $2 AND expires_at > $3"),
        token_hash, purpose, now_ms, ret_person);
}

enum bh_err bh_mail_token_take(struct bh_db *db, const struct bh_sha256 *token_hash,
    enum bh_mail_purpose purpose, int64_t now_ms, int64_t *ret_person)
{
    return one_person(bh_db_statement(db, "DELETE FROM mail_token WHERE token_hash = $1 "
                                          "AND purpose = $2 AND expires_at > $3 RETURNING person"),
        token_hash, purpose, now_ms, ret_person);
}

enum bh_err bh_mail_token_delete_of_person(struct bh_db *db, int64_t person, enum bh_mail_purpose purpose)
{
    struct bh_stmt *stmt = bh_db_statement(db, "DELETE FROM mail_token WHERE person = $1 AND purpose = $2");
    bh_stmt_bind_int(stmt, 1, person);
    bh_stmt_bind_text(stmt, 2, purpose_text(purpose));
    return bh_stmt_run(stmt);
}

enum bh_err bh_mail_token_purge(struct bh_db *db, int64_t now_ms, size_t limit, size_t *ret_removed)
{
    struct bh_stmt *stmt = bh_db_statement(
        db, "DELETE FROM mail_token WHERE id IN (SELECT id FROM mail_token WHERE expires_at <= $1 LIMIT $2)");
    bh_stmt_bind_int(stmt, 1, now_ms);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    enum bh_err err = bh_stmt_run(stmt);
    if (err == BH_OK)
        *ret_removed = (size_t)bh_db_changes(db);
    return err;
}
