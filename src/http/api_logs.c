// SPDX-License-Identifier: Apache-2.0
#include "http/handlers.h"

#include "app/app.h"
#include "http/credentials.h"
#include "http/log_view.h"
#include "http/present.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "store/executions.h"
#include "store/reader.h"

#define PLAIN_ROWS 50

static void write_rows(const struct bh_audit_page *page, struct bh_buf *body)
{
    bh_buf_add_char(body, '[');
    for (size_t i = 0; i < page->count; i++) {
        bh_json_add_separator(body);
        bh_present_log_row(&page->rows[i], body);
    }
    bh_buf_add_char(body, ']');
}

static enum bh_err load_filtered(struct bh_exchange *exchange, struct bh_db *db,
    const struct bh_agent_record *agent, struct bh_log_view *view)
{
    enum bh_err err = bh_log_query_read(exchange, bh_clock_wall_ms(), &view->query);
    if (err != BH_OK)
        return err;
    view->query.filter.account = agent->account;
    view->query.filter.agent = agent->id;
    return bh_log_view_load(db, 0, &exchange->arena, view);
}

void bh_api_logs_list(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_agent_record agent;
    struct bh_log_view view = {0};
    bool filtered = bh_exchange_has_query(exchange);
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_agent(app, exchange, reader.db, exchange->params[0], &agent);
    if (err == BH_OK && filtered)
        err = load_filtered(exchange, reader.db, &agent, &view);
    if (err == BH_OK && !filtered) {
        const struct bh_audit_filter own = {.account = agent.account, .agent = agent.id};
        err = bh_audit_list(reader.db, &own, 0, 0, PLAIN_ROWS, &exchange->arena, &view.page);
        if (err == BH_OK)
            err = bh_execution_attach(reader.db, view.page.rows, view.page.count, &exchange->arena);
    }
    if (err != BH_OK) {
        bh_reply_refusal(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    if (!filtered) {
        write_rows(&view.page, body);
        return;
    }
    bh_buf_add_text(body, "{\"logs\":");
    write_rows(&view.page, body);
    bh_buf_add_text(body, ",\"summary\":");
    bh_log_view_write_summary(&view, &exchange->arena, body);
    bh_buf_add_text(body, ",\"pagination\":");
    bh_log_view_write_pagination(&view, body);
    bh_buf_add_char(body, '}');
}
