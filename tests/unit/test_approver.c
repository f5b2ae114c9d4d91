// SPDX-License-Identifier: Apache-2.0
#include "app/approvals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct bh_approval_record ship = {
    .account = 1, .owner_person = 7, .key_person = 6, .action = {"ship", 4}, .status = {"pending", 7}};
static const struct bh_approver someone = {
    .account = 1, .person = 8, .signed_in = true, .role = BH_ROLE_APPROVER};

static void assert_bars(const struct bh_approval_record *approval, const struct bh_approver *approver,
    enum bh_approval_bar approve, enum bh_approval_bar deny)
{
    assert_int_equal(bh_approval_judge(approval, approver, true), approve);
    assert_int_equal(bh_approval_judge(approval, approver, false), deny);
}

/* A role that may approve may settle what is pending in its account; nobody, a viewer and a token may not. */
static void test_who_may(void **state)
{
    (void)state;
    struct bh_approver approver = someone;
    const struct bh_approver nobody = {.account = 1};
    for (enum bh_role role = BH_ROLE_NONE; role < BH_ROLES; role++) {
        bool may = role == BH_ROLE_APPROVER || role == BH_ROLE_ADMIN || role == BH_ROLE_OWNER;
        approver.role = role;
        assert_bars(&ship, &approver, may ? BH_BAR_NONE : BH_BAR_ROLE, may ? BH_BAR_NONE : BH_BAR_ROLE);
    }
    approver.signed_in = false;
    assert_bars(&ship, &approver, BH_BAR_TOKEN, BH_BAR_TOKEN);
    approver = someone;
    approver.account = 2;
    assert_bars(&ship, &approver, BH_BAR_ENDED, BH_BAR_ENDED);
    assert_bars(&ship, &nobody, BH_BAR_TOKEN, BH_BAR_TOKEN);
}

/* With separation of duties the maker of the agent and who has its key may deny, not approve; others, and the
 * server's own command line, may do both. */
static void test_separation_of_duties(void **state)
{
    (void)state;
    const struct bh_approver command = bh_approver_command();
    struct bh_approver maker = someone;
    maker.person = ship.owner_person;
    maker.role = BH_ROLE_OWNER;
    assert_bars(&ship, &maker, BH_BAR_NONE, BH_BAR_NONE);
    maker.separation_of_duties = true;
    assert_bars(&ship, &maker, BH_BAR_OWN_AGENT, BH_BAR_NONE);
    maker.person = ship.key_person;
    assert_bars(&ship, &maker, BH_BAR_OWN_AGENT, BH_BAR_NONE);
    maker.person = 8;
    assert_bars(&ship, &maker, BH_BAR_NONE, BH_BAR_NONE);
    assert_bars(&ship, &command, BH_BAR_NONE, BH_BAR_NONE);
}

/* What is not pending cannot be settled by anybody. */
static void test_only_what_is_pending(void **state)
{
    static const char *const statuses[] = {"approved", "denied", "used", "expired", "", "PENDING"};
    (void)state;
    const struct bh_approver command = bh_approver_command();
    for (size_t i = 0; i < BH_COUNT(statuses); i++) {
        struct bh_approval_record approval = ship;
        approval.status = bh_span_from(statuses[i]);
        assert_bars(&approval, &someone, BH_BAR_ENDED, BH_BAR_ENDED);
        assert_bars(&approval, &command, BH_BAR_ENDED, BH_BAR_ENDED);
    }
}

/* A command or file without a target can be denied alone; other actions need none. */
static void test_unbound_requests(void **state)
{
    (void)state;
    const struct bh_approver command = bh_approver_command();
    struct bh_approval_record approval = ship;
    approval.action = BH_SPAN("write_file");
    assert_true(bh_approval_is_unbound(&approval));
    assert_bars(&approval, &someone, BH_BAR_UNBOUND, BH_BAR_NONE);
    assert_bars(&approval, &command, BH_BAR_UNBOUND, BH_BAR_NONE);
    approval.fingerprint = BH_SPAN("ab");
    assert_bars(&approval, &someone, BH_BAR_NONE, BH_BAR_NONE);
    assert_false(bh_approval_is_unbound(&ship));
}

/* Every bar says why; no bar says nothing; a number that is no bar does not read as permission. */
static void test_texts(void **state)
{
    (void)state;
    for (enum bh_approval_bar bar = BH_BAR_ENDED; bar < BH_BAR_NONE; bar++)
        assert_true(bh_approval_bar_text(bar)[0] != 0);
    assert_null(bh_approval_bar_text(BH_BAR_NONE));
    assert_non_null(bh_approval_bar_text((enum bh_approval_bar)99));
    assert_int_equal(BH_BAR_ENDED, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_may),
        cmocka_unit_test(test_separation_of_duties),
        cmocka_unit_test(test_only_what_is_pending),
        cmocka_unit_test(test_unbound_requests),
        cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
