// SPDX-License-Identifier: Apache-2.0
#include "coding/toml_look.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define WANTED "mcp_servers.behalfid"

static struct bh_toml_facts look(const char *text)
{
    struct bh_toml_facts facts;
    assert_true(bh_toml_look(bh_span_from(text), WANTED, &facts));
    return facts;
}

/* What adding a table at the end would damage is not taken for sound. */
static void test_unsound_texts_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"a = \"x", "a = '''x\n", "a = \"\"\"x\\\"\"\"", "a = [1,\n",
        "a = {b=1\n", "[table", "[table]x", "[[table]", "a", "a =", "a = 1 2", "= 1", "a = [1}",
        "a = \"x\ny\"", "[]", "a b = 1", "a = 1\n\x01", "a = \xff"};
    struct bh_toml_facts facts;
    for (size_t i = 0; i < BH_COUNT(wrong); i++)
        assert_false(bh_toml_look(bh_span_from(wrong[i]), WANTED, &facts));
    assert_false(bh_toml_look(BH_SPAN("a = 1\0"), WANTED, &facts));
}

/* All kinds of values, comments and line ends are passed over, also those that look like headers. */
static void test_sound_texts_are_passed_over(void **state)
{
    (void)state;
    struct bh_toml_facts facts = look("# [mcp_servers.behalfid]\r\n"
                                      "a = \"[mcp_servers.behalfid] \\\" # x\" # \"\r\n"
                                      "b = '''\n[mcp_servers.behalfid]\n'''''\n"
                                      "c = \"\"\"\n[mcp_servers.behalfid]\\\"\"\"\"\n"
                                      "d = [ 1, # ]\n [2.5e3, 'x'], {e = true, f.g = -inf} ,\n]\n"
                                      "h = 1979-05-27 07:32:00Z\n\n[t.\"u v\"]\n1a-b_c = 0xff\n[[l]]\n");
    assert_false(facts.table || facts.value || facts.under || facts.closed);
    facts = look("");
    assert_false(facts.table || facts.value || facts.under || facts.closed);
}

/* The table is found in every way to write it. */
static void test_table_is_found_however_it_is_written(void **state)
{
    (void)state;
    assert_true(look("[mcp_servers.behalfid]\n").table);
    assert_true(look(" [ mcp_servers . \"behalfid\" ] # x").table);
    assert_true(look("['mcp_servers'.behalfid.env]\nA = 'b'").table);
    assert_true(look("[mcp_servers]\nbehalfid = {command = 'x'}").value);
    assert_true(look("[mcp_servers]\nbehalfid.command = 'x'").under);
    assert_true(look("mcp_servers.behalfid.command = 'x'").under);
    assert_true(look("mcp_servers = {}").closed);
    assert_true(look("[[mcp_servers]]").closed);
}

/* Names that only look like it are others. */
static void test_similar_names_are_others(void **state)
{
    (void)state;
    static const char *const others[] = {"[mcp_servers.behalfid2]", "[mcp_servers.\"behalfid.x\"]",
        "[\"mcp_servers.behalfid\"]", "[x.mcp_servers.behalfid]", "[mcp_servers.other]\nbehalfid = 1",
        "[mcp]\nservers = 1"};
    for (size_t i = 0; i < BH_COUNT(others); i++) {
        struct bh_toml_facts facts = look(others[i]);
        assert_false(facts.table || facts.value || facts.under || facts.closed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unsound_texts_are_refused),
        cmocka_unit_test(test_sound_texts_are_passed_over),
        cmocka_unit_test(test_table_is_found_however_it_is_written),
        cmocka_unit_test(test_similar_names_are_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
