// SPDX-License-Identifier: Apache-2.0
#include "store/db.h"
#include "store/sites.h"

#define COLUMNS                                                                                              \
    "d.id, d.site, d.directory_id, d.url, d.keys, d.error, d.is_pinned, d.fetched_at, d.attempted_at, "      \
    "d.created_at, d.updated_at, d.failures, d.next_at, d.is_asked"
#define SELECT_DIRECTORIES "SELECT " COLUMNS " FROM site_directory d WHERE "

#define ACCOUNT_COLUMN 14
#define BUSY_PARAMETER 3
_Static_assert(BH_DIRECTORIES_AT_ONCE == 8, "the busy accounts are $3 to $10");
#define NOT_BUSY "s.account NOT IN ($3, $4, $5, $6, $7, $8, $9, $10)"

static enum bh_err read_directory(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_directory)
{
    struct bh_site_directory_record directory = {.id = bh_stmt_int(stmt, 0),
        .site = bh_stmt_int(stmt, 1),
        .is_pinned = bh_stmt_int(stmt, 6) != 0,
        .fetched_at = bh_stmt_int(stmt, 7),
        .attempted_at = bh_stmt_int(stmt, 8),
        .created_at = bh_stmt_int(stmt, 9),
        .updated_at = bh_stmt_int(stmt, 10),
        .failures = bh_stmt_int(stmt, 11),
        .next_at = bh_stmt_int(stmt, 12),
        .is_asked = bh_stmt_int(stmt, 13) != 0};
    struct bh_span *const texts[] = {
        &directory.directory_id, &directory.url, &directory.keys, &directory.error};
    enum bh_err err = bh_stmt_copy_texts(stmt, 2, arena, texts, BH_COUNT(texts));
    if (err == BH_OK)
        *(struct bh_site_directory_record *)ret_directory = directory;
    return err;
}

static enum bh_err read_all(struct bh_stmt *stmt, size_t limit, struct bh_arena *arena,
    struct bh_site_directory_record **ret_directories, size_t *ret_count)
{
    static const struct bh_stmt_item item = {sizeof(struct bh_site_directory_record), read_directory};
    void *directories = NULL;
    enum bh_err err = bh_stmt_read_all(stmt, &item, limit, arena, &directories, ret_count);
    if (err == BH_OK)
        *ret_directories = directories;
    return err;
}

/* ---- reading --------------------------------------------------------------------------------------------
 */

enum bh_err bh_site_directory_find(struct bh_db *db, int64_t site, struct bh_span directory_id,
    struct bh_arena *arena, struct bh_site_directory_record *ret_directory)
{
    struct bh_stmt *stmt = bh_db_statement(db, SELECT_DIRECTORIES "directory_id = $1 AND site = $2");
    bh_stmt_bind_text(stmt, 1, directory_id);
    bh_stmt_bind_int(stmt, 2, site);
    enum bh_err err = bh_stmt_read_one(stmt, read_directory, arena, ret_directory);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_DIRECTORY_NOT_FOUND : err;
}

enum bh_err bh_site_directory_list(struct bh_db *db, int64_t site, struct bh_arena *arena,
    struct bh_site_directory_record **ret_directories, size_t *ret_count)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, SELECT_DIRECTORIES "site = $1 ORDER BY created_at DESC, id DESC");
    bh_stmt_bind_int(stmt, 1, site);
    return read_all(stmt, BH_SITE_DIRECTORIES_MAX, arena, ret_directories, ret_count);
}

static void bind_turn(struct bh_stmt *stmt, const struct bh_directory_turn *turn)
{
    bh_stmt_bind_int(stmt, 1, turn->now_ms);
    bh_stmt_bind_int(stmt, 2, turn->latest_ms);
    for (int i = 0; i < BH_DIRECTORIES_AT_ONCE; i++)
        bh_stmt_bind_int(stmt, BUSY_PARAMETER + i, turn->busy[i]);
}

/* A turn that is still to come was taken before the clock was set back, so it is as good as none. */
enum bh_err bh_site_directory_next(struct bh_db *db, const struct bh_directory_turn *turn,
    struct bh_arena *arena, struct bh_site_directory_record *ret_directory, int64_t *ret_account)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT " COLUMNS ", a.id FROM site_directory d JOIN site s ON s.id = d.site "
                            "JOIN account a ON a.id = s.account "
                            "WHERE d.is_pinned = 0 AND (d.next_at <= $1 OR d.next_at > $2) AND " NOT_BUSY
                            " ORDER BY CASE WHEN a.directory_turn > $1 THEN 0 ELSE a.directory_turn END, "
                            "d.next_at, d.id LIMIT 1");
    bind_turn(stmt, turn);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    int64_t account = bh_stmt_int(stmt, ACCOUNT_COLUMN);
    err = read_directory(stmt, arena, ret_directory);
    bh_stmt_end(stmt);
    if (err == BH_OK)
        *ret_account = account;
    return err;
}

enum bh_err bh_site_directory_soonest(
    struct bh_db *db, const struct bh_directory_turn *turn, int64_t *ret_next_at)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT CASE WHEN d.next_at > $2 THEN $1 ELSE d.next_at END FROM site_directory d "
        "JOIN site s ON s.id = d.site WHERE d.is_pinned = 0 AND " NOT_BUSY " ORDER BY d.next_at LIMIT 1");
    bind_turn(stmt, turn);
    return bh_stmt_one_int(stmt, ret_next_at);
}

/* ---- changes --------------------------------------------------------------------------------------------
 */

static enum bh_err check_limits(struct bh_db *db, int64_t site)
{
    int64_t count;
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT count(*) FROM site_directory WHERE site = $1");
    bh_stmt_bind_int(stmt, 1, site);
    enum bh_err err = bh_stmt_one_int(stmt, &count);
    if (err == BH_OK && count >= BH_SITE_DIRECTORIES_MAX)
        err = BH_ERR_DIRECTORY_LIMIT;
    if (err != BH_OK)
        return err;
    stmt =
        bh_db_statement(db, "SELECT count(*) FROM site_directory WHERE site IN "
                            "(SELECT id FROM site WHERE account = (SELECT account FROM site WHERE id = $1))");
    bh_stmt_bind_int(stmt, 1, site);
    err = bh_stmt_one_int(stmt, &count);
    return err == BH_OK && count >= BH_ACCOUNT_DIRECTORIES_MAX ? BH_ERR_ACCOUNT_DIRECTORY_LIMIT : err;
}

enum bh_err bh_site_directory_create(
    struct bh_db *db, const struct bh_site_directory_record *directory, int64_t *ret_id)
{
    enum bh_err err = check_limits(db, directory->site);
    if (err != BH_OK)
        return err;
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO site_directory (site, directory_id, url, is_pinned, keys, fetched_at, attempted_at, "
        "error, created_at, updated_at, next_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10) "
        "ON CONFLICT (site, url) DO NOTHING RETURNING id");
    bh_stmt_bind_int(stmt, 1, directory->site);
    bh_stmt_bind_text(stmt, 2, directory->directory_id);
    bh_stmt_bind_text(stmt, 3, directory->url);
    bh_stmt_bind_int(stmt, 4, directory->is_pinned);
    bh_stmt_bind_text(stmt, 5, bh_span_is_absent(directory->keys) ? BH_SPAN("[]") : directory->keys);
    bh_stmt_bind_int(stmt, 6, directory->fetched_at);
    bh_stmt_bind_int(stmt, 7, directory->attempted_at);
    bh_stmt_bind_text(stmt, 8, directory->error);
    bh_stmt_bind_int(stmt, 9, directory->created_at);
    bh_stmt_bind_int(stmt, 10, directory->next_at);
    err = bh_stmt_one_int(stmt, ret_id);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_DIRECTORY_TAKEN : err;
}

enum bh_err bh_site_directory_delete(struct bh_db *db, int64_t site, struct bh_span directory_id)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "DELETE FROM site_directory WHERE site = $1 AND directory_id = $2");
    bh_stmt_bind_int(stmt, 1, site);
    bh_stmt_bind_text(stmt, 2, directory_id);
    return bh_stmt_run_or(stmt, BH_ERR_DIRECTORY_NOT_FOUND);
}

/* ---- fetching -------------------------------------------------------------------------------------------
 *
 * A directory is named by its random id and its site: the number of one that was deleted may be another's by
 * now. Keys that somebody gave are never overwritten.
 */

enum bh_err bh_site_directory_ask(
    struct bh_db *db, int64_t account, const struct bh_site_directory_record *directory, int64_t next_at)
{
    int64_t count;
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT count(*) FROM site_directory d JOIN site s ON s.id = d.site "
                            "WHERE s.account = $1 AND d.is_asked = 1 AND d.directory_id <> $2");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_text(stmt, 2, directory->directory_id);
    enum bh_err err = bh_stmt_one_int(stmt, &count);
    if (err == BH_OK && count >= BH_DIRECTORIES_ASKED_MAX)
        err = BH_ERR_DIRECTORIES_ASKED;
    if (err != BH_OK)
        return err;
    stmt = bh_db_statement(db, "UPDATE site_directory SET is_asked = 1, next_at = $3 "
                               "WHERE directory_id = $1 AND site = $2 AND is_pinned = 0");
    bh_stmt_bind_text(stmt, 1, directory->directory_id);
    bh_stmt_bind_int(stmt, 2, directory->site);
    bh_stmt_bind_int(stmt, 3, next_at);
    return bh_stmt_run_or(stmt, BH_ERR_DIRECTORY_NOT_FOUND);
}

enum bh_err bh_site_directory_claim(struct bh_db *db, int64_t account,
    const struct bh_site_directory_record *directory, int64_t now_ms, int64_t until)
{
    struct bh_stmt *stmt = bh_db_statement(db, "UPDATE site_directory SET is_asked = 0, next_at = $3 "
                                               "WHERE directory_id = $1 AND site = $2 AND is_pinned = 0");
    bh_stmt_bind_text(stmt, 1, directory->directory_id);
    bh_stmt_bind_int(stmt, 2, directory->site);
    bh_stmt_bind_int(stmt, 3, until);
    enum bh_err err = bh_stmt_run_or(stmt, BH_ERR_DIRECTORY_NOT_FOUND);
    if (err != BH_OK)
        return err;
    stmt = bh_db_statement(db, "UPDATE account SET directory_turn = $2 WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_int(stmt, 2, now_ms);
    return bh_stmt_run(stmt);
}

enum bh_err bh_site_directory_fetched(
    struct bh_db *db, const struct bh_directory_outcome *outcome, int64_t now_ms)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "UPDATE site_directory SET keys = coalesce($3, keys), error = $4, attempted_at = "
                            "$5, updated_at = $5, "
                            "fetched_at = CASE WHEN $3 IS NULL THEN fetched_at ELSE $5 END, failures = $6, "
                            "next_at = CASE WHEN is_asked = 1 THEN $8 ELSE $7 END "
                            "WHERE directory_id = $1 AND site = $2 AND is_pinned = 0");
    bh_stmt_bind_text(stmt, 1, outcome->directory_id);
    bh_stmt_bind_int(stmt, 2, outcome->site);
    bh_stmt_bind_text(stmt, 3, outcome->keys);
    bh_stmt_bind_text(stmt, 4, outcome->error);
    bh_stmt_bind_int(stmt, 5, now_ms);
    bh_stmt_bind_int(stmt, 6, outcome->failures);
    bh_stmt_bind_int(stmt, 7, outcome->next_at);
    bh_stmt_bind_int(stmt, 8, outcome->asked_at);
    return bh_stmt_run_or(stmt, BH_ERR_DIRECTORY_NOT_FOUND);
}
