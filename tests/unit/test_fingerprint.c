// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include <string.h>

#include "core/fingerprint.h"
#include "core/path.h"

static struct bh_target target_of(struct bh_arena *arena, struct bh_facts facts)
{
    struct bh_target target;
    assert_true(bh_fingerprint(&facts, arena, &target));
    return target;
}

static void assert_command(struct bh_arena *arena, const char *command, const char *fingerprint)
{
    struct bh_target target = target_of(
        arena, (struct bh_facts){.action = BH_SPAN("execute_command"), .command = bh_span_from(command)});
    assert_int_equal(target.kind, BH_TARGET_COMMAND);
    assert_string_equal(target.fingerprint, fingerprint);
}

/* Fingerprints are the published ones, byte for byte: other servers and clients compute the same. */
static void test_known_fingerprints(void **state)
{
    assert_command(*state, "npm test", "838ec30ffa55057627ef29ce8d59e7bbb451f9450b829ebd1265a0105247b60f");
    assert_command(*state, "npm  test ", "5c8d7eabe31afd11a39558aa41277bea19a88683c40d4cb154346354fca6a6b4");
    assert_command(
        *state, "echo \"a\\b\"\n", "b02bd9aead1287199a55cfedcc02c89986c6e4671e6a324d7a80c687e16b1345");
    assert_command(*state,
        "gr\xC3\xBC\xC3\x9F"
        "e \xE2\x82\xAC",
        "1efa77c8949f8e248b8c80622d135a28c4075e5fc514b16ad327a4785c5abd07");
    struct bh_target file =
        target_of(*state, (struct bh_facts){.action = BH_SPAN("read_file"), .path = BH_SPAN("src/index.ts")});
    assert_string_equal(file.fingerprint, "1d70064d1e4f5e3e0e47b81297ac177c5025094ccff4705c1f4fd35cea8762d8");
    assert_string_equal(bh_target_kind_text(file.kind), "file_path");
}

/* Every spelling of one file has one fingerprint, and another file has another. */
static void test_one_file_has_one_fingerprint(void **state)
{
    const struct bh_span cwd = BH_SPAN("/home/u/w");
    const struct bh_span home = BH_SPAN("/home/u");
    const struct bh_span same[] = {BH_SPAN("/home/u/x"), BH_SPAN("~/x"), BH_SPAN("../x"), BH_SPAN("..\\.//x"),
        BH_SPAN("///home/u/x/"), BH_SPAN("../../../../../home/u/x")};
    char first[BH_SHA256_HEX + 1] = "";
    for (size_t i = 0; i < BH_COUNT(same); i++) {
        struct bh_target target = target_of(*state,
            (struct bh_facts){.action = BH_SPAN("write_file"), .path = same[i], .cwd = cwd, .home = home});
        if (i == 0)
            memcpy(first, target.fingerprint, sizeof(first));
        assert_string_equal(target.fingerprint, first);
        assert_span_equal(target.value, "/home/u/x");
    }
    struct bh_target other = target_of(*state,
        (struct bh_facts){.action = BH_SPAN("write_file"), .path = BH_SPAN("x"), .cwd = cwd, .home = home});
    assert_string_not_equal(other.fingerprint, first);
}

/* Other actions bind nothing, and bindable ones without a usable target have none. */
static void test_nothing_to_bind(void **state)
{
    static char path[BH_PATH_LIMIT + 2];
    memset(path, 'a', sizeof(path) - 1);
    const struct bh_facts cases[] = {
        {.action = BH_SPAN("purchase"), .path = BH_SPAN("/a"), .command = BH_SPAN("ls")},
        {.action = BH_SPAN("Read_File"), .path = BH_SPAN("/a")},
        {.action = BH_SPAN("read_file"), .command = BH_SPAN("ls")},
        {.action = BH_SPAN("read_file"), .path = BH_SPAN(" ")},
        {.action = BH_SPAN("read_file"), .path = BH_SPAN("//?/C:/x")},
        {.action = BH_SPAN("read_file"), .path = bh_span_from(path)},
        {.action = BH_SPAN("execute_command"), .path = BH_SPAN("/a")},
        {.action = BH_SPAN("execute_command"), .command = BH_SPAN(" \n")},
    };
    for (size_t i = 0; i < BH_COUNT(cases); i++) {
        struct bh_target target = target_of(*state, cases[i]);
        assert_int_equal(target.kind, BH_TARGET_NONE);
        assert_string_equal(target.fingerprint, "");
    }
    assert_null(bh_target_kind_text(BH_TARGET_NONE));
}

/* Exactly three actions must be bound. */
static void test_bindable_actions(void **state)
{
    (void)state;
    assert_true(bh_action_is_bindable(BH_SPAN("execute_command")));
    assert_true(bh_action_is_bindable(BH_SPAN("read_file")));
    assert_true(bh_action_is_bindable(BH_SPAN("write_file")));
    assert_false(bh_action_is_bindable(BH_SPAN("list_files")));
    assert_false(bh_action_is_bindable(BH_ABSENT));
}

/* Too little scratch memory is a failure, never an unbound target. */
static void test_no_scratch_is_a_failure(void **state)
{
    (void)state;
    BH_CLEANUP(bh_arena_finish) struct bh_arena none = {0};
    struct bh_target target;
    const struct bh_facts facts = {.action = BH_SPAN("read_file"), .path = BH_SPAN("/a")};
    bh_arena_init(&none, 0, 0);
    assert_false(bh_fingerprint(&facts, &none, &target));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(test_known_fingerprints),
        fixture_test(test_one_file_has_one_fingerprint),
        fixture_test(test_nothing_to_bind),
        fixture_test(test_bindable_actions),
        fixture_test(test_no_scratch_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
