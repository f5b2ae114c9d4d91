// SPDX-License-Identifier: Apache-2.0
#include "store/db.h"

/* What lies past its time is shown as expired, whatever is stored. $3 is now. */
#define SHOWN_STATUS                                                                                         \
    "CASE WHEN p.status = 'pending' AND p.expires_at <= $3 THEN 'expired' "                                  \
    "WHEN p.status = 'approved' AND p.grant_expires_at <= $3 THEN 'expired' ELSE p.status END"
#define SELECT_APPROVALS                                                                                     \
    "SELECT p.account, p.agent, p.approval_id, a.agent_id, p.permission_id, p.action, p.vendor, "            \
    "p.fingerprint, p.target_kind, p.target, " SHOWN_STATUS ", p.resolved_by, p.amount, p.request_row, "     \
    "p.created_at, p.expires_at, p.resolved_at, p.grant_expires_at, p.used_at "                              \
    "FROM approval p JOIN agent a ON a.id = p.agent WHERE ($2 IS NULL OR " SHOWN_STATUS " = $2) "
#define NEWEST_FIRST "ORDER BY p.created_at DESC, p.id DESC LIMIT $4"

static enum bh_err read_approval(
    struct bh_stmt *stmt, struct bh_arena *arena, struct bh_approval_record *ret_approval)
{
    struct bh_approval_record approval = {
        .account = bh_stmt_int(stmt, 0),
        .agent = bh_stmt_int(stmt, 1),
        .has_amount = !bh_stmt_is_null(stmt, 12),
        .amount = bh_stmt_double(stmt, 12),
        .request_row = bh_stmt_int(stmt, 13),
        .created_at = bh_stmt_int(stmt, 14),
        .expires_at = bh_stmt_int(stmt, 15),
        .resolved_at = bh_stmt_int(stmt, 16),
        .grant_expires_at = bh_stmt_int(stmt, 17),
        .used_at = bh_stmt_int(stmt, 18),
    };
    struct bh_span *const texts[] = {&approval.approval_id, &approval.agent_id, &approval.permission_id,
        &approval.action, &approval.vendor, &approval.fingerprint, &approval.target_kind, &approval.target,
        &approval.status, &approval.resolved_by};
    for (size_t i = 0; i < BH_COUNT(texts); i++) {
        enum bh_err err = bh_stmt_copy_text(stmt, 2 + (int)i, arena, texts[i]);
        if (err != BH_OK)
            return err;
    }
    *ret_approval = approval;
    return BH_OK;
}

enum bh_err bh_approval_list(struct bh_db *db, int64_t account, struct bh_span status, size_t limit,
    int64_t now_ms, struct bh_arena *arena, struct bh_approval_record **ret_approvals, size_t *ret_count)
{
    size_t count = 0;
    struct bh_approval_record *approvals = bh_arena_alloc(arena, limit * sizeof(*approvals));
    if (approvals == NULL)
        return BH_ERR_NO_MEMORY;
    struct bh_stmt *stmt = account == 0
                               ? bh_db_statement(db, SELECT_APPROVALS NEWEST_FIRST)
                               : bh_db_statement(db, SELECT_APPROVALS "AND p.account = $1 " NEWEST_FIRST);
    if (account != 0)
        bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_text(stmt, 2, status);
    bh_stmt_bind_int(stmt, 3, now_ms);
    bh_stmt_bind_int(stmt, 4, (int64_t)limit);
    enum bh_err err;
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        err = read_approval(stmt, arena, &approvals[count]);
        if (err != BH_OK) {
            bh_stmt_end(stmt);
            return err;
        }
        count++;
    }
    if (err != BH_ERR_NOT_FOUND)
        return err;
    *ret_approvals = approvals;
    *ret_count = count;
    return BH_OK;
}
