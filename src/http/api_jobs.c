// SPDX-License-Identifier: Apache-2.0
/*
 * What the server does by itself, now.
 */
#include "http/handlers.h"

#include "app/app.h"
#include "app/maintenance.h"
#include "http/credentials.h"
#include "http/reply.h"
#include "store/reader.h"

/*
 * A GET comes along with the browser's cookie from any page, and the Origin rule does not hold for it: so it
 * takes the setup token alone.
 */
static enum bh_err find_caller(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    if (bh_credential_is_setup_token(app, exchange))
        return BH_OK;
    if (exchange->method != BH_POST)
        return BH_ERR_SETUP_TOKEN;
    enum bh_err err = bh_reader_open(app->store, &reader);
    return err == BH_OK ? bh_credential_require_operator(app, exchange, reader.db) : err;
}

void bh_api_purge_run(struct bh_app *app, struct bh_exchange *exchange)
{
    int64_t removed = 0;
    enum bh_err err = find_caller(app, exchange);
    if (err == BH_OK)
        err = bh_maintenance_run(app->maintenance, &removed);
    if (err != BH_OK)
        bh_reply_error(exchange, err, BH_ABSENT);
    else
        bh_buf_addf(bh_reply_json(exchange, 200), "{\"status\":\"ok\",\"removed\":%lld}", (long long)removed);
}
