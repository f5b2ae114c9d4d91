// SPDX-License-Identifier: Apache-2.0
#include "store/db.h"

#include <stdio.h>

enum bh_err bh_account_create(
    struct bh_db *db, const char *account_id, struct bh_span name, int64_t now_ms, int64_t *ret_id)
{
    struct bh_stmt *stmt = bh_db_statement(db, "INSERT INTO account (account_id, name, policy_version, "
                                               "created_at) VALUES ($1, $2, 1, $3) RETURNING id");
    bh_stmt_bind_text(stmt, 1, bh_span_from(account_id));
    bh_stmt_bind_text(stmt, 2, name);
    bh_stmt_bind_int(stmt, 3, now_ms);
    return bh_stmt_one_int(stmt, ret_id);
}

enum bh_err bh_account_rename(struct bh_db *db, int64_t account, struct bh_span name)
{
    struct bh_stmt *stmt = bh_db_statement(db, "UPDATE account SET name = $2 WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_text(stmt, 2, name);
    return bh_stmt_run(stmt);
}

enum bh_err bh_account_state(struct bh_db *db, int64_t account, struct bh_account_state *ret_state)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT policy_version, event_mask, account_id FROM account WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, account);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    struct bh_span account_id = bh_stmt_text(stmt, 2);
    ret_state->policy_version = bh_stmt_int(stmt, 0);
    ret_state->event_mask = bh_stmt_int(stmt, 1);
    snprintf(ret_state->account_id, sizeof(ret_state->account_id), "%.*s", (int)account_id.len,
        account_id.data == NULL ? "" : account_id.data);
    bh_stmt_end(stmt);
    return BH_OK;
}

enum bh_err bh_account_policy_version(struct bh_db *db, int64_t account, int64_t *ret_version)
{
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT policy_version FROM account WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, account);
    return bh_stmt_one_int(stmt, ret_version);
}

enum bh_err bh_account_separates_duties(struct bh_db *db, int64_t account, bool *ret_separates)
{
    int64_t separates;
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT separation_of_duties FROM account WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, account);
    enum bh_err err = bh_stmt_one_int(stmt, &separates);
    if (err == BH_OK)
        *ret_separates = separates != 0;
    return err;
}

enum bh_err bh_account_bump_policy(struct bh_db *db, int64_t account, int64_t agent)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "UPDATE account SET policy_version = policy_version + 1 WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, account);
    enum bh_err err = bh_stmt_run_or(stmt, BH_ERR_NOT_FOUND);
    if (err != BH_OK)
        return err;
    if (agent == 0) {
        stmt = bh_db_statement(db, "UPDATE agent SET policy_version = policy_version + 1 WHERE account = $1");
        bh_stmt_bind_int(stmt, 1, account);
        return bh_stmt_run(stmt);
    }
    stmt = bh_db_statement(
        db, "UPDATE agent SET policy_version = policy_version + 1 WHERE id = $1 AND account = $2");
    bh_stmt_bind_int(stmt, 1, agent);
    bh_stmt_bind_int(stmt, 2, account);
    return bh_stmt_run_or(stmt, BH_ERR_NOT_FOUND);
}
