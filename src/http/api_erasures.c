// SPDX-License-Identifier: Apache-2.0
/*
 * Erasing entries of the log, and the record of it.
 */
#include "http/handlers.h"

#include "app/app.h"
#include "app/maintenance.h"
#include "http/credentials.h"
#include "http/fields.h"
#include "http/reply.h"
#include "store/reader.h"

#define LIST_DEFAULT 100
#define LIST_MAX 500

struct erasing {
    struct bh_authority authority;
    struct bh_span request_id, erased_by;
    int64_t entries;
};

/* The credential is looked at with a reader of its own: writing must not wait for one. */
static enum bh_err find_eraser(struct bh_app *app, struct bh_exchange *exchange, struct erasing *erasing)
{
    struct bh_principal principal;
    enum bh_err err = bh_credential_require_caller(app, exchange, &principal);
    if (err == BH_OK)
        *erasing = (struct erasing){.authority = principal.authority, .erased_by = principal.actor};
    return err;
}

/* ---- one entry ------------------------------------------------------------------------------------------
 */

static enum bh_err write_erasure(void *argument, const struct bh_commit_context *context)
{
    const struct erasing *erasing = argument;
    return bh_audit_erase(
        context->audit, erasing->authority.account, erasing->request_id, erasing->erased_by, context->now_ms);
}

void bh_api_log_erase(struct bh_app *app, struct bh_exchange *exchange)
{
    struct erasing erasing;
    enum bh_err err = find_eraser(app, exchange, &erasing);
    if (err == BH_OK) {
        erasing.request_id = exchange->params[0];
        err = bh_committer_run_for(app->committer, &erasing.authority, write_erasure, NULL, &erasing);
    }
    if (err != BH_OK)
        bh_reply_error(exchange, err == BH_ERR_NOT_FOUND ? BH_ERR_LOG_NOT_FOUND : err, BH_ABSENT);
    else
        bh_buf_add_text(bh_reply_json(exchange, 200), "{\"deleted\":true}");
}

/* ---- all entries ----------------------------------------------------------------------------------------
 */

static enum bh_err write_erasure_of_all(void *argument, const struct bh_commit_context *context)
{
    struct erasing *erasing = argument;
    return bh_audit_erase_all(
        context->audit, erasing->authority.account, erasing->erased_by, context->now_ms, &erasing->entries);
}

static enum bh_err check_confirmation(struct bh_exchange *exchange, struct bh_span *ret_detail)
{
    static const char *const keys[] = {"confirm", NULL};
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    enum bh_err err = bh_fields_parse(exchange, keys, &object, ret_detail);
    if (err != BH_OK)
        return err;
    struct bh_span confirm = bh_json_member_text(object, "confirm");
    return bh_span_equal(confirm, BH_SPAN("delete all logs")) ? BH_OK : BH_ERR_ERASE_CONFIRM;
}

void bh_api_log_erase_all(struct bh_app *app, struct bh_exchange *exchange)
{
    struct erasing erasing;
    struct bh_span detail = BH_ABSENT;
    enum bh_err err = find_eraser(app, exchange, &erasing);
    if (err == BH_OK)
        err = check_confirmation(exchange, &detail);
    if (err == BH_OK)
        err = bh_committer_run_for(app->committer, &erasing.authority, write_erasure_of_all, NULL, &erasing);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, detail);
        return;
    }
    bh_maintenance_wake(app->maintenance);
    bh_buf_addf(bh_reply_json(exchange, 200), "{\"deleted\":%lld}", (long long)erasing.entries);
}

/* ---- the trail ------------------------------------------------------------------------------------------
 */

/* A whole number from 1 to `high`; absent gives 0. False for anything else. */
static bool read_number(struct bh_span text, int64_t high, int64_t *ret_number)
{
    int64_t number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || number > high / 10)
            return false;
        number = number * 10 + (text.data[i] - '0');
    }
    *ret_number = number;
    return text.len == 0 || (number >= 1 && number <= high);
}

static void write_erasure_json(const struct bh_erasure *erasure, struct bh_buf *body)
{
    char hash[BH_SHA256_HEX + 1];
    bh_buf_addf(body, "{\"erasureId\":%lld", (long long)erasure->id);
    bh_json_add_time_member(body, "erasedAt", erasure->erased_at);
    bh_json_add_text_member(body, "erasedBy", erasure->erased_by);
    bh_json_add_text_member(body, "requestId", erasure->is_single ? BH_SPAN("erased") : BH_ABSENT);
    bh_json_add_key(body, "requestHash");
    bh_hex_encode(bh_sha256_span(&erasure->request_hash), hash);
    bh_json_add_string_or_null(body, erasure->is_single ? bh_span_from(hash) : BH_ABSENT);
    bh_buf_addf(body, ",\"entries\":%lld", (long long)erasure->entries);
    bh_json_add_bool_member(body, "done", erasure->done_through >= erasure->last_row);
    bh_buf_add_char(body, '}');
}

static enum bh_err load_trail(struct bh_app *app, struct bh_exchange *exchange, size_t *ret_limit,
    struct bh_erasure **ret_erasures, size_t *ret_count)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_principal principal;
    int64_t before;
    int64_t limit;
    if (!read_number(bh_exchange_query(exchange, "limit"), LIST_MAX, &limit) || limit == 0)
        limit = LIST_DEFAULT;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_person(app, exchange, reader.db, &principal);
    if (err == BH_OK && !read_number(bh_exchange_query(exchange, "before"), INT64_MAX / 16, &before))
        err = BH_ERR_ERASURE_BEFORE;
    if (err == BH_OK) /* one more than shown: is there another page? */
        err = bh_erasure_list(reader.db, principal.account, before, (size_t)limit + 1, &exchange->arena,
            ret_erasures, ret_count);
    *ret_limit = (size_t)limit;
    return err;
}

void bh_api_erasure_list(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_erasure *erasures = NULL;
    size_t limit;
    size_t count = 0;
    enum bh_err err = load_trail(app, exchange, &limit, &erasures, &count);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"erasures\":[");
    for (size_t i = 0; i < count && i < limit; i++) {
        bh_json_add_separator(body);
        write_erasure_json(&erasures[i], body);
    }
    bh_buf_addf(body, "],\"pagination\":{\"limit\":%zu,\"nextBefore\":", limit);
    if (count > limit)
        bh_buf_addf(body, "\"%lld\"}}", (long long)erasures[limit - 1].id);
    else
        bh_buf_add_text(body, "null}}");
}
