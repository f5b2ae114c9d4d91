// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "client/output.h"
#include "core/quoted.h"
#include "lib/json.h"
#include "mcp/rpc.h"
#include "mcp/tools.h"

#define TEXT_LIMIT ((size_t)4 << 20)

static json_t *text_block(struct bh_span text)
{
    json_t *block = json_object();
    if (bh_rpc_set(block, "type", json_string("text")) &&
        bh_rpc_set(block, "text", json_stringn(text.data, text.len)))
        return block;
    json_decref(block);
    return NULL;
}

static bool add_text(json_t *result, struct bh_span text)
{
    return json_array_append_new(json_object_get(result, "content"), text_block(text)) == 0;
}

bool bh_tool_result_instruct(json_t *result, struct bh_span text)
{
    json_t *structured = json_object_get(result, "structuredContent");
    return structured == NULL || bh_rpc_set(structured, "instructions", json_stringn(text.data, text.len));
}

bool bh_tool_result_add(json_t *result, struct bh_span text)
{
    return add_text(result, text) && bh_tool_result_instruct(result, text);
}

json_t *bh_tool_result(struct bh_span text, json_t *structured, bool is_error, enum bh_mcp_version version)
{
    json_t *result = json_object();
    bool made = bh_rpc_set(result, "content", json_array()) && add_text(result, text);
    if (structured != NULL && version >= BH_MCP_2025_06_18)
        made = bh_rpc_set(result, "structuredContent", structured) && made;
    else
        json_decref(structured);
    if (is_error)
        made = made && bh_rpc_set(result, "isError", json_true());
    if (made)
        return result;
    json_decref(result);
    return NULL;
}

/* ---- texts that others wrote ---- */

static json_t *clean_text(const json_t *json)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, TEXT_LIMIT);
    bh_quoted_clean(bh_json_text(json), &text);
    return text.failed ? NULL : json_stringn(bh_buf_span(&text).data, text.len);
}

static json_t *clean_array(const json_t *json)
{
    json_t *copy = json_array();
    for (size_t i = 0; i < json_array_size(json); i++) {
        if (json_array_append_new(copy, bh_tool_clean_copy(json_array_get(json, i))) != 0) {
            json_decref(copy);
            return NULL;
        }
    }
    return copy;
}

/* The names of members are the server's own. */
static json_t *clean_object(const json_t *json)
{
    json_t *copy = json_object(), *value;
    const char *name;
    json_object_foreach((json_t *)json, name, value)
    {
        if (!bh_rpc_set(copy, name, bh_tool_clean_copy(value))) {
            json_decref(copy);
            return NULL;
        }
    }
    return copy;
}

json_t *bh_tool_clean_copy(const json_t *json)
{
    if (json_is_string(json))
        return clean_text(json);
    if (json_is_array(json))
        return clean_array(json);
    return json_is_object(json) ? clean_object(json) : json_deep_copy(json);
}

/* ---- failures and approvals ---- */

void bh_tool_note_failure(struct bh_tool_call *call)
{
    const struct bh_client_error *error = &call->client->error;
    bh_buf_clear(&call->problem);
    bh_buf_add_text(
        &call->problem, error->message[0] == 0 ? "There is no answer that could be read." : error->message);
    if (error->hint[0] != 0)
        bh_buf_addf(&call->problem, " %s", error->hint);
}

static void add_clean(struct bh_buf *text, const char *before, const char *value, const char *after)
{
    bh_buf_add_text(text, before);
    bh_quoted_clean(bh_span_from(value), text);
    bh_buf_add_text(text, after);
}

static const char *argument_text(const struct bh_tool_call *call, const char *name)
{
    return json_string_value(json_object_get(call->arguments, name));
}

static void write_block(const struct bh_tool_call *call, const char *request_id, const char *approval_id,
    const char *again, struct bh_buf *text)
{
    const char *action = argument_text(call, "action"), *vendor = argument_text(call, "vendor");
    if (vendor == NULL)
        vendor = argument_text(call, "resource");
    bh_buf_add_text(text, "APPROVAL REQUIRED \u2014 do not execute this action.\n\n");
    add_clean(text, "Action: ", action == NULL ? "browse_web" : action, "");
    if (vendor != NULL)
        add_clean(text, " on ", vendor, "");
    add_clean(text, "\nRequest ID: ", request_id, "\n");
    add_clean(text, "Approval ID: ", approval_id, "\n\n");
    bh_buf_add_text(text, "A human must approve this request before the action can proceed.\n");
    bh_buf_addf(text, "Approve at: %s/dashboard/approvals\n\nInstructions:\n", call->client->base_url);
    bh_buf_add_text(text, "1. Tell the user: \"I need approval to run this action. Please visit the BehalfID "
                          "Approvals dashboard and approve the pending request (");
    add_clean(text, "", approval_id, ").\"\n2. Do not execute the action.\n");
    bh_buf_addf(text,
        "3. After the user confirms they have approved, call %s again with the same arguments.\n", again);
    bh_buf_addf(
        text, "4. If %s returns allowed: true, proceed. If it still returns approvalRequired, wait.", again);
}

json_t *bh_tool_approval_result(struct bh_tool_call *call, const json_t *answer, const char *again)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    const char *request_id = json_string_value(json_object_get(answer, "requestId"));
    const char *approval_id = json_string_value(json_object_get(answer, "approvalId"));
    bh_buf_init(&text, TEXT_LIMIT);
    request_id = request_id == NULL ? "" : request_id;
    approval_id = approval_id == NULL ? "" : approval_id;
    write_block(call, request_id, approval_id, again, &text);
    call->keep_approval(call->context, approval_id);
    json_t *result =
        text.failed ? NULL
                    : bh_tool_result(bh_buf_span(&text), bh_tool_clean_copy(answer), false, call->version);
    bh_buf_add_text(&text, "\n\n");
    size_t end = text.len;
    add_clean(&text, "wait_for_approval with approvalId ", approval_id, " waits until a person has decided.");
    if (result != NULL && !text.failed &&
        bh_tool_result_add(result, bh_span_from_index(bh_buf_span(&text), end)) &&
        bh_tool_result_instruct(result, bh_buf_span(&text)))
        return result;
    json_decref(result);
    return NULL;
}
