// SPDX-License-Identifier: Apache-2.0
/*
 * The numbers of the server at its main address, for whoever has the token.
 */
#include "app/app.h"
#include "http/credentials.h"
#include "http/handlers.h"
#include "http/metrics.h"
#include "http/reply.h"

/* It may come before the application knows its server, or while that stops; the exchange has its own. */
void bh_api_metrics(struct bh_app *app, struct bh_exchange *exchange)
{
    if (bh_credential_is_metrics_token(app, exchange))
        bh_metrics_answer(app, bh_exchange_server(exchange), exchange);
    else
        bh_reply_error(exchange, BH_ERR_METRICS_TOKEN, BH_ABSENT);
}
