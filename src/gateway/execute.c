// SPDX-License-Identifier: Apache-2.0
#include "gateway/gateway.h"

#include <stddef.h>

#include "app/app.h"
#include "app/watch.h"
#include "gateway/executor.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "lib/metrics.h"
#include "lib/random.h"
#include "verify/verify.h"

#define ACTION_UNITS 80
#define RESOURCE_UNITS 200
/* What is done cannot be undone: its record is tried again, later each time, until this long after. */
#define RETRY_FIRST_MS 250
#define RETRY_MS 6000
#define WAIT_MS (BH_FETCH_TOTAL_MS + RETRY_MS + 5000) /* the last try waits for the database itself */

/* One request on its way. Lives in the exchange's arena. */
struct execute {
    struct bh_verification verification; /* first, so that the committer's job of the decision is all of it */
    struct bh_commit_job outcome;        /* the second job */
    struct bh_waiter retry;              /* of it, after it has failed */
    int64_t retry_at, retry_delay_ms, retry_until; /* steady clock */
    struct bh_action action;
    const json_t *input;
    json_t *metadata;
    bool entered; /* it holds a place of its executor */
    bool ran;     /* `action` says how it ended */
};

static enum bh_err parse(struct execute *execute);
static enum bh_err validate(struct execute *execute);
static enum bh_err enter(struct execute *execute);
static enum bh_err commit(struct execute *execute);
static void answer(struct bh_exchange *exchange);
static void answer_error(struct execute *execute, enum bh_err err);
static void give_place_back(struct execute *execute);
static void leave(struct execute *execute);

/*
 * The order of the steps is the promise. All that can be refused is refused before the decision, so that no
 * grant is spent on what cannot run. Nothing runs before the decision is durable, and nothing is answered
 * before what became of it is, or could not be recorded with patience either.
 */
void bh_gateway_execute(struct bh_app *app, struct bh_exchange *exchange)
{
    struct execute *execute = bh_arena_alloc(&exchange->arena, sizeof(*execute));
    if (execute == NULL) {
        bh_counter_add(BH_COUNTER_DECISION_FAILED, 1);
        bh_reply_error(exchange, BH_ERR_FAILED_CLOSED, BH_ABSENT);
        return;
    }
    execute->verification.app = app;
    execute->verification.exchange = exchange;
    execute->action.app = app;
    execute->action.arena = &exchange->arena;

    enum bh_err err = parse(execute);
    if (err == BH_OK)
        err = validate(execute);
    if (err == BH_OK)
        err = bh_verify_authenticate(&execute->verification, false);
    if (err == BH_OK)
        err = enter(execute);
    if (err == BH_OK)
        err = bh_verify_evaluate(&execute->verification, bh_clock_wall_ms());
    if (err == BH_OK)
        err = commit(execute);
    if (err != BH_OK)
        answer_error(execute, err);
}

/* ---- parse ----------------------------------------------------------------------------------------------
 */

static bool is_field(struct bh_span key)
{
    static const char *const fields[] = {"agentId", "action", "resource", "input"};
    for (size_t i = 0; i < BH_COUNT(fields); i++) {
        if (bh_span_equal(key, bh_span_from(fields[i])))
            return true;
    }
    return false;
}

static enum bh_err check_fields(struct execute *execute)
{
    json_t *body = execute->verification.body;
    for (void *at = json_object_iter(body); at != NULL; at = json_object_iter_next(body, at)) {
        execute->verification.error_detail =
            (struct bh_span){json_object_iter_key(at), json_object_iter_key_len(at)};
        if (!is_field(execute->verification.error_detail))
            return BH_ERR_UNKNOWN_FIELD;
    }
    return BH_OK;
}

/* The member's trimmed text, which must not be empty. */
static enum bh_err read_text(
    struct execute *execute, const char *key, size_t units, enum bh_err too_long, struct bh_span *ret_text)
{
    struct bh_span text = bh_span_trim(bh_json_member_text(execute->verification.body, key));
    execute->verification.error_detail = bh_span_from(key);
    if (text.len == 0)
        return BH_ERR_FIELD_REQUIRED;
    *ret_text = text;
    return bh_span_utf16_length(text) > units ? too_long : BH_OK;
}

/* What is decided on and recorded: the resource stands where a caller of verify names a vendor. */
static enum bh_err make_metadata(struct execute *execute)
{
    struct bh_verify_request *request = &execute->verification.request;
    execute->metadata = json_pack("{s:s, s:s%}", "gateway", "actions.execute", "resource",
        request->facts.vendor.data, request->facts.vendor.len);
    if (execute->metadata == NULL)
        return BH_ERR_NO_MEMORY;
    request->metadata = execute->metadata;
    bh_facts_read_context(request->metadata, NULL, &request->facts);
    return BH_OK;
}

static enum bh_err parse(struct execute *execute)
{
    struct bh_verification *verification = &execute->verification;
    struct bh_verify_request *request = &verification->request;
    enum bh_err err = bh_json_parse_object(verification->exchange->body, &verification->body);
    if (err == BH_OK)
        err = check_fields(execute);
    if (err == BH_OK)
        err = read_text(execute, "agentId", SIZE_MAX, BH_ERR_INTERNAL, &request->agent_id);
    if (err == BH_OK)
        err = read_text(execute, "action", ACTION_UNITS, BH_ERR_ACTION_TOO_LONG, &request->facts.action);
    if (err == BH_OK)
        err =
            read_text(execute, "resource", RESOURCE_UNITS, BH_ERR_RESOURCE_TOO_LONG, &request->facts.vendor);
    if (err != BH_OK)
        return err;
    execute->input = json_object_get(verification->body, "input");
    return json_is_object(execute->input) ? make_metadata(execute) : BH_ERR_GATEWAY_INPUT;
}

/* ---- validate and enter ---------------------------------------------------------------------------------
 */

static enum bh_err check_input_keys(struct execute *execute)
{
    json_t *input = (json_t *)(uintptr_t)execute->input;
    for (void *at = json_object_iter(input); at != NULL; at = json_object_iter_next(input, at)) {
        execute->verification.error_detail =
            (struct bh_span){json_object_iter_key(at), json_object_iter_key_len(at)};
        if (!bh_executor_has_key(execute->action.executor, execute->verification.error_detail))
            return BH_ERR_UNKNOWN_FIELD;
    }
    return BH_OK;
}

/* Without an executor it is decided all the same, for the record; the decision is a deny. */
static enum bh_err validate(struct execute *execute)
{
    struct bh_verification *verification = &execute->verification;
    struct bh_action *action = &execute->action;
    const struct bh_facts *facts = &verification->request.facts;
    action->executor = bh_executor_find(facts->action, facts->vendor);
    verification->unsupported = action->executor == NULL;
    enum bh_err err = check_input_keys(execute);
    if (err != BH_OK || action->executor == NULL)
        return err;
    action->execution.executor = bh_span_from(action->executor->name);
    verification->execution = &action->execution;
    return action->executor->validate(action, execute->input, &verification->error_detail);
}

static enum bh_err enter(struct execute *execute)
{
    struct bh_action *action = &execute->action;
    struct bh_exchange *exchange = execute->verification.exchange;
    const struct bh_snapshot *snapshot = execute->verification.snapshot;
    if (action->executor == NULL)
        return BH_OK;
    action->account = snapshot->account;
    const struct bh_place_owner owner = {.account = snapshot->account, .agent = snapshot->agent};
    enum bh_err err = bh_exchange_take_place(exchange, &owner, WAIT_MS);
    if (err != BH_OK)
        return err;
    err = action->executor->enter(action);
    execute->entered = err == BH_OK;
    if (err != BH_OK)
        bh_exchange_add_header(exchange, "Retry-After", "1");
    return err;
}

/* ---- commit and run -------------------------------------------------------------------------------------
 */

static bool is_allowed(const struct bh_verification *verification)
{
    return verification->job.result == BH_OK && verification->refused == BH_OK &&
           verification->answer.outcome == BH_ALLOW && verification->execution != NULL;
}

/* On the committer thread: the decision is durable, or nothing was written. */
static void decided(struct bh_commit_job *job, enum bh_err result)
{
    (void)result; /* stays in the job */
    struct execute *execute = (struct execute *)job;
    if (is_allowed(&execute->verification)) {
        execute->action.executor->run(&execute->action);
        return;
    }
    give_place_back(execute);
    bh_exchange_complete(execute->verification.exchange);
}

/* On the committer thread, in a transaction of its own. */
static enum bh_err record_outcome(struct bh_commit_job *job, const struct bh_commit_context *context)
{
    struct execute *execute = (struct execute *)((char *)job - offsetof(struct execute, outcome));
    struct bh_execution execution = execute->action.execution;
    execution.ended_at = context->now_ms;
    enum bh_err err = bh_execution_end(context->audit, &execution);
    return err == BH_ERR_NOT_FOUND ? BH_OK : err; /* its entry was erased meanwhile */
}

static void submit_outcome(struct execute *execute);

/* On the watch's thread. Once it was submitted, it may be over at any time. */
static int64_t retry_outcome(struct bh_waiter *waiter, const struct bh_watch_turn *turn)
{
    struct execute *execute = (struct execute *)((char *)waiter - offsetof(struct execute, retry));
    if (turn->steady_ms < execute->retry_at && !turn->stopping)
        return execute->retry_at - turn->steady_ms;
    submit_outcome(execute);
    return BH_WATCH_DONE;
}

/* False when it is given up: it is too late, or the server stops. */
static bool retry_later(struct execute *execute)
{
    int64_t now_ms = bh_clock_steady_ms();
    execute->retry_at = now_ms + execute->retry_delay_ms;
    execute->retry_delay_ms *= 2;
    execute->retry.look = retry_outcome;
    return execute->retry_at <= execute->retry_until &&
           bh_watch_park(execute->action.app->watch, &execute->retry);
}

/* On any thread: what became of it is durable, or was not written. */
static void recorded(struct bh_commit_job *job, enum bh_err result)
{
    struct execute *execute = (struct execute *)((char *)job - offsetof(struct execute, outcome));
    if (result == BH_OK || !retry_later(execute))
        bh_exchange_complete(execute->verification.exchange);
}

static void submit_outcome(struct execute *execute)
{
    enum bh_err err = bh_committer_submit(execute->action.app->committer, &execute->outcome);
    if (err == BH_OK)
        return;
    execute->outcome.result = err;
    recorded(&execute->outcome, err);
}

/* On the executor's thread. */
static void ended(struct bh_action *action)
{
    struct execute *execute = (struct execute *)((char *)action - offsetof(struct execute, action));
    struct bh_execution *execution = &action->execution;
    give_place_back(execute);
    execute->ran = true;
    execution->audit_row = execute->verification.request_row;
    execution->state = action->error == BH_OK ? BH_EXECUTION_SUCCEEDED : BH_EXECUTION_FAILED;
    if (action->error != BH_OK)
        execution->error = bh_span_from(bh_err_info(action->error)->text);
    execute->outcome.apply = record_outcome;
    execute->outcome.done = recorded;
    execute->retry_delay_ms = RETRY_FIRST_MS;
    execute->retry_until = bh_clock_steady_ms() + RETRY_MS;
    submit_outcome(execute);
}

static enum bh_err commit(struct execute *execute)
{
    struct bh_verification *verification = &execute->verification;
    struct bh_exchange *exchange = verification->exchange;
    verification->salt = bh_random_u64();
    verification->job.apply = bh_verify_record;
    verification->job.done = decided;
    execute->action.ended = ended;
    exchange->owner = execute;
    exchange->finish = answer;
    bh_exchange_defer(exchange);
    enum bh_err err = bh_committer_submit(verification->app->committer, &verification->job);
    if (err != BH_OK) {
        verification->job.result = err;
        give_place_back(execute);
        bh_exchange_complete(exchange);
    }
    return BH_OK;
}

/* ---- answer ---------------------------------------------------------------------------------------------
 */

static void write_denial(const struct bh_verify_answer *decision, struct bh_buf *body)
{
    bool asks = decision->outcome == BH_NEEDS_APPROVAL;
    bh_buf_add_char(body, '{');
    bh_json_add_text_member(body, "requestId", bh_span_from(decision->request_id));
    bh_json_add_bool_member(body, "allowed", false);
    bh_json_add_text_member(body, "decision", BH_SPAN("denied"));
    bh_json_add_text_member(body, "reason", bh_span_from(bh_reason_text(decision->reason)));
    bh_json_add_bool_member(body, "executed", false);
    bh_json_add_bool_member(body, "approvalRequired", asks);
    if (asks && !bh_span_is_absent(decision->approval_id))
        bh_json_add_text_member(body, "approvalId", decision->approval_id);
    bh_buf_add_char(body, '}');
}

static void write_outcome(const struct execute *execute, struct bh_buf *body)
{
    const struct bh_verify_answer *decision = &execute->verification.answer;
    const struct bh_action *action = &execute->action;
    bh_buf_add_char(body, '{');
    bh_json_add_text_member(body, "requestId", bh_span_from(decision->request_id));
    bh_json_add_bool_member(body, "allowed", true);
    bh_json_add_text_member(body, "decision", BH_SPAN("allowed"));
    bh_json_add_text_member(body, "reason", bh_span_from(bh_reason_text(decision->reason)));
    bh_json_add_bool_member(body, "executed", action->error == BH_OK);
    if (action->error == BH_OK) {
        bh_json_add_key(body, "result");
        bh_buf_add(body, bh_buf_span(&action->result));
    } else {
        bh_json_add_text_member(body, "error", bh_span_from(bh_err_info(action->error)->text));
    }
    bh_buf_add_char(body, '}');
}

static void count_execution(const struct execute *execute)
{
    if (execute->outcome.result != BH_OK)
        bh_counter_add(BH_COUNTER_EXECUTION_UNRECORDED, 1);
    else
        bh_counter_add(
            execute->action.error == BH_OK ? BH_COUNTER_EXECUTION_SUCCEEDED : BH_COUNTER_EXECUTION_FAILED, 1);
}

/* On an I/O thread, after the last commit. */
static void answer(struct bh_exchange *exchange)
{
    struct execute *execute = exchange->owner;
    struct bh_verification *verification = &execute->verification;
    enum bh_err err = verification->job.result != BH_OK ? verification->job.result : verification->refused;
    if (err == BH_OK)
        bh_verify_answer_count(&verification->answer);
    if (execute->ran)
        count_execution(execute);
    if (err == BH_OK && execute->ran)
        err = execute->outcome.result;
    if (err != BH_OK) {
        answer_error(execute, err);
        return;
    }
    if (execute->ran)
        write_outcome(execute, bh_reply_json(exchange, execute->action.error == BH_OK ? 200 : 400));
    else
        write_denial(&verification->answer, bh_reply_json(exchange, 200));
    bh_reply_check(exchange);
    leave(execute);
}

/* The error's members, and those by which a caller of the gateway reads each answer. */
static void answer_failed_closed(struct execute *execute, enum bh_err err)
{
    struct bh_exchange *exchange = execute->verification.exchange;
    struct bh_buf *body = &exchange->reply.body;
    bh_reply_error(exchange, err, BH_ABSENT);
    if (body->failed)
        return;
    body->len--; /* the final bracket */
    if (execute->ran)
        bh_json_add_text_member(body, "requestId", bh_span_from(execute->verification.answer.request_id));
    bh_json_add_bool_member(body, "allowed", false);
    bh_json_add_text_member(body, "decision", BH_SPAN("denied"));
    bh_json_add_text_member(body, "reason", bh_span_from(bh_reason_text(BH_REASON_FAILED_CLOSED)));
    bh_json_add_bool_member(body, "executed", false);
    bh_buf_add_char(body, '}');
}

static bool is_busy(enum bh_err err)
{
    return err == BH_ERR_GATEWAY_BUSY || err == BH_ERR_LONG_ANSWERS;
}

static void count_refusal(enum bh_err err)
{
    if (is_busy(err) || err == BH_ERR_GATEWAY_BUSY_ACCOUNT || err == BH_ERR_LONG_ANSWERS_OWNER)
        bh_counter_add(BH_COUNTER_EXECUTION_BUSY, 1);
    else if (bh_err_info(err)->status >= 500)
        bh_counter_add(BH_COUNTER_DECISION_FAILED, 1);
}

/* As of verify: what goes wrong behind the parser and is not the caller's doing is one thing: a deny. */
static void answer_error(struct execute *execute, enum bh_err err)
{
    bool failed = bh_err_info(err)->status >= 500 && !is_busy(err);
    if (!execute->ran)
        count_refusal(err);
    if (execute->ran)
        answer_failed_closed(execute, BH_ERR_OUTCOME_UNRECORDED);
    else if (failed)
        answer_failed_closed(execute, err == BH_ERR_OVERLOADED ? err : BH_ERR_FAILED_CLOSED);
    else if (err != BH_ERR_RATE_LIMIT)
        bh_reply_error(execute->verification.exchange, err, execute->verification.error_detail);
    leave(execute);
}

/* ---- leave ----------------------------------------------------------------------------------------------
 */

static void give_place_back(struct execute *execute)
{
    if (execute->entered)
        execute->action.executor->leave(&execute->action);
    execute->entered = false;
}

static void leave(struct execute *execute)
{
    give_place_back(execute);
    bh_snapshot_release(execute->verification.snapshot);
    execute->verification.snapshot = NULL;
    bh_buf_finish(&execute->action.result);
    bh_json_release(&execute->metadata);
    bh_json_release(&execute->verification.body);
}
