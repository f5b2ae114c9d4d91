// SPDX-License-Identifier: Apache-2.0
#include "coding/tool_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "coding/canary.h"
#include "lib/json.h"
#include "coding/command_guess.h"
#include "coding/command_text.h"
#include "coding/patch.h"

static struct bh_tool find(const char *name)
{
    return bh_tool_find(bh_span_from(name));
}

static void assert_row(const char *name, enum bh_tool_kind kind, const char *action, const char *vendor)
{
    struct bh_tool tool = find(name);
    assert_int_equal(tool.kind, kind);
    if (action == NULL)
        assert_null(tool.action);
    else
        assert_string_equal(tool.action, action);
    if (vendor == NULL)
        assert_null(tool.vendor);
    else
        assert_string_equal(tool.vendor, vendor);
}

/* Every tool of the table has its kind, action and vendor. */
static void test_every_row(void **state)
{
    (void)state;
    static const char *const writes[] = {
        "Write", "Edit", "MultiEdit", "NotebookEdit", "StrReplace", "Delete"};
    static const char *const commands[] = {
        "Bash", "PowerShell", "shell", "Shell", "shell_command", "local_shell", "exec_command"};
    for (size_t i = 0; i < BH_COUNT(writes); i++)
        assert_row(writes[i], BH_TOOL_FILE, "write_file", "filesystem");
    for (size_t i = 0; i < BH_COUNT(commands); i++)
        assert_row(commands[i], BH_TOOL_COMMAND, "execute_command", "shell");
    assert_row("Read", BH_TOOL_FILE, "read_file", "filesystem");
    assert_row("view_image", BH_TOOL_FILE, "read_file", "filesystem");
    assert_row("apply_patch", BH_TOOL_PATCH, "write_file", "filesystem");
    assert_row("Monitor", BH_TOOL_MONITOR, "execute_command", "shell");
    assert_row("write_stdin", BH_TOOL_TYPING, "execute_command", "shell");
    assert_row("WebFetch", BH_TOOL_WEB, "browse_web", NULL);
    assert_row("WebSearch", BH_TOOL_WEB, "browse_web", NULL);
    assert_row("Agent", BH_TOOL_AGENT, "spawn_agent", "agent");
    assert_row("Task", BH_TOOL_AGENT, "spawn_agent", "agent");
    assert_row("spawn_agent", BH_TOOL_AGENT, "spawn_agent", "agent");
}

/* Only the last segment of a name counts, in any case. */
static void test_last_segment_in_any_case(void **state)
{
    (void)state;
    static const char *const names[] = {
        "bash", "BASH", "functions.bash", "a:b/c.Bash", "plugin__bash", "plugin___bash", "/bash"};
    for (size_t i = 0; i < BH_COUNT(names); i++)
        assert_row(names[i], BH_TOOL_COMMAND, "execute_command", "shell");
    static const char *const others[] = {"bash2", "xbash", "bash_", "plugin_bash", "bash ", "b\xc3\xa4sh"};
    for (size_t i = 0; i < BH_COUNT(others); i++)
        assert_row(others[i], BH_TOOL_OTHER, NULL, "tool");
}

/* What the table does not know is no tool that passes, but one of its own name. */
static void test_unknown_tools_keep_their_name(void **state)
{
    (void)state;
    struct bh_tool tool = find("x.Grep");
    assert_int_equal(tool.kind, BH_TOOL_OTHER);
    assert_true(bh_span_equal(tool.segment, BH_SPAN("Grep")));
}

/* A name that is empty, ends with a separator, has control characters or no end is none. */
static void test_names_that_are_none(void **state)
{
    (void)state;
    char longest[513];
    memset(longest, 'a', sizeof(longest));
    static const char *const names[] = {
        "", "bash:", "x__", ".", "a\nb", "a\tb", "\x7f", "mcp__", "mcp____x", "x. "};
    for (size_t i = 0; i < BH_COUNT(names); i++)
        assert_int_equal(find(names[i]).kind, BH_TOOL_INVALID);
    assert_int_equal(bh_tool_find((struct bh_span){longest, 512}).kind, BH_TOOL_OTHER);
    assert_int_equal(bh_tool_find((struct bh_span){longest, 513}).kind, BH_TOOL_INVALID);
}

/* A tool of an MCP server is asked about by its server, whatever the tool is called. */
static void test_mcp_tools_ask_for_their_server(void **state)
{
    (void)state;
    static const struct {
        const char *name, *server;
    } rows[] = {{"mcp__files__read", "files"}, {"MCP__Files__bash", "Files"}, {"mcp__a_b__c__d", "a_b"},
        {"mcp__alone", "alone"}};
    for (size_t i = 0; i < BH_COUNT(rows); i++) {
        struct bh_tool tool = find(rows[i].name);
        assert_int_equal(tool.kind, BH_TOOL_MCP);
        assert_string_equal(tool.action, "mcp_tool");
        assert_true(bh_span_equal(tool.segment, bh_span_from(rows[i].server)));
    }
}

/* Only the five tools of our own server are exempt, spelled exactly. */
static void test_only_our_own_tools_are_exempt(void **state)
{
    (void)state;
    static const char *const ours[] = {"mcp__behalfid__verify_action", "mcp__behalfid__get_permissions",
        "mcp__behalfid__get_boundary", "mcp__behalfid__wait_for_approval", "mcp__behalfid__execute_action"};
    static const char *const others[] = {"MCP__behalfid__verify_action", "mcp__BehalfID__verify_action",
        "mcp__behalfid__Verify_Action", "mcp__behalfid__anything", "mcp__behalfid__", "mcp__behalfid",
        "mcp__behalfid2__verify_action", "mcp__behalfid___verify_action",
        "mcp__behalfid__evil__verify_action", "mcp__behalfid__verify_action__x",
        "mcp__evil__mcp__behalfid__verify_action", "mcp__behalfid.verify_action"};
    for (size_t i = 0; i < BH_COUNT(ours); i++)
        assert_int_equal(find(ours[i]).kind, BH_TOOL_OURS);
    for (size_t i = 0; i < BH_COUNT(others); i++)
        assert_int_equal(find(others[i]).kind, BH_TOOL_MCP);
    assert_int_equal(find("verify_action").kind, BH_TOOL_OTHER);
}

/* The canary is one under every name that ends with it. */
static void test_the_canary_is_never_another_tool(void **state)
{
    (void)state;
    static const char *const names[] = {BH_CANARY_TOOL, "x." BH_CANARY_TOOL, "BehalfID_Canary",
        "mcp__behalfid__" BH_CANARY_TOOL, "mcp__x__" BH_CANARY_TOOL};
    for (size_t i = 0; i < BH_COUNT(names); i++)
        assert_int_equal(find(names[i]).kind, BH_TOOL_CANARY);
}

/* ---- patches ---- */

static const char *patch(const char *text, json_t **ret_files)
{
    *ret_files = json_array();
    return bh_patch_read(bh_span_from(text), *ret_files);
}

static void assert_files(const char *text, size_t count, const char *const *paths)
{
    json_t *files;
    assert_null(patch(text, &files));
    assert_int_equal(json_array_size(files), count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(json_string_value(json_array_get(files, i)), paths[i]);
    json_decref(files);
}

/* Every file that a patch adds, changes, deletes or renames is found, once, however its line is indented. */
static void test_patches_name_all_their_files(void **state)
{
    (void)state;
    assert_files("*** Begin Patch\n*** Add File: a.txt\n+*** Add File: not.txt\n*** Update File: b c.txt\n"
                 "*** Move to: /etc/d\n@@ x\n-*** Delete File: not.txt\n+y\n*** Delete File: e\r\n"
                 "*** Update File: a.txt\n*** End of File\n*** End Patch",
        4, (const char *const[]){"a.txt", "b c.txt", "/etc/d", "e"});
    assert_files(
        "*** Begin Patch\n  *** Add File: a\n\t*** Delete File: b\n\xc2\x85*** Add File: c\n*** End Patch", 3,
        (const char *const[]){"a", "b", "c"});
    assert_files("*** add file:a\n", 1, (const char *const[]){"a"});
    assert_files("words\n", 0, NULL);
}

/* A patch that leaves a doubt about a path is refused. */
static void test_patches_with_doubts_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"*** Add File: ", "*** Add File:", "*** Add File:  a",
        "*** Add File: \xc2\xa0.a", "*** Add File: a\xe2\x80\xa8", "*** Add File: a\xc2\x85",
        "*** Add File: a\x01", "*** Copy File: a", "***"};
    for (size_t i = 0; i < BH_COUNT(texts); i++) {
        json_t *files;
        assert_non_null(patch(texts[i], &files));
        json_decref(files);
    }
}

/* 32 files are the most a patch may touch. */
static void test_patches_have_a_limit(void **state)
{
    (void)state;
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, 4096);
    for (int i = 0; i < BH_PATCH_FILES_MAX; i++)
        bh_buf_addf(&text, "*** Add File: %d\n", i);
    json_t *files = json_array();
    assert_null(bh_patch_read(bh_buf_span(&text), files));
    assert_int_equal(json_array_size(files), BH_PATCH_FILES_MAX);
    json_decref(files);
    bh_buf_add_text(&text, "*** Add File: more\n");
    files = json_array();
    assert_non_null(bh_patch_read(bh_buf_span(&text), files));
    json_decref(files);
}

/* ---- commands ---- */

static void assert_text(const char *words, const char *expected)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, 1024);
    json_t *json = NULL;
    assert_int_equal(bh_json_parse(bh_span_from(words), &json), BH_OK);
    assert_int_equal(bh_command_text_from_array(json, &text), expected != NULL);
    if (expected != NULL)
        assert_true(bh_span_equal(bh_buf_span(&text), bh_span_from(expected)));
    json_decref(json);
}

/* Words become one text, and different words different texts; a shell's line is its own text. */
static void test_words_become_one_text(void **state)
{
    (void)state;
    assert_text("[\"rm\",\"-rf\",\"/\"]", "rm -rf /");
    assert_text("[\"a b\",\"\",\"it's\"]", "'a b' '' 'it'\\''s'");
    assert_text("[\"bash\",\"-lc\",\"rm -rf 'x y'\"]", "rm -rf 'x y'");
    assert_text("[\"/bin/sh\",\"-c\",\"ls\"]", "ls");
    assert_text("[\"/tmp/bash\",\"-c\",\"ls x\"]", "/tmp/bash -c 'ls x'");
    assert_text("[\"bash\",\"-c\",\"ls\",\"x\"]", "bash -c ls x");
    assert_text("[\"bash\",\"-c\",\" \"]", "bash -c ' '");
    assert_text("[]", NULL);
    assert_text("[\"a\",1]", NULL);
}

static void assert_guess(const char *command, const char *action, const char *resource, const char *risk)
{
    struct bh_command_guess guess = bh_command_guess_make(bh_span_from(command));
    assert_string_equal(guess.action, action);
    assert_string_equal(guess.resource, resource);
    assert_string_equal(guess.risk, risk);
}

/* The first row that fits the words decides what a command seems to do. */
static void test_guesses(void **state)
{
    (void)state;
    assert_guess("vercel deploy --prod", "deploy_production", "vercel", "high");
    assert_guess("npm run deploy", "deploy_production", "deployment", "high");
    assert_guess("npx prisma migrate deploy", "database_migration", "database", "high");
    assert_guess("rm -rf build", "delete_files", "filesystem", "high");
    assert_guess("/bin/rm -v -R build", "delete_files", "filesystem", "high");
    assert_guess("sh -c 'cd x && rm --recursive y'", "delete_files", "filesystem", "high");
    assert_guess("rm file", "run_command", "shell", "medium");
    assert_guess("farm -r x", "run_command", "shell", "medium");
    assert_guess("vercel deploy", "run_command", "shell", "medium");
    assert_guess("-r rm", "run_command", "shell", "medium");
    assert_guess("", "run_command", "shell", "medium");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row),
        cmocka_unit_test(test_last_segment_in_any_case),
        cmocka_unit_test(test_unknown_tools_keep_their_name),
        cmocka_unit_test(test_names_that_are_none),
        cmocka_unit_test(test_mcp_tools_ask_for_their_server),
        cmocka_unit_test(test_only_our_own_tools_are_exempt),
        cmocka_unit_test(test_the_canary_is_never_another_tool),
        cmocka_unit_test(test_patches_name_all_their_files),
        cmocka_unit_test(test_patches_with_doubts_are_refused),
        cmocka_unit_test(test_patches_have_a_limit),
        cmocka_unit_test(test_words_become_one_text),
        cmocka_unit_test(test_guesses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
