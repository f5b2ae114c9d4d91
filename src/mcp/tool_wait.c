// SPDX-License-Identifier: Apache-2.0
/*
 * wait_for_approval: asks the server again and again, which answers each time when a person has decided or
 * after a while. What the wait was about is decided by verify_action alone.
 */
#include <string.h>
#include <time.h>

#include "client/decision.h"
#include "client/output.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "mcp/tools.h"

#define DEFAULT_S 50
#define SLICE_S 10
#define PAUSE_MS 100
#define RETRY_MS 2000
#define EARLY_MS 1000 /* after an answer that did not wait */
#define TEXT_LIMIT 65536

struct wait {
    struct bh_tool_call *call;
    char approval_id[BH_APPROVAL_ID_TEXT];
    int64_t start_ms, limit_ms; /* steady */
};

static int64_t waited_ms(const struct wait *wait)
{
    return bh_clock_steady_ms() - wait->start_ms;
}

static void tell(const struct wait *wait)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    double waited = (double)waited_ms(wait) / 1000.0, limit = (double)wait->limit_ms / 1000.0;
    bh_buf_init(&text, TEXT_LIMIT);
    bh_buf_addf(&text, "Waiting for a person to decide about %s.", wait->approval_id);
    bh_buf_add_char(&text, 0);
    wait->call->progress(
        wait->call->context, waited < limit ? waited : limit, limit, text.failed ? "Waiting." : text.data);
}

/* Lost servers come back; what the server has refused stays refused. */
static bool may_pass(const struct bh_client *client)
{
    return client->status == 0 || client->status == 429 || client->status >= 500;
}

static void pause_for(const struct wait *wait, int pause_ms)
{
    const struct timespec piece = {.tv_nsec = PAUSE_MS * 1000000L};
    for (int waited = 0; waited < pause_ms && waited_ms(wait) < wait->limit_ms; waited += PAUSE_MS) {
        if (wait->call->stopped(wait->call->context))
            return;
        nanosleep(&piece, NULL);
    }
}

/* Asks once, with a pause behind what did not hold the question open. */
static enum bh_approval_state ask(const struct wait *wait, int64_t left_ms)
{
    int64_t slice_s = (left_ms + 999) / 1000, from_ms = waited_ms(wait);
    if (slice_s > SLICE_S)
        slice_s = SLICE_S;
    enum bh_approval_state state = bh_decision_wait(wait->call->client, wait->approval_id, (int)slice_s);
    if (state == BH_APPROVAL_UNKNOWN && may_pass(wait->call->client)) {
        pause_for(wait, RETRY_MS);
    } else if (state == BH_APPROVAL_PENDING && (waited_ms(wait) - from_ms) * 2 < slice_s * 1000) {
        pause_for(wait, EARLY_MS);
    }
    return state;
}

/* UNKNOWN: for good. PENDING: the time is over, or nobody waits any more. */
static enum bh_approval_state run(const struct wait *wait)
{
    struct bh_tool_call *call = wait->call;
    enum bh_approval_state state = BH_APPROVAL_PENDING;
    for (;;) {
        int64_t left_ms = wait->limit_ms - waited_ms(wait);
        if (call->stopped(call->context))
            return BH_APPROVAL_PENDING;
        if (left_ms <= 0)
            return state;
        tell(wait);
        state = ask(wait, left_ms);
        if (state == BH_APPROVAL_APPROVED || state == BH_APPROVAL_OVER)
            return state;
        if (state == BH_APPROVAL_UNKNOWN && !may_pass(call->client))
            return state;
    }
}

static json_t *structure(const struct wait *wait, const char *status)
{
    int64_t tenths = waited_ms(wait) / 100;
    return json_pack("{s:s, s:s, s:f}", "approvalId", wait->approval_id, "status", status, "waitedSeconds",
        (double)tenths / 10.0);
}

static json_t *say(const struct wait *wait, const char *status, const char *meaning)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, TEXT_LIMIT);
    bh_buf_addf(&text, "%s: %s. %s", wait->approval_id, status, meaning);
    json_t *result = bh_tool_result(bh_buf_span(&text), structure(wait, status), false, wait->call->version);
    if (result == NULL || bh_tool_result_instruct(result, bh_span_from(meaning)))
        return result;
    json_decref(result);
    return NULL;
}

/* False when none is known. What could not be an id is not asked about: it would only be a path. */
static bool find_id(struct wait *wait)
{
    struct bh_span given = bh_json_member_text(wait->call->arguments, "approvalId");
    if (bh_span_is_absent(given)) {
        if (!bh_mcp_is_stateless(wait->call->version))
            wait->call->last_approval(wait->call->context, wait->approval_id);
    } else if (given.len < sizeof(wait->approval_id)) {
        memcpy(wait->approval_id, given.data, given.len);
        wait->approval_id[given.len] = 0;
    }
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t length = strlen(wait->approval_id);
    return length > 0 && strspn(wait->approval_id, letters) == length;
}

json_t *bh_tool_wait_for_approval(struct bh_tool_call *call)
{
    const json_t *seconds = json_object_get(call->arguments, "timeoutSeconds");
    double limit_s = seconds == NULL ? DEFAULT_S : json_number_value(seconds);
    struct wait wait = {
        .call = call, .start_ms = bh_clock_steady_ms(), .limit_ms = (int64_t)(limit_s * 1000.0)};
    if (!find_id(&wait))
        return bh_tool_result(
            BH_SPAN("No approval is known by that id: pass the approvalId that verify_action "
                    "has answered. Do not do the action."),
            NULL, true, call->version);
    switch (run(&wait)) {
    case BH_APPROVAL_APPROVED:
        return say(&wait, "approved",
            "Call verify_action again with the same arguments. Do the action only if it answers allowed: "
            "true.");
    case BH_APPROVAL_PENDING:
        return say(&wait, "pending",
            "Nobody has decided yet. Do not do the action. You may call wait_for_approval again, or ask the "
            "user.");
    case BH_APPROVAL_OVER:
        return say(
            &wait, "over", "It was denied, has expired or is used. Do not do the action, and tell the user.");
    case BH_APPROVAL_UNKNOWN:
        break;
    }
    bh_tool_note_failure(call);
    return NULL;
}
