// SPDX-License-Identifier: Apache-2.0
#include "store/db.h"

/* A token acts as its maker; one made on the server's command line acts as an owner. */
#define SELECT_TOKENS                                                                                        \
    "SELECT t.id, t.account, t.created_at, t.last_used_at, coalesce(t.owner_person, 0), "                    \
    "CASE WHEN t.owner_person IS NULL THEN 'owner' ELSE coalesce(m.role, '') END, "                          \
    "coalesce(p.email_verified, 1), t.token_id, t.name, t.preview, a.account_id, p.user_id, p.email "        \
    "FROM developer_token t JOIN account a ON a.id = t.account LEFT JOIN person p ON p.id = t.owner_person " \
    "LEFT JOIN member m ON m.account = t.account AND m.person = t.owner_person "

enum bh_err bh_token_create(
    struct bh_db *db, const struct bh_token_record *token, const struct bh_sha256 *token_hash)
{
    struct bh_stmt *stmt = bh_db_statement(db, "INSERT INTO developer_token (account, token_id, name, "
                                               "preview, token_hash, created_at, last_used_at, owner_person) "
                                               "VALUES ($1, $2, $3, $4, $5, $6, 0, $7)");
    bh_stmt_bind_int(stmt, 1, token->account);
    bh_stmt_bind_text(stmt, 2, token->token_id);
    bh_stmt_bind_text(stmt, 3, token->name);
    bh_stmt_bind_text(stmt, 4, token->preview);
    bh_stmt_bind_sha256(stmt, 5, token_hash);
    bh_stmt_bind_int(stmt, 6, token->created_at);
    if (token->owner_person == 0)
        bh_stmt_bind_null(stmt, 7);
    else
        bh_stmt_bind_int(stmt, 7, token->owner_person);
    return bh_stmt_run(stmt);
}

static enum bh_err read_token(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_token)
{
    struct bh_token_record token = {
        .id = bh_stmt_int(stmt, 0),
        .account = bh_stmt_int(stmt, 1),
        .created_at = bh_stmt_int(stmt, 2),
        .last_used_at = bh_stmt_int(stmt, 3),
        .owner_person = bh_stmt_int(stmt, 4),
        .role = bh_role_find(bh_stmt_text(stmt, 5)),
        .email_verified = bh_stmt_int(stmt, 6) != 0,
    };
    struct bh_span *const texts[] = {
        &token.token_id, &token.name, &token.preview, &token.account_id, &token.user_id, &token.email};
    enum bh_err err = bh_stmt_copy_texts(stmt, 7, arena, texts, BH_COUNT(texts));
    if (err == BH_OK)
        *(struct bh_token_record *)ret_token = token;
    return err;
}

enum bh_err bh_token_find_by_hash(struct bh_db *db, const struct bh_sha256 *token_hash,
    struct bh_arena *arena, struct bh_token_record *ret_token)
{
    struct bh_stmt *stmt = bh_db_statement(db, SELECT_TOKENS "WHERE t.token_hash = $1");
    bh_stmt_bind_sha256(stmt, 1, token_hash);
    return bh_stmt_read_one(stmt, read_token, arena, ret_token);
}

enum bh_err bh_token_list(struct bh_db *db, int64_t account, int64_t owner_person, size_t limit,
    struct bh_arena *arena, struct bh_token_record **ret_tokens, size_t *ret_count)
{
    static const struct bh_stmt_item item = {sizeof(struct bh_token_record), read_token};
    void *tokens = NULL;
    struct bh_stmt *stmt =
        bh_db_statement(db, SELECT_TOKENS "WHERE t.account = $1 AND ($3 = 0 OR t.owner_person = $3) "
                                          "ORDER BY t.created_at DESC, t.id DESC LIMIT $2");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    bh_stmt_bind_int(stmt, 3, owner_person);
    enum bh_err err = bh_stmt_read_all(stmt, &item, limit, arena, &tokens, ret_count);
    if (err == BH_OK)
        *ret_tokens = tokens;
    return err;
}

enum bh_err bh_token_count(struct bh_db *db, int64_t account, int64_t owner_person, size_t *ret_count)
{
    struct bh_stmt *stmt = bh_db_statement(
        db, "SELECT COUNT(*) FROM developer_token WHERE account = $1 AND coalesce(owner_person, 0) = $2");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_int(stmt, 2, owner_person);
    return bh_stmt_one_size(stmt, ret_count);
}

enum bh_err bh_token_touch(struct bh_db *db, int64_t token, int64_t now_ms)
{
    struct bh_stmt *stmt = bh_db_statement(
        db, "UPDATE developer_token SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2");
    bh_stmt_bind_int(stmt, 1, token);
    bh_stmt_bind_int(stmt, 2, now_ms);
    return bh_stmt_run(stmt);
}

enum bh_err bh_token_delete(struct bh_db *db, int64_t account, int64_t owner_person, struct bh_span token_id)
{
    struct bh_stmt *stmt = bh_db_statement(db, "DELETE FROM developer_token WHERE account = $1 AND "
                                               "token_id = $2 AND ($3 = 0 OR owner_person = $3)");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_text(stmt, 2, token_id);
    bh_stmt_bind_int(stmt, 3, owner_person);
    return bh_stmt_run_or(stmt, BH_ERR_NOT_FOUND);
}

enum bh_err bh_token_delete_of_person(struct bh_db *db, int64_t owner_person)
{
    struct bh_stmt *stmt = bh_db_statement(db, "DELETE FROM developer_token WHERE owner_person = $1");
    bh_stmt_bind_int(stmt, 1, owner_person);
    return bh_stmt_run(stmt);
}
