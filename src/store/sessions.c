// SPDX-License-Identifier: Apache-2.0
#include "store/people.h"

#include "store/db.h"

enum bh_err bh_session_create(struct bh_db *db, const char *session_id, const struct bh_sha256 *token_hash,
    int64_t person, int64_t account, int64_t now_ms)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO session (session_id, token_hash, person, account, created_at, seen_at) "
        "VALUES ($1, $2, $3, $4, $5, $5)");
    bh_stmt_bind_text(stmt, 1, bh_span_from(session_id));
    bh_stmt_bind_sha256(stmt, 2, token_hash);
    bh_stmt_bind_int(stmt, 3, person);
    bh_stmt_bind_int(stmt, 4, account);
    bh_stmt_bind_int(stmt, 5, now_ms);
    return bh_stmt_run(stmt);
}

enum bh_err bh_session_find(struct bh_db *db, const struct bh_sha256 *token_hash, struct bh_arena *arena,
    struct bh_session_record *ret_session)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT s.id, s.account, s.created_at, s.seen_at, p.id, p.is_operator, p.email_verified, "
        "p.created_at, coalesce(m.role, ''), s.session_id, a.account_id, p.user_id, p.email "
        "FROM session s JOIN person p ON p.id = s.person JOIN account a ON a.id = s.account "
        "LEFT JOIN member m ON m.account = s.account AND m.person = s.person WHERE s.token_hash = $1");
    bh_stmt_bind_sha256(stmt, 1, token_hash);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    struct bh_session_record session = {
        .id = bh_stmt_int(stmt, 0),
        .account = bh_stmt_int(stmt, 1),
        .created_at = bh_stmt_int(stmt, 2),
        .seen_at = bh_stmt_int(stmt, 3),
        .person = {.id = bh_stmt_int(stmt, 4),
            .is_operator = bh_stmt_int(stmt, 5) != 0,
            .email_verified = bh_stmt_int(stmt, 6) != 0,
            .created_at = bh_stmt_int(stmt, 7)},
        .role = bh_role_find(bh_stmt_text(stmt, 8)),
    };
    struct bh_span *const texts[] = {
        &session.session_id, &session.account_id, &session.person.user_id, &session.person.email};
    for (size_t i = 0; i < BH_COUNT(texts) && err == BH_OK; i++)
        err = bh_stmt_copy_text(stmt, 9 + (int)i, arena, texts[i]);
    bh_stmt_end(stmt);
    if (err == BH_OK)
        *ret_session = session;
    return err;
}

enum bh_err bh_session_touch(struct bh_db *db, int64_t session, int64_t now_ms)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "UPDATE session SET seen_at = $2 WHERE id = $1 AND seen_at < $2");
    bh_stmt_bind_int(stmt, 1, session);
    bh_stmt_bind_int(stmt, 2, now_ms);
    return bh_stmt_run(stmt);
}

enum bh_err bh_session_set_account(struct bh_db *db, int64_t session, int64_t account)
{
    struct bh_stmt *stmt = bh_db_statement(db, "UPDATE session SET account = $2 WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, session);
    bh_stmt_bind_int(stmt, 2, account);
    return bh_stmt_run(stmt);
}

enum bh_err bh_session_delete(struct bh_db *db, int64_t session)
{
    struct bh_stmt *stmt = bh_db_statement(db, "DELETE FROM session WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, session);
    return bh_stmt_run(stmt);
}

enum bh_err bh_session_delete_of_person(struct bh_db *db, int64_t person, int64_t except)
{
    struct bh_stmt *stmt = bh_db_statement(db, "DELETE FROM session WHERE person = $1 AND id <> $2");
    bh_stmt_bind_int(stmt, 1, person);
    bh_stmt_bind_int(stmt, 2, except);
    return bh_stmt_run(stmt);
}

enum bh_err bh_session_purge(struct bh_db *db, int64_t now_ms, size_t limit, size_t *ret_removed)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE seen_at <= $1 "
                            "OR created_at <= $2 LIMIT $3)");
    bh_stmt_bind_int(stmt, 1, now_ms - BH_SESSION_IDLE_MS);
    bh_stmt_bind_int(stmt, 2, now_ms - BH_SESSION_LIFE_MS);
    bh_stmt_bind_int(stmt, 3, (int64_t)limit);
    enum bh_err err = bh_stmt_run(stmt);
    if (err == BH_OK)
        *ret_removed = (size_t)bh_db_changes(db);
    return err;
}
