// SPDX-License-Identifier: Apache-2.0
#include "http/handlers.h"

#include "app/app.h"
#include "http/credentials.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "store/reader.h"

void bh_api_health(struct bh_app *app, struct bh_exchange *exchange)
{
    (void)app;
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"status\":\"ok\",\"service\":\"behalfid\",\"timestamp\":");
    bh_json_add_time_or_null(body, bh_clock_wall_ms());
    bh_buf_add_char(body, '}');
    bh_reply_check(exchange);
}

/* The setup token also works while the database does not. */
static enum bh_err require_operator(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    if (bh_credential_is_setup_token(app, exchange))
        return BH_OK;
    enum bh_err err = bh_reader_open(app->store, &reader);
    return err == BH_OK ? bh_credential_require_operator(app, exchange, reader.db) : err;
}

void bh_api_health_db(struct bh_app *app, struct bh_exchange *exchange)
{
    enum bh_err err = require_operator(app, exchange);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    bool up = bh_store_ping(app->store) == BH_OK;
    struct bh_buf *body = bh_reply_json(exchange, up ? 200 : 503);
    bh_buf_addf(body, "{\"status\":\"%s\",\"service\":\"behalfid\",\"database\":\"%s\"}", up ? "ok" : "error",
        up ? "up" : "down");
}
