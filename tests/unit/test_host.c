// SPDX-License-Identifier: Apache-2.0
#include "coding/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "coding/claude_settings.h"
#include "coding/hook_list.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/json.h"

/* ---- the guarded command ---- */

/* Status of the line as a host runs it; what it says on stderr goes to `words`. */
static int run_line(const char *line, struct bh_buf *words)
{
    int pipes[2], status;
    char piece[256];
    ssize_t count;
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        if (dup2(pipes[1], 2) >= 0 && close(pipes[0]) == 0 && close(pipes[1]) == 0)
            execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    close(pipes[1]);
    while ((count = read(pipes[0], piece, sizeof(piece))) > 0)
        bh_buf_add(words, (struct bh_span){piece, (size_t)count});
    close(pipes[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
}

/* Where timeout(1) is at no place that is known. */
static void hide_timeout(struct bh_buf *line)
{
    for (char *at; (at = strstr(line->data, "bin/timeout")) != NULL;)
        at[0] = 'B';
}

/* "10" becomes "1 ". */
static void shorten_patience(struct bh_buf *line)
{
    for (char *at; (at = strstr(line->data, " 10 ")) != NULL || (at = strstr(line->data, " 10;")) != NULL;)
        at[2] = ' ';
}

static void assert_ends(const char *program, const char *arguments, enum bh_hook_speech speech, int expected)
{
    for (int hidden = 0; hidden < 2; hidden++) {
        BH_CLEANUP(bh_buf_finish) struct bh_buf line = {0}, words = {0};
        bh_buf_init(&line, 4096);
        bh_buf_init(&words, 4096);
        bh_host_guard_command(program, arguments, speech, &line);
        bh_buf_add_char(&line, 0);
        assert_false(line.failed);
        if (hidden)
            hide_timeout(&line);
        shorten_patience(&line);
        assert_int_equal(run_line(line.data, &words), expected);
        assert_int_equal(words.len == 0, expected == 0);
    }
}

static void assert_guarded(const char *program, const char *arguments, int expected)
{
    assert_ends(program, arguments, BH_HOOK_SILENT, expected);
}

/* Whatever the hook ends with but 0, and a program that is missing, becomes 2 with words on stderr. */
static void test_guard_turns_every_failure_into_a_block(void **state)
{
    (void)state;
    assert_guarded("/bin/sh", "-c \"exit 0\"", 0);
    assert_guarded("/bin/sh", "-c \"exit 1\"", 2);
    assert_guarded("/bin/sh", "-c \"exit 2\"", 2);
    assert_guarded("/bin/sh", "-c \"exit 126\"", 2);
    assert_guarded("/bin/sh", "-c \"kill -9 \\$\\$\"", 2);
    assert_guarded("/nowhere/behalf", "hook pre-tool-use", 2);
}

/* Words on stdout are no part of what hosts understand as "go on". */
static void test_guard_takes_words_on_stdout_for_a_failure(void **state)
{
    (void)state;
    assert_guarded("/bin/sh", "-c \"echo {\"", 2);
    assert_guarded("/bin/sh", "-c \"echo {\\\"permission\\\":\\\"allow\\\"}\"", 2);
    assert_guarded("/bin/sh", "-c \"printf x; exit 2\"", 2);
}

/* A hook that hangs is ended before the host loses its patience. */
static void test_guard_ends_a_hook_that_hangs(void **state)
{
    (void)state;
    int64_t start_ms = bh_clock_steady_ms();
    assert_guarded("/bin/sleep", "600", 2);
    assert_true(bh_clock_steady_ms() - start_ms < (int64_t)600 * 1000);
}

/* The call on stdin comes through. */
static void test_guard_hands_the_call_on(void **state)
{
    (void)state;
    int pipes[2], old = dup(0);
    for (int i = 0; i < 2; i++) { /* with timeout(1), and without */
        assert_int_equal(pipe(pipes), 0);
        assert_int_equal(write(pipes[1], "call\n", 5), 5);
        assert_int_equal(close(pipes[1]), 0);
        assert_int_equal(dup2(pipes[0], 0), 0);
        BH_CLEANUP(bh_buf_finish) struct bh_buf line = {0}, words = {0};
        bh_buf_init(&line, 4096);
        bh_buf_init(&words, 4096);
        bh_host_guard_command("/bin/sh", "-c \"read x; [ \\$x = call ]\"", BH_HOOK_SILENT, &line);
        bh_buf_add_char(&line, 0);
        if (i == 1)
            hide_timeout(&line);
        assert_int_equal(run_line(line.data, &words), 0);
        assert_int_equal(close(pipes[0]), 0);
    }
    assert_int_equal(dup2(old, 0), 0);
    assert_int_equal(close(old), 0);
}

/* Cursor's hook answers on stdout, and nothing else goes through. */
static void test_guard_lets_cursors_answers_through(void **state)
{
    (void)state;
    assert_ends(
        "/bin/sh", "-c \"echo {\\\\\\\"permission\\\\\\\":\\\\\\\"allow\\\\\\\"}\"", BH_HOOK_ANSWERS, 0);
    assert_ends("/bin/sh", "-c \"exit 0\"", BH_HOOK_ANSWERS, 2);
    assert_ends("/bin/sh", "-c \"echo {\"", BH_HOOK_ANSWERS, 2);
    assert_ends("/bin/sh", "-c \"echo {\\\\\\\"permission\\\\\\\":1}; exit 1\"", BH_HOOK_ANSWERS, 2);
}

/* A path with quotes, blanks and dollars is one word to the shell. */
static void test_guard_quotes_the_program(void **state)
{
    (void)state;
    char folder[] = "/tmp/bh it's \"$HOME\" `x` \\XXXXXX", program[128];
    assert_non_null(mkdtemp(folder));
    snprintf(program, sizeof(program), "%s/behalf", folder);
    assert_int_equal(symlink("/bin/true", program), 0);
    assert_guarded(program, "hook pre-tool-use", 0);
    assert_int_equal(unlink(program), 0);
    assert_guarded(program, "hook pre-tool-use", 2);
    assert_int_equal(rmdir(folder), 0);
}

/* ---- the list ---- */

static json_t *parse(const char *text)
{
    json_t *json = NULL;
    assert_int_equal(bh_json_parse(bh_span_from(text), &json), BH_OK);
    return json;
}

static void assert_put(const char *before, const char *expected)
{
    BH_CLEANUP(bh_json_release) json_t *list = parse(before);
    BH_CLEANUP(bh_json_release) json_t *wanted = parse(expected);
    assert_true(bh_hook_list_put(list, parse("{\"hooks\":[{\"command\":\"/n/behalf hook pre-tool-use\"}]}")));
    assert_int_equal(json_equal(list, wanted), 1);
}

#define OURS "{\"hooks\":[{\"command\":\"/n/behalf hook pre-tool-use\"}]}"
#define THEIRS "{\"matcher\":\"Bash\",\"hooks\":[{\"command\":\"lint\"}]}"

/* Ours comes first and once: older ones go, wherever they stand, and those of others keep their order. */
static void test_put_replaces_older_entries(void **state)
{
    (void)state;
    assert_put("[]", "[" OURS "]");
    assert_put("[" THEIRS "]", "[" OURS "," THEIRS "]");
    assert_put(
        "[" THEIRS ",{\"hooks\":[{\"command\":\"behalf hook pre-tool-use\"}]}]", "[" OURS "," THEIRS "]");
    assert_put("[{\"matcher\":\"Bash\",\"hooks\":[{\"command\":\"/old/behalf hook pre-tool-use --host x\"},"
               "{\"command\":\"lint\"}]}]",
        "[" OURS "," THEIRS "]");
    assert_put("[{\"command\":\"behalf hook cursor\"},3,{\"hooks\":[]}]", "[" OURS ",3,{\"hooks\":[]}]");
}

/* ---- what Claude Code accepts ---- */

static bool accepts(const char *text)
{
    BH_CLEANUP(bh_json_release) json_t *settings = parse(text);
    BH_CLEANUP(bh_buf_finish) struct bh_buf reason = {0};
    bh_buf_init(&reason, 4096);
    bool valid = bh_claude_settings_are_valid(settings, &reason);
    assert_int_equal(reason.len == 0, valid);
    return valid;
}

/* A member of a wrong type is found wherever Claude Code looks at one; unknown members are let be. */
static void test_claude_settings_are_looked_at_as_a_whole(void **state)
{
    (void)state;
    static const char *const wrong[] = {"{\"model\":1}", "{\"verbose\":\"yes\"}", "{\"env\":[]}",
        "{\"permissions\":{\"allow\":\"Bash\"}}", "{\"permissions\":{\"deny\":[1]}}",
        "{\"permissions\":\"x\"}", "{\"hooks\":{\"PreToolUse\":{}}}", "{\"hooks\":{\"PreToolUs\":[]}}",
        "{\"hooks\":{\"Stop\":[{\"matcher\":1,\"hooks\":[]}]}}", "{\"hooks\":{\"Stop\":[{\"hooks\":1}]}}",
        "{\"hooks\":{\"Stop\":[{\"hooks\":[{}]}]}}",
        "{\"hooks\":{\"Stop\":[{\"hooks\":[{\"type\":\"command\"}]}]}}",
        "{\"hooks\":{\"Stop\":[{\"hooks\":[{\"type\":\"command\",\"command\":\"x\",\"timeout\":0}]}]}}",
        "{\"claudeMdExcludes\":[1]}", "{\"cleanupPeriodDays\":\"30\"}", "{\"disableAllHooks\":\"true\"}"};
    for (size_t i = 0; i < BH_COUNT(wrong); i++)
        assert_false(accepts(wrong[i]));
    assert_true(accepts("{}"));
    assert_true(accepts(
        "{\"unknown\":[1],\"model\":\"x\",\"env\":{\"A\":\"b\"},\"permissions\":{\"allow\":[\"Bash\"]},"
        "\"hooks\":{\"Stop\":[{\"hooks\":[{\"type\":\"command\",\"command\":\"x\",\"timeout\":5}]}]}}"));
}

/* ---- arguments ---- */

static bool refuses(const char *name, const char *const *words)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf problem = {0};
    int count = 0;
    while (words[count] != NULL)
        count++;
    bh_buf_init(&problem, 4096);
    bool refused = bh_host_find(name)->refuses(count, (char *const *)(uintptr_t)words, &problem);
    assert_int_equal(problem.len > 0, refused);
    return refused;
}

#define REFUSES(host, ...) assert_true(refuses(host, (const char *const[]){__VA_ARGS__, NULL}))
#define TAKES(host, ...) assert_false(refuses(host, (const char *const[]){__VA_ARGS__, NULL}))

/* Claude Code: every way to start it without the hook is refused, in both forms of an option. */
static void test_claude_arguments_that_switch_hooks_off(void **state)
{
    (void)state;
    REFUSES("claude", "--bare");
    REFUSES("claude", "-p", "hello", "--safe-mode");
    REFUSES("claude", "--setting-sources", "project,local");
    REFUSES("claude", "--setting-sources=project");
    REFUSES("claude", "--setting-sources", "");
    REFUSES("claude", "--setting-sources");
    REFUSES("claude", "--settings", "{\"disableAllHooks\":true}");
    REFUSES("claude", "--settings={\"disableAllHooks\": true}");
    REFUSES("claude", "--settings", "{\"model\":\"x\"}");
    REFUSES("claude", "--settings", "{\"disableAllHooks\":false,\"disableAllHooks\":true}");
    REFUSES("claude", "--settings", "/nowhere.json");
    REFUSES("claude", "--settings", "{\"disableAllHooks\":false}");
    REFUSES("claude", "--settings");
    REFUSES("claude", "--cloud");
    REFUSES("claude", "--bg", "x");
    TAKES("claude", "--setting-sources", "project, user");
    TAKES("claude", "-p", "hello", "--dangerously-skip-permissions");
    REFUSES("claude", "--", "--bare");
    REFUSES("claude", "--model", "--", "--bare");
}

static json_t *make_arguments(const char *name)
{
    const struct bh_place place = {.home = "/h", .project = "/p", .program = "/n/behalf"};
    BH_CLEANUP(bh_buf_finish) struct bh_buf problem = {0};
    bh_buf_init(&problem, 4096);
    json_t *words = bh_host_find(name)->make_arguments(&place, &problem);
    assert_int_equal(problem.len > 0, words == NULL);
    return words;
}

/* A variable that the hook goes by stands in the settings that are passed, and one that JSON cannot hold is
 * refused. */
static void test_claude_arguments_pin_variables(void **state)
{
    (void)state;
    assert_int_equal(setenv("BEHALFID_BASE_URL", "http://a", 1), 0);
    assert_int_equal(unsetenv("BEHALFID_HOOK_FAIL_OPEN"), 0);
    BH_CLEANUP(bh_json_release) json_t *words = make_arguments("claude");
    assert_int_equal(json_array_size(words), 2);
    assert_string_equal(json_string_value(json_array_get(words, 0)), "--settings");
    BH_CLEANUP(bh_json_release) json_t *settings = parse(json_string_value(json_array_get(words, 1)));
    const json_t *env = json_object_get(settings, "env");
    assert_string_equal(json_string_value(json_object_get(env, "BEHALFID_BASE_URL")), "http://a");
    assert_string_equal(json_string_value(json_object_get(env, "BEHALFID_HOOK_FAIL_OPEN")), "");
    assert_string_equal(json_string_value(json_object_get(env, "HOME")), "/h");
    assert_int_equal(setenv("BEHALFID_BASE_URL", "http://\xff", 1), 0);
    assert_null(make_arguments("claude"));
    assert_int_equal(unsetenv("BEHALFID_BASE_URL"), 0);
}

/* Codex: likewise, and every spelling of a key. */
static void test_codex_arguments_that_switch_hooks_off(void **state)
{
    (void)state;
    REFUSES("codex", "--disable", "hooks");
    REFUSES("codex", "--disable=hooks");
    REFUSES("codex", "exec", "--disable", "codex_hooks");
    REFUSES("codex", "-c", "features.hooks=false");
    REFUSES("codex", "-cfeatures.hooks=false");
    REFUSES("codex", "-c=features.hooks=false");
    REFUSES("codex", "--config", "features.hooks = false");
    REFUSES("codex", "--config=features.\"hooks\"=false");
    REFUSES("codex", "-c", "features . hooks=0");
    REFUSES("codex", "-c", "features.\"h\\u006foks\"=false");
    REFUSES("codex", "-c", "features={hooks=false}");
    REFUSES("codex", "-c", "features.hooks");
    REFUSES("codex", "-c", "features.codex_hooks=false");
    REFUSES("codex", "-c", "features.unified_exec_tty=true");
    REFUSES("codex", "--enable", "unified_exec_tty");
    REFUSES("codex", "-c", "hooks.state={}");
    REFUSES("codex", "-c", "hooks={}");
    REFUSES("codex", "-c", "\"hooks\" . state . x = {enabled=false}");
    REFUSES("codex", "--enable", "memories", "--disable", "memories,codex_hooks");
    REFUSES("codex", "--ignore-user-config");
    REFUSES("codex", "--remote", "unix://");
    REFUSES("codex", "--profile", "../x");
    TAKES("codex", "-c", "features.hooks=true", "-c", "model=\"x\"", "-m", "gpt-5");
    TAKES("codex", "--disable", "memories", "--enable", "memories");
    REFUSES("codex", "exec", "--", "-c", "features.hooks=false");
}

/* Codex: a profile is refused when its file says anything of hooks, or cannot be understood. */
static void test_codex_profiles_with_hooks_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool refused;
    } profiles[] = {{"model = 'x'\n", false}, {"[features]\nhooks = false\n", false},
        {"[hooks.state.\"x\"]\nenabled = false\n", true}, {"hooks.state = {}\n", true}, {"a = [\n", true}};
    char folder[] = "/tmp/bh_profile_XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    assert_int_equal(setenv("CODEX_HOME", folder, 1), 0);
    TAKES("codex", "-p", "off");
    snprintf(path, sizeof(path), "%s/off.config.toml", folder);
    for (size_t i = 0; i < BH_COUNT(profiles); i++) {
        assert_int_equal(bh_file_replace(path, bh_span_from(profiles[i].text), 0600), BH_OK);
        assert_int_equal(refuses("codex", (const char *const[]){"-p", "off", NULL}), profiles[i].refused);
        assert_int_equal(refuses("codex", (const char *const[]){"--profile=off", NULL}), profiles[i].refused);
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(unsetenv("CODEX_HOME"), 0);
}

/* Each host is found by its name, and nothing else is. */
static void test_hosts_are_found_by_name(void **state)
{
    (void)state;
    size_t count = 0;
    for (; bh_host_all()[count] != NULL; count++)
        assert_ptr_equal(bh_host_find(bh_host_all()[count]->name), bh_host_all()[count]);
    assert_int_equal(count, 3);
    assert_null(bh_host_find("Claude"));
    assert_null(bh_host_find(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guard_turns_every_failure_into_a_block),
        cmocka_unit_test(test_guard_takes_words_on_stdout_for_a_failure),
        cmocka_unit_test(test_guard_ends_a_hook_that_hangs),
        cmocka_unit_test(test_guard_hands_the_call_on),
        cmocka_unit_test(test_guard_lets_cursors_answers_through),
        cmocka_unit_test(test_guard_quotes_the_program),
        cmocka_unit_test(test_put_replaces_older_entries),
        cmocka_unit_test(test_claude_settings_are_looked_at_as_a_whole),
        cmocka_unit_test(test_claude_arguments_that_switch_hooks_off),
        cmocka_unit_test(test_claude_arguments_pin_variables),
        cmocka_unit_test(test_codex_arguments_that_switch_hooks_off),
        cmocka_unit_test(test_codex_profiles_with_hooks_are_refused),
        cmocka_unit_test(test_hosts_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
