// SPDX-License-Identifier: Apache-2.0
#include "store_fixture.h"

#include "store/signing_keys.h"

static struct bh_signing_key keys[BH_SIGNING_KEYS];

static size_t list(struct store_fixture *fixture, int64_t now_ms)
{
    size_t count = 0;
    ok(bh_signing_key_list(fixture->db, now_ms, keys, &count));
    return count;
}

static enum bh_err rotate(struct store_fixture *fixture, int64_t now_ms, int64_t *ret_number)
{
    fixture_begin(fixture);
    enum bh_err err = bh_signing_key_rotate(fixture->db, now_ms, ret_number);
    fixture_commit(fixture);
    return err;
}

/* A server that never changed its key has number 1, and nothing of it in the database. */
static void the_first_key_needs_no_row(void **state)
{
    assert_int_equal(list(*state, NOON), 1);
    assert_int_equal(keys[0].number, 1);
    assert_int_equal(keys[0].created_at, 0);
    assert_int_equal(keys[0].published_until, 0);
    assert_int_equal(fixture_sql_int(*state, "SELECT count(*) FROM signing_key"), 0);
}

/* After a rotation the new key is first, and the old one is published for two days and not a moment longer.
 */
static void the_old_key_stays_for_the_overlap(void **state)
{
    int64_t number = 0;
    ok(rotate(*state, NOON, &number));
    assert_int_equal(number, 2);
    assert_int_equal(list(*state, NOON + BH_SIGNING_OVERLAP_MS - 1), 2);
    assert_int_equal(keys[0].number, 2);
    assert_int_equal(keys[0].created_at, NOON);
    assert_int_equal(keys[0].published_until, 0);
    assert_int_equal(keys[1].number, 1);
    assert_int_equal(keys[1].published_until, NOON + BH_SIGNING_OVERLAP_MS);
    assert_int_equal(list(*state, NOON + BH_SIGNING_OVERLAP_MS), 1);
    assert_int_equal(keys[0].number, 2);
}

/* A number is never used twice, also when the keys before have ended. */
static void numbers_go_on(void **state)
{
    for (int64_t i = 0; i < 4; i++) {
        int64_t number = 0;
        ok(rotate(*state, NOON + i * 2 * BH_SIGNING_OVERLAP_MS, &number));
        assert_int_equal(number, i + 2);
    }
}

/* As many keys as can be published are, one more is refused until the first has ended. */
static void more_keys_than_can_be_published_are_refused(void **state)
{
    int64_t number = 0;
    for (int i = 1; i < BH_SIGNING_KEYS; i++)
        ok(rotate(*state, NOON, &number));
    assert_int_equal(number, BH_SIGNING_KEYS);
    assert_int_equal(list(*state, NOON), BH_SIGNING_KEYS);
    assert_int_equal(rotate(*state, NOON, &number), BH_ERR_CONFLICT);
    assert_int_equal(list(*state, NOON), BH_SIGNING_KEYS);
    assert_int_equal(keys[0].number, BH_SIGNING_KEYS);
    ok(rotate(*state, NOON + BH_SIGNING_OVERLAP_MS, &number));
    assert_int_equal(number, BH_SIGNING_KEYS + 1);
}

/* The secret parts of different numbers and of different servers differ, and are the same every time. */
static void secrets_follow_from_server_key_and_number(void **state)
{
    const struct store_fixture *fixture = *state;
    struct bh_server_key other = fixture->key;
    other.bytes[31] ^= 1;
    struct bh_sha256 first = bh_signing_key_seed(&fixture->key, 1);
    struct bh_sha256 again = bh_signing_key_seed(&fixture->key, 1);
    struct bh_sha256 second = bh_signing_key_seed(&fixture->key, 2);
    struct bh_sha256 foreign = bh_signing_key_seed(&other, 1);
    assert_memory_equal(&first, &again, sizeof(first));
    assert_memory_not_equal(&first, &second, sizeof(first));
    assert_memory_not_equal(&first, &foreign, sizeof(first));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(the_first_key_needs_no_row),
        store_test(the_old_key_stays_for_the_overlap),
        store_test(numbers_go_on),
        store_test(more_keys_than_can_be_published_are_refused),
        store_test(secrets_follow_from_server_key_and_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
