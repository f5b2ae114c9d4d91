// SPDX-License-Identifier: Apache-2.0
#include "store/deliveries.h"

#include "store/db.h"

/* ---- what is to be tried --------------------------------------------------------------------------------
 */

static bool is_for(const struct bh_delivery_target *target, enum bh_event_type type, int64_t only_webhook)
{
    if (only_webhook != 0)
        return only_webhook == target->webhook;
    return type < BH_EVENT_TYPES && (target->event_mask & bh_event_bit(type)) != 0;
}

/*
 * Of what lies above the mark some may have been tried before the process ended: the log knows. And some may
 * have been erased while the endpoint was disabled.
 */
enum bh_err bh_delivery_load_new(struct bh_db *db, const struct bh_delivery_target *target, int64_t after,
    size_t scan, struct bh_delivery_item *ret_items, size_t *ret_count, int64_t *ret_through, bool *ret_more)
{
    size_t seen = 0;
    size_t count = 0;
    int64_t through = after;
    enum bh_err err;
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT e.id, e.agent, e.type, e.only_webhook, EXISTS (SELECT 1 FROM delivery_attempt a "
        "WHERE a.event = e.id AND a.webhook = $2) OR (e.only_webhook = 0 AND EXISTS (SELECT 1 "
        "FROM webhook_since s WHERE s.webhook = $2 AND s.type = e.type AND s.through >= e.id)) OR e.payload "
        "= '' "
        "FROM event e WHERE e.account = $1 AND e.id > $3 "
        "ORDER BY e.id LIMIT $4");
    bh_stmt_bind_int(stmt, 1, target->account);
    bh_stmt_bind_int(stmt, 2, target->webhook);
    bh_stmt_bind_int(stmt, 3, after);
    bh_stmt_bind_int(stmt, 4, (int64_t)scan);
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        seen++;
        through = bh_stmt_int(stmt, 0);
        if (is_for(target, (enum bh_event_type)bh_stmt_int(stmt, 2), bh_stmt_int(stmt, 3)) &&
            bh_stmt_int(stmt, 4) == 0)
            ret_items[count++] = (struct bh_delivery_item){.event = through, .agent = bh_stmt_int(stmt, 1)};
    }
    if (err != BH_ERR_NOT_FOUND)
        return err;
    *ret_count = count;
    *ret_through = through;
    *ret_more = seen == scan;
    return BH_OK;
}

enum bh_err bh_delivery_load_due(struct bh_db *db, int64_t webhook, int64_t now_ms, size_t limit,
    struct bh_delivery_item *ret_items, size_t *ret_count)
{
    size_t count = 0;
    enum bh_err err;
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT d.event, e.agent, d.attempts FROM delivery d JOIN event e ON e.id = d.event "
        "WHERE d.webhook = $1 AND d.status = 'pending' AND d.next_attempt_at <= $2 "
        "ORDER BY d.next_attempt_at, d.event LIMIT $3");
    bh_stmt_bind_int(stmt, 1, webhook);
    bh_stmt_bind_int(stmt, 2, now_ms);
    bh_stmt_bind_int(stmt, 3, (int64_t)limit);
    while ((err = bh_stmt_step(stmt)) == BH_OK)
        ret_items[count++] = (struct bh_delivery_item){.event = bh_stmt_int(stmt, 0),
            .agent = bh_stmt_int(stmt, 1),
            .attempts = bh_stmt_int(stmt, 2),
            .has_row = true};
    if (err != BH_ERR_NOT_FOUND)
        return err;
    *ret_count = count;
    return BH_OK;
}

enum bh_err bh_delivery_next_due(struct bh_db *db, int64_t webhook, int64_t *ret_due_at)
{
    int64_t due_at;
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT next_attempt_at FROM delivery WHERE webhook = $1 "
                                               "AND status = 'pending' ORDER BY next_attempt_at LIMIT 1");
    bh_stmt_bind_int(stmt, 1, webhook);
    enum bh_err err = bh_stmt_one_int(stmt, &due_at);
    if (err != BH_OK && err != BH_ERR_NOT_FOUND)
        return err;
    *ret_due_at = err == BH_OK ? due_at : INT64_MAX;
    return BH_OK;
}

/* ---- what came of it ------------------------------------------------------------------------------------
 */

static enum bh_err add_attempt(struct bh_db *db, const struct bh_delivery_result *result)
{
    char delivery_id[BH_ID_TEXT];
    bh_random_id("dlv", delivery_id);
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO delivery_attempt (delivery_id, webhook, event, attempt, succeeded, http_status, error, "
        "next_retry_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    bh_stmt_bind_text(stmt, 1, bh_span_from(delivery_id));
    bh_stmt_bind_int(stmt, 2, result->webhook);
    bh_stmt_bind_int(stmt, 3, result->event);
    bh_stmt_bind_int(stmt, 4, result->attempt);
    bh_stmt_bind_int(stmt, 5, result->succeeded);
    bh_stmt_bind_int(stmt, 6, result->http_status);
    bh_stmt_bind_text(stmt, 7, result->error);
    bh_stmt_bind_int(stmt, 8, result->next_retry_at);
    bh_stmt_bind_int(stmt, 9, result->ended_at);
    return bh_stmt_run(stmt);
}

/* How the endpoint stands when a result comes in. */
enum standing { STANDING_ACTIVE, STANDING_GIVEN_UP, STANDING_DISABLED };

static enum bh_err put_state(
    struct bh_db *db, const struct bh_delivery_result *result, enum standing standing)
{
    static const char *const states[] = {
        [STANDING_ACTIVE] = "pending", [STANDING_GIVEN_UP] = "dead", [STANDING_DISABLED] = "dropped"};
    const char *status = "delivered";
    if (!result->succeeded)
        status = result->next_retry_at == 0 ? "dead" : states[standing];
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO delivery (webhook, event, status, attempts, next_attempt_at, last_error) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (webhook, event) DO UPDATE SET "
        "status = excluded.status, attempts = excluded.attempts, "
        "next_attempt_at = excluded.next_attempt_at, last_error = excluded.last_error");
    bh_stmt_bind_int(stmt, 1, result->webhook);
    bh_stmt_bind_int(stmt, 2, result->event);
    bh_stmt_bind_text(stmt, 3, bh_span_from(status));
    bh_stmt_bind_int(stmt, 4, result->attempt);
    bh_stmt_bind_int(stmt, 5, standing == STANDING_ACTIVE ? result->next_retry_at : 0);
    bh_stmt_bind_text(stmt, 6, result->error);
    return bh_stmt_run(stmt);
}

static enum bh_err record_one(struct bh_db *db, const struct bh_delivery_result *result)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT CASE WHEN status = 'active' THEN 0 WHEN disabled_reason IS NOT NULL "
                            "THEN 1 ELSE 2 END FROM webhook WHERE id = $1 AND status <> 'deleted'");
    int64_t standing;
    bh_stmt_bind_int(stmt, 1, result->webhook);
    enum bh_err err = bh_stmt_one_int(stmt, &standing);
    if (err != BH_OK)
        return err == BH_ERR_NOT_FOUND ? BH_OK : err;
    err = add_attempt(db, result);
    if (err == BH_OK && (!result->succeeded || result->has_row))
        err = put_state(db, result, (enum standing)standing);
    return err;
}

enum bh_err bh_delivery_record(struct bh_db *db, const struct bh_delivery_result *results, size_t count)
{
    enum bh_err err = BH_OK;
    for (size_t i = 0; i < count && err == BH_OK; i++)
        err = record_one(db, &results[i]);
    return err;
}

enum bh_err bh_delivery_progress(struct bh_db *db, const struct bh_delivery_progress *progress)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "UPDATE webhook SET settled_through = CASE WHEN settled_through < $2 THEN $2 ELSE settled_through "
        "END, "
        "last_triggered_at = CASE WHEN $3 = 0 THEN last_triggered_at ELSE $3 END, "
        "failing_since = CASE WHEN version = $5 THEN $4 ELSE failing_since END, "
        "failures = CASE WHEN version = $5 THEN $6 ELSE failures END WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, progress->webhook);
    bh_stmt_bind_int(stmt, 2, progress->settled_through);
    bh_stmt_bind_int(stmt, 3, progress->last_triggered_at);
    bh_stmt_bind_int(stmt, 4, progress->failing_since);
    bh_stmt_bind_int(stmt, 5, progress->version);
    bh_stmt_bind_int(stmt, 6, progress->failures);
    return bh_stmt_run(stmt);
}

enum bh_err bh_delivery_purge(struct bh_db *db, int64_t older_than, size_t limit, size_t *ret_removed)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "DELETE FROM delivery_attempt WHERE id IN (SELECT id FROM (SELECT id, created_at FROM "
        "delivery_attempt ORDER BY id LIMIT $2) AS oldest WHERE created_at < $1)");
    bh_stmt_bind_int(stmt, 1, older_than);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    enum bh_err err = bh_stmt_run(stmt);
    if (err == BH_OK)
        *ret_removed = (size_t)bh_db_changes(db);
    return err;
}
