// SPDX-License-Identifier: Apache-2.0
#include "store_fixture.h"

#include "store/sign_in.h"

static struct bh_sha256 hash_of(const char *text)
{
    return bh_sha256(bh_span_from(text));
}

static int64_t add_person(struct store_fixture *fixture, const char *email)
{
    int64_t person;
    const struct bh_person_record record = {.user_id = bh_span_from(email),
        .email = bh_span_from(email),
        .password = BH_SPAN("scrypt:x:y"),
        .created_at = NOON};
    ok(bh_person_create(fixture->db, &record, &person));
    return person;
}

static void add_device(struct store_fixture *fixture, const char *device, const char *code, int64_t now_ms)
{
    struct bh_sha256 device_hash = hash_of(device), code_hash = hash_of(code);
    ok(bh_device_login_create(fixture->db, &device_hash, &code_hash, now_ms));
}

static enum bh_device_status status_of(struct store_fixture *fixture, const char *device, int64_t now_ms)
{
    enum bh_device_status status;
    struct bh_sha256 hash = hash_of(device);
    ok(bh_device_login_status(fixture->db, &hash, now_ms, &status));
    return status;
}

static enum bh_err say(
    struct store_fixture *fixture, const char *code, bool yes, int64_t person, int64_t now_ms)
{
    struct bh_sha256 hash = hash_of(code);
    return bh_device_login_answer(fixture->db, &hash, yes, person, fixture->account, now_ms);
}

/* A device login ends at its last millisecond, for whoever asks, answers or collects. */
static void test_a_device_login_ends_at_its_last_millisecond(void **state)
{
    struct store_fixture *fixture = *state;
    const int64_t end = NOON + BH_DEVICE_LIFE_MS;
    int64_t person, account;
    fixture_begin(fixture);
    add_device(fixture, "a", "A", NOON);
    add_device(fixture, "b", "B", NOON);
    assert_int_equal(status_of(fixture, "a", end - 1), BH_DEVICE_PENDING);
    assert_int_equal(status_of(fixture, "a", end), BH_DEVICE_EXPIRED);
    assert_int_equal(say(fixture, "A", true, 7, end), BH_ERR_DEVICE_CODE_EXPIRED);
    ok(say(fixture, "B", true, 7, end - 1));
    struct bh_sha256 hash = hash_of("b");
    assert_int_equal(bh_device_login_take(fixture->db, &hash, end, &person, &account), BH_ERR_NOT_FOUND);
    ok(bh_device_login_take(fixture->db, &hash, end - 1, &person, &account));
    assert_int_equal(person, 7);
    assert_int_equal(account, fixture->account);
    assert_int_equal(bh_device_login_take(fixture->db, &hash, end - 1, &person, &account), BH_ERR_NOT_FOUND);
    fixture_commit(fixture);
}

/* The first answer counts; what was denied, pending or unknown cannot be collected. */
static void test_the_first_answer_counts(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t person, account;
    fixture_begin(fixture);
    add_device(fixture, "a", "A", NOON);
    add_device(fixture, "b", "B", NOON);
    ok(say(fixture, "A", false, 7, NOON));
    assert_int_equal(say(fixture, "A", true, 8, NOON), BH_ERR_DEVICE_CODE);
    assert_int_equal(say(fixture, "C", true, 8, NOON), BH_ERR_DEVICE_CODE);
    assert_int_equal(status_of(fixture, "a", NOON), BH_DEVICE_DENIED);
    static const char *const devices[] = {"a", "b", "c"};
    for (size_t i = 0; i < BH_COUNT(devices); i++) {
        struct bh_sha256 hash = hash_of(devices[i]);
        assert_int_equal(bh_device_login_take(fixture->db, &hash, NOON, &person, &account), BH_ERR_NOT_FOUND);
    }
    fixture_commit(fixture);
}

/* A code that is taken is refused rather than shared, also when its login has expired. */
static void test_codes_are_unique(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_sha256 a = hash_of("a"), A = hash_of("A"), b = hash_of("b"), B = hash_of("B");
    fixture_begin(fixture);
    add_device(fixture, "a", "A", NOON);
    assert_int_equal(bh_device_login_create(fixture->db, &b, &A, NOON + BH_DEVICE_LIFE_MS), BH_ERR_CONFLICT);
    assert_int_equal(bh_device_login_create(fixture->db, &a, &B, NOON), BH_ERR_CONFLICT);
    ok(bh_device_login_create(fixture->db, &b, &B, NOON));
    fixture_commit(fixture);
}

/* So many may wait at the same time and no more; the ones that have expired do not count. */
static void test_open_device_logins_are_limited(void **state)
{
    struct store_fixture *fixture = *state;
    char fill[512];
    snprintf(fill, sizeof(fill),
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
        "INSERT INTO device_login (device_hash, user_code_hash, status, created_at, expires_at) "
        "SELECT 'd' || i, 'c' || i, 'pending', 0, %lld FROM n",
        BH_DEVICE_OPEN_MAX - 1, (long long)(NOON + 1 + BH_DEVICE_LIFE_MS));
    fixture_sql(fixture, fill);
    fixture_begin(fixture);
    add_device(fixture, "d", "c", NOON);
    struct bh_sha256 a = hash_of("a"), A = hash_of("A");
    const int64_t end = NOON + BH_DEVICE_LIFE_MS;
    assert_int_equal(bh_device_login_create(fixture->db, &a, &A, end - 1), BH_ERR_DEVICE_LIMIT);
    ok(bh_device_login_create(fixture->db, &a, &A, end));
    fixture_commit(fixture);
}

/* A purge takes what is long over, as many as it is told, and leaves what still says "expired". */
static void test_device_logins_are_purged_in_pieces(void **state)
{
    struct store_fixture *fixture = *state;
    size_t removed;
    fixture_begin(fixture);
    add_device(fixture, "a", "A", NOON);
    add_device(fixture, "b", "B", NOON);
    add_device(fixture, "c", "C", NOON + 1);
    ok(bh_device_login_purge(fixture->db, NOON + 2 * BH_DEVICE_LIFE_MS - 1, 10, &removed));
    assert_int_equal(removed, 0);
    ok(bh_device_login_purge(fixture->db, NOON + 2 * BH_DEVICE_LIFE_MS, 1, &removed));
    assert_int_equal(removed, 1);
    ok(bh_device_login_purge(fixture->db, NOON + 2 * BH_DEVICE_LIFE_MS, 10, &removed));
    assert_int_equal(removed, 1);
    fixture_commit(fixture);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM device_login"), 1);
}

/* A link is for one person and one purpose, works once, and to its last millisecond. */
static void test_a_link_works_once_for_its_purpose(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_sha256 hash = hash_of("link"), other = hash_of("other");
    int64_t found = 0;
    fixture_begin(fixture);
    int64_t person = add_person(fixture, "a@b.c");
    const int64_t end = NOON + BH_RESET_LIFE_MS;
    ok(bh_mail_token_create(fixture->db, &hash, person, BH_MAIL_RESET, NOON));
    assert_int_equal(bh_mail_token_take(fixture->db, &hash, BH_MAIL_VERIFY, NOON, &found), BH_ERR_NOT_FOUND);
    assert_int_equal(bh_mail_token_take(fixture->db, &other, BH_MAIL_RESET, NOON, &found), BH_ERR_NOT_FOUND);
    assert_int_equal(bh_mail_token_take(fixture->db, &hash, BH_MAIL_RESET, end, &found), BH_ERR_NOT_FOUND);
    assert_int_equal(bh_mail_token_find(fixture->db, &hash, BH_MAIL_RESET, end, &found), BH_ERR_NOT_FOUND);
    ok(bh_mail_token_find(fixture->db, &hash, BH_MAIL_RESET, end - 1, &found));
    assert_int_equal(found, person);
    found = 0;
    ok(bh_mail_token_take(fixture->db, &hash, BH_MAIL_RESET, end - 1, &found));
    assert_int_equal(found, person);
    assert_int_equal(bh_mail_token_take(fixture->db, &hash, BH_MAIL_RESET, NOON, &found), BH_ERR_NOT_FOUND);
    fixture_commit(fixture);
}

/* A new link replaces the older one of the same person and purpose, and none of anybody else. */
static void test_a_new_link_replaces_the_old_one(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_sha256 first = hash_of("1"), second = hash_of("2"), verify = hash_of("3"), other = hash_of("4");
    int64_t found;
    fixture_begin(fixture);
    int64_t ada = add_person(fixture, "ada@b.c"), eve = add_person(fixture, "eve@b.c");
    ok(bh_mail_token_create(fixture->db, &first, ada, BH_MAIL_RESET, NOON));
    ok(bh_mail_token_create(fixture->db, &verify, ada, BH_MAIL_VERIFY, NOON));
    ok(bh_mail_token_create(fixture->db, &other, eve, BH_MAIL_RESET, NOON));
    ok(bh_mail_token_create(fixture->db, &second, ada, BH_MAIL_RESET, NOON));
    assert_int_equal(bh_mail_token_find(fixture->db, &first, BH_MAIL_RESET, NOON, &found), BH_ERR_NOT_FOUND);
    ok(bh_mail_token_find(fixture->db, &second, BH_MAIL_RESET, NOON, &found));
    ok(bh_mail_token_find(fixture->db, &verify, BH_MAIL_VERIFY, NOON, &found));
    ok(bh_mail_token_find(fixture->db, &other, BH_MAIL_RESET, NOON, &found));
    fixture_commit(fixture);
}

/* A session ends an hour after its last use and fourteen days after its beginning; a purge takes those alone.
 */
static void test_sessions_end_and_are_purged(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_sha256 idle = hash_of("idle"), old = hash_of("old"), live = hash_of("live");
    struct bh_session_record session;
    size_t removed;
    const struct bh_session_source source = {.kind = BH_SPAN("password")};
    fixture_begin(fixture);
    int64_t person = add_person(fixture, "a@b.c");
    const int64_t now = NOON + BH_SESSION_LIFE_MS;
    ok(bh_session_create(
        fixture->db, "ses_1", &idle, person, fixture->account, &source, now - BH_SESSION_IDLE_MS));
    ok(bh_session_create(fixture->db, "ses_2", &old, person, fixture->account, &source, NOON));
    ok(bh_session_create(fixture->db, "ses_3", &live, person, fixture->account, &source, NOON + 1));
    ok(bh_session_find(fixture->db, &old, &fixture->arena, &session));
    ok(bh_session_touch(fixture->db, session.id, now));
    ok(bh_session_find(fixture->db, &old, &fixture->arena, &session));
    assert_true(bh_session_has_ended(&session, now));
    assert_false(bh_session_has_ended(&session, now - 1));
    ok(bh_session_find(fixture->db, &live, &fixture->arena, &session));
    ok(bh_session_touch(fixture->db, session.id, now - BH_SESSION_IDLE_MS + 1));
    ok(bh_session_find(fixture->db, &live, &fixture->arena, &session));
    assert_false(bh_session_has_ended(&session, now));
    ok(bh_session_purge(fixture->db, now, 10, &removed));
    assert_int_equal(removed, 2);
    ok(bh_session_find(fixture->db, &live, &fixture->arena, &session));
    fixture_commit(fixture);
}

/* A person's sessions are listed newest activity first, with when each will end, and those that have ended
 * are neither listed nor counted nor ended again; nobody else's are. */
static void test_own_sessions_are_those_that_live(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_sha256 hashes[] = {hash_of("a"), hash_of("b"), hash_of("c"), hash_of("d")};
    struct bh_session_view *views;
    size_t count;
    int64_t id;
    const struct bh_session_source source = {
        .kind = BH_SPAN("device"), .user_agent = BH_SPAN("agent"), .address = BH_SPAN("192.0.2.1")};
    const struct bh_session_source bare = {.kind = BH_SPAN("invite")};
    const int64_t now = NOON + BH_SESSION_LIFE_MS;
    fixture_begin(fixture);
    int64_t ada = add_person(fixture, "a@b.c");
    int64_t eve = add_person(fixture, "e@b.c");
    ok(bh_session_create(fixture->db, "sess_old", &hashes[0], ada, fixture->account, &source, NOON + 1));
    ok(bh_session_create(
        fixture->db, "sess_idle", &hashes[1], ada, fixture->account, &bare, now - BH_SESSION_IDLE_MS));
    ok(bh_session_create(fixture->db, "sess_new", &hashes[2], ada, fixture->account, &bare, now - 5));
    ok(bh_session_create(fixture->db, "sess_eve", &hashes[3], eve, fixture->account, &bare, now));
    struct bh_session_record session;
    ok(bh_session_find(fixture->db, &hashes[0], &fixture->arena, &session));
    ok(bh_session_touch(fixture->db, session.id, now));
    ok(bh_session_list(fixture->db, ada, now, &fixture->arena, &views, &count));
    assert_int_equal(count, 2);
    assert_true(bh_span_equal(views[0].session_id, BH_SPAN("sess_old")));
    assert_true(bh_span_equal(views[0].source.kind, BH_SPAN("device")));
    assert_true(bh_span_equal(views[0].source.user_agent, BH_SPAN("agent")));
    assert_true(bh_span_equal(views[0].source.address, BH_SPAN("192.0.2.1")));
    assert_int_equal(views[0].expires_at, now + 1); /* its life ends before its idle time does */
    assert_true(bh_span_equal(views[1].session_id, BH_SPAN("sess_new")));
    assert_true(bh_span_is_absent(views[1].source.user_agent));
    assert_int_equal(views[1].expires_at, now - 5 + BH_SESSION_IDLE_MS);
    ok(bh_session_count(fixture->db, ada, session.id, now, &count));
    assert_int_equal(count, 1);
    const struct bh_span not_hers[] = {BH_SPAN("sess_idle"), BH_SPAN("sess_eve"), BH_SPAN("sess_")};
    for (size_t i = 0; i < BH_COUNT(not_hers); i++)
        assert_int_equal(bh_session_delete_by_id(fixture->db, ada, not_hers[i], now, &id), BH_ERR_NOT_FOUND);
    ok(bh_session_delete_by_id(fixture->db, ada, BH_SPAN("sess_old"), now, &id));
    assert_int_equal(id, session.id);
    assert_int_equal(bh_session_check(fixture->db, session.id, ada), BH_ERR_NOT_FOUND);
    ok(bh_session_check(fixture->db, views[1].id, ada));
    assert_int_equal(bh_session_check(fixture->db, views[1].id, eve), BH_ERR_NOT_FOUND);
    fixture_commit(fixture);
}

/* People are listed oldest first, in pages, without their passwords. */
static void test_people_are_listed_without_passwords(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_person_record *people;
    size_t count;
    fixture_begin(fixture);
    int64_t ada = add_person(fixture, "ada@b.c");
    add_person(fixture, "eve@b.c");
    fixture_commit(fixture);
    ok(bh_person_list(fixture->db, 0, 1, &fixture->arena, &people, &count));
    assert_int_equal(count, 1);
    assert_text(people[0].email, "ada@b.c");
    assert_true(bh_span_is_absent(people[0].password));
    ok(bh_person_list(fixture->db, ada, 10, &fixture->arena, &people, &count));
    assert_int_equal(count, 1);
    assert_text(people[0].email, "eve@b.c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_a_device_login_ends_at_its_last_millisecond),
        store_test(test_the_first_answer_counts),
        store_test(test_codes_are_unique),
        store_test(test_open_device_logins_are_limited),
        store_test(test_device_logins_are_purged_in_pieces),
        store_test(test_a_link_works_once_for_its_purpose),
        store_test(test_a_new_link_replaces_the_old_one),
        store_test(test_sessions_end_and_are_purged),
        store_test(test_own_sessions_are_those_that_live),
        store_test(test_people_are_listed_without_passwords),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
