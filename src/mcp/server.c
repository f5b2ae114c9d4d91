// SPDX-License-Identifier: Apache-2.0
#include "mcp/server.h"

#include <signal.h>

#include "client/output.h"
#include "lib/json.h"
#include "mcp/calls.h"
#include "mcp/rpc.h"

#define BATCH_MOST 100
#define SUBSCRIPTIONS_MOST 16
#define TEXT_LIMIT 4096
#define CACHE_MS 3600000 /* the list of tools is the program's own */
#define META_VERSION "io.modelcontextprotocol/protocolVersion"
#define META_CAPABILITIES "io.modelcontextprotocol/clientCapabilities"

static const char instructions[] = "BehalfID decides what this agent may do. Before any action that is "
                                   "risky, reaches outside, changes something "
                                   "or needs a permission, call verify_action and act only if it answers "
                                   "allowed: true. Denied: do not act, and "
                                   "say why. Approval required: do not act; tell the user, call "
                                   "wait_for_approval, then verify_action again with "
                                   "the same arguments. Any error: do not act.";

struct server {
    struct bh_line_writer writer;
    struct bh_calls *calls;
    enum bh_mcp_version version;               /* of the handshake; NONE before it */
    json_t *subscriptions[SUBSCRIPTIONS_MOST]; /* ids of open streams, on which there is nothing to tell */
};

/* One request on its way to its answer. */
struct request {
    const struct bh_rpc_message *message;
    enum bh_mcp_version version;
    struct bh_batch *batch; /* or NULL */
};

static void reply_error(
    struct server *server, const struct request *request, int code, const char *text, struct bh_span detail)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {0};
    bh_buf_init(&message, TEXT_LIMIT);
    bh_buf_add_text(&message, text);
    bh_buf_add(&message, bh_span_utf16_prefix(detail, 200));
    bh_reply(&server->writer, request->batch,
        bh_rpc_error(request->message->id, code, bh_buf_span(&message), NULL));
}

static void reply_result(struct server *server, const struct request *request, json_t *result)
{
    bh_reply(
        &server->writer, request->batch, bh_reply_result(request->version, request->message->id, result));
}

/* ---- methods ---- */

static json_t *capabilities(void)
{
    return json_pack("{s:{}}", "tools");
}

static void initialize(struct server *server, const struct request *request)
{
    struct bh_span asked = bh_json_member_text(request->message->params, "protocolVersion");
    if (request->batch != NULL) {
        reply_error(
            server, request, BH_RPC_INVALID_REQUEST, "initialize must not be part of a batch.", BH_ABSENT);
        return;
    }
    if (bh_span_is_absent(asked)) {
        reply_error(server, request, BH_RPC_INVALID_PARAMS,
            "protocolVersion is required and must be a string.", BH_ABSENT);
        return;
    }
    server->version = bh_mcp_version_negotiate(asked);
    json_t *result = json_object();
    bool made = bh_rpc_set(result, "protocolVersion", json_string(bh_mcp_version_name(server->version))) &&
                bh_rpc_set(result, "capabilities", capabilities()) &&
                bh_rpc_set(result, "serverInfo", bh_reply_server_info(server->version)) &&
                bh_rpc_set(result, "instructions", json_string(instructions));
    if (!made) {
        json_decref(result);
        result = NULL;
    }
    reply_result(server, request, result);
}

static void ping(struct server *server, const struct request *request)
{
    reply_result(server, request, json_object());
}

/* What may be kept for how long, where the version wants it said. */
static bool add_cache(json_t *result, enum bh_mcp_version version)
{
    return !bh_mcp_is_stateless(version) || (bh_rpc_set(result, "ttlMs", json_integer(CACHE_MS)) &&
                                                bh_rpc_set(result, "cacheScope", json_string("public")));
}

static void discover(struct server *server, const struct request *request)
{
    json_t *result = json_object();
    bool made = bh_rpc_set(result, "supportedVersions", bh_mcp_version_list()) &&
                bh_rpc_set(result, "capabilities", capabilities()) &&
                bh_rpc_set(result, "instructions", json_string(instructions)) &&
                add_cache(result, request->version);
    if (!made) {
        json_decref(result);
        result = NULL;
    }
    reply_result(server, request, result);
}

static void list_tools(struct server *server, const struct request *request)
{
    if (json_object_get(request->message->params, "cursor") != NULL) {
        reply_error(
            server, request, BH_RPC_INVALID_PARAMS, "cursor is unknown: there is one page.", BH_ABSENT);
        return;
    }
    json_t *result = json_object();
    if (!bh_rpc_set(result, "tools", bh_tool_list(request->version)) ||
        !add_cache(result, request->version)) {
        json_decref(result);
        result = NULL;
    }
    reply_result(server, request, result);
}

/* Arguments that do not fit are told as a result: the model sees it and can do better. */
static void refuse_arguments(struct server *server, const struct request *request, struct bh_buf *problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf clean = {0};
    bh_buf_init(&clean, TEXT_LIMIT);
    bh_buf_add_text(problem, " Nothing was asked: do not run the action.");
    json_t *text = json_stringn(bh_buf_span(problem).data, problem->len);
    BH_CLEANUP(bh_json_release) json_t *copy = bh_tool_clean_copy(text);
    json_decref(text);
    reply_result(server, request, bh_tool_result(bh_json_text(copy), NULL, true, request->version));
}

static void start_call(
    struct server *server, const struct request *request, const struct bh_call_request *call_request)
{
    switch (bh_calls_add(server->calls, call_request)) {
    case BH_CALLS_TAKEN:
        return;
    case BH_CALLS_DUPLICATE:
        reply_error(server, request, BH_RPC_INVALID_REQUEST, "id is in use by a call under way.", BH_ABSENT);
        return;
    case BH_CALLS_BUSY:
        reply_error(server, request, BH_RPC_INTERNAL_ERROR,
            "Too many calls are under way. Try again later; do not run the action.", BH_ABSENT);
        return;
    }
}

static void call_tool(struct server *server, const struct request *request)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf problem = {0};
    const json_t *params = request->message->params;
    const json_t *arguments = json_object_get(params, "arguments");
    struct bh_span name = bh_json_member_text(params, "name");
    struct bh_call_request call_request = {.tool = bh_mcp_tool_find(name),
        .version = request->version,
        .id = request->message->id,
        .arguments = arguments,
        .batch = request->batch};
    bh_buf_init(&problem, TEXT_LIMIT);
    if (bh_span_is_absent(name))
        reply_error(
            server, request, BH_RPC_INVALID_PARAMS, "name is required and must be a string.", BH_ABSENT);
    else if (call_request.tool == NULL) /* the oldest clients know the older code */
        reply_error(server, request,
            request->version > BH_MCP_2024_11_05 ? BH_RPC_INVALID_PARAMS : BH_RPC_METHOD_NOT_FOUND,
            "Unknown tool: ", name);
    else if (arguments != NULL && !json_is_object(arguments))
        reply_error(server, request, BH_RPC_INVALID_PARAMS, "arguments must be an object.", BH_ABSENT);
    else if (!bh_rpc_progress_token(params, &call_request.progress_token))
        reply_error(server, request, BH_RPC_INVALID_PARAMS,
            "progressToken must be a string or a whole number within 2^53.", BH_ABSENT);
    else if (!bh_tool_accepts(call_request.tool, request->version, arguments, &problem))
        refuse_arguments(server, request, &problem);
    else
        start_call(server, request, &call_request);
}

/* A stream of changes. Nothing here changes while the program runs, so it is open and silent. */
static void listen_for_changes(struct server *server, const struct request *request)
{
    size_t free_at = SUBSCRIPTIONS_MOST;
    for (size_t i = 0; i < SUBSCRIPTIONS_MOST; i++) {
        if (server->subscriptions[i] == NULL)
            free_at = i;
        else if (json_equal(server->subscriptions[i], request->message->id) == 1) {
            reply_error(
                server, request, BH_RPC_INVALID_REQUEST, "id is in use by an open stream.", BH_ABSENT);
            return;
        }
    }
    if (free_at == SUBSCRIPTIONS_MOST) {
        reply_error(server, request, BH_RPC_INTERNAL_ERROR, "Too many streams are open.", BH_ABSENT);
        return;
    }
    BH_CLEANUP(bh_json_release) json_t *id = json_deep_copy(request->message->id);
    json_t *params =
        json_pack("{s:{s:O}, s:{}}", "_meta", "io.modelcontextprotocol/subscriptionId", id, "notifications");
    bh_reply(&server->writer, NULL, bh_rpc_notification("notifications/subscriptions/acknowledged", params));
    server->subscriptions[free_at] = json_incref(id);
}

/* ---- which method, which version ---- */

static const struct {
    const char *name;
    bool handshake, stateless; /* in which versions there is such a method */
    void (*run)(struct server *server, const struct request *request);
} methods[] = {
    {"initialize", true, false, initialize},
    {"ping", true, false, ping},
    {"server/discover", false, true, discover},
    {"subscriptions/listen", false, true, listen_for_changes},
    {"tools/list", true, true, list_tools},
    {"tools/call", true, true, call_tool},
};

static void reject_version(struct server *server, const struct request *request, struct bh_span asked)
{
    json_t *data = json_object();
    if (!bh_rpc_set(data, "supported", bh_mcp_version_list()) ||
        !bh_rpc_set(data, "requested", json_stringn(asked.data, asked.len))) {
        json_decref(data);
        data = NULL;
    }
    bh_reply(&server->writer, request->batch,
        bh_rpc_error(
            request->message->id, BH_RPC_UNSUPPORTED_VERSION, BH_SPAN("Unsupported protocol version"), data));
}

/* Sets the version of a request that names one itself; false when it was answered with an error. */
static bool read_own_version(struct server *server, struct request *request, const json_t *meta)
{
    const json_t *named = json_object_get(meta, META_VERSION);
    if (!json_is_string(named)) {
        reply_error(
            server, request, BH_RPC_INVALID_PARAMS, "_meta: " META_VERSION " must be a string.", BH_ABSENT);
        return false;
    }
    request->version = bh_mcp_version_find(bh_json_text(named));
    if (!bh_mcp_is_stateless(request->version)) {
        reject_version(server, request, bh_json_text(named));
        return false;
    }
    if (!json_is_object(json_object_get(meta, META_CAPABILITIES))) {
        reply_error(server, request, BH_RPC_INVALID_PARAMS,
            "_meta: " META_CAPABILITIES " is required and must be an object.", BH_ABSENT);
        return false;
    }
    return true;
}

static void dispatch(struct server *server, struct request *request)
{
    const char *name = request->message->method;
    const json_t *meta = json_object_get(request->message->params, "_meta");
    bool stateless = json_object_get(meta, META_VERSION) != NULL;
    if (stateless && !read_own_version(server, request, meta))
        return;
    for (size_t i = 0; i < BH_COUNT(methods); i++) {
        if (!bh_span_equal(bh_span_from(name), bh_span_from(methods[i].name)))
            continue;
        if (stateless ? methods[i].stateless : methods[i].handshake) {
            methods[i].run(server, request);
            return;
        }
        if (!stateless) {
            reply_error(server, request, BH_RPC_INVALID_PARAMS,
                "_meta: " META_VERSION " and " META_CAPABILITIES " are required.", BH_ABSENT);
            return;
        }
    }
    reply_error(server, request, BH_RPC_METHOD_NOT_FOUND, "Method not found: ", bh_span_from(name));
}

static void take_notification(struct server *server, const struct bh_rpc_message *message)
{
    const json_t *id = json_object_get(message->params, "requestId");
    if (!bh_span_equal(bh_span_from(message->method), BH_SPAN("notifications/cancelled")) ||
        !bh_rpc_is_id(id))
        return;
    bh_calls_cancel(server->calls, id);
    for (size_t i = 0; i < SUBSCRIPTIONS_MOST; i++) {
        if (server->subscriptions[i] != NULL && json_equal(server->subscriptions[i], id) == 1) {
            json_decref(server->subscriptions[i]);
            server->subscriptions[i] = NULL;
        }
    }
}

/* ---- messages and lines ---- */

/* Who sends no version and has not shaken hands is taken for the oldest: it knows the least. */
static enum bh_mcp_version connection_version(const struct server *server)
{
    return server->version == BH_MCP_NONE ? BH_MCP_2024_11_05 : server->version;
}

static void take_message(struct server *server, const json_t *json, struct bh_batch *batch)
{
    struct bh_rpc_message message;
    bh_rpc_read(json, &message);
    struct request request = {.message = &message, .version = connection_version(server), .batch = batch};
    switch (message.kind) {
    case BH_RPC_REQUEST:
        dispatch(server, &request);
        break;
    case BH_RPC_NOTIFICATION:
        take_notification(server, &message);
        break;
    case BH_RPC_INVALID:
        reply_error(server, &request, message.code, message.problem, BH_ABSENT);
        break;
    case BH_RPC_RESPONSE: /* we have asked nothing */
        break;
    }
}

static void refuse_line(struct server *server, int code, const char *text)
{
    bh_reply(&server->writer, NULL, bh_rpc_error(NULL, code, bh_span_from(text), NULL));
}

static void take_batch(struct server *server, const json_t *json)
{
    if (!bh_mcp_has_batches(server->version)) {
        refuse_line(server, BH_RPC_INVALID_REQUEST, "This protocol version has no batches.");
        return;
    }
    if (json_array_size(json) == 0 || json_array_size(json) > BATCH_MOST) {
        refuse_line(server, BH_RPC_INVALID_REQUEST, "A batch must hold 1 to 100 messages.");
        return;
    }
    struct bh_batch *batch = bh_batch_create(&server->writer);
    if (batch == NULL) {
        refuse_line(server, BH_RPC_INTERNAL_ERROR, "There is not enough memory for the batch.");
        return;
    }
    for (size_t i = 0; i < json_array_size(json); i++)
        take_message(server, json_array_get(json, i), batch);
    bh_batch_release(batch);
}

static void take_line(struct server *server, struct bh_span line)
{
    BH_CLEANUP(bh_json_release) json_t *json = NULL;
    if (bh_span_is_blank(line))
        return;
    if (bh_rpc_parse(line, &json) != BH_OK)
        refuse_line(server, BH_RPC_PARSE_ERROR,
            "The line is not one JSON value without repeated members, of 64 levels at most.");
    else if (json_is_array(json))
        take_batch(server, json);
    else
        take_message(server, json, NULL);
}

static void read_lines(struct server *server, struct bh_line_reader *reader)
{
    for (;;) {
        struct bh_span line = BH_ABSENT;
        switch (bh_line_next(reader, -1, &line)) {
        case BH_LINE_READ:
            take_line(server, line);
            break;
        case BH_LINE_TOO_LONG:
            refuse_line(server, BH_RPC_INVALID_REQUEST, "The message is longer than 4194304 bytes.");
            break;
        case BH_LINE_TIMEOUT:
            break;
        case BH_LINE_END:
            return;
        }
    }
}

int bh_mcp_serve(const struct bh_mcp_options *options)
{
    struct server server = {.version = BH_MCP_NONE};
    struct bh_line_reader reader;
    signal(SIGPIPE, SIG_IGN);
    json_object_seed(0); /* before there are threads */
    bh_line_writer_init(&server.writer, options->out);
    const struct bh_calls_options calls_options = {
        .writer = &server.writer, .flags = &options->flags, .agent_id = options->agent_id};
    server.calls = bh_calls_create(&calls_options);
    if (server.calls == NULL) {
        bh_line_writer_finish(&server.writer);
        return bh_output_no_memory();
    }
    bh_line_reader_init(&reader, options->in);
    read_lines(&server, &reader);
    bh_calls_destroy(server.calls);
    for (size_t i = 0; i < SUBSCRIPTIONS_MOST; i++)
        json_decref(server.subscriptions[i]);
    bh_line_reader_finish(&reader);
    bh_line_writer_finish(&server.writer);
    return 0;
}
