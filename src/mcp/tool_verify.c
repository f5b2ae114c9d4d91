// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <unistd.h>

#include "client/decision.h"
#include "client/output.h"
#include "lib/json.h"
#include "mcp/rpc.h"
#include "mcp/tools.h"

#define TEXT_LIMIT ((size_t)1 << 20)
#define FOLDER_LIMIT 4096

static const char *text_of(const struct bh_tool_call *call, const char *name)
{
    return json_string_value(json_object_get(call->arguments, name));
}

/* A text that is not there is left out; one that cannot be put in fails. */
static bool add_text(json_t *object, const char *key, const char *text)
{
    return text == NULL || bh_rpc_set(object, key, json_string(text));
}

/*
 * What rules on commands and paths look at, and what an approval is bound to. The folder is this process's,
 * which the host has started where it works itself.
 */
static json_t *make_context(const struct bh_tool_call *call)
{
    char folder[FOLDER_LIMIT];
    json_t *context = json_object(), *input = json_object();
    bool made = add_text(input, "command", text_of(call, "command")) &&
                add_text(input, "filePath", text_of(call, "path"));
    made = bh_rpc_set(context, "toolInput", input) && made && add_text(context, "source", "mcp") &&
           add_text(context, "cwd", getcwd(folder, sizeof(folder))) &&
           add_text(context, "home", bh_client_environment("HOME"));
    if (made)
        return context;
    json_decref(context);
    return NULL;
}

static json_t *say(struct bh_tool_call *call, const struct bh_decision *decision)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    if (decision->outcome == BH_OUTCOME_APPROVAL)
        return bh_tool_approval_result(call, decision->answer, "verify_action");
    bh_buf_init(&text, TEXT_LIMIT);
    bh_output_add_json(decision->answer, &text);
    json_t *result = text.failed ? NULL
                                 : bh_tool_result(bh_buf_span(&text), json_deep_copy(decision->answer), false,
                                       call->version);
    if (result == NULL || decision->outcome == BH_OUTCOME_ALLOWED ||
        bh_tool_result_add(result, BH_SPAN("Denied: do not do this action, and tell the user why.")))
        return result;
    json_decref(result);
    return NULL;
}

json_t *bh_tool_verify_action(struct bh_tool_call *call)
{
    BH_CLEANUP(bh_decision_finish) struct bh_decision decision = {0};
    BH_CLEANUP(bh_json_release) json_t *context = make_context(call);
    const json_t *amount = json_object_get(call->arguments, "amount");
    double value = json_number_value(amount);
    const struct bh_question question = {.agent_id = call->agent_id,
        .action = text_of(call, "action"),
        .vendor = text_of(call, "vendor"),
        .resource = text_of(call, "resource"),
        .amount = amount == NULL ? NULL : &value,
        .policy_context = context};
    if (context == NULL)
        return NULL;
    bh_decision_ask(call->client, &question, &decision);
    if (decision.outcome != BH_OUTCOME_UNKNOWN)
        return say(call, &decision);
    bh_tool_note_failure(call);
    return NULL;
}
