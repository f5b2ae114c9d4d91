// SPDX-License-Identifier: Apache-2.0
#include "client/decision.h"

#include "client/body.h"
#include "lib/json.h"

#define WAIT_MARGIN_MS 5000

static bool add_object(json_t *body, const char *key, const json_t *object)
{
    return object == NULL || bh_body_set_take(body, key, json_deep_copy(object));
}

static bool fill(json_t *body, const struct bh_question *question)
{
    return bh_body_set_text(body, "agentId", question->agent_id) &&
           bh_body_set_text(body, "action", question->action) &&
           bh_body_set_text(body, "vendor", question->vendor) &&
           bh_body_set_text(body, "resource", question->resource) &&
           (question->amount == NULL || bh_body_set_take(body, "amount", json_real(*question->amount))) &&
           add_object(body, "metadata", question->metadata) &&
           add_object(body, "policyContext", question->policy_context) &&
           (!question->shadow || bh_body_set_take(body, "shadow", json_true()));
}

/* Only an answer that can be understood in full may allow anything. */
static bool is_decision(const json_t *answer, bool shadow)
{
    static const char *const risks[] = {"low", "medium", "high"};
    struct bh_span risk = bh_json_member_text(answer, "risk");
    bool known_risk = false;
    for (size_t i = 0; i < BH_COUNT(risks); i++)
        known_risk |= bh_span_equal(risk, bh_span_from(risks[i]));
    return known_risk && bh_json_member_text(answer, "requestId").len > 0 &&
           !bh_span_is_absent(bh_json_member_text(answer, "reason")) &&
           json_is_boolean(json_object_get(answer, "allowed")) &&
           json_is_true(json_object_get(answer, "shadow")) == shadow;
}

static enum bh_outcome outcome_of(const json_t *answer)
{
    if (json_is_true(json_object_get(answer, "approvalRequired")))
        return BH_OUTCOME_APPROVAL;
    return json_is_true(json_object_get(answer, "allowed")) ? BH_OUTCOME_ALLOWED : BH_OUTCOME_DENIED;
}

static const char *text_of(const json_t *answer, const char *key)
{
    const char *text = json_string_value(json_object_get(answer, key));
    return text == NULL ? "" : text;
}

void bh_decision_ask(
    struct bh_client *client, const struct bh_question *question, struct bh_decision *ret_decision)
{
    *ret_decision = (struct bh_decision){.request_id = "", .approval_id = "", .reason = "", .risk = ""};
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    if (!fill(body, question)) {
        bh_client_fail(client, BH_ABSENT, BH_SPAN("There is not enough memory for the question."), BH_ABSENT);
        return;
    }
    BH_CLEANUP(bh_json_release) json_t *answer = bh_client_ask(client, "POST", body, "/api/verify");
    if (answer == NULL)
        return;
    if (!is_decision(answer, question->shadow)) {
        bh_client_fail(client, BH_SPAN("bad_response"),
            BH_SPAN("The answer of the server is not a decision."), BH_ABSENT);
        return;
    }
    *ret_decision = (struct bh_decision){.outcome = outcome_of(answer),
        .answer = answer,
        .request_id = text_of(answer, "requestId"),
        .approval_id = text_of(answer, "approvalId"),
        .reason = text_of(answer, "reason"),
        .risk = text_of(answer, "risk")};
    answer = NULL;
}

void bh_decision_finish(struct bh_decision *decision)
{
    if (decision == NULL)
        return;
    json_decref(decision->answer);
    *decision = (struct bh_decision){.request_id = "", .approval_id = "", .reason = "", .risk = ""};
}

static enum bh_approval_state state_of(struct bh_span status)
{
    if (bh_span_equal(status, BH_SPAN("pending")))
        return BH_APPROVAL_PENDING;
    if (bh_span_equal(status, BH_SPAN("approved")))
        return BH_APPROVAL_APPROVED;
    return status.len > 0 ? BH_APPROVAL_OVER : BH_APPROVAL_UNKNOWN;
}

enum bh_approval_state bh_decision_wait(struct bh_client *client, const char *approval_id, int wait_s)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    bh_buf_init(&path, 512);
    bh_client_add_path(&path, "/api/approvals/", approval_id, "");
    bh_buf_addf(&path, "?wait=%d", wait_s);
    long patience_ms = client->patience_ms;
    client->patience_ms = wait_s * 1000L + WAIT_MARGIN_MS;
    BH_CLEANUP(bh_json_release) json_t *answer = bh_client_call(client, "GET", &path, NULL);
    client->patience_ms = patience_ms;
    if (answer == NULL)
        return BH_APPROVAL_UNKNOWN;
    enum bh_approval_state state =
        state_of(bh_json_member_text(json_object_get(answer, "approval"), "status"));
    if (state == BH_APPROVAL_UNKNOWN)
        bh_client_fail(client, BH_SPAN("bad_response"),
            BH_SPAN("The answer of the server is not an approval."), BH_ABSENT);
    return state;
}
