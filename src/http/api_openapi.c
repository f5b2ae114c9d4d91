// SPDX-License-Identifier: Apache-2.0
#include "http/handlers.h"

#include "http/openapi.h"
#include "http/reply.h"

/* Sent from where it lies: it is too long to be copied for each reader. */
void bh_api_openapi(struct bh_app *app, struct bh_exchange *exchange)
{
    (void)app;
    bh_reply_json(exchange, 200);
    bh_reply_cache(exchange, "public, max-age=300");
    exchange->reply.file = bh_openapi_document;
}
