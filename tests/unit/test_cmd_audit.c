// SPDX-License-Identifier: Apache-2.0
#include "store_fixture.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "cli/commands.h"
#include "client/output.h"
#include "lib/json.h"

#define OUTPUT 16384

/* Runs `audit ARGUMENTS` in a process of its own; returns its exit status and what it wrote to stdout. */
static int run(const char *const *arguments, char ret_output[static OUTPUT])
{
    int channel[2];
    int status;
    size_t length = 0;
    ssize_t count;
    assert_int_equal(pipe(channel), 0);
    pid_t child = fork();
    if (child == 0) {
        char *argv[8] = {(char[]){"audit"}};
        int argc = 1;
        for (; arguments[argc - 1] != NULL; argc++)
            argv[argc] = strdup(arguments[argc - 1]);
        dup2(channel[1], STDOUT_FILENO);
        dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        _exit(bh_output_finish(bh_cmd_audit(argc, argv)));
    }
    close(channel[1]);
    while ((count = read(channel[0], ret_output + length, OUTPUT - 1 - length)) > 0)
        length += (size_t)count;
    ret_output[length] = 0;
    close(channel[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int verify(const struct store_fixture *fixture, const char *option, char ret_output[static OUTPUT])
{
    return run((const char *[]){"verify", "--data", fixture->dir, option, NULL}, ret_output);
}

/* An intact log: exit 0 and a summary for people. */
static void test_an_intact_log(void **state)
{
    struct store_fixture *fixture = *state;
    char output[OUTPUT];
    fixture_append(fixture, 30, NOON);
    assert_int_equal(verify(fixture, NULL, output), 0); /* while the store is open here */
    assert_non_null(strstr(output, "rows     30\n"));
    assert_non_null(strstr(output, "ids      1..30\n"));
    assert_non_null(strstr(output, "The audit log is intact.\n"));
}

/* A log that is not intact: exit 1 and a line for each finding. */
static void test_findings_are_lines(void **state)
{
    struct store_fixture *fixture = *state;
    char output[OUTPUT];
    fixture_append(fixture, 30, NOON);
    fixture_sql(
        fixture, "DELETE FROM audit WHERE id BETWEEN 12 AND 14; UPDATE audit SET action = 'x' WHERE id = 20");
    assert_int_equal(verify(fixture, NULL, output), 1);
    assert_non_null(strstr(output, "missing 12..14\n"));
    assert_non_null(strstr(output, "altered 20\n"));
    assert_non_null(strstr(output, "The audit log is NOT intact.\n"));
}

/* With --json the same facts are one object. */
static void test_json(void **state)
{
    struct store_fixture *fixture = *state;
    char output[OUTPUT];
    json_t *json = NULL;
    fixture_append(fixture, 30, NOON);
    fixture_sql(fixture, "DELETE FROM audit WHERE id BETWEEN 12 AND 14");
    assert_int_equal(verify(fixture, "--json", output), 1);
    ok(bh_json_parse_object(bh_span_from(output), &json));
    assert_true(json_is_false(json_object_get(json, "intact")));
    assert_int_equal((int)json_number_value(json_object_get(json, "rows")), 27);
    assert_int_equal((int)json_number_value(json_object_get(json, "missing")), 3);
    assert_int_equal(bh_json_member_text(json, "chain").len, BH_SHA256_HEX);
    const json_t *finding = json_array_get(json_object_get(json, "findings"), 0);
    assert_text(bh_json_member_text(finding, "kind"), "missing");
    assert_int_equal((int)json_number_value(json_object_get(finding, "last")), 14);
    bh_json_release(&json);
}

/* What could not be checked is exit 2, and leaves no traces: wrong options, no database, no key. */
static void test_not_checked(void **state)
{
    struct store_fixture *fixture = *state;
    char output[OUTPUT], missing[128], key[128];
    fixture_path(fixture, "nothing-here", missing);
    assert_int_equal(run((const char *[]){NULL}, output), 2);
    assert_int_equal(run((const char *[]){"unknown", NULL}, output), 2);
    assert_int_equal(run((const char *[]){"verify", "--nonsense", NULL}, output), 2);
    assert_int_equal(run((const char *[]){"verify", "--data", missing, NULL}, output), 2);
    assert_int_not_equal(access(missing, F_OK), 0);
    fixture_path(fixture, "server.key", key);
    assert_int_equal(unlink(key), 0);
    assert_int_equal(verify(fixture, NULL, output), 2);
    assert_int_not_equal(access(key, F_OK), 0);
}

/* Help is exit 0. */
static void test_help(void **state)
{
    (void)state;
    char output[OUTPUT];
    assert_int_equal(run((const char *[]){"--help", NULL}, output), 0);
    assert_int_equal(run((const char *[]){"verify", "--help", NULL}, output), 0);
    assert_non_null(strstr(output, "--data"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_an_intact_log),
        store_test(test_findings_are_lines),
        store_test(test_json),
        store_test(test_not_checked),
        cmocka_unit_test(test_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
