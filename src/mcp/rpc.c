// SPDX-License-Identifier: Apache-2.0
#include "mcp/rpc.h"

#include <math.h>

#include "core/redact.h"
#include "lib/json.h"

#define SAFE_INTEGER 9007199254740991.0
#define MESSAGE_LIMIT 4096

enum bh_err bh_rpc_parse(struct bh_span text, json_t **ret_json)
{
    return bh_json_parse_unique_any(text, ret_json);
}

bool bh_rpc_is_id(const json_t *json)
{
    if (json_is_string(json))
        return true;
    if (!json_is_number(json))
        return false;
    double value = json_number_value(json);
    return value >= -SAFE_INTEGER && value <= SAFE_INTEGER && floor(value) >= value;
}

static void refuse(struct bh_rpc_message *message, int code, const char *problem)
{
    message->kind = BH_RPC_INVALID;
    message->code = code;
    message->problem = problem;
}

static bool is_response(const json_t *json)
{
    return json_object_get(json, "method") == NULL &&
           (json_object_get(json, "result") != NULL || json_object_get(json, "error") != NULL);
}

/* Its id, if there is one to answer under. */
static const json_t *readable_id(const json_t *json)
{
    const json_t *id = json_object_get(json, "id");
    return bh_rpc_is_id(id) ? id : NULL;
}

void bh_rpc_read(const json_t *json, struct bh_rpc_message *ret_message)
{
    const json_t *id = json_object_get(json, "id");
    const json_t *params = json_object_get(json, "params");
    struct bh_rpc_message message = {.id = readable_id(json),
        .method = json_string_value(json_object_get(json, "method")),
        .params = json_is_object(params) ? params : NULL};
    if (!json_is_object(json))
        refuse(&message, BH_RPC_INVALID_REQUEST, "A message must be one JSON object.");
    else if (is_response(json))
        message.kind = BH_RPC_RESPONSE;
    else if (!bh_span_equal(bh_json_member_text(json, "jsonrpc"), BH_SPAN("2.0")))
        refuse(&message, BH_RPC_INVALID_REQUEST, "jsonrpc must be \"2.0\".");
    else if (message.method == NULL)
        refuse(&message, BH_RPC_INVALID_REQUEST, "method must be a string.");
    else if (id == NULL)
        message.kind = BH_RPC_NOTIFICATION;
    else if (message.id == NULL)
        refuse(&message, BH_RPC_INVALID_REQUEST, "id must be a string or a whole number within 2^53.");
    else if (params != NULL && message.params == NULL)
        refuse(&message, BH_RPC_INVALID_PARAMS, "params must be an object.");
    else
        message.kind = BH_RPC_REQUEST;
    *ret_message = message;
}

bool bh_rpc_progress_token(const json_t *params, const json_t **ret_token)
{
    const json_t *token = json_object_get(json_object_get(params, "_meta"), "progressToken");
    if (token != NULL && !bh_rpc_is_id(token))
        return false;
    *ret_token = token;
    return true;
}

bool bh_rpc_set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

/* Takes over `body`, also on failure. */
static json_t *answer(const json_t *id, const char *key, json_t *body)
{
    json_t *message = json_object();
    bool made = bh_rpc_set(message, "jsonrpc", json_string("2.0")) &&
                bh_rpc_set(message, "id", id == NULL ? json_null() : json_deep_copy(id));
    if (!made)
        json_decref(body);
    else
        made = bh_rpc_set(message, key, body);
    if (made)
        return message;
    json_decref(message);
    return NULL;
}

json_t *bh_rpc_result(const json_t *id, json_t *result)
{
    return answer(id, "result", result);
}

json_t *bh_rpc_error(const json_t *id, int code, struct bh_span message, json_t *data)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, MESSAGE_LIMIT);
    bh_redact(bh_span_utf16_prefix(message, MESSAGE_LIMIT / 8), &text);
    json_t *error = json_object();
    bool made = bh_rpc_set(error, "code", json_integer(code)) &&
                bh_rpc_set(error, "message", json_stringn(bh_buf_span(&text).data, text.len));
    if (data != NULL && !made)
        json_decref(data);
    else if (data != NULL)
        made = bh_rpc_set(error, "data", data);
    if (made)
        return answer(id, "error", error);
    json_decref(error);
    return NULL;
}

json_t *bh_rpc_notification(const char *method, json_t *params)
{
    json_t *message = json_object();
    bool made = bh_rpc_set(message, "jsonrpc", json_string("2.0")) &&
                bh_rpc_set(message, "method", json_string(method));
    if (!made)
        json_decref(params);
    else
        made = bh_rpc_set(message, "params", params);
    if (made)
        return message;
    json_decref(message);
    return NULL;
}
