// SPDX-License-Identifier: Apache-2.0
/*
 * The messages of JSON-RPC 2.0 as the Model Context Protocol uses them: what a JSON value is as a message,
 * and the messages that answer. Ids and progress tokens are strings or whole numbers within +-(2^53 - 1), and
 * `params` is an object. Pure.
 */
#ifndef BH_MCP_RPC_H
#define BH_MCP_RPC_H

#include <jansson.h>

#include "lib/err.h"
#include "lib/span.h"

#define BH_RPC_PARSE_ERROR (-32700)
#define BH_RPC_INVALID_REQUEST (-32600)
#define BH_RPC_METHOD_NOT_FOUND (-32601)
#define BH_RPC_INVALID_PARAMS (-32602)
#define BH_RPC_INTERNAL_ERROR (-32603)
#define BH_RPC_UNSUPPORTED_VERSION (-32022)

enum bh_rpc_kind {
    BH_RPC_INVALID = 0,  /* to be answered with `code` and `problem` */
    BH_RPC_REQUEST,      /* to be answered under `id` */
    BH_RPC_NOTIFICATION, /* never answered */
    BH_RPC_RESPONSE,     /* likewise */
};

/* Everything in it belongs to the JSON that was read. */
struct bh_rpc_message {
    enum bh_rpc_kind kind;
    const json_t *id;     /* of a request or response; of an invalid one if it could be read; else NULL */
    const char *method;   /* of a request or notification */
    const json_t *params; /* an object, or NULL */
    int code;
    const char *problem;
};

/*
 * One JSON value; BH_ERR_BODY_NOT_JSON also for an object with a member that occurs twice: whoever shows the
 * message to a person may show the other one. The caller owns it.
 */
BH_MUST_USE
enum bh_err bh_rpc_parse(struct bh_span text, json_t **ret_json);
/* One message; arrays are invalid here: batches are the caller's. */
void bh_rpc_read(const json_t *json, struct bh_rpc_message *ret_message);
/* What may be an id or a progress token. */
bool bh_rpc_is_id(const json_t *json);
/* The progress token of a request's params, or NULL; false when there is one that may be none. */
BH_MUST_USE
bool bh_rpc_progress_token(const json_t *params, const json_t **ret_token);

/* Messages; the caller's, NULL without memory. `result`, `params` and `data` are taken over in any case. */
json_t *bh_rpc_result(const json_t *id, json_t *result);
/* `id` NULL is written as null. `data` may be NULL. The message is redacted. */
json_t *bh_rpc_error(const json_t *id, int code, struct bh_span message, json_t *data);
json_t *bh_rpc_notification(const char *method, json_t *params);

/* Puts a value that is taken over into an object; false, for a NULL value too, when that fails. */
BH_MUST_USE
bool bh_rpc_set(json_t *object, const char *key, json_t *value);

#endif
