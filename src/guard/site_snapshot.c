// SPDX-License-Identifier: Apache-2.0
#include "guard/site_snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"

#define FIRST_CHUNK 1024
#define SNAPSHOT_LIMIT ((size_t)8 << 20) /* rules have 256 KB of text at most */

_Static_assert(offsetof(struct bh_site_snapshot, cached) == 0, "found by what is cached of it");

static void destroy(struct bh_cached *cached)
{
    struct bh_site_snapshot *snapshot = (struct bh_site_snapshot *)cached;
    bh_arena_finish(&snapshot->arena);
    free(snapshot);
}

void bh_site_snapshot_release(struct bh_site_snapshot *snapshot)
{
    bh_cached_release(snapshot == NULL ? NULL : &snapshot->cached);
}

struct bh_site_snapshot *bh_site_snapshot_find(struct bh_cache *cache, const struct bh_sha256 *key_hash)
{
    return (struct bh_site_snapshot *)bh_cache_find(cache, key_hash);
}

void bh_site_snapshot_put(struct bh_cache *cache, struct bh_site_snapshot *snapshot)
{
    if (snapshot->arena.used <= BH_SITE_SNAPSHOT_CACHED)
        bh_cache_put(cache, &snapshot->cached);
}

/* The keys out of the column's text, [{"kid","x"}]. One that cannot be read is a damaged row, and no key. */
static enum bh_err read_keys(struct bh_span text, struct bh_arena *arena, struct bh_key_directory *directory)
{
    BH_CLEANUP(bh_json_release) json_t *array = NULL;
    enum bh_err err = bh_json_parse(text, &array);
    if (err != BH_OK || !json_is_array(array) || json_array_size(array) > BH_DIRECTORY_KEYS)
        return BH_ERR_STORE_CORRUPT;
    struct bh_signature_key *keys = bh_arena_alloc(arena, (json_array_size(array) + 1) * sizeof(*keys));
    if (keys == NULL)
        return BH_ERR_NO_MEMORY;
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *item = json_array_get(array, i);
        struct bh_span kid = bh_json_member_text(item, "kid");
        if (kid.len >= sizeof(keys[i].kid) ||
            !bh_base64url_decode(bh_json_member_text(item, "x"), keys[i].x, sizeof(keys[i].x)))
            return BH_ERR_STORE_CORRUPT;
        memcpy(keys[i].kid, kid.data, kid.len);
    }
    directory->keys = keys;
    directory->key_count = json_array_size(array);
    return BH_OK;
}

static enum bh_err load_directories(struct bh_db *db, struct bh_site_snapshot *snapshot)
{
    BH_CLEANUP(bh_arena_finish) struct bh_arena scratch = {0};
    struct bh_site_directory_record *records;
    size_t count;
    bh_arena_init(&scratch, 1024, SNAPSHOT_LIMIT);
    enum bh_err err = bh_site_directory_list(db, snapshot->site, &scratch, &records, &count);
    if (err != BH_OK || count == 0)
        return err;
    struct bh_site_directory *directories = bh_arena_alloc(&snapshot->arena, count * sizeof(*directories));
    if (directories == NULL)
        return BH_ERR_NO_MEMORY;
    for (size_t i = 0; i < count && err == BH_OK; i++) {
        directories[i].is_pinned = records[i].is_pinned;
        directories[i].fetched_at = records[i].fetched_at;
        err = read_keys(records[i].keys, &snapshot->arena, &directories[i].keys);
        if (err == BH_OK && !bh_arena_copy(&snapshot->arena, records[i].url, &directories[i].keys.url))
            err = BH_ERR_NO_MEMORY;
    }
    snapshot->directories = directories;
    snapshot->directory_count = count;
    return err;
}

static enum bh_err load_rules(struct bh_db *db, struct bh_site_snapshot *snapshot)
{
    struct bh_site_rule *rules;
    enum bh_err err =
        bh_site_rule_load(db, snapshot->site, &snapshot->arena, &rules, &snapshot->policy.count);
    if (err != BH_OK)
        return err;
    bh_site_rules_sort(rules, snapshot->policy.count);
    snapshot->policy.rules = rules;
    return BH_OK;
}

static enum bh_err fill(struct bh_db *db, int64_t site_id, struct bh_site_snapshot *snapshot)
{
    struct bh_site_record site;
    int64_t account_version = 0;
    enum bh_err err = bh_site_find_by_id(db, site_id, &snapshot->arena, &site);
    if (err == BH_OK)
        err = bh_account_policy_version(db, site.account, &account_version);
    if (err != BH_OK)
        return err;
    atomic_init(&snapshot->account_version, account_version);
    snapshot->site_version = site.policy_version;
    snapshot->account = site.account;
    snapshot->site = site.id;
    snapshot->site_id = site.site_id;
    snapshot->domain = site.domain;
    snapshot->policy.found = true;
    snapshot->policy.active = bh_span_equal(site.status, BH_SPAN("active"));
    err = load_rules(db, snapshot);
    return err == BH_OK ? load_directories(db, snapshot) : err;
}

static enum bh_err create(struct bh_db *db, const struct bh_sha256 *key_hash, int64_t site,
    const struct bh_site_key_record *key, struct bh_site_snapshot **ret_snapshot)
{
    struct bh_site_snapshot *snapshot = calloc(1, sizeof(*snapshot));
    if (snapshot == NULL)
        return BH_ERR_NO_MEMORY;
    bh_arena_init(&snapshot->arena, FIRST_CHUNK, SNAPSHOT_LIMIT);
    bh_cached_init(&snapshot->cached, key_hash, destroy);
    snapshot->key = key == NULL ? 0 : key->id;
    enum bh_err err = fill(db, site, snapshot);
    if (err == BH_OK)
        *ret_snapshot = snapshot;
    else
        bh_site_snapshot_release(snapshot);
    return err;
}

enum bh_err bh_site_snapshot_load(
    struct bh_db *db, const struct bh_sha256 *key_hash, struct bh_site_snapshot **ret_snapshot)
{
    BH_CLEANUP(bh_arena_finish) struct bh_arena scratch = {0};
    struct bh_site_key_record key;
    bh_arena_init(&scratch, 1024, 65536);
    enum bh_err err = bh_site_key_find_by_hash(db, key_hash, &scratch, &key);
    if (err == BH_ERR_NOT_FOUND)
        return BH_ERR_SITE_KEY;
    if (err == BH_OK && !bh_span_equal(key.status, BH_SPAN("active")))
        return BH_ERR_SITE_KEY_REVOKED;
    if (err == BH_OK)
        err = create(db, key_hash, key.site, &key, ret_snapshot);
    return err == BH_ERR_SITE_NOT_FOUND ? BH_ERR_SITE_KEY : err;
}

enum bh_err bh_site_snapshot_load_site(struct bh_db *db, int64_t site, struct bh_site_snapshot **ret_snapshot)
{
    static const struct bh_sha256 none = {{0}};
    return create(db, &none, site, NULL, ret_snapshot);
}
