// SPDX-License-Identifier: Apache-2.0
#include "store/health.h"

#include "store/db.h"

enum bh_err bh_health_probe(struct bh_db *db, int64_t now_ms)
{
    struct bh_stmt *stmt = bh_db_statement(db, "UPDATE meta SET probed_at = $1 WHERE id = 1");
    bh_stmt_bind_int(stmt, 1, now_ms);
    return bh_stmt_run(stmt);
}

/* Of those that lag most; one look into an index for each. */
#define ACTIVE "(SELECT * FROM webhook WHERE status = 'active' ORDER BY settled_through LIMIT $1) AS w"

/* Events that no attempt was made for have no delivery yet; which of them are for whom, deliveries.c knows.
 * An endpoint's mark lags behind by no more than is looked through here while nothing waits for it. */
#define OLDEST_UNTRIED                                                                                       \
    "SELECT coalesce(min(x.due), 0) FROM (SELECT (SELECT e.created_at FROM (SELECT * FROM event v "          \
    "WHERE v.account = w.account AND v.id > w.settled_through ORDER BY v.id LIMIT 1100) AS e "               \
    "WHERE (e.only_webhook = w.id OR (e.only_webhook = 0 AND (w.event_mask >> e.type) & 1 = 1 "              \
    "AND NOT EXISTS (SELECT 1 FROM webhook_since s WHERE s.webhook = w.id AND s.type = e.type "              \
    "AND s.through >= e.id))) AND e.payload <> '' AND NOT EXISTS (SELECT 1 FROM delivery_attempt a "         \
    "WHERE a.event = e.id AND a.webhook = w.id) ORDER BY e.id LIMIT 1) AS due FROM " ACTIVE ") AS x"

static enum bh_err earliest(struct bh_stmt *stmt, int64_t *earliest_ms)
{
    int64_t found;
    bh_stmt_bind_int(stmt, 1, BH_HEALTH_ENDPOINTS);
    enum bh_err err = bh_stmt_one_int(stmt, &found);
    if (err == BH_OK && found > 0 && found < *earliest_ms)
        *earliest_ms = found;
    return err;
}

enum bh_err bh_health_of_delivery(struct bh_db *db, int64_t now_ms, struct bh_delivery_health *ret_health)
{
    struct bh_delivery_health health = {.oldest_due = INT64_MAX};
    enum bh_err err =
        earliest(bh_db_statement(db, "SELECT coalesce(min(x.due), 0) FROM (SELECT (SELECT d.next_attempt_at "
                                     "FROM delivery d WHERE d.webhook = w.id AND d.status = 'pending' "
                                     "ORDER BY d.next_attempt_at LIMIT 1) AS due FROM " ACTIVE ") AS x"),
            &health.oldest_due);
    if (err == BH_OK)
        err = earliest(bh_db_statement(db, OLDEST_UNTRIED), &health.oldest_due);
    if (err == BH_OK)
        err = bh_stmt_one_int(
            bh_db_statement(
                db, "SELECT coalesce((SELECT created_at FROM delivery_attempt ORDER BY id DESC LIMIT 1), 0)"),
            &health.newest_attempt);
    if (err != BH_OK)
        return err;
    if (health.oldest_due > now_ms)
        health.oldest_due = INT64_MAX;
    *ret_health = health;
    return BH_OK;
}
