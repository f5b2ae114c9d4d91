// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include <string.h>

#include "lib/json.h"
#include "mcp/rpc.h"
#include "mcp/tools.h"
#include "mcp/versions.h"

#define LIMIT 65536

static json_t *parse(const char *text)
{
    json_t *json = NULL;
    if (bh_rpc_parse(bh_span_from(text), &json) != BH_OK)
        fail_msg("no JSON: %s", text);
    return json;
}

static void require_text(const json_t *json, const char *expected)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, LIMIT);
    bh_json_add_value(&text, json);
    if (!bh_span_equal(bh_buf_span(&text), bh_span_from(expected)))
        fail_msg("%.*s is not %s", (int)text.len, bh_buf_span(&text).data, expected);
}

/* Each JSON value is one kind of message, and an invalid one says with which code and under which id. */
static void test_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum bh_rpc_kind kind;
        int code;
        bool id;
    } rows[] = {
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}", BH_RPC_REQUEST, 0, true},
        {"{\"jsonrpc\":\"2.0\",\"id\":\"\",\"method\":\"a\",\"params\":{}}", BH_RPC_REQUEST, 0, true},
        {"{\"jsonrpc\":\"2.0\",\"id\":-9007199254740991,\"method\":\"a\"}", BH_RPC_REQUEST, 0, true},
        {"{\"jsonrpc\":\"2.0\",\"method\":\"a\"}", BH_RPC_NOTIFICATION, 0, false},
        {"{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"params\":[1]}", BH_RPC_NOTIFICATION, 0, false},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}", BH_RPC_RESPONSE, 0, true},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{}}", BH_RPC_RESPONSE, 0, true},
        {"{\"jsonrpc\":\"2.0\",\"id\":9007199254740992,\"method\":\"a\"}", BH_RPC_INVALID, -32600, false},
        {"{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"a\"}", BH_RPC_INVALID, -32600, false},
        {"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"a\"}", BH_RPC_INVALID, -32600, false},
        {"{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"a\"}", BH_RPC_INVALID, -32600, false},
        {"{\"jsonrpc\":\"2.0\",\"id\":1}", BH_RPC_INVALID, -32600, true},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}", BH_RPC_INVALID, -32600, true},
        {"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"a\"}", BH_RPC_INVALID, -32600, true},
        {"{\"id\":\"x\",\"method\":\"a\"}", BH_RPC_INVALID, -32600, true},
        {"{\"method\":\"a\"}", BH_RPC_INVALID, -32600, false},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":[]}", BH_RPC_INVALID, -32602, true},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":null}", BH_RPC_INVALID, -32602, true},
        {"{}", BH_RPC_INVALID, -32600, false},
        {"[]", BH_RPC_INVALID, -32600, false},
        {"7", BH_RPC_INVALID, -32600, false},
        {"null", BH_RPC_INVALID, -32600, false},
    };
    for (size_t i = 0; i < BH_COUNT(rows); i++) {
        BH_CLEANUP(bh_json_release) json_t *json = parse(rows[i].text);
        struct bh_rpc_message message;
        bh_rpc_read(json, &message);
        if (message.kind != rows[i].kind || message.code != rows[i].code ||
            (message.id != NULL) != rows[i].id)
            fail_msg("%s: kind %d, code %d", rows[i].text, (int)message.kind, message.code);
        assert_int_equal(message.problem != NULL, message.kind == BH_RPC_INVALID);
    }
}

/* A member that occurs twice is refused wherever it is: what people are shown may be the other one. */
static void test_repeated(void **state)
{
    (void)state;
    static const char *const texts[] = {"{\"id\":1,\"id\":2}", "[{\"a\":{\"b\":1,\"b\":2}}]",
        "[{\"id\":1,\"id\":1}]", "[1,{\"method\":\"a\",\"m\\u0065thod\":\"b\"}]", "{", "", "1e400"};
    for (size_t i = 0; i < BH_COUNT(texts); i++) {
        json_t *json = NULL;
        assert_int_equal(bh_rpc_parse(bh_span_from(texts[i]), &json), BH_ERR_BODY_NOT_JSON);
        assert_null(json);
    }
}

/* Answers carry the id they answer, null without one; errors carry no secret. */
static void test_answers(void **state)
{
    (void)state;
    BH_CLEANUP(bh_json_release) json_t *id = json_real(7);
    BH_CLEANUP(bh_json_release) json_t *result = bh_rpc_result(id, json_object());
    BH_CLEANUP(bh_json_release)
    json_t *error =
        bh_rpc_error(NULL, BH_RPC_PARSE_ERROR, BH_SPAN("no bhf_sk_0123456789abcdefghij here"), NULL);
    BH_CLEANUP(bh_json_release)
    json_t *full = bh_rpc_error(id, BH_RPC_UNSUPPORTED_VERSION, BH_SPAN("x"), json_array());
    BH_CLEANUP(bh_json_release) json_t *note = bh_rpc_notification("n", json_object());
    require_text(result, "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}");
    require_text(error, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,"
                        "\"message\":\"no bhf_sk_[redacted] here\"}}");
    require_text(
        full, "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-32022,\"message\":\"x\",\"data\":[]}}");
    require_text(note, "{\"jsonrpc\":\"2.0\",\"method\":\"n\",\"params\":{}}");
    assert_null(bh_rpc_result(id, NULL));
}

/* A progress token is a string or a whole number; anything else is told apart from none. */
static void test_progress_token(void **state)
{
    (void)state;
    static const struct {
        const char *params;
        bool fine, there;
    } rows[] = {
        {"{}", true, false},
        {"{\"_meta\":7}", true, false},
        {"{\"_meta\":{}}", true, false},
        {"{\"_meta\":{\"progressToken\":\"a\"}}", true, true},
        {"{\"_meta\":{\"progressToken\":0}}", true, true},
        {"{\"_meta\":{\"progressToken\":0.5}}", false, false},
        {"{\"_meta\":{\"progressToken\":null}}", false, false},
    };
    for (size_t i = 0; i < BH_COUNT(rows); i++) {
        BH_CLEANUP(bh_json_release) json_t *params = parse(rows[i].params);
        const json_t *token = NULL;
        assert_int_equal(bh_rpc_progress_token(params, &token), rows[i].fine);
        assert_int_equal(token != NULL, rows[i].there);
    }
}

/* A handshake gets the version it asked for if that has a handshake, and else the latest that has one. */
static void test_versions(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"2024-11-05", "2024-11-05"}, {"2025-03-26", "2025-03-26"},
        {"2025-06-18", "2025-06-18"}, {"2025-11-25", "2025-11-25"}, {"2026-07-28", "2025-11-25"},
        {"2024-10-07", "2025-11-25"}, {"", "2025-11-25"}};
    for (size_t i = 0; i < BH_COUNT(pairs); i++) {
        enum bh_mcp_version version = bh_mcp_version_negotiate(bh_span_from(pairs[i][0]));
        assert_string_equal(bh_mcp_version_name(version), pairs[i][1]);
    }
    BH_CLEANUP(bh_json_release) json_t *list = bh_mcp_version_list();
    require_text(list, "[\"2026-07-28\",\"2025-11-25\",\"2025-06-18\",\"2025-03-26\",\"2024-11-05\"]");
    assert_int_equal(bh_mcp_version_find(BH_SPAN("2025-11-26")), BH_MCP_NONE);
}

static void require_arguments(
    const char *tool, enum bh_mcp_version version, const char *text, const char *problem)
{
    BH_CLEANUP(bh_json_release) json_t *arguments = text == NULL ? NULL : parse(text);
    BH_CLEANUP(bh_buf_finish) struct bh_buf why = {0};
    bh_buf_init(&why, LIMIT);
    bool fits = bh_tool_accepts(bh_mcp_tool_find(bh_span_from(tool)), version, arguments, &why);
    if (fits != (problem == NULL) ||
        !bh_span_equal(bh_buf_span(&why), bh_span_from(problem == NULL ? "" : problem)))
        fail_msg("%s %s: \"%.*s\"", tool, text, (int)why.len, bh_buf_span(&why).data);
}

/* Arguments fit exactly what the tool's row says; what it does not know is refused and not dropped. */
static void test_arguments(void **state)
{
    (void)state;
    const enum bh_mcp_version old = BH_MCP_2024_11_05, newest = BH_MCP_2026_07_28;
    char text[256];
    require_arguments("verify_action", old, "{\"action\":\"a\",\"amount\":0,\"command\":\" x \"}", NULL);
    require_arguments("verify_action", old, NULL, "action is required.");
    require_arguments(
        "verify_action", old, "{\"action\":\" \"}", "action must be a text of 1 to 80 characters.");
    require_arguments("verify_action", old, "{\"action\":7}", "action must be a text of 1 to 80 characters.");
    require_arguments("verify_action", old, "{\"action\":\"a\",\"vendor\":null}",
        "vendor must be a text of 1 to 200 characters.");
    require_arguments(
        "verify_action", old, "{\"action\":\"a\",\"amount\":-1}", "amount must be a number of 0 or more.");
    require_arguments(
        "verify_action", old, "{\"action\":\"a\",\"cmd\":\"rm\"}", "verify_action has no argument \"cmd\".");
    require_arguments("get_boundary", old, "{}", NULL);
    require_arguments("get_boundary", old, "{\"a\":1}", "get_boundary has no argument \"a\".");
    require_arguments("wait_for_approval", old, "{\"timeoutSeconds\":600}", NULL);
    require_arguments("wait_for_approval", old, "{\"timeoutSeconds\":601}",
        "timeoutSeconds must be a whole number from 1 to 600.");
    require_arguments("wait_for_approval", old, "{\"timeoutSeconds\":0}",
        "timeoutSeconds must be a whole number from 1 to 600.");
    require_arguments("wait_for_approval", old, "{\"timeoutSeconds\":1.5}",
        "timeoutSeconds must be a whole number from 1 to 600.");
    require_arguments("wait_for_approval", newest, "{}", "approvalId is required.");
    snprintf(text, sizeof(text), "{\"action\":\"%.80s\"}",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    require_arguments("verify_action", old, text, NULL);
    snprintf(text, sizeof(text), "{\"action\":\"%.81s\"}",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    require_arguments("verify_action", old, text, "action must be a text of 1 to 80 characters.");
}

/* Texts that people wrote reach a model on one line, without hidden characters and without secrets. */
static void test_clean_copy(void **state)
{
    (void)state;
    BH_CLEANUP(bh_json_release)
    json_t *json = parse(
        "{\"a\":[\"x\\ny\\u202e\",{\"b\":\"bhf_sk_0123456789abcdefghij\"}],\"n\":1,\"t\":true,\"z\":null}");
    BH_CLEANUP(bh_json_release) json_t *clean = bh_tool_clean_copy(json);
    require_text(clean, "{\"a\":[\"x y\",{\"b\":\"bhf_sk_[redacted]\"}],\"n\":1,\"t\":true,\"z\":null}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_repeated),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_progress_token),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_clean_copy),
    };
    return cmocka_run_group_tests_name("rpc", tests, NULL, NULL);
}
