// SPDX-License-Identifier: Apache-2.0
#include "store/summary.h"

#include "store/db.h"

static enum bh_err one(struct bh_stmt *stmt, int64_t account, int64_t *ret_count)
{
    bh_stmt_bind_int(stmt, 1, account);
    return bh_stmt_one_int(stmt, ret_count);
}

/* With the account and the most to be counted as parameters. */
static enum bh_err one_capped(struct bh_stmt *stmt, int64_t account, int64_t *ret_count)
{
    bh_stmt_bind_int(stmt, 2, BH_SUMMARY_EVENTS_MAX);
    return one(stmt, account, ret_count);
}

/* Endpoint by endpoint (SQLite does not reorder a CROSS JOIN): other accounts' deliveries cost nothing here.
 */
static enum bh_err count_pending(struct bh_db *db, int64_t account, int64_t *ret_count)
{
    int64_t again;
    int64_t first;
    enum bh_err err =
        one_capped(bh_db_statement(db,
                       "SELECT count(*) FROM (SELECT 1 FROM webhook w CROSS JOIN delivery d "
                       "WHERE d.webhook = w.id AND w.account = $1 AND d.status = 'pending' LIMIT $2) AS x"),
            account, &again);
    if (err == BH_OK) /* events that no attempt was made for have no delivery yet */
        err = one_capped(
            bh_db_statement(db,
                "SELECT count(*) FROM (SELECT 1 FROM webhook w JOIN event e ON e.account = w.account "
                "AND e.id > w.settled_through WHERE w.account = $1 AND w.status = 'active' "
                "AND (e.only_webhook = w.id OR (e.only_webhook = 0 AND "
                "(w.event_mask >> e.type) & 1 = 1)) LIMIT $2) AS x"),
            account, &first);
    if (err == BH_OK)
        *ret_count = again + first > BH_SUMMARY_EVENTS_MAX ? BH_SUMMARY_EVENTS_MAX : again + first;
    return err;
}

enum bh_err bh_account_summarize(struct bh_db *db, int64_t account, struct bh_account_summary *ret_summary)
{
    struct bh_account_summary summary = {0};
    enum bh_err err =
        one(bh_db_statement(db, "SELECT count(*) FROM agent WHERE account = $1"), account, &summary.agents);
    if (err == BH_OK)
        err = one(bh_db_statement(db, "SELECT count(*) FROM agent a JOIN permission p ON p.agent = a.id "
                                      "WHERE a.account = $1 AND p.status = 'active'"),
            account, &summary.active_permissions);
    if (err == BH_OK)
        err = one(
            bh_db_statement(db, "SELECT count(*) FROM member WHERE account = $1"), account, &summary.members);
    if (err == BH_OK)
        err = count_pending(db, account, &summary.pending_events);
    if (err == BH_OK)
        err =
            one_capped(bh_db_statement(db,
                           "SELECT count(*) FROM (SELECT 1 FROM webhook w CROSS JOIN delivery d "
                           "WHERE d.webhook = w.id AND w.account = $1 AND d.status = 'dead' LIMIT $2) AS x"),
                account, &summary.failed_events);
    if (err == BH_OK)
        *ret_summary = summary;
    return err;
}
