// SPDX-License-Identifier: Apache-2.0
#include "store/server_summary.h"

#include "lib/timefmt.h"
#include "store/audit_owners.h"
#include "store/audit_state.h"
#include "store/db.h"

/* ---- what there is ---- */

static enum bh_err capped(struct bh_stmt *stmt, int64_t most, int64_t *ret_count)
{
    bh_stmt_bind_int(stmt, 1, most);
    return bh_stmt_one_int(stmt, ret_count);
}

#define COUNT(rows) "SELECT count(*) FROM (SELECT 1 FROM " rows " LIMIT $1) AS x"

static enum bh_err count_things(struct bh_db *db, struct bh_server_summary *summary)
{
    const struct {
        const char *sql;
        int64_t *count;
    } things[] = {
        {COUNT("account"), &summary->accounts},
        {COUNT("person"), &summary->people},
        {COUNT("agent"), &summary->agents},
        {COUNT("permission WHERE status = 'active'"), &summary->active_permissions},
    };
    enum bh_err err = BH_OK;
    for (size_t i = 0; i < BH_COUNT(things) && err == BH_OK; i++)
        err = capped(bh_db_statement(db, things[i].sql), BH_SERVER_COUNT_MAX, things[i].count);
    return err;
}

/* ---- what waits ---- */

static enum bh_err count_approvals(struct bh_db *db, int64_t now_ms, int64_t *ret_count)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, COUNT("approval WHERE status = 'pending' AND expires_at > $2"));
    bh_stmt_bind_int(stmt, 2, now_ms);
    return capped(stmt, BH_SERVER_WAITING_MAX, ret_count);
}

static enum bh_err count_events(struct bh_db *db, struct bh_server_waiting *waiting)
{
    int64_t again = 0;
    int64_t first = 0;
    enum bh_err err = capped(
        bh_db_statement(db, COUNT("delivery WHERE status = 'pending'")), BH_SERVER_WAITING_MAX, &again);
    if (err == BH_OK)
        err = capped(bh_db_statement(db, COUNT("delivery WHERE status = 'dead'")), BH_SERVER_WAITING_MAX,
            &waiting->dead_events);
    if (err == BH_OK) /* events that no attempt was made for have no delivery yet */
        err = capped(bh_db_statement(db, COUNT("webhook w JOIN event e ON e.account = w.account "
                                               "AND e.id > w.settled_through WHERE w.status = 'active' "
                                               "AND (e.only_webhook = w.id OR (e.only_webhook = 0 AND "
                                               "(w.event_mask >> e.type) & 1 = 1))")),
            BH_SERVER_WAITING_MAX, &first);
    waiting->pending_events = again + first > BH_SERVER_WAITING_MAX ? BH_SERVER_WAITING_MAX : again + first;
    return err;
}

enum bh_err bh_server_count_waiting(struct bh_db *db, int64_t now_ms, struct bh_server_waiting *ret_waiting)
{
    struct bh_server_waiting waiting = {0};
    enum bh_err err = count_approvals(db, now_ms, &waiting.pending_approvals);
    if (err == BH_OK)
        err = count_events(db, &waiting);
    if (err == BH_OK)
        *ret_waiting = waiting;
    return err;
}

/* ---- what was decided today ---- */

static enum bh_err add_stored(struct bh_db *db, int64_t day, struct bh_owner *sum)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT coalesce(sum(allowed), 0), coalesce(sum(denied), 0), coalesce(sum(approval_required), 0) "
        "FROM audit_owner WHERE owner < 0 AND day = $1");
    bh_stmt_bind_int(stmt, 1, day);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    sum->allowed += bh_stmt_int(stmt, 0);
    sum->denied += bh_stmt_int(stmt, 1);
    sum->approval_required += bh_stmt_int(stmt, 2);
    bh_stmt_end(stmt);
    return BH_OK;
}

/* Rows that their accounts' stored counts do not cover yet: thousands at most. */
static enum bh_err add_tail(struct bh_db *db, int64_t day, struct bh_owner *sum)
{
    struct bh_audit_state state = {0};
    enum bh_err err = bh_audit_state_read(db, &state);
    if (err != BH_OK)
        return err == BH_ERR_NOT_FOUND ? BH_OK : err;
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT " BH_AUDIT_COLUMNS " FROM audit WHERE id > $1 "
                                               "AND id > coalesce((SELECT o.head FROM audit_owner o "
                                               "WHERE o.owner = -audit.account), 0) ORDER BY id");
    bh_stmt_bind_int(stmt, 1, state.counted_through);
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        struct bh_stored_row stored;
        bh_stored_row_read(stmt, &stored);
        if (!stored.erased && stored.row.created_at / BH_MS_PER_DAY == day)
            bh_owner_count(sum, &stored.row, 1);
    }
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

static enum bh_err count_today(struct bh_db *db, int64_t now_ms, struct bh_audit_counts *ret_counts)
{
    struct bh_owner sum = {.head = 0};
    enum bh_err err = add_stored(db, now_ms / BH_MS_PER_DAY, &sum);
    if (err == BH_OK)
        err = add_tail(db, now_ms / BH_MS_PER_DAY, &sum);
    if (err == BH_OK)
        *ret_counts = (struct bh_audit_counts){
            .allowed = sum.allowed, .denied = sum.denied, .approval_required = sum.approval_required};
    return err;
}

enum bh_err bh_server_summarize(struct bh_db *db, int64_t now_ms, struct bh_server_summary *ret_summary)
{
    struct bh_server_summary summary = {0};
    enum bh_err err = count_things(db, &summary);
    if (err == BH_OK)
        err = bh_server_count_waiting(db, now_ms, &summary.waiting);
    if (err == BH_OK)
        err = count_today(db, now_ms, &summary.today);
    if (err == BH_OK)
        err = bh_db_size(db, &summary.bytes);
    if (err == BH_OK)
        *ret_summary = summary;
    return err;
}
