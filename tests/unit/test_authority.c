// SPDX-License-Identifier: Apache-2.0
#include "store_fixture.h"

#include "store/authority.h"
#include "store/people.h"

/* An admin with a session and a token. */
static struct bh_authority make_admin(struct store_fixture *fixture)
{
    struct bh_authority admin = {.account = fixture->account, .may = BH_MAY_MANAGE_AGENTS};
    const struct bh_person_record person = {.user_id = BH_SPAN("user_a"),
        .email = BH_SPAN("a@example.com"),
        .password = BH_SPAN("none"),
        .created_at = NOON};
    const struct bh_sha256 hash = bh_sha256(BH_SPAN("secret"));
    const struct bh_session_source source = {.kind = BH_SPAN("password")};
    fixture_begin(fixture);
    ok(bh_person_create(fixture->db, &person, &admin.person));
    ok(bh_member_create(fixture->db, "mbr_a", admin.account, admin.person, BH_ROLE_ADMIN, NOON));
    ok(bh_session_create(fixture->db, "sess_a", &hash, admin.person, admin.account, &source, NOON));
    const struct bh_token_record token = {.account = admin.account,
        .owner_person = admin.person,
        .token_id = BH_SPAN("tok_a"),
        .name = BH_SPAN("Token"),
        .preview = BH_SPAN("bhf_dev_...")};
    ok(bh_token_create(fixture->db, &token, &hash));
    fixture_commit(fixture);
    admin.session = fixture_sql_int(fixture, "SELECT id FROM session");
    return admin;
}

static struct bh_authority by_token(struct store_fixture *fixture, struct bh_authority authority)
{
    authority.session = 0;
    authority.token = fixture_sql_int(fixture, "SELECT id FROM developer_token");
    return authority;
}

/* The server itself may; an authority that was never filled in may nothing. */
static void test_nobody_may_nothing(void **state)
{
    struct store_fixture *fixture = *state;
    const struct bh_authority nobody = {0};
    ok(bh_authority_check(fixture->db, NULL));
    assert_int_equal(bh_authority_check(fixture->db, &nobody), BH_ERR_AUTH_REQUIRED);
}

/* A person may what the role allows at this moment, by a session and by a token; nothing without a role. */
static void test_authority_follows_the_role(void **state)
{
    struct store_fixture *fixture = *state;
    const struct bh_authority admin = make_admin(fixture);
    const struct bh_authority token = by_token(fixture, admin);
    struct bh_authority more = admin;
    more.may |= BH_MAY_ERASE_LOGS;
    ok(bh_authority_check(fixture->db, &admin));
    ok(bh_authority_check(fixture->db, &token));
    assert_int_equal(bh_authority_check(fixture->db, &more), BH_ERR_ROLE);
    more.may = BH_MAY_NOTHING;
    assert_int_equal(bh_authority_check(fixture->db, &more), BH_ERR_ROLE);
    fixture_sql(fixture, "UPDATE member SET role = 'approver'");
    assert_int_equal(bh_authority_check(fixture->db, &admin), BH_ERR_ROLE);
    assert_int_equal(bh_authority_check(fixture->db, &token), BH_ERR_ROLE);
    fixture_sql(fixture, "DELETE FROM member");
    assert_int_equal(bh_authority_check(fixture->db, &admin), BH_ERR_NOT_A_MEMBER);
    assert_int_equal(bh_authority_check(fixture->db, &token), BH_ERR_NOT_A_MEMBER);
}

/* Who was signed out may nothing any more, also when there is a newer session of the same person. */
static void test_authority_ends_with_the_session(void **state)
{
    struct store_fixture *fixture = *state;
    const struct bh_authority admin = make_admin(fixture);
    fixture_sql(fixture, "UPDATE session SET id = id + 1");
    assert_int_equal(bh_authority_check(fixture->db, &admin), BH_ERR_AUTH_REQUIRED);
}

/* A token that was revoked may nothing any more; nor may one that belongs to somebody else under its id. */
static void test_authority_ends_with_the_token(void **state)
{
    struct store_fixture *fixture = *state;
    const struct bh_authority admin = make_admin(fixture);
    struct bh_authority token = by_token(fixture, admin);
    fixture_sql(fixture, "UPDATE developer_token SET owner_person = NULL");
    assert_int_equal(bh_authority_check(fixture->db, &token), BH_ERR_DEVELOPER_TOKEN);
    token.person = 0;
    ok(bh_authority_check(fixture->db, &token));
    fixture_sql(fixture, "DELETE FROM developer_token");
    assert_int_equal(bh_authority_check(fixture->db, &token), BH_ERR_DEVELOPER_TOKEN);
}

/* An operator may what operators may, without any role, until that or the session is taken away. */
static void test_an_operator_needs_no_role(void **state)
{
    struct store_fixture *fixture = *state;
    const struct bh_authority admin = make_admin(fixture);
    struct bh_authority runner = admin;
    runner.may = BH_MAY_OPERATE;
    assert_int_equal(bh_authority_check(fixture->db, &runner), BH_ERR_OPERATOR);
    fixture_sql(fixture, "UPDATE person SET is_operator = 1");
    fixture_sql(fixture, "DELETE FROM member");
    ok(bh_authority_check(fixture->db, &runner));
    const struct bh_authority token = by_token(fixture, runner);
    assert_int_equal(bh_authority_check(fixture->db, &token), BH_ERR_OPERATOR);
    assert_int_equal(bh_authority_check(fixture->db, &admin), BH_ERR_NOT_A_MEMBER);
    fixture_sql(fixture, "DELETE FROM session");
    assert_int_equal(bh_authority_check(fixture->db, &runner), BH_ERR_AUTH_REQUIRED);
    fixture_sql(fixture, "UPDATE person SET is_operator = 0");
    assert_int_equal(bh_authority_check(fixture->db, &runner), BH_ERR_OPERATOR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_nobody_may_nothing),
        store_test(test_authority_follows_the_role),
        store_test(test_authority_ends_with_the_session),
        store_test(test_authority_ends_with_the_token),
        store_test(test_an_operator_needs_no_role),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
