// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include "core/facts.h"

struct texts {
    const char *path, *command, *branch, *cwd;
};

static void assert_facts(const char *metadata, const char *policy_context, struct texts expected)
{
    struct bh_facts facts = {.has_amount = false};
    json_t *first = metadata == NULL ? NULL : fixture_json(metadata);
    json_t *second = policy_context == NULL ? NULL : fixture_json(policy_context);
    bh_facts_read_context(first, second, &facts);
    assert_span_equal(facts.path, expected.path);
    assert_span_equal(facts.command, expected.command);
    assert_span_equal(facts.branch, expected.branch);
    assert_span_equal(facts.cwd, expected.cwd);
    bh_json_release(&first);
    bh_json_release(&second);
}

/* Without the two objects there are no facts. */
static void test_nothing_gives_nothing(void **state)
{
    (void)state;
    assert_facts(NULL, NULL, (struct texts){0});
    assert_facts("{}", "{}", (struct texts){0});
}

/* The tool input of policyContext comes before that of metadata, which comes before its flat text and
 * members. */
static void test_order_of_sources(void **state)
{
    (void)state;
    const char *all = "{'tool_input':{'path':'b'},'path':'d','cwd':'m'}";
    assert_facts(all, "{'toolInput':{'path':'a'},'cwd':'p'}", (struct texts){.path = "a", .cwd = "p"});
    assert_facts(all, "{'toolInput':{'path':' '},'cwd':''}", (struct texts){.path = "b", .cwd = "m"});
    assert_facts("{'tool_input':'c','path':'d'}", NULL, (struct texts){.path = "c", .command = "c"});
    assert_facts("{'tool_input':5,'path':'d'}", NULL, (struct texts){.path = "d"});
    assert_facts(NULL, "{'toolInput':'flat','path':'x'}", (struct texts){0});
}

/* Keys are tried in order, and a value that is no text or blank is passed over. */
static void test_order_of_keys(void **state)
{
    (void)state;
    assert_facts(NULL, "{'toolInput':{'notebookPath':'e','notebook_path':'d','path':'c','file_path':'b'}}",
        (struct texts){.path = "b"});
    assert_facts(
        NULL, "{'toolInput':{'filePath':[],'file_path':'\\t','path':'c'}}", (struct texts){.path = "c"});
    assert_facts(
        "{'branch':5,'gitBranch':'','ref':' x ','git_ref':'y'}", NULL, (struct texts){.branch = "x"});
}

/* Two spellings are one slot: the first that is not null fills it, even with the wrong type. */
static void test_spellings_are_one_slot(void **state)
{
    (void)state;
    assert_facts(NULL, "{'toolInput':null,'tool_input':{'path':'a'}}", (struct texts){.path = "a"});
    assert_facts(NULL, "{'toolInput':5,'tool_input':{'path':'a'}}", (struct texts){0});
    assert_facts("{'toolInput':{'path':'a'},'tool_input':{'path':'b'}}", NULL, (struct texts){.path = "b"});
}

/* Paths and commands keep their blanks; context values are trimmed; context is never read from policyContext.
 */
static void test_what_is_trimmed(void **state)
{
    (void)state;
    assert_facts("{'path':' a ','command':' ls ','branch':'\\u00a0main '}", "{'branch':'x'}",
        (struct texts){.path = " a ", .command = " ls ", .branch = "main"});
    assert_facts(NULL, "{'branch':'x'}", (struct texts){0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_gives_nothing),
        cmocka_unit_test(test_order_of_sources),
        cmocka_unit_test(test_order_of_keys),
        cmocka_unit_test(test_spellings_are_one_slot),
        cmocka_unit_test(test_what_is_trimmed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
