// SPDX-License-Identifier: Apache-2.0
/*
 * Whatever is one JSON value is one kind of message: requests have an id, a method and only an object as
 * params; what is invalid says how. Every answer made for it is a message again: a response, under the same
 * id.
 */
#include "fuzz_input.h"
#include "lib/json.h"
#include "mcp/rpc.h"
#include "mcp/tools.h"

#define TEXT_LIMIT ((size_t)1 << 24)

static void check_answer(json_t *answer, const json_t *id)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    BH_CLEANUP(bh_json_release) json_t *again = NULL;
    struct bh_rpc_message message;
    bh_buf_init(&text, TEXT_LIMIT);
    require(answer != NULL);
    bh_json_add_value(&text, answer);
    require(!text.failed && memchr(text.data, '\n', text.len) == NULL);
    require(bh_rpc_parse(bh_buf_span(&text), &again) == BH_OK);
    bh_rpc_read(again, &message);
    require(message.kind == BH_RPC_RESPONSE);
    require(id == NULL ? message.id == NULL : json_equal(message.id, id) == 1);
    json_decref(answer);
}

static void check_call(const struct bh_rpc_message *message)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf problem = {0};
    const json_t *arguments = json_object_get(message->params, "arguments");
    const struct bh_mcp_tool *tool = bh_mcp_tool_find(bh_json_member_text(message->params, "name"));
    bh_buf_init(&problem, TEXT_LIMIT);
    if (tool == NULL || (arguments != NULL && !json_is_object(arguments)))
        return;
    bool fits = bh_tool_accepts(tool, BH_MCP_2025_11_25, arguments, &problem);
    require(!problem.failed && fits == (problem.len == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    BH_CLEANUP(bh_json_release) json_t *json = NULL;
    struct bh_rpc_message message;
    if (bh_rpc_parse((struct bh_span){(const char *)data, size}, &json) != BH_OK)
        return 0;
    bh_rpc_read(json, &message);
    require((message.kind == BH_RPC_INVALID) == (message.problem != NULL && message.code != 0));
    require(message.params == NULL || json_is_object(message.params));
    require(message.id == NULL || bh_rpc_is_id(message.id));
    if (message.kind == BH_RPC_REQUEST) {
        require(message.id != NULL && message.method != NULL);
        check_answer(bh_rpc_result(message.id, json_object()), message.id);
        check_call(&message);
    }
    if (message.kind == BH_RPC_INVALID)
        check_answer(bh_rpc_error(message.id, message.code, bh_span_from(message.problem), NULL), message.id);
    return 0;
}
