// SPDX-License-Identifier: Apache-2.0
/*
 * Accounts as people see them: their settings, and the operator's list.
 */
#include "store/db.h"

#define COLUMNS "a.id, a.account_id, a.name, a.policy_version, a.created_at"

static enum bh_err read_account(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_account)
{
    struct bh_account_record account = {.id = bh_stmt_int(stmt, 0),
        .policy_version = bh_stmt_int(stmt, 3),
        .created_at = bh_stmt_int(stmt, 4)};
    enum bh_err err = bh_stmt_copy_text(stmt, 1, arena, &account.account_id);
    if (err == BH_OK)
        err = bh_stmt_copy_text(stmt, 2, arena, &account.name);
    if (err == BH_OK)
        *(struct bh_account_record *)ret_account = account;
    return err;
}

enum bh_err bh_account_find(
    struct bh_db *db, int64_t account, struct bh_arena *arena, struct bh_account_record *ret_account)
{
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT " COLUMNS " FROM account a WHERE a.id = $1");
    bh_stmt_bind_int(stmt, 1, account);
    return bh_stmt_read_one(stmt, read_account, arena, ret_account);
}

enum bh_err bh_account_first(struct bh_db *db, struct bh_arena *arena, struct bh_account_record *ret_account)
{
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT " COLUMNS " FROM account a ORDER BY a.id LIMIT 1");
    return bh_stmt_read_one(stmt, read_account, arena, ret_account);
}

enum bh_err bh_account_separate_duties(struct bh_db *db, int64_t account, bool separates)
{
    struct bh_stmt *stmt = bh_db_statement(db, "UPDATE account SET separation_of_duties = $2 WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_int(stmt, 2, separates);
    return bh_stmt_run(stmt);
}

enum bh_err bh_account_list(struct bh_db *db, struct bh_span after, size_t limit, int64_t now_ms,
    struct bh_arena *arena, struct bh_account_record **ret_accounts, struct bh_account_counts **ret_counts,
    size_t *ret_count)
{
    size_t count = 0;
    struct bh_account_record *accounts = bh_arena_alloc(arena, limit * sizeof(*accounts));
    struct bh_account_counts *counts = bh_arena_alloc(arena, limit * sizeof(*counts));
    if (accounts == NULL || counts == NULL)
        return BH_ERR_NO_MEMORY;
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT " COLUMNS ", (SELECT count(*) FROM member m WHERE m.account = a.id), "
        "(SELECT count(*) FROM agent g WHERE g.account = a.id), "
        "(SELECT count(*) FROM agent g JOIN permission p ON p.agent = g.id AND p.status = 'active' "
        "WHERE g.account = a.id), (SELECT count(*) FROM agent g JOIN approval r ON r.agent = g.id AND "
        "r.status = 'pending' AND r.expires_at > $3 WHERE g.account = a.id) FROM account a WHERE a.id > "
        "coalesce((SELECT b.id FROM account b WHERE b.account_id = $1), 0) ORDER BY a.id LIMIT $2");
    bh_stmt_bind_text(stmt, 1, after);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    bh_stmt_bind_int(stmt, 3, now_ms);
    enum bh_err err;
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        err = read_account(stmt, arena, &accounts[count]);
        if (err != BH_OK) {
            bh_stmt_end(stmt);
            return err;
        }
        counts[count++] = (struct bh_account_counts){.members = bh_stmt_int(stmt, 5),
            .agents = bh_stmt_int(stmt, 6),
            .active_permissions = bh_stmt_int(stmt, 7),
            .pending_approvals = bh_stmt_int(stmt, 8)};
    }
    if (err != BH_ERR_NOT_FOUND)
        return err;
    *ret_accounts = accounts;
    *ret_counts = counts;
    *ret_count = count;
    return BH_OK;
}
