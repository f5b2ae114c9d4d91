// SPDX-License-Identifier: Apache-2.0
/*
 * Guarded sites and their access logs.
 */
#include "http/handlers.h"

#include "core/site_names.h"
#include "http/fields.h"
#include "http/present_sites.h"
#include "http/reply.h"
#include "http/site_access.h"
#include "lib/clock.h"
#include "lib/timefmt.h"

#define NAME_UNITS 120
#define SHOWN_RULES 50
#define SHOWN_CHECKS 25
#define SHOWN_KEYS 100
#define PAGE_MAX 100
#define NUMBER_MAX INT64_C(1000000000000000)

/* ---- sites ---- */

void bh_api_site_list(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_principal principal;
    struct bh_site_record *sites = NULL;
    size_t count = 0;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_person(app, exchange, reader.db, &principal);
    if (err == BH_OK)
        err = bh_site_list(reader.db, principal.account, BH_SITES_MAX, &exchange->arena, &sites, &count);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"sites\":[");
    for (size_t i = 0; i < count; i++) {
        bh_json_add_separator(body);
        bh_present_site(&sites[i], body);
    }
    bh_buf_add_text(body, "]}");
}

/* The site as it is after a change. */
static void reply_site(struct bh_exchange *exchange, const struct bh_site_ref *ref, int status)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_site_record site;
    enum bh_err err = bh_site_access_reload(exchange, ref, &reader, &site);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, status);
    bh_buf_add_text(body, "{\"site\":");
    bh_present_site(&site, body);
    bh_buf_add_char(body, '}');
}

void bh_api_site_create(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const keys[] = {"name", "domain", NULL};
    BH_CLEANUP(bh_json_release) json_t *body = NULL;
    struct bh_span detail = BH_ABSENT;
    struct bh_principal principal;
    struct bh_span name;
    struct bh_span domain;
    char site_id[BH_ID_TEXT];
    enum bh_err err = bh_credential_require_caller(app, exchange, &principal);
    if (err == BH_OK)
        err = bh_fields_parse(exchange, keys, &body, &detail);
    if (err == BH_OK)
        err = bh_fields_required_text(body, "name", NAME_UNITS, BH_ERR_NAME_TOO_LONG, &name, &detail);
    if (err == BH_OK &&
        !bh_site_domain_canonical(bh_json_member_text(body, "domain"), &exchange->arena, &domain))
        err = BH_ERR_SITE_DOMAIN;
    if (err == BH_OK)
        err = bh_sites_create(app, &principal.authority, name, domain, site_id);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, detail);
        return;
    }
    const struct bh_site_ref ref = {app, principal.authority, bh_span_from(site_id)};
    reply_site(exchange, &ref, 201);
}

/* Only what is named changes. */
static enum bh_err read_changes(
    const json_t *body, struct bh_span *ret_name, struct bh_span *ret_status, struct bh_span *ret_detail)
{
    static const char *const statuses[] = {"active", "disabled", NULL};
    struct bh_span name = BH_ABSENT;
    struct bh_span status = BH_ABSENT;
    if (json_object_size(body) == 0) {
        *ret_detail = BH_SPAN("site");
        return BH_ERR_NOTHING_TO_CHANGE;
    }
    enum bh_err err =
        bh_fields_optional_text(body, "name", NAME_UNITS, BH_ERR_NAME_TOO_LONG, &name, ret_detail);
    if (err == BH_OK && json_object_get(body, "name") != NULL && bh_span_is_absent(name))
        err = BH_ERR_SITE_NAME;
    if (err == BH_OK)
        err = bh_fields_choice(body, "status", statuses, NULL, BH_ERR_SITE_STATUS, &status);
    if (err != BH_OK)
        return err;
    *ret_name = name;
    *ret_status = status;
    return BH_OK;
}

void bh_api_site_change(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const keys[] = {"name", "status", NULL};
    BH_CLEANUP(bh_json_release) json_t *body = NULL;
    struct bh_span detail = BH_ABSENT;
    struct bh_site_ref ref;
    struct bh_span name;
    struct bh_span status;
    enum bh_err err = bh_site_access_change(app, exchange, &ref);
    if (err == BH_OK)
        err = bh_fields_parse(exchange, keys, &body, &detail);
    if (err == BH_OK)
        err = read_changes(body, &name, &status, &detail);
    if (err == BH_OK)
        err = bh_sites_change(&ref, name, status);
    if (err == BH_OK)
        reply_site(exchange, &ref, 200);
    else
        bh_reply_error(exchange, err, detail);
}

void bh_api_site_delete(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_site_ref ref;
    enum bh_err err = bh_site_access_change(app, exchange, &ref);
    if (err == BH_OK)
        err = bh_sites_delete(&ref);
    if (err != BH_OK)
        bh_reply_error(exchange, err, BH_ABSENT);
    else
        bh_buf_add_text(bh_reply_json(exchange, 200), "{\"deleted\":true}");
}

/* ---- the access log ---- */

/* Before this nothing is shown, also when the background work has not removed it yet. */
static int64_t oldest_shown(const struct bh_app *app)
{
    int64_t days = app->config->retention_days;
    return days == 0 ? 0 : bh_clock_wall_ms() - days * BH_MS_PER_DAY;
}

struct page {
    struct bh_site_check_record *checks;
    size_t count, limit;
    int64_t next_before; /* 0 = there are no more */
};

/* Reads page->limit. */
static enum bh_err load_page(const struct bh_app *app, struct bh_db *db, int64_t site, int64_t before,
    struct bh_arena *arena, struct page *page)
{
    int64_t oldest = oldest_shown(app);
    size_t shown = 0;
    /* one more than shown: is there another page? */
    enum bh_err err =
        bh_site_check_list(db, site, before, page->limit + 1, arena, &page->checks, &page->count);
    if (err != BH_OK)
        return err;
    while (shown < page->count && page->checks[shown].created_at >= oldest)
        shown++;
    if (shown > page->limit)
        page->next_before = page->checks[page->limit - 1].number;
    page->count = shown > page->limit ? page->limit : shown;
    return BH_OK;
}

static void write_checks(const struct page *page, struct bh_span site_id, struct bh_buf *body)
{
    bh_buf_add_char(body, '[');
    for (size_t i = 0; i < page->count; i++) {
        bh_json_add_separator(body);
        bh_present_site_check(&page->checks[i], site_id, body);
    }
    bh_buf_add_char(body, ']');
}

/* A whole number from 1 to `high`; absent gives `fallback`. False for anything else. */
static bool read_number(struct bh_span text, int64_t high, int64_t fallback, int64_t *ret_number)
{
    int64_t number = 0;
    if (bh_span_is_absent(text)) {
        *ret_number = fallback;
        return true;
    }
    for (size_t i = 0; i < text.len && number <= high; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        number = number * 10 + (text.data[i] - '0');
    }
    *ret_number = number;
    return number >= 1 && number <= high;
}

static enum bh_err read_query(const struct bh_exchange *exchange, int64_t *ret_before, size_t *ret_limit)
{
    int64_t limit;
    if (!read_number(bh_exchange_query(exchange, "limit"), PAGE_MAX, PAGE_MAX, &limit))
        return BH_ERR_QUERY_LIMIT_100;
    if (!read_number(bh_exchange_query(exchange, "before"), NUMBER_MAX, 0, ret_before))
        return BH_ERR_ERASURE_BEFORE;
    *ret_limit = (size_t)limit;
    return BH_OK;
}

void bh_api_site_log_list(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_site_record site;
    struct page page = {0};
    int64_t before;
    enum bh_err err = bh_site_access_read(app, exchange, &reader, &site);
    if (err == BH_OK)
        err = read_query(exchange, &before, &page.limit);
    if (err == BH_OK)
        err = load_page(app, reader.db, site.id, before, &exchange->arena, &page);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"logs\":");
    write_checks(&page, site.site_id, body);
    bh_buf_addf(body, ",\"pagination\":{\"limit\":%zu,\"nextBefore\":", page.limit);
    if (page.next_before > 0)
        bh_buf_addf(body, "\"%lld\"}}", (long long)page.next_before);
    else
        bh_buf_add_text(body, "null}}");
}

/* ---- one site ---- */

/* What is shown of a site at once. */
struct view {
    struct bh_site_record site;
    struct bh_site_rule_record *rules;
    struct bh_site_key_record *keys;
    struct bh_site_directory_record *directories;
    size_t rule_count, key_count, directory_count;
    struct page page;
};

static enum bh_err load_view(struct bh_app *app, struct bh_exchange *exchange, struct view *view)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_arena *arena = &exchange->arena;
    const struct bh_site_record *site = &view->site;
    view->page.limit = SHOWN_CHECKS;
    enum bh_err err = bh_site_access_read(app, exchange, &reader, &view->site);
    if (err == BH_OK)
        err = bh_site_rule_list(reader.db, site->id, SHOWN_RULES, arena, &view->rules, &view->rule_count);
    if (err == BH_OK)
        err = bh_site_key_list(reader.db, site->id, SHOWN_KEYS, arena, &view->keys, &view->key_count);
    if (err == BH_OK)
        err = bh_site_directory_list(reader.db, site->id, arena, &view->directories, &view->directory_count);
    return err == BH_OK ? load_page(app, reader.db, site->id, 0, arena, &view->page) : err;
}

void bh_api_site_read(struct bh_app *app, struct bh_exchange *exchange)
{
    struct view view = {0};
    enum bh_err err = load_view(app, exchange, &view);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_span site_id = view.site.site_id;
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"site\":");
    bh_present_site(&view.site, body);
    bh_buf_add_text(body, ",\"rules\":[");
    for (size_t i = 0; i < view.rule_count; i++) {
        bh_json_add_separator(body);
        bh_present_site_rule(&view.rules[i], site_id, body);
    }
    bh_buf_add_text(body, "],\"logs\":");
    write_checks(&view.page, site_id, body);
    bh_buf_add_text(body, ",\"keys\":[");
    for (size_t i = 0; i < view.key_count; i++) {
        bh_json_add_separator(body);
        bh_present_site_key(&view.keys[i], site_id, body);
    }
    bh_buf_add_text(body, "],\"directories\":[");
    for (size_t i = 0; i < view.directory_count; i++) {
        bh_json_add_separator(body);
        bh_present_site_directory(&view.directories[i], site_id, body);
    }
    bh_buf_add_text(body, "]}");
}
