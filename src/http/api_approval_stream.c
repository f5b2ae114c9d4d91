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
    listener->base.account = principal->account;
    listener->by_session = principal->session != 0;
    listener->base.secret_hash = bh_sha256(
        listener->by_session ? bh_session_cookie(exchange) : bh_credential_developer_token(exchange));
    return bh_approval_streams_answer_take(app->approval_streams, exchange, listener);
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
