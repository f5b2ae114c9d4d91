// SPDX-License-Identifier: Apache-2.0
#include "store/audit_log.h"
#include "store/request_id.h"

/* Keeps a copy of what is counted, for the texts go with the statement. */
static enum bh_err find_row(
    struct bh_audit_log *log, int64_t account, struct bh_span request_id, struct bh_audit_row *ret_row)
{
    int64_t id;
    uint64_t salt;
    struct bh_stored_row stored;
    struct bh_stmt *stmt;
    if (!bh_request_id_decode(request_id, &id, &salt))
        return BH_ERR_NOT_FOUND;
    enum bh_err err = bh_stored_row_fetch(log->db, id, &stored, &stmt);
    if (err != BH_OK)
        return err;
    bh_stmt_end(stmt);
    if (stored.erased || stored.row.account != account || stored.row.salt != salt)
        return BH_ERR_NOT_FOUND;
    *ret_row = stored.row;
    return BH_OK;
}

/* What is blanked includes the salt: without it the hash that stays tells nothing about the content. */
static enum bh_err blank(struct bh_db *db, int64_t id)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "UPDATE audit SET flags = $2, salt = NULL, action = NULL, vendor = NULL, amount = NULL, "
        "permission_id = NULL, approval_id = NULL, metadata = NULL WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, id);
    bh_stmt_bind_int(stmt, 2, BH_AUDIT_IS_ERASED);
    return bh_stmt_run(stmt);
}

enum bh_err bh_audit_erase(struct bh_audit_log *log, int64_t account, struct bh_span request_id)
{
    struct bh_audit_row row;
    enum bh_err err = find_row(log, account, request_id, &row);
    if (err == BH_OK)
        err = bh_audit_log_prepare(log);
    if (err != BH_OK)
        return err;
    log->failed = true;
    err = blank(log->db, row.id);
    if (err == BH_OK)
        err = bh_owners_subtract(&log->owners, log->db, bh_owner_of_agent(row.agent), &row);
    if (err == BH_OK)
        err = bh_owners_subtract(&log->owners, log->db, bh_owner_of_account(row.account), &row);
    if (err != BH_OK)
        return err;
    log->failed = false;
    bh_db_scrub_after_commit(log->db);
    return BH_OK;
}
