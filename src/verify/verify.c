// SPDX-License-Identifier: Apache-2.0
#include "verify/verify.h"

#include "app/app.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "lib/metrics.h"
#include "lib/random.h"

static enum bh_err parse(struct bh_verification *verification);
static enum bh_err commit(struct bh_verification *verification);
static void answer(struct bh_exchange *exchange);
static void answer_error(struct bh_verification *verification, enum bh_err err);
static void measure(const struct bh_verification *verification);
static void leave(struct bh_verification *verification);

/*
 * The order of the steps is the promise: nothing is answered before the record of it is durable. commit()
 * hands the request to the committer thread; once its transaction has committed, the server calls answer() on
 * an I/O thread.
 */
void bh_verify_handle(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_verification *verification = bh_arena_alloc(&exchange->arena, sizeof(*verification));
    if (verification == NULL) {
        bh_counter_add(BH_COUNTER_DECISION_FAILED, 1);
        bh_reply_error(exchange, BH_ERR_FAILED_CLOSED, BH_ABSENT);
        return;
    }
    verification->app = app;
    verification->exchange = exchange;

    enum bh_err err = parse(verification);
    if (err == BH_OK)
        err = bh_verify_authenticate(verification, true);
    if (err == BH_OK)
        err = bh_verify_evaluate(verification, bh_clock_wall_ms());
    if (err == BH_OK)
        err = commit(verification);
    if (err != BH_OK)
        answer_error(verification, err);
}

/* The optional Idempotency-Key: a repeat of it is answered from the record of the first call. */
static enum bh_err read_idempotency_key(struct bh_verification *verification)
{
    struct bh_span key = bh_exchange_header(verification->exchange, "idempotency-key");
    if (bh_span_is_absent(key))
        return BH_OK;
    if (key.len == 0 || key.len > 200)
        return BH_ERR_IDEMPOTENCY_KEY;
    for (size_t i = 0; i < key.len; i++) {
        if (key.data[i] < 0x20 || key.data[i] > 0x7E)
            return BH_ERR_IDEMPOTENCY_KEY;
    }
    verification->idempotent = true;
    verification->idempotency_key = bh_sha256(key);
    verification->body_hash = bh_sha256(verification->exchange->body);
    return BH_OK;
}

static enum bh_err parse(struct bh_verification *verification)
{
    enum bh_err err = bh_json_parse_object(verification->exchange->body, &verification->body);
    if (err == BH_OK)
        err = bh_verify_parse(verification->body, true, &verification->request, &verification->error_detail);
    if (err == BH_OK)
        err = read_idempotency_key(verification);
    return err;
}

/* On the committer thread: the transaction has committed, or nothing was written. */
static void committed(struct bh_commit_job *job, enum bh_err result)
{
    (void)result; /* stays in the job, for answer() */
    bh_exchange_complete(((struct bh_verification *)job)->exchange);
}

static enum bh_err commit(struct bh_verification *verification)
{
    struct bh_exchange *exchange = verification->exchange;
    verification->salt = bh_random_u64();
    verification->job.apply = bh_verify_record;
    verification->job.done = committed;
    exchange->owner = verification;
    exchange->finish = answer;
    bh_exchange_defer(exchange);
    enum bh_err err = bh_committer_submit(verification->app->committer, &verification->job);
    if (err != BH_OK) {
        verification->job.result = err;
        bh_exchange_complete(exchange);
    }
    return BH_OK;
}

/* On an I/O thread, after the commit. */
static void answer(struct bh_exchange *exchange)
{
    struct bh_verification *verification = exchange->owner;
    enum bh_err err = verification->job.result != BH_OK ? verification->job.result : verification->refused;
    if (err != BH_OK) {
        answer_error(verification, err);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    if (bh_span_is_absent(verification->replay))
        bh_verify_answer_write(&verification->answer, body);
    else
        bh_buf_add(body, verification->replay);
    bh_reply_check(exchange);
    measure(verification);
    leave(verification);
}

static void measure(const struct bh_verification *verification)
{
    if (bh_span_is_absent(verification->replay))
        bh_verify_answer_count(&verification->answer);
    else
        bh_counter_add(BH_COUNTER_DECISION_REPLAY, 1);
    bh_histogram_add(BH_HISTOGRAM_DECISION_NS, bh_clock_steady_ns() - verification->exchange->started_ns);
}

/* Whatever goes wrong behind the parser and is not the caller's doing is one thing to the caller: a deny. */
static void answer_error(struct bh_verification *verification, enum bh_err err)
{
    if (bh_err_info(err)->status >= 500) {
        bh_counter_add(BH_COUNTER_DECISION_FAILED, 1);
        err = err == BH_ERR_OVERLOADED ? err : BH_ERR_FAILED_CLOSED;
    }
    if (err != BH_ERR_RATE_LIMIT)
        bh_reply_error(verification->exchange, err, verification->error_detail);
    leave(verification);
}

static void leave(struct bh_verification *verification)
{
    bh_snapshot_release(verification->snapshot);
    verification->snapshot = NULL;
    bh_json_release(&verification->body);
}
