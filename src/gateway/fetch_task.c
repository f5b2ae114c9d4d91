// SPDX-License-Identifier: Apache-2.0
#include "gateway/fetch_task.h"

#include <stdlib.h>

#include "gateway/extract_wire.h"
#include "gateway/page_text.h"

#define ARENA_FIRST 16384
#define ARENA_MAX ((size_t)1 << 20)

static void end(struct bh_fetch_task *task, enum bh_err err)
{
    task->result.err = err == BH_ERR_NO_MEMORY ? BH_ERR_GATEWAY_FAILED : err;
    task->has_ended = true;
}

/* ---- one hop --------------------------------------------------------------------------------------------
 */

static void drop_hop(struct bh_fetch_task *task)
{
    if (!task->has_hop)
        return;
    (void)curl_multi_remove_handle(task->context->multi, task->hop.easy);
    bh_hop_finish(&task->hop);
    task->has_hop = false;
}

static void start_reading(struct bh_fetch_task *task, const struct bh_address *address, int64_t now_ms)
{
    enum bh_err err = bh_hop_init(&task->hop, &task->hop_options, &task->url, address, now_ms);
    if (err != BH_OK) {
        end(task, err);
        return;
    }
    task->has_hop = true;
    task->transfer_ended = false;
    task->stage = BH_FETCH_READS;
    if (curl_easy_setopt(task->hop.easy, CURLOPT_PRIVATE, task) != CURLE_OK ||
        curl_multi_add_handle(task->context->multi, task->hop.easy) != CURLM_OK)
        end(task, BH_ERR_GATEWAY_FAILED);
}

enum bh_err bh_fetch_judge(const struct bh_reach *reach, const struct bh_url *url)
{
    bool is_v6 = url->host.len > 0 && url->host.data[0] == '['; /* never reached, whatever stands in it */
    return is_v6 || (url->is_address && !bh_reach_allows(reach, &url->address)) ? BH_ERR_GATEWAY_PRIVATE
                                                                                : BH_OK;
}

/* An address needs no look-up; it is judged like an answer. */
static void start_hop(struct bh_fetch_task *task, int64_t now_ms)
{
    task->stage = BH_FETCH_RESOLVES;
    task->active_at = now_ms;
    task->result =
        (struct bh_fetch_result){.url = task->url.text, .media_type = BH_SPAN(""), .excerpt = BH_SPAN("")};
    if (!task->url.is_address) {
        enum bh_err err = bh_resolve_start(task->url.host, &task->context->reach, now_ms, &task->resolve);
        if (err != BH_OK)
            end(task, err);
    } else if (bh_fetch_judge(&task->context->reach, &task->url) != BH_OK) {
        end(task, BH_ERR_GATEWAY_PRIVATE);
    } else {
        start_reading(task, &task->url.address, now_ms);
    }
}

static void step_resolve(struct bh_fetch_task *task, int64_t now_ms)
{
    enum bh_err err;
    struct bh_address address;
    bh_resolve_step(task->resolve, task->waits, task->wait_count, now_ms);
    if (!bh_resolve_ended(task->resolve, &err, &address))
        return;
    bh_resolve_destroy(task->resolve);
    task->resolve = NULL;
    if (err != BH_OK)
        end(task, err);
    else
        start_reading(task, &address, now_ms);
}

/* ---- answers --------------------------------------------------------------------------------------------
 */

static enum bh_err find_target(struct bh_fetch_task *task, struct bh_url *ret_url)
{
    const struct bh_url_policy *policy = &task->context->options.urls;
    struct bh_span location = bh_buf_span(&task->hop.location);
    if (location.len == 0)
        return BH_ERR_GATEWAY_LOCATION;
    if (task->redirects == BH_FETCH_REDIRECTS)
        return BH_ERR_GATEWAY_REDIRECTS;
    struct bh_url url;
    enum bh_err err = bh_url_resolve(&task->url, location, policy, &task->arena, &url);
    if (task->url.https && (err == BH_ERR_GATEWAY_URL_HTTPS || (err == BH_OK && !url.https)))
        return BH_ERR_GATEWAY_DOWNGRADE;
    if (err == BH_OK)
        *ret_url = url;
    return err;
}

static void follow(struct bh_fetch_task *task, int64_t now_ms)
{
    enum bh_err err = find_target(task, &task->url);
    if (err != BH_OK) {
        end(task, err);
        return;
    }
    drop_hop(task);
    task->redirects++;
    start_hop(task, now_ms);
}

static void take_plain_text(struct bh_fetch_task *task)
{
    struct bh_page_text text = {.out = &task->excerpt, .limit = BH_FETCH_EXCERPT_UNITS};
    bh_page_text_add(&text, bh_buf_span(&task->hop.body));
    task->result.excerpt = bh_buf_span(&task->excerpt);
    end(task, task->excerpt.failed ? BH_ERR_NO_MEMORY : BH_OK);
}

static void start_extraction(struct bh_fetch_task *task, int64_t now_ms)
{
    struct bh_extractor *extractor = &task->context->extractor;
    task->stage = BH_FETCH_QUEUES;
    if (!bh_extractor_has_place(extractor))
        return;
    bh_extraction_init(
        &task->extraction, extractor, bh_buf_span(&task->hop.body), task->hop.truncated, now_ms);
    task->has_extraction = true;
    task->stage = BH_FETCH_EXTRACTS;
}

static void step_extraction(struct bh_fetch_task *task, int64_t now_ms)
{
    bh_extraction_step(&task->extraction, now_ms);
    if (!task->extraction.ended)
        return;
    if (task->extraction.succeeded) {
        task->result.title = task->extraction.title;
        task->result.excerpt = task->extraction.excerpt;
    }
    end(task, BH_OK);
}

static void take_answer(struct bh_fetch_task *task, int64_t now_ms)
{
    struct bh_hop *hop = &task->hop;
    enum bh_err err = bh_hop_conclude(hop, task->transfer_code);
    struct bh_span type = bh_buf_span(&hop->type);
    (void)curl_multi_remove_handle(task->context->multi, hop->easy);
    task->result.status = hop->status;
    task->result.media_type = type;
    task->result.bytes = (int64_t)hop->body.len;
    task->result.truncated = hop->truncated;
    if (err != BH_OK)
        end(task, err);
    else if (bh_hop_is_redirect(hop))
        follow(task, now_ms);
    else if (task->fetch->want_body)
        end(task, BH_OK);
    else if (hop->body.len > 0 && bh_media_type_is_markup(type))
        start_extraction(task, now_ms);
    else
        take_plain_text(task);
}

/* ---- the whole ------------------------------------------------------------------------------------------
 */

struct bh_fetch_task *bh_fetch_task_create(
    struct bh_fetch_context *context, struct bh_fetch *fetch, int64_t now_ms)
{
    struct bh_fetch_task *task = calloc(1, sizeof(*task));
    if (task == NULL)
        return NULL;
    *task =
        (struct bh_fetch_task){.context = context, .fetch = fetch, .url = fetch->url, .started_at = now_ms};
    task->hop_options = (struct bh_hop_options){
        .reach = &context->reach, .ca_file = context->options.ca_file, .any_type = fetch->want_body};
    bh_arena_init(&task->arena, ARENA_FIRST, ARENA_MAX);
    bh_buf_init(&task->excerpt, BH_EXTRACT_EXCERPT_BYTES);
    start_hop(task, now_ms);
    return task;
}

/* It was read; what may still be missing is its text. */
static bool has_page(const struct bh_fetch_task *task)
{
    return task->stage == BH_FETCH_QUEUES || task->stage == BH_FETCH_EXTRACTS;
}

static int64_t deadline(const struct bh_fetch_task *task)
{
    int64_t total = task->started_at + BH_FETCH_TOTAL_MS;
    int64_t active_at = task->stage == BH_FETCH_READS ? task->hop.active_at : task->active_at;
    if (has_page(task))
        return total;
    return active_at + BH_FETCH_IDLE_MS < total ? active_at + BH_FETCH_IDLE_MS : total;
}

static void lower(int64_t *wait_ms, int64_t most)
{
    if (most < 0)
        most = 0;
    if (most < *wait_ms)
        *wait_ms = most;
}

size_t bh_fetch_task_waits_for(
    struct bh_fetch_task *task, struct curl_waitfd *waits, int64_t now_ms, int64_t *wait_ms)
{
    lower(wait_ms, task->has_ended ? 0 : deadline(task) - now_ms);
    if (task->resolve != NULL) {
        enum bh_err err;
        struct bh_address address;
        if (!bh_resolve_ended(task->resolve, &err, &address))
            return bh_resolve_waits_for(task->resolve, waits, now_ms, wait_ms);
        lower(wait_ms, 0);
    }
    if (task->stage == BH_FETCH_EXTRACTS && !task->has_ended) {
        lower(wait_ms, task->extraction.ended ? 0 : task->extraction.deadline - now_ms);
        waits[0] = bh_extraction_waits_for(&task->extraction);
        return task->extraction.ended ? 0 : 1;
    }
    if (task->stage == BH_FETCH_QUEUES && bh_extractor_has_place(&task->context->extractor))
        lower(wait_ms, 0);
    return 0;
}

void bh_fetch_task_step(struct bh_fetch_task *task, int64_t now_ms)
{
    if (task->has_ended)
        return;
    if (task->stage == BH_FETCH_RESOLVES)
        step_resolve(task, now_ms);
    else if (task->stage == BH_FETCH_READS && task->transfer_ended)
        take_answer(task, now_ms);
    else if (task->stage == BH_FETCH_QUEUES)
        start_extraction(task, now_ms);
    else if (task->stage == BH_FETCH_EXTRACTS)
        step_extraction(task, now_ms);
    if (!task->has_ended && now_ms >= deadline(task))
        end(task, has_page(task) ? BH_OK : BH_ERR_GATEWAY_TIMEOUT);
}

void bh_fetch_task_cut_off(struct bh_fetch_task *task)
{
    if (!task->has_ended)
        end(task, BH_ERR_GATEWAY_FETCH);
}

/* What is shown lives on in the caller's memory. */
static bool hand_over(
    const struct bh_fetch_task *task, struct bh_arena *arena, struct bh_fetch_result *result)
{
    const struct bh_fetch_result *own = &task->result;
    struct bh_span body = task->has_hop && task->fetch->want_body ? bh_buf_span(&task->hop.body) : BH_ABSENT;
    *result = *own;
    return bh_arena_copy(arena, own->url, &result->url) &&
           bh_arena_copy(arena, own->media_type, &result->media_type) &&
           bh_arena_copy(arena, own->title, &result->title) &&
           bh_arena_copy(arena, own->excerpt, &result->excerpt) && bh_arena_copy(arena, body, &result->body);
}

void bh_fetch_task_conclude(struct bh_fetch_task *task, int64_t now_ms)
{
    struct bh_fetch *fetch = task->fetch;
    task->result.duration_ms = now_ms - task->started_at;
    if (task->stage == BH_FETCH_READS && task->has_hop) {
        task->result.status = task->hop.status;
        task->result.bytes = (int64_t)task->hop.body.len;
        task->result.truncated = task->hop.truncated;
    }
    if (task->result.err != BH_OK) {
        task->result.title = BH_ABSENT;
        task->result.excerpt = BH_SPAN("");
    }
    if (!hand_over(task, &fetch->arena, &fetch->result))
        fetch->result = (struct bh_fetch_result){.err = BH_ERR_GATEWAY_FAILED,
            .url = fetch->url.text,
            .media_type = BH_SPAN(""),
            .excerpt = BH_SPAN(""),
            .duration_ms = task->result.duration_ms};
    if (task->has_extraction)
        bh_extraction_finish(&task->extraction, &task->context->extractor);
    bh_resolve_destroy(task->resolve);
    drop_hop(task);
    bh_buf_finish(&task->excerpt);
    bh_arena_finish(&task->arena);
    free(task);
    fetch->done(fetch);
}
