// SPDX-License-Identifier: Apache-2.0
#include "store/events.h"

#include "store/db.h"

/* The newest id that was ever given out, by what is there and by what is gone. */
enum bh_err bh_event_newest_id(struct bh_db *db, int64_t *ret_id)
{
    struct bh_stmt *stmt = bh_db_statement(
        db, "SELECT purged_through, (SELECT MAX(id) FROM event) FROM outbox_state WHERE id = 1");
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    int64_t purged = bh_stmt_int(stmt, 0);
    int64_t present = bh_stmt_int(stmt, 1);
    bh_stmt_end(stmt);
    *ret_id = present > purged ? present : purged;
    return BH_OK;
}

enum bh_err bh_event_next_id(struct bh_db *db, int64_t *ret_id)
{
    int64_t newest;
    enum bh_err err = bh_event_newest_id(db, &newest);
    if (err == BH_OK)
        *ret_id = newest + 1;
    return err;
}

enum bh_err bh_event_append(struct bh_db *db, const struct bh_event_record *event)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO event (id, salt, account, agent, type, only_webhook, created_at, request_row, payload) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    bh_stmt_bind_int(stmt, 1, event->id);
    bh_stmt_bind_int(stmt, 2, (int64_t)event->salt);
    bh_stmt_bind_int(stmt, 3, event->account);
    bh_stmt_bind_int(stmt, 4, event->agent);
    bh_stmt_bind_int(stmt, 5, event->type);
    bh_stmt_bind_int(stmt, 6, event->only_webhook);
    bh_stmt_bind_int(stmt, 7, event->created_at);
    bh_stmt_bind_int(stmt, 8, event->request_row);
    bh_stmt_bind_text(stmt, 9, event->payload);
    return bh_stmt_run(stmt);
}

enum bh_err bh_event_load(
    struct bh_db *db, int64_t id, struct bh_arena *arena, struct bh_event_record *ret_event)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT salt, account, agent, type, only_webhook, created_at, request_row, payload FROM event "
        "WHERE id = $1 AND payload <> ''");
    bh_stmt_bind_int(stmt, 1, id);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err == BH_ERR_NOT_FOUND ? BH_ERR_WEBHOOK_EVENT_NOT_FOUND : err;
    struct bh_event_record event = {
        .id = id,
        .salt = (uint64_t)bh_stmt_int(stmt, 0),
        .account = bh_stmt_int(stmt, 1),
        .agent = bh_stmt_int(stmt, 2),
        .type = (enum bh_event_type)bh_stmt_int(stmt, 3),
        .only_webhook = bh_stmt_int(stmt, 4),
        .created_at = bh_stmt_int(stmt, 5),
        .request_row = bh_stmt_int(stmt, 6),
    };
    err = bh_stmt_copy_text(stmt, 7, arena, &event.payload);
    bh_stmt_end(stmt);
    if (err == BH_OK)
        *ret_event = event;
    return err;
}

enum bh_err bh_event_accounts(
    struct bh_db *db, int64_t after, size_t limit, int64_t *ret_accounts, size_t *ret_count)
{
    size_t count = 0;
    enum bh_err err;
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT DISTINCT account FROM (SELECT account FROM event WHERE id > $1 "
                            "ORDER BY id LIMIT $3) AS newest LIMIT $2");
    bh_stmt_bind_int(stmt, 3, BH_EVENT_ACCOUNTS_SCAN);
    bh_stmt_bind_int(stmt, 1, after);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    while ((err = bh_stmt_step(stmt)) == BH_OK)
        ret_accounts[count++] = bh_stmt_int(stmt, 0);
    if (err != BH_ERR_NOT_FOUND)
        return err;
    *ret_count = count;
    return BH_OK;
}

/* The last of the oldest `limit` events that are all older; 0 = none. Ids are in order of time. */
static enum bh_err find_old(struct bh_db *db, int64_t older_than, size_t limit, int64_t *ret_through)
{
    int64_t through = 0;
    enum bh_err err;
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT id, created_at FROM event ORDER BY id LIMIT $1");
    bh_stmt_bind_int(stmt, 1, (int64_t)limit);
    while ((err = bh_stmt_step(stmt)) == BH_OK && bh_stmt_int(stmt, 1) < older_than)
        through = bh_stmt_int(stmt, 0);
    bh_stmt_end(stmt);
    if (err != BH_OK && err != BH_ERR_NOT_FOUND)
        return err;
    *ret_through = through;
    return BH_OK;
}

enum bh_err bh_event_purge(struct bh_db *db, int64_t older_than, size_t limit, size_t *ret_removed)
{
    int64_t through;
    enum bh_err err = find_old(db, older_than, limit, &through);
    if (err != BH_OK)
        return err;
    if (through == 0) {
        *ret_removed = 0;
        return BH_OK;
    }
    struct bh_stmt *stmt = bh_db_statement(db, "DELETE FROM delivery WHERE event <= $1");
    bh_stmt_bind_int(stmt, 1, through);
    err = bh_stmt_run(stmt);
    if (err != BH_OK)
        return err;
    stmt = bh_db_statement(db, "DELETE FROM webhook_skipped WHERE through <= $1");
    bh_stmt_bind_int(stmt, 1, through);
    err = bh_stmt_run(stmt);
    if (err != BH_OK)
        return err;
    stmt = bh_db_statement(db, "UPDATE outbox_state SET purged_through = $1 WHERE id = 1");
    bh_stmt_bind_int(stmt, 1, through);
    err = bh_stmt_run(stmt);
    if (err != BH_OK)
        return err;
    stmt = bh_db_statement(db, "DELETE FROM event WHERE id <= $1");
    bh_stmt_bind_int(stmt, 1, through);
    err = bh_stmt_run(stmt);
    if (err == BH_OK)
        *ret_removed = (size_t)bh_db_changes(db);
    return err;
}
