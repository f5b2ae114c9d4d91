// SPDX-License-Identifier: Apache-2.0
#include "client/execution.h"

#include "client/body.h"
#include "lib/json.h"

#define PATIENCE_MS 20000L /* the server gives a page ten seconds, and then turns it into text */

static bool fill(json_t *body, const struct bh_wish *wish)
{
    json_t *input = json_object();
    return bh_body_set_take(body, "input", input) && bh_body_set_text(body, "agentId", wish->agent_id) &&
           bh_body_set_text(body, "action", wish->action) &&
           bh_body_set_text(body, "resource", wish->resource) && bh_body_set_text(input, "url", wish->url);
}

/* An answer that cannot be understood in full has done nothing. */
static bool is_outcome(const json_t *answer)
{
    return bh_json_member_text(answer, "requestId").len > 0 &&
           !bh_span_is_absent(bh_json_member_text(answer, "reason")) &&
           json_is_boolean(json_object_get(answer, "allowed")) &&
           json_is_boolean(json_object_get(answer, "executed"));
}

json_t *bh_execution_ask(struct bh_client *client, const struct bh_wish *wish)
{
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    if (!fill(body, wish)) {
        bh_client_fail(client, BH_ABSENT, BH_SPAN("Out of memory."), BH_ABSENT);
        return NULL;
    }
    long patience_ms = client->patience_ms;
    client->patience_ms = PATIENCE_MS;
    client->outcome = "executed";
    json_t *answer = bh_client_ask(client, "POST", body, "/api/actions/execute");
    client->patience_ms = patience_ms;
    client->outcome = NULL;
    if (answer == NULL || is_outcome(answer))
        return answer;
    json_decref(answer);
    bh_client_fail(
        client, BH_SPAN("bad_response"), BH_SPAN("The answer of the server is not an outcome."), BH_ABSENT);
    return NULL;
}
