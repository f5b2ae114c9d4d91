// SPDX-License-Identifier: Apache-2.0
/*
 * One approval, for the agent that waits for it: what became of it, now or within the time that the agent is
 * ready to wait. A waiting answer holds no thread; the watch looks at it.
 */
#include "http/handlers.h"

#include "app/app.h"
#include "app/watch.h"
#include "http/credentials.h"
#include "http/present.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "store/reader.h"
#include "store/request_id.h"

#define WAIT_MOST_S 60

struct waiting_answer {
    struct bh_waiter waiter; /* INVARIANT: first */
    struct bh_exchange *exchange;
    struct bh_span approval_id;
    int64_t agent;
    int64_t until_ms; /* steady */
};

/* False when the parameter is no whole number of seconds that may be waited. */
static bool read_wait(const struct bh_exchange *exchange, int64_t *ret_wait_s)
{
    int64_t seconds = 0;
    struct bh_span text = bh_exchange_query(exchange, "wait");
    if (!bh_span_is_absent(text) && (text.len == 0 || text.len > 2))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        seconds = seconds * 10 + (text.data[i] - '0');
    }
    *ret_wait_s = seconds;
    return seconds <= WAIT_MOST_S;
}

/* What the agent may see of it. Another agent's approval looks like one that does not exist. */
static enum bh_err find_own(struct bh_db *db, struct bh_span approval_id, int64_t agent, int64_t now_ms,
    struct bh_arena *arena, struct bh_approval_record *ret_approval)
{
    struct bh_approval_record approval;
    enum bh_err err = bh_approval_find(db, approval_id, now_ms, arena, &approval);
    if (err == BH_OK && approval.agent != agent)
        err = BH_ERR_APPROVAL_NOT_FOUND;
    if (err == BH_OK)
        *ret_approval = approval;
    return err;
}

static void add_texts(const struct bh_approval_record *approval, struct bh_buf *body)
{
    const struct {
        const char *key;
        struct bh_span value;
    } texts[] = {{"approvalId", approval->approval_id}, {"status", approval->status},
        {"agentId", approval->agent_id}, {"permissionId", approval->permission_id}};
    for (size_t i = 0; i < BH_COUNT(texts); i++) {
        bh_json_add_text_member(body, texts[i].key, texts[i].value);
    }
    bh_present_redacted(body, "action", approval->action);
    bh_present_redacted(body, "vendor", approval->vendor);
    bh_json_add_key(body, "amount");
    if (approval->has_amount)
        bh_json_add_number(body, approval->amount);
    else
        bh_buf_add_text(body, "null");
}

static void add_times(const struct bh_approval_record *approval, struct bh_buf *body)
{
    const struct {
        const char *key;
        int64_t ms;
    } times[] = {{"createdAt", approval->created_at}, {"expiresAt", approval->expires_at},
        {"resolvedAt", approval->resolved_at}, {"grantExpiresAt", approval->grant_expires_at},
        {"usedAt", approval->used_at}};
    for (size_t i = 0; i < BH_COUNT(times); i++) {
        bh_json_add_time_member(body, times[i].key, times[i].ms);
    }
}

static void reply(struct bh_exchange *exchange, const struct bh_approval_record *approval)
{
    char request_id[BH_REQUEST_ID_TEXT];
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"approval\":{");
    add_texts(approval, body);
    bh_request_id_encode(approval->request_row, approval->request_salt, request_id);
    bh_json_add_text_member(body, "requestId", approval->has_request ? bh_span_from(request_id) : BH_ABSENT);
    add_times(approval, body);
    bh_buf_add_text(body, "}}");
}

static bool is_pending(const struct bh_approval_record *approval)
{
    return bh_span_equal(approval->status, BH_SPAN("pending"));
}

/* ---- waiting, on the watch's thread ---- */

static int64_t finish(struct bh_exchange *exchange, enum bh_err err)
{
    if (err != BH_OK)
        bh_reply_error(exchange, err, BH_ABSENT);
    bh_reply_check(exchange);
    bh_exchange_complete(exchange);
    return BH_WATCH_DONE;
}

/* The exchange's arena holds what was read the first time; what is read again and again must not. */
static int64_t look(struct bh_waiter *waiter, const struct bh_watch_turn *turn)
{
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct waiting_answer *waiting = (struct waiting_answer *)waiter;
    struct bh_exchange *exchange = waiting->exchange;
    struct bh_approval_record approval;
    int64_t left_ms = waiting->until_ms - turn->steady_ms;
    bool over = turn->stopping || left_ms <= 0;
    if (turn->db == NULL)
        return over ? finish(exchange, BH_ERR_STORE_UNAVAILABLE) : BH_WATCH_LOOK_MS;
    bh_arena_init(&arena, 1024, 1 << 20);
    enum bh_err err =
        find_own(turn->db, waiting->approval_id, waiting->agent, turn->now_ms, &arena, &approval);
    if (err != BH_OK)
        return finish(exchange, err);
    if (over || !is_pending(&approval) || bh_exchange_is_gone(exchange)) {
        reply(exchange, &approval);
        return finish(exchange, BH_OK);
    }
    return left_ms < BH_WATCH_LOOK_MS ? left_ms : BH_WATCH_LOOK_MS;
}

static enum bh_err wait_for_change(struct bh_app *app, struct bh_exchange *exchange,
    const struct bh_approval_record *approval, int64_t wait_s)
{
    struct waiting_answer *waiting = bh_arena_alloc(&exchange->arena, sizeof(*waiting));
    const struct bh_place_owner owner = {.account = approval->account, .agent = approval->agent};
    if (waiting == NULL)
        return BH_ERR_NO_MEMORY;
    enum bh_err err = bh_exchange_take_place(exchange, &owner, wait_s * 1000);
    if (err != BH_OK)
        return err;
    waiting->waiter.look = look;
    atomic_init(&waiting->waiter.wants, BH_CHANGED_APPROVALS);
    waiting->exchange = exchange;
    waiting->approval_id = approval->approval_id;
    waiting->agent = approval->agent;
    waiting->until_ms = bh_clock_steady_ms() + wait_s * 1000;
    bool *kept = exchange->kept;
    *kept = true;
    if (bh_watch_park(app->watch, &waiting->waiter))
        return BH_OK;
    *kept = false;
    reply(exchange, approval);
    return BH_OK;
}

void bh_api_approval_read(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_agent_record agent;
    struct bh_approval_record approval;
    int64_t wait_s = 0;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_find_agent(app, exchange, reader.db, &agent);
    if (err == BH_OK && !read_wait(exchange, &wait_s))
        err = BH_ERR_WAIT;
    if (err == BH_OK)
        err = find_own(
            reader.db, exchange->params[0], agent.id, bh_clock_wall_ms(), &exchange->arena, &approval);
    if (err == BH_OK && wait_s > 0 && is_pending(&approval))
        err = wait_for_change(app, exchange, &approval, wait_s);
    else if (err == BH_OK)
        reply(exchange, &approval);
    if (err != BH_OK)
        bh_reply_refusal(exchange, err, BH_ABSENT);
}
