// SPDX-License-Identifier: Apache-2.0
/*
 * The event stream of an account's requests for approval: the beginning of one, on a pool. The rest is in
 * approval_streams.c.
 */
#include "http/handlers.h"

#include <stdlib.h>

#include "app/app.h"
#include "http/approval_streams.h"
#include "http/credentials.h"
#include "http/reply.h"

static enum bh_err open_stream(
    struct bh_app *app, struct bh_exchange *exchange, const struct bh_principal *principal)
{
    const struct bh_place_owner owner = {.account = principal->account};
    enum bh_err err = bh_exchange_take_place(exchange, &owner, 0);
    if (err != BH_OK)
        return err;
    struct bh_approval_listener *listener = calloc(1, sizeof(*listener));
    if (listener == NULL)
        return BH_ERR_NO_MEMORY;
    listener->account = principal->account;
    listener->by_session = principal->session != 0;
    listener->secret_hash = bh_sha256(
        listener->by_session ? bh_session_cookie(exchange) : bh_credential_developer_token(exchange));
    struct bh_stream *stream;
    err = bh_reply_stream(exchange, "text/event-stream", &stream);
    if (err != BH_OK) {
        free(listener);
        return err;
    }
    listener->stream = stream;
    /* Proxies that collect an answer before they pass it on would hold events back. */
    bh_exchange_add_header(exchange, "X-Accel-Buffering", "no");
    if (bh_approval_streams_add_take(app->approval_streams, listener))
        return BH_OK;
    bh_stream_cancel(exchange, stream);
    free(listener);
    return BH_ERR_STORE_UNAVAILABLE;
}

void bh_api_dashboard_approval_stream(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_principal principal;
    enum bh_err err = bh_credential_require_caller(app, exchange, &principal);
    if (err == BH_OK)
        err = open_stream(app, exchange, &principal);
    if (err != BH_OK)
        bh_reply_refusal(exchange, err, BH_ABSENT);
}
