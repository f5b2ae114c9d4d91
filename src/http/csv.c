// SPDX-License-Identifier: Apache-2.0
/*
 * Page by page: a page is read in a short transaction, written out as text, and handed to the stream, which
 * waits for the client. So the memory of an export does not depend on its length, and no transaction stays
 * open while a client reads.
 */
#include "http/csv.h"

#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "core/redact.h"
#include "http/places.h"
#include "http/reply.h"
#include "lib/timefmt.h"
#include "store/reader.h"
#include "store/request_id.h"

#define PAGE_ROWS 1000
#define PAGE_MEMORY (16 << 20) /* of a page's rows, and of its text */
#define NAMES 256
#define ENVIRONMENT_UNITS 80
#define CELL_LIMIT 65536
#define STEP (512 << 10) /* in the time of an answer: about 1 MB a minute */
#define COLUMNS                                                                                              \
    "createdAt,shadow,decision,approvalRequired,risk,agentId,agentName,action,vendor,environment,amount,"    \
    "reason,requestId,approvalId"

struct name {
    int64_t agent; /* 0: nothing here */
    size_t len;
    char text[512]; /* 120 characters of any kind */
};

struct export
{
    struct bh_app *app;
    struct bh_stream *stream;
    struct bh_audit_filter filter;
    struct bh_arena filter_texts;
    struct bh_arena rows;   /* of one page */
    struct bh_arena lookup; /* of one agent */
    struct bh_buf text;     /* of one page */
    struct bh_buf cell;
    struct name names[NAMES];
};

static void destroy(struct export *export)
{
    bh_arena_finish(&export->filter_texts);
    bh_arena_finish(&export->rows);
    bh_arena_finish(&export->lookup);
    bh_buf_finish(&export->text);
    bh_buf_finish(&export->cell);
    free(export);
}

/* ---- cells ---- */

static bool needs_quotes(struct bh_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr("\",\n\r", text.data[i]) != NULL && text.data[i] != '\0')
            return true;
    }
    return false;
}

/* Spreadsheets would calculate it. */
static bool looks_like_a_formula(struct bh_span text)
{
    return text.len > 0 && text.data[0] != '\0' && strchr("=+-@\t", text.data[0]) != NULL;
}

static void add_quoted(struct bh_span text, struct bh_buf *out)
{
    bh_buf_add_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"')
            bh_buf_add_char(out, '"');
        bh_buf_add_char(out, text.data[i]);
    }
    bh_buf_add_char(out, '"');
}

/* A text of somebody else's: it may hold secrets and anything that means something in CSV. */
static void add_cell(struct export *export, struct bh_span text)
{
    struct bh_buf *cell = &export->cell;
    bh_buf_clear(cell);
    if (looks_like_a_formula(text))
        bh_buf_add_char(cell, '\'');
    if (!bh_span_is_absent(text))
        bh_redact(text, cell);
    if (needs_quotes(bh_buf_span(cell)))
        add_quoted(bh_buf_span(cell), &export->text);
    else
        bh_buf_add(&export->text, bh_buf_span(cell));
    if (cell->failed)
        export->text.failed = true;
}

static void add_plain(struct export *export, const char *text)
{
    bh_buf_add_text(&export->text, text);
}

static void add_separator(struct export *export)
{
    bh_buf_add_char(&export->text, ',');
}

/* ---- rows ---- */

/* The name is the agent's as it is now; empty for one that is no more. */
static enum bh_err find_name(struct export *export, struct bh_db *db, int64_t agent, struct bh_span *ret_name)
{
    struct name *name = &export->names[(uint64_t)agent % NAMES];
    if (name->agent != agent) {
        struct bh_agent_record record = {0};
        bh_arena_reset(&export->lookup);
        enum bh_err err = bh_agent_find_by_id(db, agent, &export->lookup, &record);
        if (err != BH_OK && err != BH_ERR_NOT_FOUND)
            return err;
        name->agent = agent;
        name->len = record.name.len < sizeof(name->text) ? record.name.len : sizeof(name->text);
        if (name->len > 0)
            memcpy(name->text, record.name.data, name->len);
    }
    *ret_name = (struct bh_span){name->text, name->len};
    return BH_OK;
}

static void add_environment(struct export *export, struct bh_span metadata)
{
    static const char *const keys[] = {"environment", "env", "stage", "deployment", "targetEnvironment"};
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    if (metadata.len == 0 || bh_json_parse_object(metadata, &object) != BH_OK)
        return;
    for (size_t i = 0; i < BH_COUNT(keys); i++) {
        struct bh_span value = bh_span_trim(bh_json_member_text(object, keys[i]));
        if (value.len == 0)
            continue;
        add_cell(export, bh_span_utf16_prefix(value, ENVIRONMENT_UNITS));
        return;
    }
}

static void add_row(struct export *export, const struct bh_audit_row *row, struct bh_span agent_name)
{
    char time[BH_TIME_TEXT];
    char request_id[BH_REQUEST_ID_TEXT];
    bh_time_format(row->created_at, time);
    bh_request_id_encode(row->id, row->salt, request_id);
    bh_buf_addf(&export->text, "\n%s,%s,%s,%s,%s,", time, row->shadow ? "true" : "false",
        row->allowed             ? "allowed"
        : row->approval_required ? "approval_required"
                                 : "denied",
        row->approval_required ? "true" : "false", bh_risk_text(row->risk));
    const struct bh_span who_and_what[] = {row->agent_id, agent_name, row->action, row->vendor};
    for (size_t i = 0; i < BH_COUNT(who_and_what); i++) {
        add_cell(export, who_and_what[i]);
        add_separator(export);
    }
    add_environment(export, row->metadata);
    add_separator(export);
    if (row->has_amount)
        bh_json_add_number(&export->text, row->amount);
    add_separator(export);
    add_cell(export, bh_span_from(bh_reason_text(row->reason)));
    add_separator(export);
    add_plain(export, request_id);
    add_separator(export);
    add_cell(export, row->approval_id);
}

static enum bh_err read_page(struct export *export, int64_t before, struct bh_audit_page *ret_page)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_audit_page page;
    bh_arena_reset(&export->rows);
    bh_buf_clear(&export->text);
    enum bh_err err = bh_reader_open(export->app->store, &reader);
    if (err == BH_OK)
        err = bh_audit_list(reader.db, &export->filter, before, 0, PAGE_ROWS, &export->rows, &page);
    for (size_t i = 0; err == BH_OK && i < page.count; i++) {
        struct bh_span name;
        err = find_name(export, reader.db, page.rows[i].agent, &name);
        if (err == BH_OK)
            add_row(export, &page.rows[i], name);
    }
    if (err == BH_OK && export->text.failed)
        err = BH_ERR_NO_MEMORY;
    if (err == BH_OK)
        *ret_page = page;
    return err;
}

/* True when everything was written. */
static bool write_all(struct export *export)
{
    struct bh_audit_page page = {0};
    bool written = bh_stream_write(export->stream, BH_SPAN(COLUMNS));
    do {
        enum bh_err err = read_page(export, page.next_before, &page);
        if (err != BH_OK) {
            bh_log(BH_LOG_ERROR, "export cut off", "error", bh_err_info(err)->name, NULL);
            return false;
        }
        if (written && page.count > 0)
            written = bh_stream_write(export->stream, bh_buf_span(&export->text));
    } while (written && page.next_before != 0 && !bh_stream_is_gone(export->stream));
    return written;
}

static void run(void *argument)
{
    struct export *export = argument;
    if (write_all(export))
        bh_stream_end(export->stream);
    else
        bh_stream_abort(export->stream);
    destroy(export);
}

/* ---- the answer ---- */

static bool copy_filter(struct export *export, const struct bh_audit_filter *filter)
{
    export->filter = *filter;
    struct bh_arena *arena = &export->filter_texts;
    return bh_arena_copy(arena, filter->action, &export->filter.action) &&
           bh_arena_copy(arena, filter->vendor, &export->filter.vendor) &&
           bh_arena_copy(arena, filter->request_id, &export->filter.request_id) &&
           bh_arena_copy(arena, filter->environment, &export->filter.environment) &&
           bh_arena_copy(arena, filter->text, &export->filter.text);
}

static struct export *make_export(struct bh_app *app, const struct bh_audit_filter *filter)
{
    struct export *export = calloc(1, sizeof(*export));
    if (export == NULL)
        return NULL;
    export->app = app;
    bh_arena_init(&export->filter_texts, 1024, 1 << 20);
    bh_arena_init(&export->rows, 1 << 18, PAGE_MEMORY);
    bh_arena_init(&export->lookup, 4096, 1 << 20);
    bh_buf_init(&export->text, PAGE_MEMORY);
    bh_buf_init(&export->cell, CELL_LIMIT);
    if (copy_filter(export, filter))
        return export;
    destroy(export);
    return NULL;
}

static enum bh_err begin(
    struct bh_app *app, struct bh_exchange *exchange, const struct bh_audit_filter *filter)
{
    const struct bh_place_owner owner = {.account = filter->account, .exports = true};
    struct bh_stream *stream;
    enum bh_err err = bh_exchange_take_place(exchange, &owner, 0);
    if (err != BH_OK)
        return err;
    struct export *export = make_export(app, filter);
    if (export == NULL)
        return BH_ERR_NO_MEMORY;
    err = bh_reply_stream(exchange, "text/csv; charset=utf-8", &stream);
    if (err != BH_OK) {
        destroy(export);
        return err;
    }
    export->stream = stream;
    bh_stream_hurry(stream, STEP);
    if (bh_pool_submit(app->exports, run, export)) {
        bh_exchange_add_header(
            exchange, "Content-Disposition", "attachment; filename=\"behalfid-verification-logs.csv\"");
        return BH_OK;
    }
    bh_stream_cancel(exchange, stream);
    destroy(export);
    bh_exchange_add_header(exchange, "Retry-After", BH_PLACES_RETRY_S);
    return BH_ERR_EXPORTS;
}

void bh_csv_export_logs(
    struct bh_app *app, struct bh_exchange *exchange, const struct bh_audit_filter *filter)
{
    enum bh_err err = begin(app, exchange, filter);
    if (err != BH_OK)
        bh_reply_error(exchange, err, BH_ABSENT);
}
