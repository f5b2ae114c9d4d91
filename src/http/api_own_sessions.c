// SPDX-License-Identifier: Apache-2.0
/*
 * Where a person is signed in, and the end of what they do not recognise. Open streams look by themselves
 * whether their session is still there.
 */
#include "http/handlers.h"

#include "app/accounts.h"
#include "http/credentials.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "store/reader.h"

static void add_session(const struct bh_session_view *session, bool is_current, struct bh_buf *out)
{
    bh_buf_add_char(out, '{');
    bh_json_add_text_member(out, "sessionId", session->session_id);
    bh_json_add_bool_member(out, "current", is_current);
    bh_json_add_text_member(out, "kind", session->source.kind);
    bh_json_add_time_member(out, "createdAt", session->created_at);
    bh_json_add_time_member(out, "lastSeenAt", session->seen_at);
    bh_json_add_time_member(out, "expiresAt", session->expires_at);
    bh_json_add_text_member(out, "userAgent", session->source.user_agent);
    bh_json_add_text_member(out, "address", session->source.address);
    bh_buf_add_char(out, '}');
}

void bh_api_own_session_list(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_principal principal;
    struct bh_session_view *sessions = NULL;
    size_t count = 0;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_person(app, exchange, reader.db, &principal);
    if (err == BH_OK)
        err = bh_session_list(
            reader.db, principal.person, bh_clock_wall_ms(), &exchange->arena, &sessions, &count);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"sessions\":[");
    for (size_t i = 0; i < count; i++) {
        bh_json_add_separator(body);
        add_session(&sessions[i], sessions[i].id == principal.session, body);
    }
    bh_buf_add_text(body, "]}");
}

void bh_api_own_session_end(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_principal principal;
    bool was_present = false;
    enum bh_err err = bh_credential_require_caller(app, exchange, &principal);
    if (err == BH_OK)
        err =
            bh_own_sessions_end(app, principal.person, principal.session, exchange->params[0], &was_present);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    if (was_present)
        bh_session_set_cookie(app, exchange, NULL);
    bh_buf_add_text(bh_reply_json(exchange, 200), "{\"revoked\":true}");
}

void bh_api_own_session_end_others(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_principal principal;
    size_t count = 0;
    enum bh_err err = bh_credential_require_caller(app, exchange, &principal);
    if (err == BH_OK)
        err = bh_own_sessions_end_others(app, principal.person, principal.session, &count);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    bh_buf_addf(bh_reply_json(exchange, 200), "{\"revoked\":%zu}", count);
}
