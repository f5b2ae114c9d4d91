// SPDX-License-Identifier: Apache-2.0
#include "store/people.h"

#include "store/db.h"

#define SELECT_INVITES                                                                                       \
    "SELECT i.id, i.account, i.invited_by, i.role, i.created_at, i.expires_at, i.invite_id, a.account_id, "  \
    "a.name, i.email, p.email FROM invite i JOIN account a ON a.id = i.account "                             \
    "JOIN person p ON p.id = i.invited_by "

enum bh_err bh_invite_create(
    struct bh_db *db, const struct bh_invite_record *invite, const struct bh_sha256 *token_hash)
{
    struct bh_stmt *stmt = bh_db_statement(db, "INSERT INTO invite (invite_id, token_hash, account, role, "
                                               "email, invited_by, created_at, expires_at) "
                                               "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    bh_stmt_bind_text(stmt, 1, invite->invite_id);
    bh_stmt_bind_sha256(stmt, 2, token_hash);
    bh_stmt_bind_int(stmt, 3, invite->account);
    bh_stmt_bind_text(stmt, 4, bh_span_from(bh_role_text(invite->role)));
    bh_stmt_bind_text(stmt, 5, invite->email);
    bh_stmt_bind_int(stmt, 6, invite->invited_by);
    bh_stmt_bind_int(stmt, 7, invite->created_at);
    bh_stmt_bind_int(stmt, 8, invite->expires_at);
    return bh_stmt_run(stmt);
}

enum bh_err bh_invite_purge(struct bh_db *db, int64_t account, int64_t now_ms, size_t *ret_open)
{
    struct bh_stmt *stmt = bh_db_statement(db, "DELETE FROM invite WHERE account = $1 AND expires_at <= $2");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_int(stmt, 2, now_ms);
    enum bh_err err = bh_stmt_run(stmt);
    if (err != BH_OK)
        return err;
    stmt = bh_db_statement(db, "SELECT count(*) FROM invite WHERE account = $1");
    bh_stmt_bind_int(stmt, 1, account);
    return bh_stmt_one_size(stmt, ret_open);
}

static enum bh_err read_invite(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_invite)
{
    struct bh_invite_record invite = {
        .id = bh_stmt_int(stmt, 0),
        .account = bh_stmt_int(stmt, 1),
        .invited_by = bh_stmt_int(stmt, 2),
        .role = bh_role_find(bh_stmt_text(stmt, 3)),
        .created_at = bh_stmt_int(stmt, 4),
        .expires_at = bh_stmt_int(stmt, 5),
    };
    struct bh_span *const texts[] = {
        &invite.invite_id, &invite.account_id, &invite.account_name, &invite.email, &invite.invited_by_email};
    enum bh_err err = bh_stmt_copy_texts(stmt, 6, arena, texts, BH_COUNT(texts));
    if (err == BH_OK)
        *(struct bh_invite_record *)ret_invite = invite;
    return err;
}

enum bh_err bh_invite_list(struct bh_db *db, int64_t account, int64_t now_ms, struct bh_arena *arena,
    struct bh_invite_record **ret_invites, size_t *ret_count)
{
    static const struct bh_stmt_item item = {sizeof(struct bh_invite_record), read_invite};
    void *invites = NULL;
    struct bh_stmt *stmt = bh_db_statement(
        db, SELECT_INVITES "WHERE i.account = $1 AND i.expires_at > $2 ORDER BY i.id DESC LIMIT $3");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_int(stmt, 2, now_ms);
    bh_stmt_bind_int(stmt, 3, BH_INVITES_OPEN);
    enum bh_err err = bh_stmt_read_all(stmt, &item, BH_INVITES_OPEN, arena, &invites, ret_count);
    if (err == BH_OK)
        *ret_invites = invites;
    return err;
}

enum bh_err bh_invite_find_by_hash(struct bh_db *db, const struct bh_sha256 *token_hash,
    struct bh_arena *arena, struct bh_invite_record *ret_invite)
{
    struct bh_stmt *stmt = bh_db_statement(db, SELECT_INVITES "WHERE i.token_hash = $1");
    bh_stmt_bind_sha256(stmt, 1, token_hash);
    return bh_stmt_read_one(stmt, read_invite, arena, ret_invite);
}

enum bh_err bh_invite_delete(
    struct bh_db *db, int64_t account, struct bh_span invite_id, enum bh_role *ret_role)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "DELETE FROM invite WHERE account = $1 AND invite_id = $2 RETURNING role");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_text(stmt, 2, invite_id);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    *ret_role = bh_role_find(bh_stmt_text(stmt, 0));
    bh_stmt_end(stmt);
    return BH_OK;
}

enum bh_err bh_invite_delete_of_person(struct bh_db *db, int64_t person)
{
    struct bh_stmt *stmt = bh_db_statement(db, "DELETE FROM invite WHERE invited_by = $1");
    bh_stmt_bind_int(stmt, 1, person);
    return bh_stmt_run(stmt);
}
