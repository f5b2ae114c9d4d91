// SPDX-License-Identifier: Apache-2.0
/*
 * The key directories of signed agents that a guarded site trusts.
 */
#include "http/handlers.h"

#include "app/site_directories.h"
#include "core/site_names.h"
#include "http/fields.h"
#include "http/present_sites.h"
#include "http/reply.h"
#include "http/site_access.h"

#define RETRY_SECONDS "10" /* until one of those that wait was fetched, even a slow one */

void bh_api_site_directory_list(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_site_record site;
    struct bh_site_directory_record *directories = NULL;
    size_t count = 0;
    enum bh_err err = bh_site_access_read(app, exchange, &reader, &site);
    if (err == BH_OK)
        err = bh_site_directory_list(reader.db, site.id, &exchange->arena, &directories, &count);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"directories\":[");
    for (size_t i = 0; i < count; i++) {
        bh_json_add_separator(body);
        bh_present_site_directory(&directories[i], site.site_id, body);
    }
    bh_buf_add_text(body, "]}");
}

/* The directory as it is after a change. */
static void reply_directory(
    struct bh_exchange *exchange, const struct bh_site_ref *ref, struct bh_span directory_id, int status)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_site_record site;
    struct bh_site_directory_record directory;
    enum bh_err err = bh_site_access_reload(exchange, ref, &reader, &site);
    if (err == BH_OK)
        err = bh_site_directory_find(reader.db, site.id, directory_id, &exchange->arena, &directory);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, status);
    bh_buf_add_text(body, "{\"directory\":");
    bh_present_site_directory(&directory, site.site_id, body);
    bh_buf_add_char(body, '}');
}

/* Absent or null: the keys are fetched. More than can be kept is an error rather than a part of it. */
static enum bh_err read_keys(
    const json_t *body, struct bh_arena *arena, struct bh_signature_key **ret_keys, size_t *ret_count)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    const json_t *set = json_object_get(body, "keys");
    *ret_count = 0;
    if (set == NULL || json_is_null(set))
        return BH_OK;
    if (!json_is_object(set) || json_array_size(json_object_get(set, "keys")) > BH_DIRECTORY_KEYS)
        return BH_ERR_DIRECTORY_KEYS;
    bh_buf_init(&text, BH_DIRECTORY_BYTES);
    bh_json_add_value(&text, set);
    return !text.failed && bh_key_directory_read(bh_buf_span(&text), arena, ret_keys, ret_count)
               ? BH_OK
               : BH_ERR_DIRECTORY_KEYS;
}

void bh_api_site_directory_create(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const fields[] = {"url", "keys", NULL};
    BH_CLEANUP(bh_json_release) json_t *body = NULL;
    struct bh_span detail = BH_ABSENT;
    struct bh_site_ref ref;
    struct bh_span url;
    struct bh_signature_key *keys = NULL;
    size_t count = 0;
    char directory_id[BH_ID_TEXT];
    enum bh_err err = bh_site_access_change(app, exchange, &ref);
    if (err == BH_OK)
        err = bh_fields_parse(exchange, fields, &body, &detail);
    if (err == BH_OK && !bh_site_origin_canonical(bh_json_member_text(body, "url"), &exchange->arena, &url))
        err = BH_ERR_DIRECTORY_URL;
    if (err == BH_OK)
        err = read_keys(body, &exchange->arena, &keys, &count);
    if (err == BH_OK)
        err = bh_site_directories_create(&ref, url, keys, count, directory_id);
    if (err == BH_OK)
        reply_directory(exchange, &ref, bh_span_from(directory_id), 201);
    else
        bh_reply_error(exchange, err, detail);
}

void bh_api_site_directory_delete(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_site_ref ref;
    enum bh_err err = bh_site_access_change(app, exchange, &ref);
    if (err == BH_OK)
        err = bh_site_directories_delete(&ref, exchange->params[1]);
    if (err != BH_OK)
        bh_reply_error(exchange, err, BH_ABSENT);
    else
        bh_buf_add_text(bh_reply_json(exchange, 200), "{\"deleted\":true}");
}

/* The keys come later; the answer shows the directory as it still is. */
void bh_api_site_directory_refresh(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_site_ref ref;
    struct bh_span directory_id = exchange->params[1];
    enum bh_err err = bh_site_access_change(app, exchange, &ref);
    if (err == BH_OK)
        err = bh_site_directories_refresh(&ref, directory_id);
    if (err == BH_ERR_DIRECTORIES_ASKED)
        bh_exchange_add_header(exchange, "Retry-After", RETRY_SECONDS);
    if (err == BH_OK)
        reply_directory(exchange, &ref, directory_id, 202);
    else
        bh_reply_error(exchange, err, BH_ABSENT);
}
