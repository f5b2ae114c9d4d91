// SPDX-License-Identifier: Apache-2.0
/*
 * Event streams: the beginning of one, on a pool. The rest is in log_streams.c.
 */
#include "http/handlers.h"

#include <string.h>

#include "app/app.h"
#include "http/credentials.h"
#include "http/log_streams.h"
#include "http/present.h"
#include "http/reply.h"
#include "store/reader.h"
#include "store/request_id.h"

/* Where a listener begins. */
struct start {
    int64_t through;
    const struct bh_audit_row *missed; /* newest first */
    size_t missed_count;
    bool gap;
    struct bh_audit_row
        place; /* the newest row that the caller need not be sent; its id may be 0: the beginning */
};

/* Where the caller was. */
struct after {
    int64_t row;  /* -1: it names none */
    bool is_lost; /* that row is not in this log any more: it was erased or removed, or an older copy of the
                     log was put in its place and goes on with other rows under the same numbers */
};

/* The row of the id that the caller saw last. A client that comes back by itself sends the header, and its
 * address may still name where it began the first time. */
static enum bh_err read_after(
    const struct bh_exchange *exchange, struct bh_db *db, int64_t last, struct after *ret_after)
{
    int64_t row = -1;
    uint64_t salt;
    struct bh_span text = bh_exchange_header(exchange, "last-event-id");
    if (text.len == 0)
        text = bh_exchange_query(exchange, "after");
    if (text.len == 0)
        return BH_OK;
    if (!bh_request_id_decode(text, &row, &salt) || row < 0 || row > last)
        return BH_ERR_AFTER;
    bool is_there = row == 0 && salt == 0; /* the beginning, as `place` says it */
    enum bh_err err = is_there ? BH_OK : bh_audit_has(db, row, salt, &is_there);
    if (err == BH_OK)
        *ret_after = (struct after){row, !is_there};
    return err;
}

/* In one view of the database: what the caller has missed, and up to where that goes. */
static enum bh_err find_start(struct bh_exchange *exchange, struct bh_db *db,
    const struct bh_audit_filter *filter, struct start *ret_start)
{
    struct start start = {0};
    struct bh_audit_page page = {0};
    struct after after = {.row = -1};
    enum bh_err err = bh_audit_last(db, &start.through);
    if (err == BH_OK)
        err = read_after(exchange, db, start.through, &after);
    if (after.is_lost)
        after.row = 0;
    size_t limit = after.row < 0 ? 1 : BH_LOG_LISTENER_KEPT + 1;
    if (err == BH_OK)
        err = bh_audit_list(db, filter, 0, 0, limit, &exchange->arena, &page);
    if (err != BH_OK)
        return err;
    while (after.row >= 0 && start.missed_count < page.count && page.rows[start.missed_count].id > after.row)
        start.missed_count++;
    start.gap = after.is_lost || start.missed_count > BH_LOG_LISTENER_KEPT;
    if (start.missed_count > BH_LOG_LISTENER_KEPT)
        start.missed_count = BH_LOG_LISTENER_KEPT;
    start.missed = page.rows;
    if (start.missed_count < page.count)
        start.place = page.rows[start.missed_count];
    *ret_start = start;
    return BH_OK;
}

static struct bh_log_listener *make_listener(const struct start *start)
{
    struct bh_log_listener *listener = bh_log_listener_create(start->missed_count);
    if (listener == NULL)
        return NULL;
    for (size_t i = 0; i < start->missed_count; i++)
        listener->aside[i] = start->missed[start->missed_count - 1 - i].id;
    listener->count = start->missed_count;
    listener->through = start->through;
    listener->gap = start->gap;
    bh_request_id_encode(start->place.id, start->place.salt, listener->place);
    return listener;
}

/* Answers with the stream of what the filter's agent, or account, does from `start` on. `model` says for
 * whom. */
static enum bh_err open_stream(struct bh_app *app, struct bh_exchange *exchange, const struct start *start,
    const struct bh_log_listener *model)
{
    const struct bh_place_owner owner = {.account = model->base.account, .agent = model->agent};
    enum bh_err err = bh_exchange_take_place(exchange, &owner, 0);
    if (err != BH_OK)
        return err;
    struct bh_log_listener *listener = make_listener(start);
    if (listener == NULL)
        return BH_ERR_NO_MEMORY;
    listener->base.account = model->base.account;
    listener->base.secret_hash = model->base.secret_hash;
    listener->agent = model->agent;
    memcpy(listener->agent_id, model->agent_id, sizeof(listener->agent_id));
    listener->may_listen = model->may_listen;
    listener->present = model->present;
    return bh_log_streams_answer_take(app->log_streams, exchange, listener);
}

/* ---- one agent ---- */

static bool holds_the_key(const struct bh_log_listener *listener, struct bh_db *db, int64_t now_ms)
{
    (void)now_ms;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct bh_agent_record holder;
    bh_arena_init(&arena, 2048, 1 << 20);
    enum bh_err err = bh_agent_find_by_key(db, &listener->base.secret_hash, &arena, &holder);
    return err != BH_ERR_NOT_FOUND && (err != BH_OK || holder.id == listener->agent);
}

static void present_for_agent(
    const struct bh_audit_row *row, const struct bh_agent_record *agent, struct bh_buf *out)
{
    (void)agent;
    bh_present_log_row(row, out);
}

void bh_api_logs_stream(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_agent_record agent;
    struct start start;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_agent(app, exchange, reader.db, exchange->params[0], &agent);
    if (err == BH_OK) {
        const struct bh_audit_filter own = {.account = agent.account, .agent = agent.id};
        err = find_start(exchange, reader.db, &own, &start);
    }
    if (err == BH_OK) {
        struct bh_log_listener model = {.base = {.account = agent.account, .secret_hash = agent.key_hash},
            .agent = agent.id,
            .may_listen = holds_the_key,
            .present = present_for_agent};
        if (agent.agent_id.len < sizeof(model.agent_id))
            memcpy(model.agent_id, agent.agent_id.data, agent.agent_id.len);
        err = open_stream(app, exchange, &start, &model);
    }
    if (err != BH_OK)
        bh_reply_refusal(exchange, err, BH_ABSENT);
}

/* ---- all agents of an account ---- */

static bool holds_the_token(const struct bh_log_listener *listener, struct bh_db *db, int64_t now_ms)
{
    (void)now_ms;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct bh_token_record token;
    bh_arena_init(&arena, 1024, 1 << 20);
    enum bh_err err = bh_token_find_by_hash(db, &listener->base.secret_hash, &arena, &token);
    if (err != BH_OK)
        return err != BH_ERR_NOT_FOUND;
    return token.account == listener->base.account && bh_role_allows(token.role, BH_MAY_READ);
}

static bool holds_the_session(const struct bh_log_listener *listener, struct bh_db *db, int64_t now_ms)
{
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct bh_session_record session;
    bh_arena_init(&arena, 1024, 1 << 20);
    enum bh_err err = bh_session_find(db, &listener->base.secret_hash, &arena, &session);
    if (err != BH_OK)
        return err != BH_ERR_NOT_FOUND;
    return session.account == listener->base.account && bh_role_allows(session.role, BH_MAY_READ) &&
           !bh_session_has_ended(&session, now_ms);
}

static void present_for_account(
    const struct bh_audit_row *row, const struct bh_agent_record *agent, struct bh_buf *out)
{
    bh_present_log_row_full(row, agent->name, out);
}

void bh_api_dashboard_logs_stream(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_principal principal;
    struct start start;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_person(app, exchange, reader.db, &principal);
    if (err == BH_OK) {
        const struct bh_audit_filter all = {.account = principal.account};
        err = find_start(exchange, reader.db, &all, &start);
    }
    if (err == BH_OK) {
        bool by_session = principal.session != 0;
        struct bh_span secret =
            by_session ? bh_session_cookie(exchange) : bh_credential_developer_token(exchange);
        const struct bh_log_listener model = {
            .base = {.account = principal.account, .secret_hash = bh_sha256(secret)},
            .may_listen = by_session ? holds_the_session : holds_the_token,
            .present = present_for_account};
        err = open_stream(app, exchange, &start, &model);
    }
    if (err != BH_OK)
        bh_reply_refusal(exchange, err, BH_ABSENT);
}
