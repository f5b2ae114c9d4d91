// SPDX-License-Identifier: Apache-2.0
#include "store/sites.h"

#include "store/db.h"

/*
 * A deleted site keeps its row, without name and domain, until its access log is gone, and for good while it
 * is the newest: so the database never gives its id, under which checks are cached and logged, to another.
 */
#define COLUMNS "id, account, site_id, name, domain, status, policy_version, created_at, updated_at "
#define SELECT_SITES "SELECT " COLUMNS "FROM site WHERE status <> 'deleted' AND "

static enum bh_err read_site(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_site)
{
    struct bh_site_record site = {.id = bh_stmt_int(stmt, 0),
        .account = bh_stmt_int(stmt, 1),
        .policy_version = bh_stmt_int(stmt, 6),
        .created_at = bh_stmt_int(stmt, 7),
        .updated_at = bh_stmt_int(stmt, 8)};
    struct bh_span *const texts[] = {&site.site_id, &site.name, &site.domain, &site.status};
    enum bh_err err = bh_stmt_copy_texts(stmt, 2, arena, texts, BH_COUNT(texts));
    if (err == BH_OK)
        *(struct bh_site_record *)ret_site = site;
    return err;
}

/* ---- reading --------------------------------------------------------------------------------------------
 */

static enum bh_err read_one(struct bh_stmt *stmt, struct bh_arena *arena, struct bh_site_record *ret_site)
{
    enum bh_err err = bh_stmt_read_one(stmt, read_site, arena, ret_site);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_SITE_NOT_FOUND : err;
}

enum bh_err bh_site_find(struct bh_db *db, int64_t account, struct bh_span site_id, struct bh_arena *arena,
    struct bh_site_record *ret_site)
{
    struct bh_stmt *stmt = bh_db_statement(db, SELECT_SITES "site_id = $1 AND account = $2");
    bh_stmt_bind_text(stmt, 1, site_id);
    bh_stmt_bind_int(stmt, 2, account);
    return read_one(stmt, arena, ret_site);
}

enum bh_err bh_site_find_by_domain(struct bh_db *db, int64_t account, struct bh_span domain,
    struct bh_arena *arena, struct bh_site_record *ret_site)
{
    struct bh_stmt *stmt = bh_db_statement(db, SELECT_SITES "domain = $1 AND account = $2");
    bh_stmt_bind_text(stmt, 1, domain);
    bh_stmt_bind_int(stmt, 2, account);
    return read_one(stmt, arena, ret_site);
}

enum bh_err bh_site_find_by_id(
    struct bh_db *db, int64_t site, struct bh_arena *arena, struct bh_site_record *ret_site)
{
    struct bh_stmt *stmt = bh_db_statement(db, SELECT_SITES "id = $1");
    bh_stmt_bind_int(stmt, 1, site);
    return read_one(stmt, arena, ret_site);
}

enum bh_err bh_site_count(struct bh_db *db, int64_t account, size_t *ret_count)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT count(*) FROM site WHERE account = $1 AND status <> 'deleted'");
    bh_stmt_bind_int(stmt, 1, account);
    return bh_stmt_one_size(stmt, ret_count);
}

enum bh_err bh_site_list(struct bh_db *db, int64_t account, size_t limit, struct bh_arena *arena,
    struct bh_site_record **ret_sites, size_t *ret_count)
{
    static const struct bh_stmt_item item = {sizeof(struct bh_site_record), read_site};
    void *sites = NULL;
    struct bh_stmt *stmt =
        bh_db_statement(db, SELECT_SITES "account = $1 ORDER BY created_at DESC, id DESC LIMIT $2");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    enum bh_err err = bh_stmt_read_all(stmt, &item, limit, arena, &sites, ret_count);
    if (err == BH_OK)
        *ret_sites = sites;
    return err;
}

enum bh_err bh_site_policy_version(struct bh_db *db, int64_t site, int64_t *ret_version)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT policy_version FROM site WHERE id = $1 AND status <> 'deleted'");
    bh_stmt_bind_int(stmt, 1, site);
    enum bh_err err = bh_stmt_one_int(stmt, ret_version);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_SITE_NOT_FOUND : err;
}

/* ---- changes --------------------------------------------------------------------------------------------
 */

static enum bh_err check_limit(struct bh_db *db, int64_t account)
{
    size_t count;
    enum bh_err err = bh_site_count(db, account, &count);
    return err == BH_OK && count >= BH_SITES_MAX ? BH_ERR_SITE_LIMIT : err;
}

enum bh_err bh_site_create(struct bh_db *db, const struct bh_site_record *site, int64_t *ret_id)
{
    enum bh_err err = check_limit(db, site->account);
    if (err != BH_OK)
        return err;
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO site (account, site_id, name, domain, status, policy_version, created_at, updated_at) "
        "VALUES ($1, $2, $3, $4, 'active', 1, $5, $5) ON CONFLICT (account, domain) DO NOTHING RETURNING id");
    bh_stmt_bind_int(stmt, 1, site->account);
    bh_stmt_bind_text(stmt, 2, site->site_id);
    bh_stmt_bind_text(stmt, 3, site->name);
    bh_stmt_bind_text(stmt, 4, site->domain);
    bh_stmt_bind_int(stmt, 5, site->created_at);
    err = bh_stmt_one_int(stmt, ret_id);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_SITE_DOMAIN_TAKEN : err;
}

enum bh_err bh_site_update(struct bh_db *db, const struct bh_site_record *site, int64_t now_ms)
{
    struct bh_stmt *stmt = bh_db_statement(db, "UPDATE site SET name = $2, status = $3, updated_at = $4 "
                                               "WHERE id = $1 AND status <> 'deleted'");
    bh_stmt_bind_int(stmt, 1, site->id);
    bh_stmt_bind_text(stmt, 2, site->name);
    bh_stmt_bind_text(stmt, 3, site->status);
    bh_stmt_bind_int(stmt, 4, now_ms);
    return bh_stmt_run_or(stmt, BH_ERR_SITE_NOT_FOUND);
}

enum bh_err bh_site_bump(struct bh_db *db, int64_t account, int64_t site)
{
    struct bh_stmt *stmt = bh_db_statement(
        db, "UPDATE site SET policy_version = policy_version + 1 WHERE id = $1 AND account = $2");
    bh_stmt_bind_int(stmt, 1, site);
    bh_stmt_bind_int(stmt, 2, account);
    enum bh_err err = bh_stmt_run_or(stmt, BH_ERR_SITE_NOT_FOUND);
    if (err != BH_OK)
        return err;
    /* Not bh_account_bump_policy(): the agents' decisions do not depend on sites. */
    stmt = bh_db_statement(db, "UPDATE account SET policy_version = policy_version + 1 WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, account);
    return bh_stmt_run(stmt);
}

/* For a statement whose only parameter is the site. */
static enum bh_err run_for(struct bh_stmt *stmt, int64_t site)
{
    bh_stmt_bind_int(stmt, 1, site);
    return bh_stmt_run(stmt);
}

enum bh_err bh_site_delete(struct bh_db *db, int64_t account, struct bh_span site_id, int64_t now_ms)
{
    int64_t site;
    struct bh_stmt *stmt = bh_db_statement(db,
        "UPDATE site SET status = 'deleted', name = '', domain = site_id, updated_at = $3 "
        "WHERE site_id = $1 AND account = $2 AND status <> 'deleted' RETURNING id");
    bh_stmt_bind_text(stmt, 1, site_id);
    bh_stmt_bind_int(stmt, 2, account);
    bh_stmt_bind_int(stmt, 3, now_ms);
    enum bh_err err = bh_stmt_one_int(stmt, &site);
    if (err == BH_ERR_NOT_FOUND)
        return BH_ERR_SITE_NOT_FOUND;
    if (err == BH_OK)
        err = bh_site_bump(db, account, site);
    if (err == BH_OK)
        err = run_for(bh_db_statement(db, "DELETE FROM site_rule WHERE site = $1"), site);
    if (err == BH_OK)
        err = run_for(bh_db_statement(db, "DELETE FROM site_key WHERE site = $1"), site);
    if (err == BH_OK)
        err = run_for(bh_db_statement(db, "DELETE FROM site_directory WHERE site = $1"), site);
    return err;
}

enum bh_err bh_site_purge_deleted(struct bh_db *db, int64_t deleted_until, size_t limit, size_t *ret_removed)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "DELETE FROM site_check WHERE (site, number) IN (SELECT c.site, c.number FROM site s "
        "JOIN site_check c ON c.site = s.id WHERE s.status = 'deleted' AND s.updated_at <= $1 LIMIT $2)");
    bh_stmt_bind_int(stmt, 1, deleted_until);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    enum bh_err err = bh_stmt_run(stmt);
    if (err != BH_OK)
        return err;
    size_t removed = (size_t)bh_db_changes(db);
    err = bh_stmt_run(
        bh_db_statement(db, "DELETE FROM site WHERE status = 'deleted' AND id < (SELECT max(id) FROM site) "
                            "AND NOT EXISTS (SELECT 1 FROM site_check c WHERE c.site = site.id)"));
    if (err == BH_OK)
        *ret_removed = removed;
    return err;
}
