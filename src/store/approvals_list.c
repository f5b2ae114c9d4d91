// SPDX-License-Identifier: Apache-2.0
#include "store/db.h"

/* What lies past its time is shown as expired, whatever is stored. $3 is now. */
#define SHOWN_STATUS                                                                                         \
    "CASE WHEN p.status = 'pending' AND p.expires_at <= $3 THEN 'expired' "                                  \
    "WHEN p.status = 'approved' AND p.grant_expires_at <= $3 THEN 'expired' ELSE p.status END"
#define SELECT_APPROVALS                                                                                     \
    "SELECT p.account, p.agent, p.amount, p.request_row, p.created_at, p.expires_at, p.resolved_at, "        \
    "p.grant_expires_at, p.used_at, p.id, p.grant_minutes, coalesce(a.owner_person, 0), r.salt, "            \
    "coalesce(a.key_person, 0), "                                                                            \
    "p.approval_id, a.agent_id, p.permission_id, p.action, p.vendor, p.fingerprint, p.target_kind, "         \
    "p.target, " SHOWN_STATUS ", p.resolved_by, a.name, o.user_id, o.email "                                 \
    "FROM approval p JOIN agent a ON a.id = p.agent LEFT JOIN person o ON o.id = a.owner_person "            \
    "LEFT JOIN audit r ON r.id = p.request_row WHERE "
#define FIRST_TEXT 14

/* The states that a list may show, as bits of $2. What is live is younger than $7 or $8, so that a list of
 * what is live does not walk over what has ended. */
enum {
    PENDING = 1,
    PENDING_LATE = 2,
    APPROVED = 4,
    APPROVED_LATE = 8,
    DENIED = 16,
    USED = 32,
    EXPIRED = 64,
    ALL = 127
};

/* Each state by itself comes out of the index newest first and stops at the limit. */
#define STATE(name, bit, owner, condition)                                                                   \
    "SELECT * FROM (SELECT id, created_at FROM approval WHERE ($2 & " bit ") <> 0 AND " owner " AND "        \
    "status = " condition " AND (created_at, id) < ($5, $6) AND ($9 IS NULL OR action = $9) ORDER BY "       \
    "created_at DESC, id DESC LIMIT $4) "                                                                    \
    "AS " name
#define STATES(owner)                                                                                        \
    STATE("s1", "1", owner, "'pending' AND expires_at > $3 AND created_at > $7")                             \
    " UNION ALL " STATE("s2", "2", owner, "'pending' AND expires_at <= $3") " UNION ALL " STATE("s3", "4",   \
        owner, "'approved' AND grant_expires_at > $3 AND created_at > $8") " UNION ALL " STATE("s4", "8",    \
        owner, "'approved' AND grant_expires_at <= $3") " UNION ALL " STATE("s5", "16", owner,               \
        "'denied'") " UNION ALL " STATE("s6", "32", owner, "'used'") " UNION ALL " STATE("s7", "64", owner,  \
        "'expired'")
#define NEWEST_OF(owner)                                                                                     \
    SELECT_APPROVALS "p.id IN (SELECT id FROM (" STATES(                                                     \
        owner) ") AS found "                                                                                 \
               "ORDER BY created_at DESC, id DESC LIMIT $4) ORDER BY p.created_at DESC, p.id DESC"
/* For the server's own command line, of all accounts: walks. */
#define NEWEST_OF_ALL                                                                                        \
    SELECT_APPROVALS                                                                                         \
    "($2 & CASE p.status WHEN 'pending' THEN CASE WHEN p.expires_at > $3 THEN 1 ELSE 2 END "                 \
    "WHEN 'approved' THEN CASE WHEN p.grant_expires_at > $3 THEN 4 ELSE 8 END "                              \
    "WHEN 'denied' THEN 16 WHEN 'used' THEN 32 ELSE 64 END) <> 0 AND (p.created_at, p.id) < ($5, $6) "       \
    "AND ($9 IS NULL OR p.action = $9) "                                                                     \
    "ORDER BY p.created_at DESC, p.id DESC LIMIT $4"

static int64_t states_of(struct bh_span status)
{
    static const struct {
        struct bh_span text;
        int64_t states;
    } rows[] = {
        {{"pending", 7}, PENDING},
        {{"approved", 8}, APPROVED},
        {{"denied", 6}, DENIED},
        {{"used", 4}, USED},
        {{"expired", 7}, PENDING_LATE | APPROVED_LATE | EXPIRED},
    };
    for (size_t i = 0; i < BH_COUNT(rows); i++) {
        if (bh_span_equal(status, rows[i].text))
            return rows[i].states;
    }
    return bh_span_is_absent(status) ? ALL : 0;
}

static enum bh_err read_approval(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_approval)
{
    struct bh_approval_record approval = {
        .account = bh_stmt_int(stmt, 0),
        .agent = bh_stmt_int(stmt, 1),
        .has_amount = !bh_stmt_is_null(stmt, 2),
        .amount = bh_stmt_double(stmt, 2),
        .request_row = bh_stmt_int(stmt, 3),
        .created_at = bh_stmt_int(stmt, 4),
        .expires_at = bh_stmt_int(stmt, 5),
        .resolved_at = bh_stmt_int(stmt, 6),
        .grant_expires_at = bh_stmt_int(stmt, 7),
        .used_at = bh_stmt_int(stmt, 8),
        .id = bh_stmt_int(stmt, 9),
        .grant_minutes = bh_stmt_int(stmt, 10),
        .owner_person = bh_stmt_int(stmt, 11),
        .has_request = !bh_stmt_is_null(stmt, 12),
        .request_salt = (uint64_t)bh_stmt_int(stmt, 12),
        .key_person = bh_stmt_int(stmt, 13),
    };
    struct bh_span *const texts[] = {&approval.approval_id, &approval.agent_id, &approval.permission_id,
        &approval.action, &approval.vendor, &approval.fingerprint, &approval.target_kind, &approval.target,
        &approval.status, &approval.resolved_by, &approval.agent_name, &approval.owner_user_id,
        &approval.owner_email};
    enum bh_err err = bh_stmt_copy_texts(stmt, FIRST_TEXT, arena, texts, BH_COUNT(texts));
    if (err == BH_OK)
        *(struct bh_approval_record *)ret_approval = approval;
    return err;
}

static struct bh_stmt *list_statement(struct bh_db *db, const struct bh_approval_filter *filter)
{
    if (filter->agent == 0 && filter->account == 0)
        return bh_db_statement(db, NEWEST_OF_ALL);
    struct bh_stmt *stmt = filter->agent != 0 ? bh_db_statement(db, NEWEST_OF("agent = $1"))
                                              : bh_db_statement(db, NEWEST_OF("account = $1"));
    bh_stmt_bind_int(stmt, 1, filter->agent != 0 ? filter->agent : filter->account);
    return stmt;
}

static void bind_filter(struct bh_stmt *stmt, const struct bh_approval_filter *filter, int64_t now_ms)
{
    bh_stmt_bind_int(stmt, 2, states_of(filter->status));
    bh_stmt_bind_int(stmt, 3, now_ms);
    bh_stmt_bind_int(stmt, 4, (int64_t)filter->limit);
    bh_stmt_bind_int(stmt, 5, filter->before == NULL ? INT64_MAX : filter->before->created_at);
    bh_stmt_bind_int(stmt, 6, filter->before == NULL ? INT64_MAX : filter->before->id);
    bh_stmt_bind_text(stmt, 9, filter->action);
    if (filter->agent == 0 && filter->account == 0)
        return;
    bh_stmt_bind_int(stmt, 7, now_ms - BH_APPROVAL_PENDING_MS);
    bh_stmt_bind_int(stmt, 8, now_ms - BH_APPROVAL_PENDING_MS - BH_APPROVAL_GRANT_MAX_MS);
}

enum bh_err bh_approval_list(struct bh_db *db, const struct bh_approval_filter *filter, int64_t now_ms,
    struct bh_arena *arena, struct bh_approval_record **ret_approvals, size_t *ret_count)
{
    size_t count = 0;
    struct bh_approval_record *approvals = bh_arena_alloc(arena, filter->limit * sizeof(*approvals));
    if (approvals == NULL)
        return BH_ERR_NO_MEMORY;
    struct bh_stmt *stmt = list_statement(db, filter);
    bind_filter(stmt, filter, now_ms);
    enum bh_err err;
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        err = read_approval(stmt, arena, &approvals[count]);
        if (err != BH_OK) {
            bh_stmt_end(stmt);
            return err;
        }
        if (filter->account == 0 || approvals[count].account == filter->account)
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
    enum bh_err err = bh_stmt_read_one(stmt, read_approval, arena, ret_approval);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_APPROVAL_NOT_FOUND : err;
}

enum bh_err bh_approval_count_pending(struct bh_db *db, int64_t account, int64_t now_ms, int64_t *ret_count)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT count(*) FROM (SELECT 1 FROM approval WHERE account = $1 AND status = 'pending' "
        "AND created_at > $3 AND expires_at > $2 LIMIT $4) AS x");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_int(stmt, 2, now_ms);
    bh_stmt_bind_int(stmt, 3, now_ms - BH_APPROVAL_PENDING_MS);
    bh_stmt_bind_int(stmt, 4, BH_APPROVALS_COUNTED);
    return bh_stmt_one_int(stmt, ret_count);
}

/* ---- changes --------------------------------------------------------------------------------------------
 */

enum bh_err bh_approval_mark_read(struct bh_db *db, int64_t now_ms, struct bh_approval_mark *ret_mark)
{
    struct bh_approval_mark mark = {.time_ms = now_ms};
    enum bh_err err =
        bh_stmt_one_int(bh_db_statement(db, "SELECT number FROM approval_change"), &mark.number);
    if (err == BH_OK)
        *ret_mark = mark;
    return err;
}

enum bh_err bh_approval_read_changed(struct bh_db *db, const struct bh_approval_mark *after, int64_t now_ms,
    size_t limit, struct bh_arena *arena,
    void (*visit)(void *context, const struct bh_approval_record *approval), void *context, size_t *ret_count)
{
    struct bh_stmt *stmt = bh_db_statement(db, SELECT_APPROVALS
        "p.id IN (SELECT id FROM approval WHERE change_number > $1 UNION "
        "SELECT id FROM approval WHERE status = 'pending' AND expires_at > $2 AND expires_at <= $3 UNION "
        "SELECT id FROM approval WHERE status = 'approved' AND grant_expires_at > $2 AND "
        "grant_expires_at <= $3) ORDER BY p.change_number LIMIT $4");
    bh_stmt_bind_int(stmt, 1, after->number);
    bh_stmt_bind_int(stmt, 2, after->time_ms);
    bh_stmt_bind_int(stmt, 3, now_ms);
    bh_stmt_bind_int(stmt, 4, (int64_t)limit);
    size_t count = 0;
    enum bh_err err;
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        struct bh_approval_record approval;
        bh_arena_reset(arena);
        err = read_approval(stmt, arena, &approval);
        if (err != BH_OK) {
            bh_stmt_end(stmt);
            return err;
        }
        visit(context, &approval);
        count++;
    }
    if (err != BH_ERR_NOT_FOUND)
        return err;
    *ret_count = count;
    return BH_OK;
}
