// SPDX-License-Identifier: Apache-2.0
#include "coding/hook_input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/json.h"

static const struct bh_hook_origin claude = {.source = "claude_code", .home = "/home/u"};
static const struct bh_hook_origin cursor = {
    .source = "cursor", .home = "/home/u", .program = "/usr/bin/behalf"};

/* Questions as they are asked, or "" when the reading is another. */
static void assert_read(const char *input, enum bh_hook_reading reading, const char *questions)
{
    struct bh_hook_call call;
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, 1 << 16);
    bh_hook_input_read(bh_span_from(input), &claude, &call);
    if (call.questions != NULL)
        bh_json_add_value(&text, call.questions);
    bh_buf_add_char(&text, 0);
    assert_string_equal(text.data, questions);
    assert_int_equal(call.reading, reading);
    bh_hook_call_finish(&call);
}

static void assert_cursor(const char *input, enum bh_hook_reading reading, const char *questions)
{
    struct bh_hook_call call;
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, 1 << 16);
    bh_cursor_input_read(bh_span_from(input), &cursor, &call);
    if (call.questions != NULL)
        bh_json_add_value(&text, call.questions);
    bh_buf_add_char(&text, 0);
    assert_string_equal(text.data, questions);
    assert_int_equal(call.reading, reading);
    bh_hook_call_finish(&call);
}

#define CALL(name, input) "{\"tool_name\":\"" name "\",\"cwd\":\"/w\",\"tool_input\":" input "}"
#define FILE_CONTEXT(name, path)                                                                             \
    "\"policyContext\":{\"source\":\"claude_code\",\"toolName\":\"" name                                     \
    "\",\"cwd\":\"/w\",\"home\":\"/home/u\",\"toolInput\":{\"filePath\":\"" path "\"}}}"
#define WRITE(name, path) "{\"action\":\"write_file\",\"vendor\":\"filesystem\"," FILE_CONTEXT(name, path)
#define READ(name, path) "{\"action\":\"read_file\",\"vendor\":\"filesystem\"," FILE_CONTEXT(name, path)
#define COMMAND(name, text)                                                                                  \
    "[{\"action\":\"execute_command\",\"vendor\":\"shell\",\"policyContext\":{\"source\":\"claude_code\","   \
    "\"toolName\":\"" name "\",\"cwd\":\"/w\",\"toolInput\":{\"command\":\"" text "\"}}}]"
#define BARE(name, action, vendor)                                                                           \
    "[{\"action\":\"" action "\",\"vendor\":\"" vendor                                                       \
    "\",\"policyContext\":{\"source\":\"claude_code\",\"toolName\":\"" name "\",\"cwd\":\"/w\"}}]"

/* A file's path is found under each of its names, and the contents are not part of the question. */
static void test_paths_are_asked_about_without_contents(void **state)
{
    (void)state;
    assert_read(CALL("Write", "{\"file_path\":\"a\",\"content\":\"secret\"}"), BH_HOOK_ASK,
        "[" WRITE("Write", "a") "]");
    assert_read(CALL("Edit", "{\"filePath\":\"a\"}"), BH_HOOK_ASK, "[" WRITE("Edit", "a") "]");
    assert_read(CALL("Edit", "{\"path\":\"a\"}"), BH_HOOK_ASK, "[" WRITE("Edit", "a") "]");
    assert_read(
        CALL("NotebookEdit", "{\"notebook_path\":\"a\"}"), BH_HOOK_ASK, "[" WRITE("NotebookEdit", "a") "]");
    assert_read(
        CALL("NotebookEdit", "{\"notebookPath\":\"a\"}"), BH_HOOK_ASK, "[" WRITE("NotebookEdit", "a") "]");
    assert_read(CALL("Read", "{\"file_path\":\"~/a\"}"), BH_HOOK_ASK, "[" READ("Read", "~/a") "]");
    assert_read(CALL("view_image", "{\"path\":\"a.png\"}"), BH_HOOK_ASK, "[" READ("view_image", "a.png") "]");
    assert_read(CALL("Read", "{\"file_path\":\"a\",\"path\":\"a\"}"), BH_HOOK_ASK, "[" READ("Read", "a") "]");
}

/* Without a path, or with one in doubt, nothing is asked. */
static void test_paths_in_doubt_block(void **state)
{
    (void)state;
    assert_read(CALL("Write", "{}"), BH_HOOK_MISSING_ARGUMENTS, "");
    assert_read(CALL("Write", "{\"file_path\":\" \"}"), BH_HOOK_MISSING_ARGUMENTS, "");
    assert_read(CALL("Write", "{\"file_path\":null}"), BH_HOOK_MISSING_ARGUMENTS, "");
    assert_read(CALL("Write", "{\"file_path\":1}"), BH_HOOK_BAD_ARGUMENTS, "");
    assert_read(CALL("Read", "{\"file_path\":\"a\",\"path\":\"b\"}"), BH_HOOK_BAD_ARGUMENTS, "");
}

/* A command is one text, whether it comes as text or as words. */
static void test_commands_are_asked_about(void **state)
{
    (void)state;
    assert_read(CALL("Bash", "{\"command\":\" ls  -l\"}"), BH_HOOK_ASK, COMMAND("Bash", " ls  -l"));
    assert_read(CALL("exec_command", "{\"cmd\":\"ls\"}"), BH_HOOK_ASK, COMMAND("exec_command", "ls"));
    assert_read(
        CALL("shell", "{\"command\":[\"bash\",\"-lc\",\"ls\"]}"), BH_HOOK_ASK, COMMAND("shell", "ls"));
    assert_read(CALL("shell", "{\"cmd\":[\"ls\",\"a b\"]}"), BH_HOOK_ASK, COMMAND("shell", "ls 'a b'"));
    assert_read(CALL("Monitor", "{\"command\":\"tail\"}"), BH_HOOK_ASK, COMMAND("Monitor", "tail"));
    assert_read(CALL("write_stdin", "{\"chars\":\"y\\n\"}"), BH_HOOK_ASK, COMMAND("write_stdin", "y\\n"));
    assert_read(CALL("write_stdin", "{\"chars\":\"\\n\"}"), BH_HOOK_ASK, COMMAND("write_stdin", "\\n"));
}

/* Without a command, or with one in doubt, nothing is asked. */
static void test_commands_in_doubt_block(void **state)
{
    (void)state;
    assert_read(CALL("Bash", "{}"), BH_HOOK_MISSING_ARGUMENTS, "");
    assert_read(CALL("Bash", "{\"command\":\"\"}"), BH_HOOK_MISSING_ARGUMENTS, "");
    assert_read(CALL("shell", "{\"command\":[]}"), BH_HOOK_MISSING_ARGUMENTS, "");
    assert_read(CALL("shell", "{\"command\":[\"ls\",1]}"), BH_HOOK_BAD_ARGUMENTS, "");
    assert_read(CALL("shell", "{\"command\":[\"ls\"],\"cmd\":\"rm\"}"), BH_HOOK_BAD_ARGUMENTS, "");
    assert_read(CALL("shell", "{\"command\":\"ls\",\"cmd\":[\"rm\"]}"), BH_HOOK_BAD_ARGUMENTS, "");
    assert_read(CALL("shell", "{\"command\":\"ls\",\"cmd\":\"rm\"}"), BH_HOOK_BAD_ARGUMENTS, "");
    assert_read(CALL("Bash", "{\"command\":{}}"), BH_HOOK_BAD_ARGUMENTS, "");
    assert_read(CALL("Monitor", "{\"command\":\"\"}"), BH_HOOK_MISSING_ARGUMENTS, "");
    assert_read(CALL("write_stdin", "{\"chars\":1}"), BH_HOOK_BAD_ARGUMENTS, "");
}

/* Each file of a patch is a question of its own. */
static void test_patches_ask_for_each_file(void **state)
{
    (void)state;
    assert_read(
        CALL("apply_patch", "{\"command\":\"*** Begin Patch\\n*** Add File: a\\n+x\\n*** Delete File: "
                            "/b\\n*** End Patch\"}"),
        BH_HOOK_ASK, "[" WRITE("apply_patch", "a") "," WRITE("apply_patch", "/b") "]");
    assert_read(CALL("apply_patch", "{}"), BH_HOOK_MISSING_ARGUMENTS, "");
    assert_read(CALL("apply_patch", "{\"command\":\"nothing\"}"), BH_HOOK_MISSING_ARGUMENTS, "");
    assert_read(CALL("apply_patch", "{\"command\":\"*** Add File: \"}"), BH_HOOK_BAD_ARGUMENTS, "");
    assert_read(CALL("apply_patch", "{\"command\":1}"), BH_HOOK_BAD_ARGUMENTS, "");
    assert_read(CALL("apply_patch", "{\"command\":\"*** Add File: a\",\"input\":\"*** Add File: b\"}"),
        BH_HOOK_BAD_ARGUMENTS, "");
}

/* The web is asked about by the host that every parser of addresses sees. */
static void test_addresses_ask_for_their_host(void **state)
{
    (void)state;
    assert_read(CALL("WebSearch", "{\"query\":\"x\"}"), BH_HOOK_ASK, BARE("WebSearch", "browse_web", "web"));
    assert_read(CALL("WebFetch", "{\"url\":\"https://Example.COM./a?b\"}"), BH_HOOK_ASK,
        BARE("WebFetch", "browse_web", "example.com"));
    assert_read(CALL("WebFetch", "{\"url\":\"https://good.com@evil.com:8/\"}"), BH_HOOK_ASK,
        BARE("WebFetch", "browse_web", "evil.com"));
    static const char *const urls[] = {"\"\"", "1", "\"example.com\"", "\"file:///etc/passwd\"",
        "\"https://\"", "\"https://good.com\\\\@evil.com\"", "\"https://a b\"", "\"https://ex\xc3\xa4.com\"",
        "\"https://a%2eb\"", "\"ftp://a\"", "\"https://a\\tb\""};
    for (size_t i = 0; i < BH_COUNT(urls); i++) {
        char text[256];
        snprintf(text, sizeof(text), "{\"tool_name\":\"WebFetch\",\"tool_input\":{\"url\":%s}}", urls[i]);
        assert_read(text, BH_HOOK_BAD_ARGUMENTS, "");
    }
}

/* Every other tool asks by its own name, and only our own MCP tools do not. */
static void test_other_tools_are_not_let_past(void **state)
{
    (void)state;
    assert_read(CALL("Grep", "{\"pattern\":\"x\"}"), BH_HOOK_ASK, BARE("Grep", "tool:grep", "tool"));
    assert_read(CALL("x.TodoWrite", "{}"), BH_HOOK_ASK, BARE("x.TodoWrite", "tool:todowrite", "tool"));
    assert_read(CALL("Monitor", "{}"), BH_HOOK_ASK, BARE("Monitor", "tool:monitor", "tool"));
    assert_read(CALL("write_stdin", "{\"chars\":\"\"}"), BH_HOOK_ASK,
        BARE("write_stdin", "tool:write_stdin", "tool"));
    assert_read(CALL("Task", "{\"prompt\":\"x\"}"), BH_HOOK_ASK, BARE("Task", "spawn_agent", "agent"));
    assert_read(CALL("mcp__files__read", "{\"path\":\"x\"}"), BH_HOOK_ASK,
        BARE("mcp__files__read", "mcp_tool", "files"));
    assert_read(CALL("mcp__behalfid__verify_action", "{}"), BH_HOOK_OURS, "");
    assert_read(
        CALL("mcp__behalfid__x", "{}"), BH_HOOK_ASK, BARE("mcp__behalfid__x", "mcp_tool", "behalfid"));
    assert_read(CALL("behalfid_canary", "{}"), BH_HOOK_CANARY, "");
}

/* What is no sound input is blocked, whatever tool it may have meant. */
static void test_inputs_that_are_none_block(void **state)
{
    (void)state;
    static const char *const inputs[] = {"", "[]", "null", "{", "{}", "{} {}", "{\"tool_input\":{}}",
        "{\"tool_name\":\"\",\"tool_input\":{}}", "{\"tool_name\":1,\"tool_input\":{}}",
        "{\"tool_name\":\"Bash\",\"toolName\":\"Grep\",\"tool_input\":{\"command\":\"x\"}}",
        "{\"tool_name\":\"Grep\",\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"x\"}}",
        "{\"tool_name\":\"Bash\",\"cwd\":1,\"tool_input\":{\"command\":\"x\"}}",
        "{\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"x\\u0000\"}}",
        "{\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"\xff\"}}",
        "{\"tool_name\":\"a\\nb\",\"tool_input\":{}}"};
    for (size_t i = 0; i < BH_COUNT(inputs); i++)
        assert_read(inputs[i], BH_HOOK_MALFORMED, "");
    assert_read("{\"tool_name\":\"Grep\"}", BH_HOOK_BAD_ARGUMENTS, "");
    assert_read("{\"tool_name\":\"Grep\",\"tool_input\":null}", BH_HOOK_BAD_ARGUMENTS, "");
    assert_read("{\"tool_name\":\"Grep\",\"tool_input\":[]}", BH_HOOK_BAD_ARGUMENTS, "");
    assert_read("{\"tool_name\":\"Grep\",\"tool_input\":\"{}\"}", BH_HOOK_BAD_ARGUMENTS, "");
    assert_read("{\"toolName\":\"Grep\",\"tool_input\":{}}", BH_HOOK_ASK,
        "[{\"action\":\"tool:grep\",\"vendor\":\"tool\",\"policyContext\":{\"source\":\"claude_code\","
        "\"toolName\":"
        "\"Grep\"}}]");
}

static enum bh_hook_reading read_command_of(size_t length)
{
    static const char head[] = "{\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"";
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, 4 * BH_HOOK_INPUT_LIMIT);
    bh_buf_add_text(&text, head);
    for (size_t i = 0; i < length; i++)
        bh_buf_add_char(&text, 'x');
    bh_buf_add_text(&text, "\"}}");
    struct bh_hook_call call;
    bh_hook_input_read(bh_buf_span(&text), &claude, &call);
    enum bh_hook_reading reading = call.reading;
    bh_hook_call_finish(&call);
    return reading;
}

/* The context of a question has 16,384 bytes at most, the input 1 MiB. */
static void test_limits_at_their_edges(void **state)
{
    (void)state;
    const size_t around =
        strlen("{\"source\":\"claude_code\",\"toolName\":\"Bash\",\"toolInput\":{\"command\":\"\"}}");
    assert_int_equal(read_command_of(BH_HOOK_CONTEXT_LIMIT - around), BH_HOOK_ASK);
    assert_int_equal(read_command_of(BH_HOOK_CONTEXT_LIMIT - around + 1), BH_HOOK_TOO_LARGE);
    const size_t input = strlen("{\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"\"}}");
    assert_int_equal(read_command_of(BH_HOOK_INPUT_LIMIT - input), BH_HOOK_TOO_LARGE);
    assert_int_equal(read_command_of(BH_HOOK_INPUT_LIMIT - input + 1), BH_HOOK_MALFORMED);
}

/* ---- Cursor ---- */

#define CURSOR(name, rest)                                                                                   \
    "\"policyContext\":{\"source\":\"cursor\",\"toolName\":\"" name "\",\"cwd\":\"/w\"" rest "}}]"

/* Cursor's events ask what Claude's tools ask; the command is part of the question. */
static void test_cursor_events(void **state)
{
    (void)state;
    static const char shell[] = "[{\"action\":\"execute_command\",\"vendor\":\"shell\"," CURSOR(
        "Shell", ",\"toolInput\":{\"command\":\"ls\"}");
    assert_cursor("{\"command\":\"ls\",\"cwd\":\"/w\"}", BH_HOOK_ASK, shell);
    assert_cursor(
        "{\"hook_event_name\":\"beforeShellExecution\",\"command\":\"ls\",\"cwd\":\"\",\"workspace_roots\":"
        "[\"/w\",\"/x\"]}",
        BH_HOOK_ASK, shell);
    assert_cursor(
        "{\"hook_event_name\":\"preToolUse\",\"tool_name\":\"Shell\",\"tool_input\":{\"command\":\"ls\"},"
        "\"cwd\":\"/w\"}",
        BH_HOOK_ASK, shell);
    assert_cursor(
        "{\"hook_event_name\":\"beforeReadFile\",\"file_path\":\"/a\",\"content\":\"secret\",\"cwd\":\"/w\"}",
        BH_HOOK_ASK,
        "[{\"action\":\"read_file\",\"vendor\":\"filesystem\"," CURSOR(
            "Read", ",\"home\":\"/home/u\",\"toolInput\":{\"filePath\":\"/a\"}"));
    assert_cursor(
        "{\"hook_event_name\":\"preToolUse\",\"tool_name\":\"Grep\",\"tool_input\":{},\"cwd\":\"/w\"}",
        BH_HOOK_ASK, "[{\"action\":\"tool:grep\",\"vendor\":\"tool\"," CURSOR("Grep", ""));
}

/* Cursor's MCP calls ask by the server, as far as it is known; only ours, started as we install it, is
 * exempt. */
static void test_cursor_mcp(void **state)
{
    (void)state;
#define MCP(rest) "{\"hook_event_name\":\"beforeMCPExecution\",\"cwd\":\"/w\"," rest "}"
#define ASKED(name, vendor) "[{\"action\":\"mcp_tool\",\"vendor\":\"" vendor "\"," CURSOR(name, "")
    assert_cursor(
        MCP("\"tool_name\":\"q\",\"url\":\"https://mcp.x.com/s\""), BH_HOOK_ASK, ASKED("q", "mcp.x.com"));
    assert_cursor(MCP("\"tool_name\":\"q\",\"command\":\"npx srv\""), BH_HOOK_ASK, ASKED("q", "npx srv"));
    assert_cursor(
        MCP("\"tool_name\":\"MCP:db:q\",\"command\":\"npx srv\""), BH_HOOK_ASK, ASKED("MCP:db:q", "db"));
    assert_cursor(MCP("\"tool_name\":\"MCP:bash\""), BH_HOOK_ASK, ASKED("MCP:bash", "mcp"));
    assert_cursor("{\"hook_event_name\":\"preToolUse\",\"cwd\":\"/w\",\"tool_name\":\"MCP:read\"}",
        BH_HOOK_ASK, ASKED("MCP:read", "mcp"));
    assert_cursor(MCP("\"tool_name\":\"q\",\"url\":\"nonsense\""), BH_HOOK_BAD_ARGUMENTS, "");
    assert_cursor(MCP("\"tool_name\":\"verify_action\",\"command\":\"behalf mcp start\""), BH_HOOK_OURS, "");
    assert_cursor(
        MCP("\"tool_name\":\"verify_action\",\"command\":\"/usr/bin/behalf mcp start\""), BH_HOOK_OURS, "");
    assert_cursor(MCP("\"tool_name\":\"verify_action\",\"command\":\"/tmp/behalf mcp start\""), BH_HOOK_ASK,
        ASKED("verify_action", "/tmp/behalf mcp start"));
    assert_cursor(MCP("\"tool_name\":\"verify_action\""), BH_HOOK_ASK, ASKED("verify_action", "mcp"));
    assert_cursor(MCP("\"tool_name\":\"other\",\"command\":\"behalf mcp start\""), BH_HOOK_ASK,
        ASKED("other", "behalf mcp start"));
}

/* What Cursor says that is not understood is denied; the canary is one. */
static void test_cursor_in_doubt_blocks(void **state)
{
    (void)state;
    static const char *const malformed[] = {"", "[]", "{", "{\"hook_event_name\":1,\"command\":\"ls\"}",
        "{\"hook_event_name\":\"afterFileEdit\"}", "{\"command\":\"ls\",\"cwd\":[]}",
        "{\"hook_event_name\":\"beforeMCPExecution\"}", "{\"hook_event_name\":\"preToolUse\"}",
        "{\"command\":\"ls\",\"command\":\"rm\"}"};
    for (size_t i = 0; i < BH_COUNT(malformed); i++)
        assert_cursor(malformed[i], BH_HOOK_MALFORMED, "");
    assert_cursor("{}", BH_HOOK_MISSING_ARGUMENTS, "");
    assert_cursor("{\"command\":\" \"}", BH_HOOK_MISSING_ARGUMENTS, "");
    assert_cursor("{\"command\":1}", BH_HOOK_BAD_ARGUMENTS, "");
    assert_cursor("{\"hook_event_name\":\"beforeReadFile\"}", BH_HOOK_MISSING_ARGUMENTS, "");
    assert_cursor("{\"hook_event_name\":\"preToolUse\",\"tool_name\":\"Read\"}", BH_HOOK_BAD_ARGUMENTS, "");
    assert_cursor("{\"command\":\"behalfid_canary\"}", BH_HOOK_CANARY, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths_are_asked_about_without_contents),
        cmocka_unit_test(test_paths_in_doubt_block),
        cmocka_unit_test(test_commands_are_asked_about),
        cmocka_unit_test(test_commands_in_doubt_block),
        cmocka_unit_test(test_patches_ask_for_each_file),
        cmocka_unit_test(test_addresses_ask_for_their_host),
        cmocka_unit_test(test_other_tools_are_not_let_past),
        cmocka_unit_test(test_inputs_that_are_none_block),
        cmocka_unit_test(test_limits_at_their_edges),
        cmocka_unit_test(test_cursor_events),
        cmocka_unit_test(test_cursor_mcp),
        cmocka_unit_test(test_cursor_in_doubt_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
