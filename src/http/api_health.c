// SPDX-License-Identifier: Apache-2.0
#include "http/handlers.h"

#include "app/app.h"
#include "http/credentials.h"
#include "http/reply.h"
#include "lib/clock.h"

void bh_api_health(struct bh_app *app, struct bh_exchange *exchange)
{
    (void)app;
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"status\":\"ok\",\"service\":\"behalfid\",\"timestamp\":");
    bh_json_add_time_or_null(body, bh_clock_wall_ms());
    bh_buf_add_char(body, '}');
    bh_reply_check(exchange);
}

void bh_api_health_db(struct bh_app *app, struct bh_exchange *exchange)
{
    if (!bh_credential_is_setup_token(app, exchange)) {
        bh_reply_error(exchange, BH_ERR_SETUP_TOKEN, BH_ABSENT);
        return;
    }
    bool up = bh_store_ping(app->store) == BH_OK;
    struct bh_buf *body = bh_reply_json(exchange, up ? 200 : 503);
    bh_buf_addf(body, "{\"status\":\"%s\",\"service\":\"behalfid\",\"database\":\"%s\"}", up ? "ok" : "error",
        up ? "up" : "down");
}
