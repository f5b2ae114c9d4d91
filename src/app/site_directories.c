// SPDX-License-Identifier: Apache-2.0
#include "app/site_directories.h"

#include "guard/directories.h"
#include "guard/directory.h"
#include "lib/json.h"

#define RECORD_FIRST 4096
#define RECORD_LIMIT (1u << 20)
#define KEYS_LIMIT ((size_t)BH_DIRECTORY_KEYS * 128)

struct change {
    const struct bh_site_ref *ref;
    struct bh_span directory_id, url, keys; /* keys absent = they are fetched */
};

static enum bh_err commit(
    struct change *change, enum bh_err (*write)(void *argument, const struct bh_commit_context *context))
{
    const struct bh_site_ref *ref = change->ref;
    return bh_committer_run_for(ref->app->committer, &ref->authority, write, NULL, change);
}

bool bh_site_directory_keys_write(
    const struct bh_signature_key *keys, size_t count, struct bh_arena *arena, struct bh_span *ret_json)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf json = {0};
    bh_buf_init(&json, KEYS_LIMIT);
    bh_buf_add_char(&json, '[');
    for (size_t i = 0; i < count; i++) {
        char x[BH_KID];
        bh_base64url_encode((struct bh_span){(const char *)keys[i].x, BH_ED25519_PUBLIC}, x);
        bh_json_add_separator(&json);
        bh_buf_add_char(&json, '{');
        bh_json_add_text_member(&json, "kid", bh_span_from(keys[i].kid));
        bh_json_add_text_member(&json, "x", bh_span_from(x));
        bh_buf_add_char(&json, '}');
    }
    bh_buf_add_char(&json, ']');
    return !json.failed && bh_arena_copy(arena, bh_buf_span(&json), ret_json);
}

static enum bh_err write_new(void *argument, const struct bh_commit_context *context)
{
    struct change *change = argument;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    const struct bh_site_ref *ref = change->ref;
    bool pinned = !bh_span_is_absent(change->keys);
    struct bh_site_record site;
    int64_t id;
    bh_arena_init(&arena, RECORD_FIRST, RECORD_LIMIT);
    enum bh_err err = bh_site_find(context->db, ref->authority.account, ref->site_id, &arena, &site);
    if (err != BH_OK)
        return err;
    const struct bh_site_directory_record directory = {.site = site.id,
        .directory_id = change->directory_id,
        .url = change->url,
        .is_pinned = pinned,
        .keys = change->keys,
        .fetched_at = pinned ? context->now_ms : 0,
        .created_at = context->now_ms};
    err = bh_site_directory_create(context->db, &directory, &id);
    return err == BH_OK ? bh_site_bump(context->db, site.account, site.id) : err;
}

enum bh_err bh_site_directories_create(const struct bh_site_ref *ref, struct bh_span url,
    const struct bh_signature_key *keys, size_t key_count, char ret_directory_id[static BH_ID_TEXT])
{
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct change change = {.ref = ref, .url = url};
    struct bh_url unused;
    bh_arena_init(&arena, RECORD_FIRST, RECORD_LIMIT);
    if (key_count == 0) {
        enum bh_err reachable = bh_directory_url(url, &ref->app->config->gateway_urls, &arena, &unused);
        if (reachable != BH_OK)
            return reachable;
    }
    if (key_count > 0 && !bh_site_directory_keys_write(keys, key_count, &arena, &change.keys))
        return BH_ERR_NO_MEMORY;
    bh_random_id("sgd", ret_directory_id);
    change.directory_id = bh_span_from(ret_directory_id);
    enum bh_err err = commit(&change, write_new);
    if (err == BH_OK && key_count == 0)
        bh_directories_wake(ref->app->directories);
    return err;
}

static enum bh_err write_removal(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    const struct bh_site_ref *ref = change->ref;
    struct bh_site_record site;
    bh_arena_init(&arena, RECORD_FIRST, RECORD_LIMIT);
    enum bh_err err = bh_site_find(context->db, ref->authority.account, ref->site_id, &arena, &site);
    if (err == BH_OK)
        err = bh_site_directory_delete(context->db, site.id, change->directory_id);
    return err == BH_OK ? bh_site_bump(context->db, site.account, site.id) : err;
}

enum bh_err bh_site_directories_delete(const struct bh_site_ref *ref, struct bh_span directory_id)
{
    struct change change = {.ref = ref, .directory_id = directory_id};
    return commit(&change, write_removal);
}

static enum bh_err write_asked(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    const struct bh_site_ref *ref = change->ref;
    struct bh_site_directory_record directory;
    struct bh_site_record site;
    bh_arena_init(&arena, RECORD_FIRST, RECORD_LIMIT);
    enum bh_err err = bh_site_find(context->db, ref->authority.account, ref->site_id, &arena, &site);
    if (err == BH_OK)
        err = bh_site_directory_find(context->db, site.id, change->directory_id, &arena, &directory);
    if (err == BH_OK && directory.is_pinned)
        err = BH_ERR_DIRECTORY_PINNED;
    if (err != BH_OK)
        return err;
    int64_t next_at = bh_directory_asked_at(directory.attempted_at, context->now_ms);
    return bh_site_directory_ask(context->db, site.account, &directory, next_at);
}

enum bh_err bh_site_directories_refresh(const struct bh_site_ref *ref, struct bh_span directory_id)
{
    struct change change = {.ref = ref, .directory_id = directory_id};
    enum bh_err err = commit(&change, write_asked);
    if (err == BH_OK)
        bh_directories_wake(ref->app->directories);
    return err;
}
