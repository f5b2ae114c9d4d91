// SPDX-License-Identifier: Apache-2.0
/*
 * The keys with which a guarded site asks.
 */
#include "http/handlers.h"

#include "http/fields.h"
#include "http/present_sites.h"
#include "http/reply.h"
#include "http/site_access.h"

#define SHOWN_KEYS 100

void bh_api_site_key_list(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_site_record site;
    struct bh_site_key_record *keys = NULL;
    size_t count = 0;
    enum bh_err err = bh_site_access_read(app, exchange, &reader, &site);
    if (err == BH_OK)
        err = bh_site_key_list(reader.db, site.id, SHOWN_KEYS, &exchange->arena, &keys, &count);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"keys\":[");
    for (size_t i = 0; i < count; i++) {
        bh_json_add_separator(body);
        bh_present_site_key(&keys[i], site.site_id, body);
    }
    bh_buf_add_text(body, "]}");
}

/* The key's record as it is after a change; `secret` only for a new one. */
static void reply_key(
    struct bh_exchange *exchange, const struct bh_site_ref *ref, struct bh_span key_id, const char *secret)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_site_record site;
    struct bh_site_key_record key;
    enum bh_err err = bh_site_access_reload(exchange, ref, &reader, &site);
    if (err == BH_OK)
        err = bh_site_key_find(reader.db, site.id, key_id, &exchange->arena, &key);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, secret == NULL ? 200 : 201);
    bh_buf_add_text(body, "{\"key\":");
    bh_present_site_key(&key, site.site_id, body);
    if (secret != NULL)
        bh_json_add_text_member(body, "rawKey", bh_span_from(secret));
    bh_buf_add_char(body, '}');
}

void bh_api_site_key_create(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const fields[] = {"name", NULL};
    BH_CLEANUP(bh_json_release) json_t *body = NULL;
    struct bh_span detail = BH_ABSENT;
    struct bh_site_ref ref;
    struct bh_span name;
    char key_id[BH_ID_TEXT];
    char secret[BH_SECRET_TEXT] = "";
    enum bh_err err = bh_site_access_change(app, exchange, &ref);
    if (err == BH_OK)
        err = bh_fields_parse(exchange, fields, &body, &detail);
    if (err == BH_OK)
        err = bh_fields_required_text(body, "name", 120, BH_ERR_NAME_TOO_LONG, &name, &detail);
    if (err == BH_OK)
        err = bh_site_keys_create(&ref, name, key_id, secret);
    if (err == BH_OK)
        reply_key(exchange, &ref, bh_span_from(key_id), secret);
    else
        bh_reply_error(exchange, err, detail);
    bh_wipe(secret, sizeof(secret));
}

void bh_api_site_key_revoke(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_site_ref ref;
    struct bh_span key_id = exchange->params[1];
    enum bh_err err = bh_site_access_change(app, exchange, &ref);
    if (err == BH_OK)
        err = bh_site_keys_revoke(&ref, key_id);
    if (err == BH_OK)
        reply_key(exchange, &ref, key_id, NULL);
    else
        bh_reply_error(exchange, err, BH_ABSENT);
}
