// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include "core/role.h"

/* The zero role, and numbers that are no role, may do nothing. */
static void test_nobody_may_do_nothing(void **state)
{
    (void)state;
    assert_int_equal(bh_role_may(BH_ROLE_NONE), BH_MAY_NOTHING);
    assert_int_equal(bh_role_may((enum bh_role)BH_ROLES), BH_MAY_NOTHING);
    assert_int_equal(bh_role_may((enum bh_role)1000), BH_MAY_NOTHING);
    for (unsigned role = 0; role < BH_ROLES; role++)
        assert_false(bh_role_allows((enum bh_role)role, BH_MAY_NOTHING));
}

/* Each role may do all that the one below may, and something more. */
static void test_roles_are_a_ladder(void **state)
{
    (void)state;
    for (unsigned role = BH_ROLE_NONE + 1; role < BH_ROLES; role++) {
        unsigned below = bh_role_may((enum bh_role)(role - 1));
        assert_int_equal(bh_role_may((enum bh_role)role) & below, below);
        assert_int_not_equal(bh_role_may((enum bh_role)role), below);
    }
}

/* To run the server is in no role: not even an owner's. */
static void test_no_role_operates(void **state)
{
    (void)state;
    for (unsigned role = 0; role < BH_ROLES; role++)
        assert_false(bh_role_allows((enum bh_role)role, BH_MAY_OPERATE));
}

/* Several things at once are allowed only when each of them is. */
static void test_all_that_is_asked_must_be_allowed(void **state)
{
    (void)state;
    assert_true(bh_role_allows(BH_ROLE_APPROVER, BH_MAY_READ | BH_MAY_APPROVE));
    assert_false(bh_role_allows(BH_ROLE_APPROVER, BH_MAY_READ | BH_MAY_MANAGE_AGENTS));
}

/* A role's text leads back to it; nothing else is a role. */
static void test_texts_lead_back(void **state)
{
    (void)state;
    for (unsigned role = BH_ROLE_NONE + 1; role < BH_ROLES; role++)
        assert_int_equal(bh_role_find(bh_span_from(bh_role_text((enum bh_role)role))), role);
    const struct bh_span others[] = {BH_ABSENT, BH_SPAN(""), BH_SPAN("Owner"), BH_SPAN("owner "),
        BH_SPAN("own"), BH_SPAN("owners"), BH_SPAN("operator")};
    for (size_t i = 0; i < BH_COUNT(others); i++)
        assert_int_equal(bh_role_find(others[i]), BH_ROLE_NONE);
}

/* Owners rule over everybody, admins over viewers and approvers, the others over nobody; nobody over no role.
 */
static void test_who_rules_over_whom(void **state)
{
    (void)state;
    for (unsigned actor = 0; actor <= BH_ROLES; actor++) {
        for (unsigned subject = 0; subject <= BH_ROLES; subject++) {
            bool is_role = subject != BH_ROLE_NONE && subject < BH_ROLES;
            bool expected =
                (actor == BH_ROLE_OWNER && is_role) ||
                (actor == BH_ROLE_ADMIN && (subject == BH_ROLE_VIEWER || subject == BH_ROLE_APPROVER));
            assert_int_equal(bh_role_rules_over((enum bh_role)actor, (enum bh_role)subject), expected);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_may_do_nothing),
        cmocka_unit_test(test_roles_are_a_ladder),
        cmocka_unit_test(test_no_role_operates),
        cmocka_unit_test(test_all_that_is_asked_must_be_allowed),
        cmocka_unit_test(test_texts_lead_back),
        cmocka_unit_test(test_who_rules_over_whom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
