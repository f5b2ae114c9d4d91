// SPDX-License-Identifier: Apache-2.0
#include "store_fixture.h"

#include "store/people.h"

static int64_t make_person(struct store_fixture *fixture, const char *user_id, const char *email)
{
    int64_t id;
    const struct bh_person_record person = {.user_id = bh_span_from(user_id),
        .email = bh_span_from(email),
        .password = BH_SPAN("none"),
        .email_verified = true,
        .created_at = NOON};
    ok(bh_person_create(fixture->db, &person, &id));
    return id;
}

static struct bh_sha256 hash_of(int number)
{
    char text[32];
    snprintf(text, sizeof(text), "token %d", number);
    return bh_sha256(bh_span_from(text));
}

static void make_invite(
    struct store_fixture *fixture, int64_t person, int number, enum bh_role role, struct bh_span email)
{
    char id[BH_ID_TEXT];
    snprintf(id, sizeof(id), "inv_%d", number);
    struct bh_sha256 hash = hash_of(number);
    const struct bh_invite_record invite = {.account = fixture->account,
        .invited_by = person,
        .invite_id = bh_span_from(id),
        .email = email,
        .role = role,
        .created_at = NOON + number,
        .expires_at = NOON + number + BH_INVITE_LIFE_MS};
    ok(bh_invite_create(fixture->db, &invite, &hash));
}

/* An invitation is found by its token's hash with all that it says, also once it has expired. */
static void test_invitation_is_found_by_its_token(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_invite_record found;
    fixture_begin(fixture);
    int64_t person = make_person(fixture, "user_a", "a@example.com");
    make_invite(fixture, person, 1, BH_ROLE_ADMIN, BH_SPAN("b@example.com"));
    make_invite(fixture, person, 2, BH_ROLE_VIEWER, BH_ABSENT);
    fixture_commit(fixture);
    struct bh_sha256 hash = hash_of(1);
    ok(bh_invite_find_by_hash(fixture->db, &hash, &fixture->arena, &found));
    assert_text(found.invite_id, "inv_1");
    assert_text(found.email, "b@example.com");
    assert_text(found.invited_by_email, "a@example.com");
    assert_text(found.account_id, "acct_aaaaaaaaaaaaaaaa");
    assert_text(found.account_name, "Account");
    assert_int_equal(found.role, BH_ROLE_ADMIN);
    assert_int_equal(found.invited_by, person);
    assert_int_equal(found.account, fixture->account);
    assert_int_equal(found.expires_at, NOON + 1 + BH_INVITE_LIFE_MS);
    hash = hash_of(2);
    ok(bh_invite_find_by_hash(fixture->db, &hash, &fixture->arena, &found));
    assert_true(bh_span_is_absent(found.email));
    hash = hash_of(3);
    assert_int_equal(bh_invite_find_by_hash(fixture->db, &hash, &fixture->arena, &found), BH_ERR_NOT_FOUND);
}

/* The list has what is open, newest first; the purge removes what is not, to the millisecond, and counts. */
static void test_expired_invitations_go(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_invite_record *invites = NULL;
    size_t count = 0;
    fixture_begin(fixture);
    int64_t person = make_person(fixture, "user_a", "a@example.com");
    for (int i = 0; i < 3; i++)
        make_invite(fixture, person, i, BH_ROLE_VIEWER, BH_ABSENT);
    fixture_commit(fixture);
    int64_t at = NOON + 1 + BH_INVITE_LIFE_MS; /* number 1 ends at this very moment */
    ok(bh_invite_list(fixture->db, fixture->account, at - 1, &fixture->arena, &invites, &count));
    assert_int_equal(count, 2);
    assert_text(invites[0].invite_id, "inv_2");
    assert_text(invites[1].invite_id, "inv_1");
    fixture_begin(fixture);
    ok(bh_invite_purge(fixture->db, fixture->account, at, &count));
    fixture_commit(fixture);
    assert_int_equal(count, 1);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM invite"), 1);
}

/* Deleting says which role it was for, works once, and not from another account. */
static void test_invitation_is_deleted_once(void **state)
{
    struct store_fixture *fixture = *state;
    enum bh_role role = BH_ROLE_NONE;
    fixture_begin(fixture);
    int64_t person = make_person(fixture, "user_a", "a@example.com");
    make_invite(fixture, person, 1, BH_ROLE_APPROVER, BH_ABSENT);
    assert_int_equal(
        bh_invite_delete(fixture->db, fixture->account + 1, BH_SPAN("inv_1"), &role), BH_ERR_NOT_FOUND);
    ok(bh_invite_delete(fixture->db, fixture->account, BH_SPAN("inv_1"), &role));
    assert_int_equal(role, BH_ROLE_APPROVER);
    assert_int_equal(
        bh_invite_delete(fixture->db, fixture->account, BH_SPAN("inv_1"), &role), BH_ERR_NOT_FOUND);
    fixture_commit(fixture);
}

/* A member who goes takes the invitations along that they made for this account. */
static void test_invitations_go_with_their_maker(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_begin(fixture);
    int64_t person = make_person(fixture, "user_a", "a@example.com");
    int64_t other = make_person(fixture, "user_b", "b@example.com");
    ok(bh_member_create(fixture->db, "mbr_a", fixture->account, person, BH_ROLE_OWNER, NOON));
    ok(bh_member_create(fixture->db, "mbr_b", fixture->account, other, BH_ROLE_OWNER, NOON));
    make_invite(fixture, person, 1, BH_ROLE_VIEWER, BH_ABSENT);
    make_invite(fixture, other, 2, BH_ROLE_VIEWER, BH_ABSENT);
    ok(bh_member_delete(fixture->db, fixture->account, person));
    fixture_commit(fixture);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM invite"), 1);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM invite WHERE invite_id = 'inv_2'"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_invitation_is_found_by_its_token),
        store_test(test_expired_invitations_go),
        store_test(test_invitation_is_deleted_once),
        store_test(test_invitations_go_with_their_maker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
