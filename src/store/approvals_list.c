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
    "FROM approval p JOIN agent a ON a.id = p.agent WHERE "
#define FILTERED SELECT_APPROVALS "($2 IS NULL OR " SHOWN_STATUS " = $2) AND ($5 IS NULL OR a.agent_id = $5) "
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

enum bh_err bh_approval_list(struct bh_db *db, const struct bh_approval_filter *filter, int64_t now_ms,
    struct bh_arena *arena, struct bh_approval_record **ret_approvals, size_t *ret_count)
{
    size_t count = 0;
    struct bh_approval_record *approvals = bh_arena_alloc(arena, filter->limit * sizeof(*approvals));
    if (approvals == NULL)
        return BH_ERR_NO_MEMORY;
    struct bh_stmt *stmt = filter->account == 0
                               ? bh_db_statement(db, FILTERED NEWEST_FIRST)
                               : bh_db_statement(db, FILTERED "AND p.account = $1 " NEWEST_FIRST);
    if (filter->account != 0)
        bh_stmt_bind_int(stmt, 1, filter->account);
    bh_stmt_bind_text(stmt, 2, filter->status);
    bh_stmt_bind_int(stmt, 3, now_ms);
    bh_stmt_bind_int(stmt, 4, (int64_t)filter->limit);
    bh_stmt_bind_text(stmt, 5, filter->agent_id);
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

enum bh_err bh_approval_find(struct bh_db *db, struct bh_span approval_id, int64_t now_ms,
    struct bh_arena *arena, struct bh_approval_record *ret_approval)
{
    struct bh_stmt *stmt = bh_db_statement(db, SELECT_APPROVALS "p.approval_id = $1");
    bh_stmt_bind_text(stmt, 1, approval_id);
    bh_stmt_bind_int(stmt, 3, now_ms);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err == BH_ERR_NOT_FOUND ? BH_ERR_APPROVAL_NOT_FOUND : err;
    err = read_approval(stmt, arena, ret_approval);
    bh_stmt_end(stmt);
    return err;
}
