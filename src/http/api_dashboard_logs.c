// SPDX-License-Identifier: Apache-2.0
#include "http/handlers.h"

#include "app/app.h"
#include "http/credentials.h"
#include "http/csv.h"
#include "http/log_view.h"
#include "http/present.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "lib/timefmt.h"
#include "store/executions.h"
#include "store/reader.h"

/* Before this nothing is shown, also when the background work has not removed it yet; 0 = all is shown. */
static int64_t oldest_shown(const struct bh_app *app, int64_t now_ms)
{
    int64_t days = app->config->retention_days;
    return days == 0 ? 0 : now_ms - days * BH_MS_PER_DAY;
}

/* ---- names ----------------------------------------------------------------------------------------------
 */

/* ---- the list -------------------------------------------------------------------------------------------
 */

/* Sets the filter's agent. *ret_none: there is no such agent in the account, so nothing can match. */
static enum bh_err find_agent(
    struct bh_db *db, struct bh_arena *arena, struct bh_log_query *query, bool *ret_none)
{
    struct bh_agent_record agent;
    *ret_none = false;
    if (bh_span_is_absent(query->agent_id))
        return BH_OK;
    enum bh_err err = bh_agent_find(db, query->agent_id, arena, &agent);
    if (err == BH_ERR_NOT_FOUND || (err == BH_OK && agent.account != query->filter.account)) {
        *ret_none = true;
        return BH_OK;
    }
    if (err == BH_OK)
        query->filter.agent = agent.id;
    return err;
}

static bool wants_csv(const struct bh_exchange *exchange)
{
    return bh_span_equal(bh_exchange_query(exchange, "format"), BH_SPAN("csv"));
}

/* An export is not loaded here: only its filter is made. */
static enum bh_err load(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_log_view *view, struct bh_span **ret_names)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    bool none;
    struct bh_principal principal;
    struct bh_audit_filter *filter = &view->query.filter;
    int64_t now_ms = bh_clock_wall_ms();
    int64_t oldest = oldest_shown(app, now_ms);
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_person(app, exchange, reader.db, &principal);
    if (err == BH_OK)
        err = bh_log_query_read(exchange, now_ms, &view->query);
    if (err != BH_OK)
        return err;
    filter->account = principal.account;
    err = find_agent(reader.db, &exchange->arena, &view->query, &none);
    if (err == BH_OK && none)
        filter->agent = INT64_MAX; /* of which there are no rows */
    if (err == BH_OK && wants_csv(exchange)) {
        filter->from = filter->from < oldest ? oldest : filter->from;
        return BH_OK;
    }
    if (err == BH_OK)
        err = bh_log_view_load(reader.db, oldest, &exchange->arena, view);
    return err == BH_OK ? bh_log_view_find_names(reader.db, &exchange->arena, &view->page, ret_names) : err;
}

void bh_api_dashboard_log_list(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_log_view view = {0};
    struct bh_span *names = NULL;
    enum bh_err err = load(app, exchange, &view, &names);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    if (wants_csv(exchange)) {
        bh_csv_export_logs(app, exchange, &view.query.filter);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"logs\":[");
    for (size_t i = 0; i < view.page.count && names != NULL; i++) {
        bh_json_add_separator(body);
        bh_present_log_row_full(&view.page.rows[i], names[i], body);
    }
    bh_buf_add_text(body, "],\"summary\":");
    bh_log_view_write_totals(&view, &exchange->arena, body);
    bh_buf_add_text(body, ",\"pagination\":");
    bh_log_view_write_pagination(&view, body);
    bh_buf_add_char(body, '}');
}

/* ---- one entry ------------------------------------------------------------------------------------------
 */

static enum bh_err load_one(struct bh_app *app, struct bh_exchange *exchange, struct bh_db *db,
    struct bh_audit_page *ret_page, struct bh_span **ret_names)
{
    struct bh_principal principal;
    enum bh_err err = bh_credential_require_person(app, exchange, db, &principal);
    if (err != BH_OK)
        return err;
    const struct bh_audit_filter filter = {
        .account = principal.account,
        .request_id = exchange->params[0],
        .from = oldest_shown(app, bh_clock_wall_ms()),
    };
    err = bh_audit_list(db, &filter, 0, 0, 1, &exchange->arena, ret_page);
    if (err == BH_OK && ret_page->count == 0)
        return BH_ERR_LOG_NOT_FOUND;
    if (err == BH_OK)
        err = bh_execution_attach(db, ret_page->rows, ret_page->count, &exchange->arena);
    return err == BH_OK ? bh_log_view_find_names(db, &exchange->arena, ret_page, ret_names) : err;
}

void bh_api_dashboard_log_read(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_audit_page page = {0};
    struct bh_span *names = NULL;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = load_one(app, exchange, reader.db, &page, &names);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"log\":");
    bh_present_log_row_full(&page.rows[0], names[0], body);
    bh_buf_add_char(body, '}');
}
