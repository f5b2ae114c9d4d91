// SPDX-License-Identifier: Apache-2.0
#include "guard/inquiry.h"

#include "app/app.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "lib/metrics.h"

static enum bh_err parse(struct bh_inquiry *inquiry);
static enum bh_err commit(struct bh_inquiry *inquiry);
static void answer(struct bh_exchange *exchange);
static void answer_unknown(struct bh_inquiry *inquiry);
static void answer_error(struct bh_inquiry *inquiry, enum bh_err err);
static void leave(struct bh_inquiry *inquiry);

/*
 * The order of the steps is the promise: nothing is allowed before the record of it is durable. commit()
 * hands the inquiry to the committer thread; once its transaction has committed, the server calls answer() on
 * an I/O thread. A site that is not there has no log, and nothing to wait for.
 */
static void handle(struct bh_app *app, struct bh_exchange *exchange, bool by_proxy)
{
    struct bh_inquiry *inquiry = bh_arena_alloc(&exchange->arena, sizeof(*inquiry));
    if (inquiry == NULL) {
        bh_counter_add(BH_COUNTER_SITE_FAILED, 1);
        bh_reply_error(exchange, BH_ERR_SITE_FAILED_CLOSED, BH_ABSENT);
        return;
    }
    inquiry->app = app;
    inquiry->exchange = exchange;
    inquiry->by_proxy = by_proxy;
    bh_random_id("req", inquiry->request_id);

    enum bh_err err = parse(inquiry);
    if (err == BH_OK)
        err = bh_inquiry_authenticate(inquiry);
    if (err == BH_OK && inquiry->snapshot == NULL) {
        answer_unknown(inquiry);
        return;
    }
    if (err == BH_OK)
        err = bh_inquiry_evaluate(inquiry, bh_clock_wall_ms());
    if (err == BH_OK)
        err = bh_inquiry_redact(inquiry);
    if (err == BH_OK)
        err = commit(inquiry);
    if (err != BH_OK)
        answer_error(inquiry, err);
}

void bh_guard_check(struct bh_app *app, struct bh_exchange *exchange)
{
    handle(app, exchange, false);
}

void bh_guard_authorize(struct bh_app *app, struct bh_exchange *exchange)
{
    handle(app, exchange, true);
}

static enum bh_err parse(struct bh_inquiry *inquiry)
{
    struct bh_exchange *exchange = inquiry->exchange;
    if (inquiry->by_proxy)
        return bh_site_request_read_headers(exchange, &inquiry->request);
    enum bh_err err = bh_json_parse_object(exchange->body, &inquiry->body);
    if (err == BH_OK)
        err =
            bh_site_request_parse(inquiry->body, &exchange->arena, &inquiry->request, &inquiry->error_detail);
    return err;
}

/* On the committer thread: the transaction has committed, or nothing was written. */
static void committed(struct bh_commit_job *job, enum bh_err result)
{
    (void)result; /* stays in the job, for answer() */
    bh_exchange_complete(((struct bh_inquiry *)job)->exchange);
}

static enum bh_err commit(struct bh_inquiry *inquiry)
{
    struct bh_exchange *exchange = inquiry->exchange;
    inquiry->job.apply = bh_inquiry_record;
    inquiry->job.done = committed;
    exchange->owner = inquiry;
    exchange->finish = answer;
    bh_exchange_defer(exchange);
    enum bh_err err = bh_committer_submit(inquiry->app->committer, &inquiry->job);
    if (err != BH_OK) {
        inquiry->job.result = err;
        bh_exchange_complete(exchange);
    }
    return BH_OK;
}

/* On an I/O thread, after the commit. */
static void answer(struct bh_exchange *exchange)
{
    struct bh_inquiry *inquiry = exchange->owner;
    enum bh_err err = inquiry->job.result != BH_OK ? inquiry->job.result : inquiry->refused;
    if (err == BH_ERR_SITE_NOT_FOUND) {
        answer_unknown(inquiry); /* it was deleted meanwhile */
    } else if (err != BH_OK) {
        answer_error(inquiry, err);
    } else {
        bh_inquiry_answer(inquiry);
        leave(inquiry);
    }
}

static void answer_unknown(struct bh_inquiry *inquiry)
{
    bh_site_snapshot_release(inquiry->snapshot);
    inquiry->snapshot = NULL;
    inquiry->identity = (struct bh_bot_identity){.result = BH_BOT_UNSIGNED};
    inquiry->decision = (struct bh_site_decision){.reason = BH_SITE_REASON_NO_SITE};
    bh_inquiry_answer(inquiry);
    leave(inquiry);
}

static void answer_error(struct bh_inquiry *inquiry, enum bh_err err)
{
    bh_inquiry_answer_error(inquiry, err);
    leave(inquiry);
}

static void leave(struct bh_inquiry *inquiry)
{
    bh_site_snapshot_release(inquiry->snapshot);
    inquiry->snapshot = NULL;
    bh_json_release(&inquiry->body);
}
