// SPDX-License-Identifier: Apache-2.0
/*
 * The delivery log, and replays of what is dead.
 */
#include "store/db.h"
#include "store/deliveries.h"

#define SELECT_ATTEMPTS                                                                                      \
    "SELECT a.delivery_id, w.webhook_id, a.error, a.event, e.salt, e.type, a.attempt, a.succeeded, "         \
    "a.http_status, a.next_retry_at, a.created_at FROM delivery_attempt a "                                  \
    "JOIN event e ON e.id = a.event JOIN webhook w ON w.id = a.webhook WHERE "
#define NEWEST_FIRST " ORDER BY a.id DESC LIMIT $2"

static enum bh_err read_attempt(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_delivery)
{
    struct bh_delivery_view delivery = {
        .type = (enum bh_event_type)bh_stmt_int(stmt, 5),
        .attempt = bh_stmt_int(stmt, 6),
        .succeeded = bh_stmt_int(stmt, 7) != 0,
        .http_status = bh_stmt_int(stmt, 8),
        .next_retry_at = bh_stmt_int(stmt, 9),
        .created_at = bh_stmt_int(stmt, 10),
    };
    bh_event_id_encode(bh_stmt_int(stmt, 3), (uint64_t)bh_stmt_int(stmt, 4), delivery.event_id);
    struct bh_span *const texts[] = {&delivery.delivery_id, &delivery.webhook_id, &delivery.error};
    enum bh_err err = bh_stmt_copy_texts(stmt, 0, arena, texts, BH_COUNT(texts));
    if (err == BH_OK)
        *(struct bh_delivery_view *)ret_delivery = delivery;
    return err;
}

static enum bh_err read_attempts(struct bh_stmt *stmt, int64_t of, size_t limit, struct bh_arena *arena,
    struct bh_delivery_view **ret_deliveries, size_t *ret_count)
{
    static const struct bh_stmt_item item = {sizeof(struct bh_delivery_view), read_attempt};
    void *deliveries = NULL;
    bh_stmt_bind_int(stmt, 1, of);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    enum bh_err err = bh_stmt_read_all(stmt, &item, limit, arena, &deliveries, ret_count);
    if (err == BH_OK)
        *ret_deliveries = deliveries;
    return err;
}

enum bh_err bh_delivery_list_by_webhook(struct bh_db *db, int64_t webhook, size_t limit,
    struct bh_arena *arena, struct bh_delivery_view **ret_deliveries, size_t *ret_count)
{
    struct bh_stmt *stmt = bh_db_statement(db, SELECT_ATTEMPTS "a.webhook = $1" NEWEST_FIRST);
    return read_attempts(stmt, webhook, limit, arena, ret_deliveries, ret_count);
}

enum bh_err bh_delivery_list_by_event(struct bh_db *db, int64_t event, size_t limit, struct bh_arena *arena,
    struct bh_delivery_view **ret_deliveries, size_t *ret_count)
{
    struct bh_stmt *stmt = bh_db_statement(db, SELECT_ATTEMPTS "a.event = $1" NEWEST_FIRST);
    return read_attempts(stmt, event, limit, arena, ret_deliveries, ret_count);
}

/* ---- replays --------------------------------------------------------------------------------------------
 */

#define REPLAY                                                                                               \
    "UPDATE delivery SET status = 'pending', attempts = 0, next_attempt_at = $1, last_error = NULL "

enum bh_err bh_delivery_replay(struct bh_db *db, int64_t account, struct bh_span event_id, int64_t now_ms)
{
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct bh_event_view view;
    bh_arena_init(&arena, 4096, (size_t)4 << 20);
    enum bh_err err = bh_event_find(db, account, event_id, &arena, &view);
    if (err != BH_OK)
        return err;
    if (!view.dead_letter)
        return view.state == BH_EVENT_PROCESSING ? BH_ERR_WEBHOOK_EVENT_PROCESSING
                                                 : BH_ERR_WEBHOOK_EVENT_NOT_DEAD;
    struct bh_stmt *stmt =
        bh_db_statement(db, REPLAY "WHERE event = $2 AND status = 'dead' AND webhook IN "
                                   "(SELECT id FROM webhook WHERE account = $3 AND status = 'active')");
    bh_stmt_bind_int(stmt, 1, now_ms);
    bh_stmt_bind_int(stmt, 2, view.event.id);
    bh_stmt_bind_int(stmt, 3, view.event.account);
    err = bh_stmt_run(stmt);
    if (err != BH_OK)
        return err;
    return bh_db_changes(db) == 0 ? BH_ERR_WEBHOOK_NOT_ACTIVE : bh_outbox_touch(db);
}

static enum bh_err replay_one(struct bh_db *db, int64_t webhook, int64_t event, int64_t now_ms)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, REPLAY "WHERE webhook = $2 AND event = $3 AND status = 'dead'");
    bh_stmt_bind_int(stmt, 1, now_ms);
    bh_stmt_bind_int(stmt, 2, webhook);
    bh_stmt_bind_int(stmt, 3, event);
    return bh_stmt_run(stmt);
}

/*
 * First the keys: an update would change the index that the search goes along. SQLite does not reorder a
 * CROSS JOIN: the search goes endpoint by endpoint, already in order.
 */
static enum bh_err load_dead(struct bh_db *db, int64_t account, int64_t webhook, size_t limit,
    int64_t (*ret_keys)[2], size_t *ret_count)
{
    size_t count = 0;
    enum bh_err err;
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT w.id, d.event FROM webhook w CROSS JOIN delivery d WHERE d.webhook = w.id "
        "AND w.account = $1 AND w.status = 'active' AND ($2 = 0 OR w.id = $2) AND d.status = 'dead' "
        "ORDER BY w.id, d.event LIMIT $3");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_int(stmt, 2, webhook);
    bh_stmt_bind_int(stmt, 3, (int64_t)limit);
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        ret_keys[count][0] = bh_stmt_int(stmt, 0);
        ret_keys[count++][1] = bh_stmt_int(stmt, 1);
    }
    if (err != BH_ERR_NOT_FOUND)
        return err;
    *ret_count = count;
    return BH_OK;
}

enum bh_err bh_delivery_replay_all(
    struct bh_db *db, int64_t account, int64_t webhook, size_t limit, int64_t now_ms, size_t *ret_count)
{
    int64_t keys[BH_DELIVERY_REPLAY_MAX][2];
    size_t count;
    enum bh_err err =
        load_dead(db, account, webhook, limit < BH_COUNT(keys) ? limit : BH_COUNT(keys), keys, &count);
    for (size_t i = 0; err == BH_OK && i < count; i++)
        err = replay_one(db, keys[i][0], keys[i][1], now_ms);
    if (err == BH_OK && count > 0)
        err = bh_outbox_touch(db);
    if (err == BH_OK)
        *ret_count = count;
    return err;
}
