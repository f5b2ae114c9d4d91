// SPDX-License-Identifier: Apache-2.0
#include "store/summary.h"

#include <stdlib.h>

#include "store/db.h"

/* With the endpoint and the most to be counted as parameters. */
static enum bh_err count_capped(struct bh_stmt *stmt, int64_t webhook, int64_t *ret_count)
{
    bh_stmt_bind_int(stmt, 1, webhook);
    bh_stmt_bind_int(stmt, 2, BH_HEALTH_EVENTS_MAX);
    return bh_stmt_one_int(stmt, ret_count);
}

static enum bh_err count_dead(struct bh_db *db, struct bh_webhook_health *health)
{
    return count_capped(
        bh_db_statement(db, "SELECT count(*) FROM (SELECT 1 FROM delivery WHERE status = 'dead' "
                            "AND webhook = $1 LIMIT $2) AS x"),
        health->webhook.id, &health->dead_events);
}

static enum bh_err count_pending(struct bh_db *db, struct bh_webhook_health *health)
{
    int64_t again;
    int64_t first;
    enum bh_err err = count_capped(
        bh_db_statement(db, "SELECT count(*) FROM (SELECT 1 FROM delivery WHERE status = 'pending' "
                            "AND webhook = $1 LIMIT $2) AS x"),
        health->webhook.id, &again);
    if (err == BH_OK) /* events that no attempt was made for have no delivery yet */
        err = count_capped(
            bh_db_statement(db,
                "SELECT count(*) FROM (SELECT 1 FROM webhook w JOIN event e ON e.account = w.account "
                "AND e.id > w.settled_through WHERE w.id = $1 AND w.status = 'active' "
                "AND (e.only_webhook = w.id OR (e.only_webhook = 0 AND "
                "(w.event_mask >> e.type) & 1 = 1)) LIMIT $2) AS x"),
            health->webhook.id, &first);
    if (err == BH_OK)
        health->pending_events = again + first > BH_HEALTH_EVENTS_MAX ? BH_HEALTH_EVENTS_MAX : again + first;
    return err;
}

static enum bh_err read_last_status(struct bh_db *db, struct bh_webhook_health *health)
{
    struct bh_stmt *stmt = bh_db_statement(
        db, "SELECT http_status FROM delivery_attempt WHERE webhook = $1 ORDER BY id DESC LIMIT 1");
    bh_stmt_bind_int(stmt, 1, health->webhook.id);
    enum bh_err err = bh_stmt_one_int(stmt, &health->last_status);
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

/* Whoever needs somebody most has the lowest. */
static int urgency(const struct bh_webhook_health *health)
{
    if (health->dead_events > 0)
        return 0;
    if (!bh_span_equal(health->webhook.status, BH_SPAN("active")))
        return 1;
    return health->webhook.failing_since != 0 ? 2 : 3;
}

static int by_urgency(const void *left, const void *right)
{
    const struct bh_webhook_health *a = left;
    const struct bh_webhook_health *b = right;
    int difference = urgency(a) - urgency(b);
    return difference != 0 ? difference : (a->webhook.id < b->webhook.id) - (a->webhook.id > b->webhook.id);
}

enum bh_err bh_account_webhook_health(struct bh_db *db, int64_t account, size_t limit, struct bh_arena *arena,
    struct bh_webhook_health **ret_health, size_t *ret_count)
{
    struct bh_webhook_record *webhooks;
    size_t count;
    enum bh_err err = bh_webhook_list(db, account, arena, &webhooks, &count);
    if (err != BH_OK)
        return err;
    struct bh_webhook_health *health = bh_arena_alloc(arena, (count + 1) * sizeof(*health));
    if (health == NULL)
        return BH_ERR_NO_MEMORY;
    for (size_t i = 0; i < count && err == BH_OK; i++) {
        health[i] = (struct bh_webhook_health){.webhook = webhooks[i]};
        err = count_dead(db, &health[i]);
    }
    if (err != BH_OK)
        return err;
    qsort(health, count, sizeof(*health), by_urgency);
    count = count > limit ? limit : count;
    for (size_t i = 0; i < count && err == BH_OK; i++) {
        err = count_pending(db, &health[i]);
        if (err == BH_OK)
            err = read_last_status(db, &health[i]);
    }
    if (err != BH_OK)
        return err;
    *ret_health = health;
    *ret_count = count;
    return BH_OK;
}
