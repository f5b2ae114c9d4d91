// SPDX-License-Identifier: Apache-2.0
#include "store/db.h"
#include "store/sites.h"

enum bh_err bh_site_check_last(struct bh_db *db, int64_t site, int64_t *ret_number)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT coalesce(max(number), 0) FROM site_check WHERE site = $1");
    bh_stmt_bind_int(stmt, 1, site);
    return bh_stmt_one_int(stmt, ret_number);
}

enum bh_err bh_site_check_append(struct bh_db *db, const struct bh_site_check_record *check)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO site_check (site, number, request_id, rule_id, domain, path, user_agent, "
        "agent_identifier, verified_agent, allowed, reason, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
    const struct bh_span texts[] = {check->request_id, check->rule_id, check->domain, check->path,
        check->user_agent, check->agent_identifier, check->verified_agent};
    bh_stmt_bind_int(stmt, 1, check->site);
    bh_stmt_bind_int(stmt, 2, check->number);
    for (size_t i = 0; i < BH_COUNT(texts); i++)
        bh_stmt_bind_text(stmt, 3 + (int)i, texts[i]);
    bh_stmt_bind_int(stmt, 10, bh_site_reason_allows(check->reason));
    bh_stmt_bind_int(stmt, 11, check->reason);
    bh_stmt_bind_int(stmt, 12, check->created_at);
    return bh_stmt_run(stmt);
}

static enum bh_err read_check(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_check)
{
    int64_t reason = bh_stmt_int(stmt, 9);
    /* One that this version does not know reads as the reason that denies. */
    bool known = reason >= 0 && reason < BH_SITE_REASONS;
    struct bh_site_check_record check = {.site = bh_stmt_int(stmt, 0),
        .number = bh_stmt_int(stmt, 1),
        .reason = known ? (enum bh_site_reason)reason : BH_SITE_REASON_FAILED_CLOSED,
        .created_at = bh_stmt_int(stmt, 10)};
    struct bh_span *const texts[] = {&check.request_id, &check.rule_id, &check.domain, &check.path,
        &check.user_agent, &check.agent_identifier, &check.verified_agent};
    enum bh_err err = bh_stmt_copy_texts(stmt, 2, arena, texts, BH_COUNT(texts));
    if (err == BH_OK)
        *(struct bh_site_check_record *)ret_check = check;
    return err;
}

enum bh_err bh_site_check_list(struct bh_db *db, int64_t site, int64_t before, size_t limit,
    struct bh_arena *arena, struct bh_site_check_record **ret_checks, size_t *ret_count)
{
    static const struct bh_stmt_item item = {sizeof(struct bh_site_check_record), read_check};
    void *checks = NULL;
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT site, number, request_id, rule_id, domain, path, user_agent, agent_identifier, "
        "verified_agent, reason, created_at FROM site_check WHERE site = $1 AND number < $2 "
        "ORDER BY number DESC LIMIT $3");
    bh_stmt_bind_int(stmt, 1, site);
    bh_stmt_bind_int(stmt, 2, before > 0 ? before : INT64_MAX);
    bh_stmt_bind_int(stmt, 3, (int64_t)limit);
    enum bh_err err = bh_stmt_read_all(stmt, &item, limit, arena, &checks, ret_count);
    if (err == BH_OK)
        *ret_checks = checks;
    return err;
}

/* ---- retention -------------------------------------------------------------------------------------------
 */

/* The next site whose oldest entry is too old. */
static enum bh_err find_next(struct bh_db *db, int64_t after, int64_t older_than, int64_t *ret_site)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT s.id FROM site s WHERE s.id > $1 AND (SELECT c.created_at FROM site_check c "
        "WHERE c.site = s.id ORDER BY c.number LIMIT 1) < $2 ORDER BY s.id LIMIT 1");
    bh_stmt_bind_int(stmt, 1, after);
    bh_stmt_bind_int(stmt, 2, older_than);
    return bh_stmt_one_int(stmt, ret_site);
}

/*
 * The last one of the oldest entries, at most `limit` of them, that are too old; 0 = none. Stops at the first
 * that is not, so that no more is read than is removed.
 */
static enum bh_err find_end(
    struct bh_db *db, int64_t site, int64_t older_than, size_t limit, int64_t *ret_number)
{
    int64_t number = 0;
    enum bh_err err;
    struct bh_stmt *stmt = bh_db_statement(
        db, "SELECT number, created_at FROM site_check WHERE site = $1 ORDER BY number LIMIT $2");
    bh_stmt_bind_int(stmt, 1, site);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    while ((err = bh_stmt_step(stmt)) == BH_OK && bh_stmt_int(stmt, 1) < older_than)
        number = bh_stmt_int(stmt, 0);
    bh_stmt_end(stmt);
    if (err != BH_OK && err != BH_ERR_NOT_FOUND)
        return err;
    *ret_number = number;
    return BH_OK;
}

static enum bh_err purge_site(
    struct bh_db *db, int64_t site, int64_t older_than, size_t limit, size_t *ret_removed)
{
    int64_t end = 0;
    enum bh_err err = find_end(db, site, older_than, limit, &end);
    if (err != BH_OK)
        return err;
    struct bh_stmt *stmt = bh_db_statement(db, "DELETE FROM site_check WHERE site = $1 AND number <= $2");
    bh_stmt_bind_int(stmt, 1, site);
    bh_stmt_bind_int(stmt, 2, end);
    err = bh_stmt_run(stmt);
    if (err == BH_OK)
        *ret_removed = (size_t)bh_db_changes(db);
    return err;
}

enum bh_err bh_site_check_purge(struct bh_db *db, int64_t older_than, size_t limit, size_t *ret_removed)
{
    size_t removed = 0;
    int64_t site = 0;
    enum bh_err err = BH_OK;
    while (err == BH_OK && removed < limit) {
        size_t more = 0;
        err = find_next(db, site, older_than, &site);
        if (err == BH_OK)
            err = purge_site(db, site, older_than, limit - removed, &more);
        removed += more;
    }
    if (err != BH_OK && err != BH_ERR_NOT_FOUND)
        return err;
    *ret_removed = removed;
    return BH_OK;
}
