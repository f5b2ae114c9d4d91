// SPDX-License-Identifier: Apache-2.0
#include "webhooks/recorder.h"

#include "lib/log.h"
#include "lib/metrics.h"

/* ---- on the committer thread ----------------------------------------------------------------------------
 */

static enum bh_err apply(struct bh_commit_job *job, const struct bh_commit_context *context)
{
    struct bh_recorder *recorder = (struct bh_recorder *)job;
    enum bh_err err = bh_delivery_record(context->db, recorder->results, recorder->item_count);
    for (size_t i = 0; i < recorder->endpoint_count && err == BH_OK; i++)
        err = bh_delivery_progress(context->db, &recorder->progress[i]);
    return err;
}

static void done(struct bh_commit_job *job, enum bh_err result)
{
    struct bh_recorder *recorder = (struct bh_recorder *)job;
    void (*wake)(void *context) = recorder->wake;
    void *context = recorder->context;
    recorder->outcome = result;
    atomic_store_explicit(&recorder->is_finished, true, memory_order_release);
    wake(context);
}

/* ---- on the thread that delivers ------------------------------------------------------------------------
 */

void bh_recorder_init(struct bh_recorder *recorder, struct bh_committer *committer,
    void (*wake)(void *context), void (*recorded)(void *context, struct bh_endpoint *endpoint), void *context)
{
    *recorder = (struct bh_recorder){.job = {.apply = apply, .done = done},
        .committer = committer,
        .wake = wake,
        .recorded = recorded,
        .context = context};
    TAILQ_INIT(&recorder->ended);
}

void bh_recorder_add(struct bh_recorder *recorder, struct bh_item *item)
{
    if (TAILQ_EMPTY(&recorder->ended))
        recorder->first_ended_at = item->result.ended_at;
    TAILQ_INSERT_TAIL(&recorder->ended, item, ended_link);
    recorder->ended_count++;
}

/* The results go back to the front, in their order. */
static void put_back(struct bh_recorder *recorder)
{
    for (size_t i = recorder->item_count; i > 0; i--) {
        struct bh_item *item = recorder->items[i - 1];
        item->state = BH_ITEM_ENDED;
        TAILQ_INSERT_HEAD(&recorder->ended, item, ended_link);
        recorder->ended_count++;
    }
    for (size_t i = 0; i < recorder->endpoint_count; i++)
        recorder->endpoints[i]->unsettled--;
}

static void count(const struct bh_delivery_result *result)
{
    if (result->succeeded)
        bh_counter_add(BH_COUNTER_DELIVERY_SUCCEEDED, 1);
    else
        bh_counter_add(
            result->next_retry_at != 0 ? BH_COUNTER_DELIVERY_RETRIED : BH_COUNTER_DELIVERY_DEAD, 1);
}

static void settle(struct bh_recorder *recorder)
{
    for (size_t i = 0; i < recorder->item_count; i++) {
        count(&recorder->results[i]);
        bh_endpoint_recorded(recorder->items[i]->endpoint, recorder->items[i]);
    }
    for (size_t i = 0; i < recorder->endpoint_count; i++) {
        struct bh_endpoint *endpoint = recorder->endpoints[i];
        if (recorder->progress[i].settled_through > endpoint->settled_through)
            endpoint->settled_through = recorder->progress[i].settled_through;
        endpoint->unsettled--;
        recorder->recorded(recorder->context, endpoint);
    }
}

static void finish_batch(struct bh_recorder *recorder, int64_t now_ms)
{
    recorder->is_running = false;
    if (recorder->outcome == BH_OK) {
        recorder->failing = false;
        settle(recorder);
    } else {
        if (!recorder->failing)
            bh_log(BH_LOG_WARN, "webhook deliveries cannot be recorded; none are sent until they can",
                "error", bh_err_info(recorder->outcome)->name, NULL);
        recorder->failing = true;
        recorder->not_before = now_ms + BH_RECORDER_RETRY_MS;
        put_back(recorder);
    }
    recorder->item_count = recorder->endpoint_count = 0;
}

static bool has_endpoint(const struct bh_recorder *recorder, const struct bh_endpoint *endpoint)
{
    for (size_t i = 0; i < recorder->endpoint_count; i++) {
        if (recorder->endpoints[i] == endpoint)
            return true;
    }
    return false;
}

static void add_endpoint(struct bh_recorder *recorder, struct bh_endpoint *endpoint)
{
    if (has_endpoint(recorder, endpoint))
        return;
    endpoint->unsettled++;
    recorder->endpoints[recorder->endpoint_count++] = endpoint;
}

static void begin_batch(struct bh_recorder *recorder, int64_t now_ms)
{
    struct bh_item *item;
    while (recorder->item_count < BH_RECORDER_BATCH && (item = TAILQ_FIRST(&recorder->ended)) != NULL) {
        TAILQ_REMOVE(&recorder->ended, item, ended_link);
        recorder->ended_count--;
        item->state = BH_ITEM_RECORDING;
        recorder->items[recorder->item_count] = item;
        recorder->results[recorder->item_count++] = item->result;
        if (recorder->endpoint_count < BH_RECORDER_BATCH)
            add_endpoint(recorder, item->endpoint);
    }
    recorder->first_ended_at = now_ms;
    for (size_t i = 0; i < recorder->endpoint_count; i++) {
        const struct bh_endpoint *endpoint = recorder->endpoints[i];
        recorder->progress[i] = (struct bh_delivery_progress){.webhook = endpoint->target.webhook,
            .settled_through = bh_endpoint_mark(endpoint),
            .last_triggered_at = endpoint->last_triggered_at,
            .failing_since = endpoint->failing.since,
            .failures = endpoint->failing.failures,
            .version = endpoint->version};
    }
    atomic_store_explicit(&recorder->is_finished, false, memory_order_relaxed);
    recorder->is_running = true;
    enum bh_err err = bh_committer_submit(recorder->committer, &recorder->job);
    if (err != BH_OK) { /* then nobody calls done() */
        recorder->outcome = err;
        finish_batch(recorder, now_ms);
    }
}

static bool is_time(const struct bh_recorder *recorder, int64_t now_ms, bool flush)
{
    if (recorder->ended_count == 0 && recorder->endpoint_count == 0)
        return false;
    if (now_ms < recorder->not_before)
        return false;
    return flush || recorder->ended_count >= BH_RECORDER_BATCH / 2 || recorder->endpoint_count > 0 ||
           now_ms >= recorder->first_ended_at + BH_RECORDER_WAIT_MS;
}

void bh_recorder_step(struct bh_recorder *recorder, int64_t now_ms, bool flush)
{
    if (recorder->is_running) {
        if (!atomic_load_explicit(&recorder->is_finished, memory_order_acquire))
            return;
        finish_batch(recorder, now_ms);
    }
    if (is_time(recorder, now_ms, flush))
        begin_batch(recorder, now_ms);
}

bool bh_recorder_note_mark(struct bh_recorder *recorder, struct bh_endpoint *endpoint)
{
    if (recorder->is_running || recorder->endpoint_count == BH_RECORDER_BATCH)
        return false;
    add_endpoint(recorder, endpoint);
    return true;
}

bool bh_recorder_is_blocked(const struct bh_recorder *recorder)
{
    return recorder->failing || recorder->ended_count >= BH_RECORDER_BACKLOG;
}

bool bh_recorder_is_idle(const struct bh_recorder *recorder)
{
    return !recorder->is_running && recorder->ended_count == 0;
}

int64_t bh_recorder_wait_ms(const struct bh_recorder *recorder, int64_t now_ms)
{
    if (recorder->is_running || recorder->ended_count == 0)
        return -1;
    int64_t at = recorder->first_ended_at + BH_RECORDER_WAIT_MS;
    if (recorder->not_before > at)
        at = recorder->not_before;
    return at > now_ms ? at - now_ms : 0;
}
