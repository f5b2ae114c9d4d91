// SPDX-License-Identifier: Apache-2.0
#include "coding/hook.h"

#include <stdio.h>
#include <string.h>

#include "client/config_file.h"
#include "client/decision.h"
#include "coding/canary.h"
#include "core/quoted.h"
#include "lib/clock.h"
#include "lib/json.h"

#define WORDS_LIMIT 16384
/* So that an answer that does not come is told by the request and not by the alarm. */
#define MARGIN_MS 200

struct inquiry {
    struct bh_client *client;
    const char *agent_id;
    int64_t deadline_ms;
    bool debug, fail_open;
    bool unasked; /* some question was let pass unasked */
    struct bh_hook_verdict *verdict;
};

void bh_hook_verdict_finish(struct bh_hook_verdict *verdict)
{
    if (verdict != NULL)
        bh_buf_finish(&verdict->words);
}

/* ---- words ---- */

static void add_words(struct bh_hook_verdict *verdict, const char *text)
{
    bh_buf_addf(&verdict->words, "%s\n", text);
}

/* Texts from outside, on one line and without what hides text: a model reads them. */
static void add_detail(struct bh_hook_verdict *verdict, const char *name, const char *text)
{
    if (text == NULL || text[0] == 0)
        return;
    bh_buf_addf(&verdict->words, "%s: ", name);
    bh_quoted_clean(bh_span_from(text), &verdict->words);
    bh_buf_add_char(&verdict->words, '\n');
}

/* Without the client's hint: that is for a person, and a model would follow it. */
static void add_error(struct inquiry *inquiry)
{
    add_detail(inquiry->verdict, "reason", inquiry->client->error.message);
    add_words(inquiry->verdict, "next: tell the user; `behalf doctor` says more.");
}

static const char *path_of(const json_t *question)
{
    const json_t *input = json_object_get(json_object_get(question, "policyContext"), "toolInput");
    return json_string_value(json_object_get(input, "filePath"));
}

static void add_decision(struct inquiry *inquiry, const struct bh_decision *decision, const json_t *question)
{
    struct bh_hook_verdict *verdict = inquiry->verdict;
    add_detail(verdict, "action", json_string_value(json_object_get(question, "action")));
    add_detail(verdict, "vendor", json_string_value(json_object_get(question, "vendor")));
    add_detail(verdict, "file", path_of(question));
    add_detail(verdict, "reason", decision->reason);
    add_detail(verdict, "requestId", decision->request_id);
    add_detail(verdict, "approvalId", decision->approval_id);
}

static void add_next_step(struct inquiry *inquiry, const struct bh_decision *decision)
{
    if (decision->approval_id[0] == 0)
        return;
    bh_buf_addf(&inquiry->verdict->words,
        "next: tell the user to approve at %s/dashboard/approvals, and repeat the same call after that.\n",
        inquiry->client->base_url);
}

/* ---- asking ---- */

/* Only these say that nobody could be asked; an answer that is no decision never lets anything pass. */
static bool is_unavailable(const struct bh_client *client)
{
    return strcmp(client->error.code, "network") == 0 || strcmp(client->error.code, "timeout") == 0 ||
           (client->status != 0 && (client->status < 200 || client->status > 299));
}

static bool mentions_approval(const char *reason)
{
    return strcasestr(reason, "approval") != NULL;
}

static void ask(
    struct inquiry *inquiry, const json_t *question, bool shadow, struct bh_decision *ret_decision)
{
    const struct bh_question asked = {.agent_id = inquiry->agent_id,
        .action = json_string_value(json_object_get(question, "action")),
        .vendor = json_string_value(json_object_get(question, "vendor")),
        .policy_context = json_object_get(question, "policyContext"),
        .shadow = shadow};
    int64_t start_ms = bh_clock_steady_ms();
    int64_t left_ms = inquiry->deadline_ms - MARGIN_MS - start_ms;
    *ret_decision = (struct bh_decision){.reason = "", .request_id = "", .approval_id = "", .risk = ""};
    inquiry->client->patience_ms = (long)left_ms;
    inquiry->client->status = 0;
    if (left_ms > 0)
        bh_decision_ask(inquiry->client, &asked, ret_decision);
    else
        bh_client_fail(
            inquiry->client, BH_SPAN("timeout"), BH_SPAN("There is no time left to ask."), BH_ABSENT);
    if (inquiry->debug) {
        static const char *const names[] = {"no decision", "denied", "approval required", "allowed"};
        fprintf(stderr, "behalf hook: %s: %s, status %ld, %lld ms\n", asked.action,
            names[ret_decision->outcome], inquiry->client->status,
            (long long)(bh_clock_steady_ms() - start_ms));
    }
}

/* The server has answered, and every question with this key would be answered so. */
static bool key_is_refused(const struct bh_client *client)
{
    return client->status == 401;
}

static void add_unavailable(struct inquiry *inquiry)
{
    if (!key_is_refused(inquiry->client)) {
        add_words(inquiry->verdict, "BehalfID: blocked — the server is unavailable.");
        add_error(inquiry);
        return;
    }
    add_words(inquiry->verdict, "BehalfID: blocked — the agent key was not accepted.");
    add_detail(inquiry->verdict, "reason", inquiry->client->error.message);
    add_words(inquiry->verdict,
        "next: tell the user that the key or the id of the agent is wrong, or the key was replaced, and "
        "that they have to set what is valid; `behalf doctor` says more.");
}

/* No decision. True when the call may go on without one. */
static bool go_on_unasked(struct inquiry *inquiry)
{
    bool unavailable = is_unavailable(inquiry->client);
    if (unavailable && inquiry->fail_open) {
        inquiry->unasked = true;
        return true;
    }
    if (unavailable) {
        add_unavailable(inquiry);
        return false;
    }
    add_words(inquiry->verdict, "BehalfID: blocked — there is no decision.");
    add_error(inquiry);
    return false;
}

/* Asks one question; true when it does not stand in the way. */
static bool is_allowed(struct inquiry *inquiry, const json_t *question, bool *ret_waits)
{
    BH_CLEANUP(bh_decision_finish) struct bh_decision decision = {0};
    ask(inquiry, question, false, &decision);
    if (decision.outcome == BH_OUTCOME_UNKNOWN)
        return go_on_unasked(inquiry);
    if (decision.outcome == BH_OUTCOME_ALLOWED)
        return true;
    bool waits = decision.outcome == BH_OUTCOME_APPROVAL || mentions_approval(decision.reason);
    add_words(inquiry->verdict, waits ? "BehalfID: approval required. Visit your Action Inbox to approve."
                                      : "BehalfID: blocked by policy.");
    add_decision(inquiry, &decision, question);
    if (waits)
        add_next_step(inquiry, &decision);
    *ret_waits = waits;
    return false;
}

/*
 * A call of several questions goes on past one that waits for an approval, so that all approvals it needs can
 * be given before it is repeated: a grant serves once.
 */
static bool are_allowed(struct inquiry *inquiry, const json_t *questions)
{
    bool allowed = json_array_size(questions) > 0;
    for (size_t i = 0; i < json_array_size(questions); i++) {
        bool waits = false;
        if (is_allowed(inquiry, json_array_get(questions, i), &waits))
            continue;
        allowed = false;
        if (!waits)
            break;
    }
    return allowed;
}

/* In shadow mode, so that the trial leaves neither a request for approval nor an event of a denial. */
static void try_server(struct inquiry *inquiry)
{
    BH_CLEANUP(bh_json_release)
    json_t *question =
        json_pack("{s:s,s:s,s:{}}", "action", "tool:" BH_CANARY_TOOL, "vendor", "tool", "policyContext");
    BH_CLEANUP(bh_decision_finish) struct bh_decision decision = {0};
    ask(inquiry, question, true, &decision);
    if (decision.outcome == BH_OUTCOME_UNKNOWN) {
        add_unavailable(inquiry);
        return;
    }
    add_words(inquiry->verdict, BH_HOOK_CANARY_TEXT);
    add_detail(inquiry->verdict, "requestId", decision.request_id);
}

static void fail_configuration(struct inquiry *inquiry)
{
    inquiry->unasked = inquiry->verdict->pass = inquiry->fail_open;
    if (!inquiry->fail_open)
        add_words(inquiry->verdict, "BehalfID: blocked — not configured.\n"
                                    "reason: There is no agent id or no agent key.\n"
                                    "next: tell the user; `behalf doctor` says more.");
}

static void inquire(struct inquiry *inquiry, const struct bh_hook_call *call)
{
    struct bh_client *client = inquiry->client;
    const char *agent_id = bh_config_file_text(client->config, BH_CONFIG_AGENT_ID);
    inquiry->agent_id = agent_id == NULL ? bh_client_environment("BEHALFID_AGENT_ID") : agent_id;
    /* A hook speaks as the agent alone. */
    client->quiet = true;
    client->developer_token = client->session = NULL;
    if (call->reading == BH_HOOK_CANARY)
        inquiry->fail_open = false;
    if (inquiry->agent_id == NULL || client->api_key == NULL)
        fail_configuration(inquiry);
    else if (call->reading == BH_HOOK_CANARY)
        try_server(inquiry);
    else
        inquiry->verdict->pass = are_allowed(inquiry, call->questions);
    if (inquiry->verdict->pass && inquiry->unasked) {
        bh_buf_clear(&inquiry->verdict->words);
        add_words(inquiry->verdict,
            inquiry->agent_id == NULL || client->api_key == NULL
                ? "BehalfID: warning — not configured: this call was not checked."
            : key_is_refused(client)
                ? "BehalfID: warning — the agent key was not accepted: this call was not checked."
                : "BehalfID: warning — the server is unavailable: this call was not checked.");
    }
}

/* What is known before anybody is asked; NULL when somebody must be. */
static const char *words_of(enum bh_hook_reading reading)
{
    switch (reading) {
    case BH_HOOK_MALFORMED:
        return "BehalfID: blocked — malformed hook input.";
    case BH_HOOK_BAD_ARGUMENTS:
        return "BehalfID: blocked — malformed tool arguments.";
    case BH_HOOK_MISSING_ARGUMENTS:
        return "BehalfID: blocked — required tool arguments are missing.";
    case BH_HOOK_TOO_LARGE:
        return "BehalfID: blocked — policy context too large to evaluate safely.";
    case BH_HOOK_CANARY:
    case BH_HOOK_ASK:
    case BH_HOOK_OURS:
        break;
    }
    return NULL;
}

static bool is_set(const char *name)
{
    const char *value = bh_client_environment(name);
    return value != NULL && strcmp(value, "1") == 0;
}

/* The name of the tool and nothing of its arguments. */
static void trace_call(const struct bh_hook_call *call)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf name = {0};
    bh_buf_init(&name, WORDS_LIMIT);
    bh_quoted_clean(bh_span_from(call->tool), &name);
    fprintf(stderr, "behalf hook: tool %.*s, questions %zu\n", (int)name.len, bh_buf_span(&name).data,
        json_array_size(call->questions));
}

void bh_hook_decide(const struct bh_hook_call *call, const struct bh_client_flags *flags, int64_t deadline_ms,
    struct bh_hook_verdict *ret_verdict)
{
    *ret_verdict = (struct bh_hook_verdict){.pass = call->reading == BH_HOOK_OURS};
    bh_buf_init(&ret_verdict->words, WORDS_LIMIT);
    bool debug = is_set("BEHALFID_DEBUG");
    if (debug)
        trace_call(call);
    const char *words = words_of(call->reading);
    if (words != NULL) {
        add_words(ret_verdict, words);
        add_detail(ret_verdict, "reason", call->problem);
    }
    if (words != NULL || ret_verdict->pass)
        return;
    struct bh_client client;
    if (bh_client_init(&client, flags)) {
        struct inquiry inquiry = {.client = &client,
            .deadline_ms = deadline_ms,
            .debug = debug,
            .fail_open = is_set("BEHALFID_HOOK_FAIL_OPEN"),
            .verdict = ret_verdict};
        inquire(&inquiry, call);
        bh_client_finish(&client);
    }
    if (!ret_verdict->pass && (ret_verdict->words.failed || ret_verdict->words.len == 0)) {
        bh_buf_finish(&ret_verdict->words);
        bh_buf_init(&ret_verdict->words, WORDS_LIMIT);
        add_words(ret_verdict, "BehalfID: blocked — there is no decision.");
    }
}
