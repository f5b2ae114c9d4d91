// SPDX-License-Identifier: Apache-2.0
#include "store/db.h"
#include "store/sites.h"

#define SELECT_DIRECTORIES                                                                                   \
    "SELECT id, site, directory_id, url, keys, error, is_pinned, fetched_at, attempted_at, created_at, "     \
    "updated_at FROM site_directory WHERE "

static enum bh_err read_directory(
    struct bh_stmt *stmt, struct bh_arena *arena, struct bh_site_directory_record *ret_directory)
{
    struct bh_site_directory_record directory = {.id = bh_stmt_int(stmt, 0),
        .site = bh_stmt_int(stmt, 1),
        .is_pinned = bh_stmt_int(stmt, 6) != 0,
        .fetched_at = bh_stmt_int(stmt, 7),
        .attempted_at = bh_stmt_int(stmt, 8),
        .created_at = bh_stmt_int(stmt, 9),
        .updated_at = bh_stmt_int(stmt, 10)};
    struct bh_span *const texts[] = {
        &directory.directory_id, &directory.url, &directory.keys, &directory.error};
    enum bh_err err = BH_OK;
    for (size_t i = 0; i < BH_COUNT(texts) && err == BH_OK; i++)
        err = bh_stmt_copy_text(stmt, 2 + (int)i, arena, texts[i]);
    if (err == BH_OK)
        *ret_directory = directory;
    return err;
}

static enum bh_err read_all(struct bh_stmt *stmt, size_t limit, struct bh_arena *arena,
    struct bh_site_directory_record **ret_directories, size_t *ret_count)
{
    size_t count = 0;
    enum bh_err err = BH_OK;
    struct bh_site_directory_record *directories = bh_arena_alloc(arena, limit * sizeof(*directories));
    if (directories == NULL)
        return BH_ERR_NO_MEMORY;
    while (err == BH_OK && count < limit) {
        err = bh_stmt_step(stmt);
        if (err == BH_OK)
            err = read_directory(stmt, arena, &directories[count]);
        if (err == BH_OK)
            count++;
    }
    bh_stmt_end(stmt);
    if (err != BH_OK && err != BH_ERR_NOT_FOUND)
        return err;
    *ret_directories = directories;
    *ret_count = count;
    return BH_OK;
}

/* ---- reading --------------------------------------------------------------------------------------------
 */

enum bh_err bh_site_directory_find(struct bh_db *db, int64_t site, struct bh_span directory_id,
    struct bh_arena *arena, struct bh_site_directory_record *ret_directory)
{
    struct bh_stmt *stmt = bh_db_statement(db, SELECT_DIRECTORIES "directory_id = $1 AND site = $2");
    bh_stmt_bind_text(stmt, 1, directory_id);
    bh_stmt_bind_int(stmt, 2, site);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err == BH_ERR_NOT_FOUND ? BH_ERR_DIRECTORY_NOT_FOUND : err;
    err = read_directory(stmt, arena, ret_directory);
    bh_stmt_end(stmt);
    return err;
}

enum bh_err bh_site_directory_list(struct bh_db *db, int64_t site, struct bh_arena *arena,
    struct bh_site_directory_record **ret_directories, size_t *ret_count)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, SELECT_DIRECTORIES "site = $1 ORDER BY created_at DESC, id DESC");
    bh_stmt_bind_int(stmt, 1, site);
    return read_all(stmt, BH_SITE_DIRECTORIES_MAX, arena, ret_directories, ret_count);
}

enum bh_err bh_site_directory_due(struct bh_db *db, int64_t before, size_t limit, struct bh_arena *arena,
    struct bh_site_directory_record **ret_directories, size_t *ret_count)
{
    struct bh_stmt *stmt = bh_db_statement(
        db, SELECT_DIRECTORIES "is_pinned = 0 AND attempted_at < $1 ORDER BY attempted_at LIMIT $2");
    bh_stmt_bind_int(stmt, 1, before);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    return read_all(stmt, limit, arena, ret_directories, ret_count);
}

/* ---- changes --------------------------------------------------------------------------------------------
 */

static enum bh_err check_limit(struct bh_db *db, int64_t site)
{
    int64_t count;
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT count(*) FROM site_directory WHERE site = $1");
    bh_stmt_bind_int(stmt, 1, site);
    enum bh_err err = bh_stmt_one_int(stmt, &count);
    return err == BH_OK && count >= BH_SITE_DIRECTORIES_MAX ? BH_ERR_DIRECTORY_LIMIT : err;
}

enum bh_err bh_site_directory_create(
    struct bh_db *db, const struct bh_site_directory_record *directory, int64_t *ret_id)
{
    enum bh_err err = check_limit(db, directory->site);
    if (err != BH_OK)
        return err;
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO site_directory (site, directory_id, url, is_pinned, keys, fetched_at, attempted_at, "
        "error, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) "
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
    err = bh_stmt_one_int(stmt, ret_id);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_DIRECTORY_TAKEN : err;
}

enum bh_err bh_site_directory_delete(struct bh_db *db, int64_t site, struct bh_span directory_id)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "DELETE FROM site_directory WHERE site = $1 AND directory_id = $2");
    bh_stmt_bind_int(stmt, 1, site);
    bh_stmt_bind_text(stmt, 2, directory_id);
    enum bh_err err = bh_stmt_run(stmt);
    return err == BH_OK && bh_db_changes(db) == 0 ? BH_ERR_DIRECTORY_NOT_FOUND : err;
}

enum bh_err bh_site_directory_fetched(
    struct bh_db *db, int64_t directory, struct bh_span keys, struct bh_span error, int64_t now_ms)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "UPDATE site_directory SET keys = coalesce($2, keys), error = $3, attempted_at = $4, "
        "fetched_at = CASE WHEN $2 IS NULL THEN fetched_at ELSE $4 END, updated_at = $4 WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, directory);
    bh_stmt_bind_text(stmt, 2, keys);
    bh_stmt_bind_text(stmt, 3, error);
    bh_stmt_bind_int(stmt, 4, now_ms);
    enum bh_err err = bh_stmt_run(stmt);
    return err == BH_OK && bh_db_changes(db) == 0 ? BH_ERR_DIRECTORY_NOT_FOUND : err;
}
