// SPDX-License-Identifier: Apache-2.0
#include "store/db.h"
#include "store/sites.h"

#define SELECT_KEYS                                                                                          \
    "SELECT k.id, k.site, s.account, k.key_id, k.name, k.preview, k.status, k.key_hash, k.last_used_at, "    \
    "k.created_at, k.updated_at FROM site_key k JOIN site s ON s.id = k.site WHERE "

static enum bh_err read_key(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_key)
{
    struct bh_site_key_record key = {.id = bh_stmt_int(stmt, 0),
        .site = bh_stmt_int(stmt, 1),
        .account = bh_stmt_int(stmt, 2),
        .last_used_at = bh_stmt_int(stmt, 8),
        .created_at = bh_stmt_int(stmt, 9),
        .updated_at = bh_stmt_int(stmt, 10)};
    struct bh_span *const texts[] = {&key.key_id, &key.name, &key.preview, &key.status};
    enum bh_err err = bh_stmt_sha256(stmt, 7, &key.key_hash) ? BH_OK : BH_ERR_STORE_CORRUPT;
    if (err == BH_OK)
        err = bh_stmt_copy_texts(stmt, 3, arena, texts, BH_COUNT(texts));
    if (err == BH_OK)
        *(struct bh_site_key_record *)ret_key = key;
    return err;
}

enum bh_err bh_site_key_find_by_hash(struct bh_db *db, const struct bh_sha256 *key_hash,
    struct bh_arena *arena, struct bh_site_key_record *ret_key)
{
    struct bh_stmt *stmt = bh_db_statement(db, SELECT_KEYS "k.key_hash = $1");
    bh_stmt_bind_sha256(stmt, 1, key_hash);
    return bh_stmt_read_one(stmt, read_key, arena, ret_key);
}

enum bh_err bh_site_key_find(struct bh_db *db, int64_t site, struct bh_span key_id, struct bh_arena *arena,
    struct bh_site_key_record *ret_key)
{
    struct bh_stmt *stmt = bh_db_statement(db, SELECT_KEYS "k.key_id = $1 AND k.site = $2");
    bh_stmt_bind_text(stmt, 1, key_id);
    bh_stmt_bind_int(stmt, 2, site);
    enum bh_err err = bh_stmt_read_one(stmt, read_key, arena, ret_key);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_SITE_KEY_NOT_FOUND : err;
}

enum bh_err bh_site_key_list(struct bh_db *db, int64_t site, size_t limit, struct bh_arena *arena,
    struct bh_site_key_record **ret_keys, size_t *ret_count)
{
    static const struct bh_stmt_item item = {sizeof(struct bh_site_key_record), read_key};
    void *keys = NULL;
    struct bh_stmt *stmt = bh_db_statement(
        db, SELECT_KEYS "k.site = $1 ORDER BY k.status, k.created_at DESC, k.id DESC LIMIT $2");
    bh_stmt_bind_int(stmt, 1, site);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    enum bh_err err = bh_stmt_read_all(stmt, &item, limit, arena, &keys, ret_count);
    if (err == BH_OK)
        *ret_keys = keys;
    return err;
}

enum bh_err bh_site_key_count_active(struct bh_db *db, int64_t site, size_t *ret_count)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT count(*) FROM site_key WHERE site = $1 AND status = 'active'");
    bh_stmt_bind_int(stmt, 1, site);
    return bh_stmt_one_size(stmt, ret_count);
}

enum bh_err bh_site_key_create(struct bh_db *db, const struct bh_site_key_record *key, int64_t *ret_id)
{
    size_t count;
    enum bh_err err = bh_site_key_count_active(db, key->site, &count);
    if (err == BH_OK && count >= BH_SITE_KEYS_MAX)
        err = BH_ERR_SITE_KEY_LIMIT;
    if (err != BH_OK)
        return err;
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO site_key (site, key_id, key_hash, name, preview, status, last_used_at, created_at, "
        "updated_at) VALUES ($1, $2, $3, $4, $5, 'active', 0, $6, $6) RETURNING id");
    bh_stmt_bind_int(stmt, 1, key->site);
    bh_stmt_bind_text(stmt, 2, key->key_id);
    bh_stmt_bind_sha256(stmt, 3, &key->key_hash);
    bh_stmt_bind_text(stmt, 4, key->name);
    bh_stmt_bind_text(stmt, 5, key->preview);
    bh_stmt_bind_int(stmt, 6, key->created_at);
    return bh_stmt_one_int(stmt, ret_id);
}

enum bh_err bh_site_key_revoke(struct bh_db *db, int64_t site, struct bh_span key_id, int64_t now_ms)
{
    struct bh_stmt *stmt = bh_db_statement(db, "UPDATE site_key SET status = 'revoked', updated_at = $3 "
                                               "WHERE site = $1 AND key_id = $2 AND status = 'active'");
    bh_stmt_bind_int(stmt, 1, site);
    bh_stmt_bind_text(stmt, 2, key_id);
    bh_stmt_bind_int(stmt, 3, now_ms);
    return bh_stmt_run_or(stmt, BH_ERR_SITE_KEY_NOT_FOUND);
}

enum bh_err bh_site_key_touch(struct bh_db *db, int64_t key, int64_t used_at)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "UPDATE site_key SET last_used_at = $2 WHERE id = $1 AND status = 'active' AND last_used_at < $2");
    bh_stmt_bind_int(stmt, 1, key);
    bh_stmt_bind_int(stmt, 2, used_at);
    return bh_stmt_run(stmt);
}
