// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "app/app.h"
#include "http/ratelimit.h"
#include "http/route.h"

#define NOW 1700000000000
#define WINDOW 60000
#define SLOTS 4096

static struct bh_ratelimit_state hit(
    struct bh_ratelimit *ratelimit, const char *key, int64_t limit, int64_t now_ms)
{
    return bh_ratelimit_hit(ratelimit, "ip", bh_span_from(key), limit, WINDOW, now_ms);
}

/* How many of `hits` are let through. */
static int64_t admitted(
    struct bh_ratelimit *ratelimit, const char *key, int64_t limit, int64_t now_ms, int hits)
{
    int64_t count = 0;
    for (int i = 0; i < hits; i++)
        count += hit(ratelimit, key, limit, now_ms).limited ? 0 : 1;
    return count;
}

/* Hits number 1 to `limit` are let through with a falling remainder, the next one is not. */
static void test_limit_is_exact(void **state)
{
    (void)state;
    struct bh_ratelimit *ratelimit = bh_ratelimit_create(SLOTS);
    assert_non_null(ratelimit);
    for (int64_t i = 1; i <= 5; i++) {
        struct bh_ratelimit_state now = hit(ratelimit, "1.2.3.4", 5, NOW);
        assert_false(now.limited);
        assert_int_equal(now.limit, 5);
        assert_int_equal(now.remaining, 5 - i);
        assert_int_equal(now.reset_s, WINDOW / 1000);
    }
    struct bh_ratelimit_state over = hit(ratelimit, "1.2.3.4", 5, NOW + 1);
    assert_true(over.limited);
    assert_int_equal(over.remaining, 0);
    assert_int_equal(over.reset_s, WINDOW / 1000);
    bh_ratelimit_destroy(ratelimit);
}

/* The window lasts to its last millisecond, begins anew at the next, and a limited caller does not prolong
 * it. */
static void test_window_ends_to_the_millisecond(void **state)
{
    (void)state;
    struct bh_ratelimit *ratelimit = bh_ratelimit_create(SLOTS);
    assert_int_equal(admitted(ratelimit, "a", 2, NOW, 3), 2);
    struct bh_ratelimit_state last = hit(ratelimit, "a", 2, NOW + WINDOW - 1);
    assert_true(last.limited);
    assert_int_equal(last.reset_s, 1);
    struct bh_ratelimit_state first = hit(ratelimit, "a", 2, NOW + WINDOW);
    assert_false(first.limited);
    assert_int_equal(first.remaining, 1);
    assert_int_equal(first.reset_s, WINDOW / 1000);
    bh_ratelimit_destroy(ratelimit);
}

/* Bucket and key are apart: the same key in two buckets, and pairs that read alike when joined, count alone.
 */
static void test_buckets_and_keys_do_not_share(void **state)
{
    (void)state;
    struct bh_ratelimit *ratelimit = bh_ratelimit_create(SLOTS);
    const struct {
        const char *bucket, *key;
    } pairs[] = {{"ip", "abc"}, {"key", "abc"}, {"ipa", "bc"}, {"ip", "ab"}, {"ip", "abcd"}, {"ip", ""}};
    for (size_t i = 0; i < BH_COUNT(pairs); i++) {
        struct bh_span key = bh_span_from(pairs[i].key);
        assert_false(bh_ratelimit_hit(ratelimit, pairs[i].bucket, key, 1, WINDOW, NOW).limited);
        assert_true(bh_ratelimit_hit(ratelimit, pairs[i].bucket, key, 1, WINDOW, NOW).limited);
    }
    bh_ratelimit_destroy(ratelimit);
}

/* Limit 0 means no limit. */
static void test_zero_is_unlimited(void **state)
{
    (void)state;
    struct bh_ratelimit *ratelimit = bh_ratelimit_create(SLOTS);
    assert_int_equal(admitted(ratelimit, "a", 0, NOW, 10000), 10000);
    bh_ratelimit_destroy(ratelimit);
}

static void flood(struct bh_ratelimit *ratelimit, int keys, int64_t now_ms)
{
    char key[32];
    for (int i = 0; i < keys; i++) {
        snprintf(key, sizeof(key), "flood-%d", i);
        hit(ratelimit, key, 3, now_ms);
    }
}

/* A million other keys neither make the table grow nor free a caller who is over the limit. */
static void test_flood_does_not_free_a_limited_key(void **state)
{
    (void)state;
    struct bh_ratelimit *ratelimit = bh_ratelimit_create(SLOTS);
    assert_int_equal(admitted(ratelimit, "the culprit", 3, NOW, 4), 3);
    size_t before = mallinfo2().uordblks;
    for (int step = 1; step <= 10; step++) {
        flood(ratelimit, 100000, NOW + step);
        assert_true(hit(ratelimit, "the culprit", 3, NOW + step).limited);
    }
    assert_int_equal(mallinfo2().uordblks, before);
    assert_true(hit(ratelimit, "the culprit", 3, NOW + WINDOW - 1).limited);
    bh_ratelimit_destroy(ratelimit);
}

/* In a full table a new key gets its limit at most, and no second one before its own window has passed. */
static void test_full_table_errs_towards_limiting(void **state)
{
    (void)state;
    struct bh_ratelimit *ratelimit = bh_ratelimit_create(8);
    int64_t through = 0;
    for (int i = 0; i < 8; i++) {
        char key[2] = {(char)('a' + i), 0};
        hit(ratelimit, key, 3, NOW + i * (WINDOW / 8));
    }
    /* Slots fall free one after the other now; the newcomer must not gain by it. */
    int64_t start = NOW + WINDOW - 10;
    for (int64_t at = start; at < start + WINDOW; at += 100)
        through += hit(ratelimit, "newcomer", 3, at).limited ? 0 : 1;
    assert_in_range(through, 1, 3);
    assert_false(hit(ratelimit, "newcomer", 3, start + 2 * WINDOW).limited);
    bh_ratelimit_destroy(ratelimit);
}

/* A key whose slot became shared keeps its count. */
static void test_sharing_forgets_nobody(void **state)
{
    (void)state;
    struct bh_ratelimit *ratelimit = bh_ratelimit_create(8);
    assert_int_equal(admitted(ratelimit, "old", 3, NOW, 4), 3);
    flood(ratelimit, 50, NOW + 1);
    assert_true(hit(ratelimit, "old", 3, NOW + 2).limited);
    assert_true(hit(ratelimit, "old", 3, NOW + WINDOW - 1).limited);
    bh_ratelimit_destroy(ratelimit);
}

/* Even the smallest table works. */
static void test_smallest_table_works(void **state)
{
    (void)state;
    struct bh_ratelimit *ratelimit = bh_ratelimit_create(0);
    assert_non_null(ratelimit);
    assert_int_equal(admitted(ratelimit, "a", 2, NOW, 5), 2);
    bh_ratelimit_destroy(ratelimit);
    bh_ratelimit_destroy(NULL);
}

struct contest {
    struct bh_ratelimit *ratelimit;
    atomic_int through;
};

static void *compete(void *argument)
{
    struct contest *contest = argument;
    char key[16];
    for (int i = 0; i < 20000; i++) {
        if (!hit(contest->ratelimit, "one", 100, NOW).limited)
            atomic_fetch_add(&contest->through, 1);
        snprintf(key, sizeof(key), "%d", i % 500);
        hit(contest->ratelimit, key, 5, NOW);
    }
    return NULL;
}

/* Threads that hit one key at once get its limit together, not each. */
static void test_threads_share_one_limit(void **state)
{
    (void)state;
    struct contest contest = {.ratelimit = bh_ratelimit_create(1 << 16)};
    pthread_t threads[4];
    for (size_t i = 0; i < BH_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, compete, &contest), 0);
    for (size_t i = 0; i < BH_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&contest.through), 100);
    bh_ratelimit_destroy(contest.ratelimit);
}

enum how { ORDINARY, SIGN_IN };

/* One request of that kind by that caller: is it let through? */
static bool is_admitted(struct bh_app *app, enum how how, int caller)
{
    char text[16];
    struct bh_exchange exchange = {.method = BH_POST};
    snprintf(text, sizeof(text), "c%d", caller);
    bh_arena_init(&exchange.arena, 1024, 65536);
    bh_buf_init(&exchange.reply.body, 1024);
    struct bh_span key = bh_span_from(text);
    bool admitted = how == ORDINARY ? bh_route_within_limit(app, &exchange, "ip", key)
                                    : bh_route_within_auth_limit(app, &exchange, "auth", key, 1);
    assert_int_equal(exchange.reply.status, admitted ? 0 : 429);
    bh_buf_finish(&exchange.reply.body);
    bh_arena_finish(&exchange.arena);
    return admitted;
}

/* Ordinary requests from more addresses than can be told apart limit one another, and nobody's sign-in. */
static void test_a_flood_limits_no_sign_in(void **state)
{
    (void)state;
    struct bh_config config = {.rate_limit = 50, .auth_rate_limit = 10};
    struct bh_app app = {
        .config = &config, .ratelimit = bh_ratelimit_create(8), .auth_ratelimit = bh_ratelimit_create(8)};
    assert_non_null(app.ratelimit);
    assert_non_null(app.auth_ratelimit);
    for (int i = 0; i < 200; i++)
        (void)!is_admitted(&app, ORDINARY, i);
    assert_false(is_admitted(&app, ORDINARY, 1000));
    for (int i = 0; i < 10; i++)
        assert_true(is_admitted(&app, SIGN_IN, 2000));
    assert_false(is_admitted(&app, SIGN_IN, 2000));
    assert_true(is_admitted(&app, SIGN_IN, 2001));
    bh_ratelimit_destroy(app.ratelimit);
    bh_ratelimit_destroy(app.auth_ratelimit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit_is_exact),
        cmocka_unit_test(test_window_ends_to_the_millisecond),
        cmocka_unit_test(test_buckets_and_keys_do_not_share),
        cmocka_unit_test(test_zero_is_unlimited),
        cmocka_unit_test(test_flood_does_not_free_a_limited_key),
        cmocka_unit_test(test_full_table_errs_towards_limiting),
        cmocka_unit_test(test_sharing_forgets_nobody),
        cmocka_unit_test(test_smallest_table_works),
        cmocka_unit_test(test_threads_share_one_limit),
        cmocka_unit_test(test_a_flood_limits_no_sign_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
