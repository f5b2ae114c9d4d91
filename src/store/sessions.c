// SPDX-License-Identifier: Apache-2.0
#include "store/people.h"

#include "store/db.h"

enum bh_err bh_session_create(struct bh_db *db, const char *session_id, const struct bh_sha256 *token_hash,
    int64_t person, int64_t account, const struct bh_session_source *source, int64_t now_ms)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO session (session_id, token_hash, person, account, created_at, seen_at, kind, "
        "user_agent, address) VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8)");
    bh_stmt_bind_text(stmt, 1, bh_span_from(session_id));
    bh_stmt_bind_sha256(stmt, 2, token_hash);
    bh_stmt_bind_int(stmt, 3, person);
    bh_stmt_bind_int(stmt, 4, account);
    bh_stmt_bind_int(stmt, 5, now_ms);
    bh_stmt_bind_text(stmt, 6, source->kind);
    bh_stmt_bind_text(stmt, 7, source->user_agent);
    bh_stmt_bind_text(stmt, 8, source->address);
    return bh_stmt_run(stmt);
}

static enum bh_err read_session(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_session)
{
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
    enum bh_err err = bh_stmt_copy_texts(stmt, 9, arena, texts, BH_COUNT(texts));
    if (err == BH_OK)
        *(struct bh_session_record *)ret_session = session;
    return err;
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
    return bh_stmt_read_one(stmt, read_session, arena, ret_session);
}

/* ---- for their owner ---- */

#define IS_LIVE "person = $1 AND seen_at > $2 AND created_at > $3 "

static void bind_live(struct bh_stmt *stmt, int64_t person, int64_t now_ms)
{
    bh_stmt_bind_int(stmt, 1, person);
    bh_stmt_bind_int(stmt, 2, now_ms - BH_SESSION_IDLE_MS);
    bh_stmt_bind_int(stmt, 3, now_ms - BH_SESSION_LIFE_MS);
}

static enum bh_err read_view(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_item)
{
    struct bh_session_view view = {
        .id = bh_stmt_int(stmt, 0), .created_at = bh_stmt_int(stmt, 1), .seen_at = bh_stmt_int(stmt, 2)};
    struct bh_span *const texts[] = {
        &view.session_id, &view.source.kind, &view.source.user_agent, &view.source.address};
    int64_t idle_at = view.seen_at + BH_SESSION_IDLE_MS;
    int64_t life_at = view.created_at + BH_SESSION_LIFE_MS;
    view.expires_at = idle_at < life_at ? idle_at : life_at;
    enum bh_err err = bh_stmt_copy_texts(stmt, 3, arena, texts, BH_COUNT(texts));
    if (err == BH_OK)
        *(struct bh_session_view *)ret_item = view;
    return err;
}

enum bh_err bh_session_list(struct bh_db *db, int64_t person, int64_t now_ms, struct bh_arena *arena,
    struct bh_session_view **ret_sessions, size_t *ret_count)
{
    const struct bh_stmt_item item = {sizeof(struct bh_session_view), read_view};
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT id, created_at, seen_at, session_id, kind, user_agent, address FROM session "
        "WHERE " IS_LIVE "ORDER BY seen_at DESC, id DESC LIMIT $4");
    void *items;
    bind_live(stmt, person, now_ms);
    bh_stmt_bind_int(stmt, 4, BH_SESSIONS_SHOWN);
    enum bh_err err = bh_stmt_read_all(stmt, &item, BH_SESSIONS_SHOWN, arena, &items, ret_count);
    if (err == BH_OK)
        *ret_sessions = items;
    return err;
}

enum bh_err bh_session_count(
    struct bh_db *db, int64_t person, int64_t except, int64_t now_ms, size_t *ret_count)
{
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT count(*) FROM session WHERE " IS_LIVE "AND id <> $4");
    bind_live(stmt, person, now_ms);
    bh_stmt_bind_int(stmt, 4, except);
    return bh_stmt_one_size(stmt, ret_count);
}

enum bh_err bh_session_check(struct bh_db *db, int64_t session, int64_t person)
{
    int64_t count;
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT count(*) FROM session WHERE id = $1 AND person = $2");
    bh_stmt_bind_int(stmt, 1, session);
    bh_stmt_bind_int(stmt, 2, person);
    enum bh_err err = bh_stmt_one_int(stmt, &count);
    return err == BH_OK && count == 0 ? BH_ERR_NOT_FOUND : err;
}

enum bh_err bh_session_delete_by_id(
    struct bh_db *db, int64_t person, struct bh_span session_id, int64_t now_ms, int64_t *ret_id)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "DELETE FROM session WHERE " IS_LIVE "AND session_id = $4 RETURNING id");
    bind_live(stmt, person, now_ms);
    bh_stmt_bind_text(stmt, 4, session_id);
    return bh_stmt_one_int(stmt, ret_id);
}

/* ---- their life ---- */

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
