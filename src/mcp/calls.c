// SPDX-License-Identifier: Apache-2.0
#include "mcp/calls.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "mcp/rpc.h"

#define PROBLEM_LIMIT 4096

struct call {
    struct call *next;
    struct bh_calls *calls;
    const struct bh_mcp_tool *tool;
    enum bh_mcp_version version;
    json_t *id, *arguments, *progress_token;
    struct bh_batch *batch;
    bool taken; /* by a thread */
    atomic_bool cancelled;
    double told; /* the progress that was last sent */
};

struct bh_calls {
    struct bh_calls_options options;
    pthread_mutex_t lock; /* over all that follows */
    pthread_cond_t changed;
    struct call *first; /* oldest first, those under way too */
    pthread_t threads[BH_CALLS_THREADS];
    size_t thread_count, idle;
    char last_approval[BH_APPROVAL_ID_TEXT];
    atomic_bool closing;
};

static void call_free(struct call *call)
{
    json_decref(call->id);
    json_decref(call->arguments);
    json_decref(call->progress_token);
    bh_batch_release(call->batch);
    free(call);
}

static struct call *call_create(struct bh_calls *calls, const struct bh_call_request *request)
{
    struct call *call = calloc(1, sizeof(*call));
    if (call == NULL)
        return NULL;
    *call = (struct call){.calls = calls,
        .tool = request->tool,
        .version = request->version,
        .id = json_deep_copy(request->id),
        .arguments = request->arguments == NULL ? json_object() : json_deep_copy(request->arguments),
        .progress_token = json_deep_copy(request->progress_token),
        .batch = bh_batch_hold(request->batch),
        .told = -1};
    atomic_init(&call->cancelled, false);
    if (call->id != NULL && call->arguments != NULL &&
        (call->progress_token != NULL || request->progress_token == NULL))
        return call;
    call_free(call);
    return NULL;
}

/* ---- what a tool may ask of its call ---- */

static bool stopped(void *context)
{
    const struct call *call = context;
    return atomic_load(&call->cancelled) || (call->tool->waits && atomic_load(&call->calls->closing));
}

/* Only what has grown is progress. */
static void progress(void *context, double done, double total, const char *message)
{
    struct call *call = context;
    if (call->progress_token == NULL || done <= call->told || stopped(call))
        return;
    json_t *params =
        json_pack("{s:O, s:f, s:f}", "progressToken", call->progress_token, "progress", done, "total", total);
    if (call->version >= BH_MCP_2025_03_26 && !bh_rpc_set(params, "message", json_string(message))) {
        json_decref(params);
        return;
    }
    json_t *notification = bh_rpc_notification("notifications/progress", params);
    if (notification != NULL)
        bh_line_write_json(call->calls->options.writer, notification);
    json_decref(notification);
    call->told = done;
}

static void keep_approval(void *context, const char *approval_id)
{
    const struct call *call = context;
    struct bh_calls *calls = call->calls;
    size_t length = strlen(approval_id);
    if (length >= sizeof(calls->last_approval))
        length = 0;
    pthread_mutex_lock(&calls->lock);
    memcpy(calls->last_approval, approval_id, length);
    calls->last_approval[length] = 0;
    pthread_mutex_unlock(&calls->lock);
}

static void last_approval(void *context, char ret_id[BH_APPROVAL_ID_TEXT])
{
    const struct call *call = context;
    struct bh_calls *calls = call->calls;
    pthread_mutex_lock(&calls->lock);
    memcpy(ret_id, calls->last_approval, sizeof(calls->last_approval));
    pthread_mutex_unlock(&calls->lock);
}

/* ---- one call, on a thread ---- */

/* A client that acts as the agent: what a person has signed in with is none of its business. */
static bool client_init(struct bh_client *client, const struct bh_calls_options *options)
{
    if (!bh_client_init(client, options->flags))
        return false;
    client->quiet = true;
    client->session = NULL;
    client->developer_token = NULL;
    return true;
}

static json_t *run(struct call *call, struct bh_client *client, struct bh_buf *problem)
{
    struct bh_tool_call tool_call = {.client = client,
        .version = call->version,
        .arguments = call->arguments,
        .progress = progress,
        .stopped = stopped,
        .keep_approval = keep_approval,
        .last_approval = last_approval,
        .context = call,
        .problem = *problem};
    tool_call.agent_id = bh_client_agent_id(client, call->calls->options.agent_id);
    client->stopped = stopped;
    client->stopped_context = call;
    json_t *result = NULL;
    if (tool_call.agent_id == NULL)
        bh_buf_add_text(&tool_call.problem, "No agent id is known: run `behalf config set agent-id <id>`, or "
                                            "set BEHALFID_AGENT_ID.");
    else if (client->api_key == NULL)
        bh_buf_add_text(&tool_call.problem,
            "No agent key is known: run `behalf config set api-key <key>`, or "
            "set BEHALFID_API_KEY.");
    else
        result = call->tool->run(&tool_call);
    *problem = tool_call.problem;
    return result;
}

/* Whatever was not found out is not permitted, and the model is told so. */
static json_t *make_failure(const struct call *call, const struct bh_buf *problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, 2 * PROBLEM_LIMIT);
    bh_buf_addf(&text, "%s failed: ", call->tool->name);
    if (problem->len == 0)
        bh_buf_add_text(&text, "there is not enough memory.");
    bh_buf_add(&text, bh_span_utf16_prefix(bh_buf_span(problem), 1000));
    bh_buf_add_text(&text, " Nothing is permitted by this: do not run the action.");
    return bh_rpc_error(call->id, BH_RPC_INTERNAL_ERROR, bh_buf_span(&text), NULL);
}

static json_t *perform(struct call *call, struct bh_client *client, bool *ready)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf problem = {0};
    bh_buf_init(&problem, PROBLEM_LIMIT);
    if (!*ready)
        *ready = client_init(client, &call->calls->options);
    json_t *result = *ready ? run(call, client, &problem) : NULL;
    if (result != NULL)
        return bh_reply_result(call->version, call->id, result);
    if (*ready) { /* what failed may be cured by another configuration, which the next call reads */
        bh_client_finish(client);
        *ready = false;
    }
    return make_failure(call, &problem);
}

/* ---- the threads ---- */

static struct call *find_free(const struct bh_calls *calls)
{
    struct call *call = calls->first;
    while (call != NULL && call->taken)
        call = call->next;
    return call;
}

/* The next call; NULL when there will be none any more. */
static struct call *take(struct bh_calls *calls)
{
    struct call *call;
    pthread_mutex_lock(&calls->lock);
    while ((call = find_free(calls)) == NULL && !atomic_load(&calls->closing)) {
        calls->idle++;
        pthread_cond_wait(&calls->changed, &calls->lock);
        calls->idle--;
    }
    if (call != NULL)
        call->taken = true;
    pthread_mutex_unlock(&calls->lock);
    return call;
}

static void unlink_call(struct bh_calls *calls, const struct call *gone)
{
    struct call **at = &calls->first;
    while (*at != gone)
        at = &(*at)->next;
    *at = gone->next;
}

/* From here on nobody can cancel it. */
static void answer(struct call *call, json_t *message)
{
    struct bh_calls *calls = call->calls;
    pthread_mutex_lock(&calls->lock);
    unlink_call(calls, call);
    pthread_mutex_unlock(&calls->lock);
    if (atomic_load(&call->cancelled))
        json_decref(message);
    else
        bh_reply(calls->options.writer, call->batch, message);
    call_free(call);
}

static void *work(void *context)
{
    struct bh_calls *calls = context;
    struct bh_client client;
    struct call *call;
    bool ready = false;
    while ((call = take(calls)) != NULL)
        answer(call, perform(call, &client, &ready));
    if (ready)
        bh_client_finish(&client);
    return NULL;
}

struct bh_calls *bh_calls_create(const struct bh_calls_options *options)
{
    struct bh_calls *calls = calloc(1, sizeof(*calls));
    if (calls == NULL)
        return NULL;
    calls->options = *options;
    pthread_mutex_init(&calls->lock, NULL);
    pthread_cond_init(&calls->changed, NULL);
    atomic_init(&calls->closing, false);
    return calls;
}

void bh_calls_destroy(struct bh_calls *calls)
{
    if (calls == NULL)
        return;
    pthread_mutex_lock(&calls->lock);
    atomic_store(&calls->closing, true);
    pthread_cond_broadcast(&calls->changed);
    pthread_mutex_unlock(&calls->lock);
    for (size_t i = 0; i < calls->thread_count; i++)
        pthread_join(calls->threads[i], NULL);
    pthread_cond_destroy(&calls->changed);
    pthread_mutex_destroy(&calls->lock);
    free(calls);
}

/* ---- adding and cancelling ---- */

/* A wait that was cancelled holds its thread for a moment yet, which is what the spare threads are for. */
static enum bh_calls_verdict judge(const struct bh_calls *calls, const struct bh_call_request *request)
{
    size_t count = 0, waits = 0;
    for (const struct call *call = calls->first; call != NULL; call = call->next) {
        if (json_equal(call->id, request->id) == 1)
            return BH_CALLS_DUPLICATE;
        count++;
        waits += call->tool->waits && !atomic_load(&call->cancelled) ? 1 : 0;
    }
    bool room = count < BH_CALLS_MOST && (!request->tool->waits || waits < BH_CALLS_WAITS);
    return room ? BH_CALLS_TAKEN : BH_CALLS_BUSY;
}

/* A thread for the call, unless one is free or all are there. False when there would be none at all. */
static bool provide_thread(struct bh_calls *calls)
{
    size_t queued = 1;
    for (const struct call *call = calls->first; call != NULL; call = call->next)
        queued += call->taken ? 0 : 1;
    if (calls->idle >= queued || calls->thread_count == BH_CALLS_THREADS)
        return true;
    if (pthread_create(&calls->threads[calls->thread_count], NULL, work, calls) == 0)
        calls->thread_count++;
    return calls->thread_count > 0;
}

static void append(struct bh_calls *calls, struct call *call)
{
    struct call **at = &calls->first;
    while (*at != NULL)
        at = &(*at)->next;
    *at = call;
    pthread_cond_signal(&calls->changed);
}

enum bh_calls_verdict bh_calls_add(struct bh_calls *calls, const struct bh_call_request *request)
{
    struct call *call = call_create(calls, request);
    if (call == NULL)
        return BH_CALLS_BUSY;
    pthread_mutex_lock(&calls->lock);
    enum bh_calls_verdict verdict = judge(calls, request);
    if (verdict == BH_CALLS_TAKEN && !provide_thread(calls))
        verdict = BH_CALLS_BUSY;
    if (verdict == BH_CALLS_TAKEN)
        append(calls, call);
    pthread_mutex_unlock(&calls->lock);
    if (verdict != BH_CALLS_TAKEN)
        call_free(call);
    return verdict;
}

void bh_calls_cancel(struct bh_calls *calls, const json_t *id)
{
    pthread_mutex_lock(&calls->lock);
    struct call *call = calls->first;
    while (call != NULL && json_equal(call->id, id) != 1)
        call = call->next;
    bool waiting = call != NULL && !call->taken;
    if (waiting)
        unlink_call(calls, call);
    else if (call != NULL)
        atomic_store(&call->cancelled, true);
    pthread_mutex_unlock(&calls->lock);
    if (waiting)
        call_free(call);
}
