// SPDX-License-Identifier: Apache-2.0
#include "store/events.h"

#include "store/db.h"

/* PLACEHOLDER until the deliverer's file is merged */
enum bh_err bh_event_next_id(struct bh_db *db, int64_t *ret_id)
{
    return bh_stmt_one_int(bh_db_statement(db, "SELECT coalesce(max(id), 0) + 1 FROM event"), ret_id);
}

enum bh_err bh_event_append(struct bh_db *db, const struct bh_event_record *event)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO event (id, salt, account, agent, type, only_webhook, created_at, payload) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    bh_stmt_bind_int(stmt, 1, event->id);
    bh_stmt_bind_int(stmt, 2, (int64_t)event->salt);
    bh_stmt_bind_int(stmt, 3, event->account);
    bh_stmt_bind_int(stmt, 4, event->agent);
    bh_stmt_bind_int(stmt, 5, event->type);
    bh_stmt_bind_int(stmt, 6, event->only_webhook);
    bh_stmt_bind_int(stmt, 7, event->created_at);
    bh_stmt_bind_text(stmt, 8, event->payload);
    return bh_stmt_run(stmt);
}
