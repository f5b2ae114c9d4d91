// SPDX-License-Identifier: Apache-2.0
#include "store/db.h"

#define COLUMNS "id, account, token_id, name, preview, created_at, last_used_at"

enum bh_err bh_token_create(
    struct bh_db *db, const struct bh_token_record *token, const struct bh_sha256 *token_hash)
{
    struct bh_stmt *stmt = bh_db_statement(db, "INSERT INTO developer_token (account, token_id, name, "
                                               "preview, token_hash, created_at, last_used_at) "
                                               "VALUES ($1, $2, $3, $4, $5, $6, 0)");
    bh_stmt_bind_int(stmt, 1, token->account);
    bh_stmt_bind_text(stmt, 2, token->token_id);
    bh_stmt_bind_text(stmt, 3, token->name);
    bh_stmt_bind_text(stmt, 4, token->preview);
    bh_stmt_bind_sha256(stmt, 5, token_hash);
    bh_stmt_bind_int(stmt, 6, token->created_at);
    return bh_stmt_run(stmt);
}

static enum bh_err read_token(struct bh_stmt *stmt, struct bh_arena *arena, struct bh_token_record *ret_token)
{
    struct bh_token_record token = {
        .id = bh_stmt_int(stmt, 0),
        .account = bh_stmt_int(stmt, 1),
        .created_at = bh_stmt_int(stmt, 5),
        .last_used_at = bh_stmt_int(stmt, 6),
    };
    struct bh_span *const texts[] = {&token.token_id, &token.name, &token.preview};
    for (size_t i = 0; i < BH_COUNT(texts); i++) {
        enum bh_err err = bh_stmt_copy_text(stmt, 2 + (int)i, arena, texts[i]);
        if (err != BH_OK)
            return err;
    }
    *ret_token = token;
    return BH_OK;
}

enum bh_err bh_token_find_by_hash(struct bh_db *db, const struct bh_sha256 *token_hash,
    struct bh_arena *arena, struct bh_token_record *ret_token)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT " COLUMNS " FROM developer_token WHERE token_hash = $1");
    bh_stmt_bind_sha256(stmt, 1, token_hash);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    err = read_token(stmt, arena, ret_token);
    bh_stmt_end(stmt);
    return err;
}

enum bh_err bh_token_list(struct bh_db *db, int64_t account, size_t limit, struct bh_arena *arena,
    struct bh_token_record **ret_tokens, size_t *ret_count)
{
    size_t count = 0;
    struct bh_token_record *tokens = bh_arena_alloc(arena, limit * sizeof(*tokens));
    if (tokens == NULL)
        return BH_ERR_NO_MEMORY;
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT " COLUMNS
        " FROM developer_token WHERE account = $1 ORDER BY created_at DESC, id DESC LIMIT $2");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    enum bh_err err;
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        err = read_token(stmt, arena, &tokens[count]);
        if (err != BH_OK) {
            bh_stmt_end(stmt);
            return err;
        }
        count++;
    }
    if (err != BH_ERR_NOT_FOUND)
        return err;
    *ret_tokens = tokens;
    *ret_count = count;
    return BH_OK;
}

enum bh_err bh_token_count(struct bh_db *db, int64_t account, size_t *ret_count)
{
    int64_t count;
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT COUNT(*) FROM developer_token WHERE account = $1");
    bh_stmt_bind_int(stmt, 1, account);
    enum bh_err err = bh_stmt_one_int(stmt, &count);
    if (err == BH_OK)
        *ret_count = (size_t)count;
    return err;
}

enum bh_err bh_token_delete(struct bh_db *db, int64_t account, struct bh_span token_id)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "DELETE FROM developer_token WHERE account = $1 AND token_id = $2");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_text(stmt, 2, token_id);
    enum bh_err err = bh_stmt_run(stmt);
    return err == BH_OK && bh_db_changes(db) == 0 ? BH_ERR_NOT_FOUND : err;
}
