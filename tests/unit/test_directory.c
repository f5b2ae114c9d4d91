// SPDX-License-Identifier: Apache-2.0
/* One key directory: its address and the times of its attempts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "guard/directory.h"

#define MINUTE INT64_C(60000)
#define NOW INT64_C(1000000000)

/* After a failure the next attempt is a minute later, then twice that each time, and never later than hourly.
 */
static void test_failures_make_attempts_rare(void **state)
{
    const int64_t minutes[] = {60, 1, 2, 4, 8, 16, 32, 60, 60};
    (void)state;
    for (size_t i = 0; i < BH_COUNT(minutes); i++)
        assert_int_equal(bh_directory_wait_ms((int64_t)i), minutes[i] * MINUTE);
    assert_int_equal(bh_directory_wait_ms(INT64_MAX), 60 * MINUTE);
}

/* Whoever asks waits until the pause after the last attempt is over, and never longer. */
static void test_who_asks_waits_for_the_pause(void **state)
{
    (void)state;
    assert_int_equal(bh_directory_asked_at(0, NOW), NOW);
    assert_int_equal(bh_directory_asked_at(NOW - BH_DIRECTORY_PAUSE_MS, NOW), NOW);
    assert_int_equal(bh_directory_asked_at(NOW - BH_DIRECTORY_PAUSE_MS + 1, NOW), NOW + 1);
    assert_int_equal(bh_directory_asked_at(NOW, NOW), NOW + BH_DIRECTORY_PAUSE_MS);
    assert_int_equal(bh_directory_asked_at(NOW + MINUTE, NOW), NOW + BH_DIRECTORY_PAUSE_MS);
}

/* An address that could never be fetched is told from one that can be, by what is wrong with it. */
static void test_addresses_are_judged(void **state)
{
    static const struct {
        const char *origin;
        enum bh_err err;
    } cases[] = {
        {"https://bot.example.com", BH_OK},
        {"https://93.184.216.34", BH_OK},
        {"https://bot.example.com:8443", BH_OK},
        {"https://bot.example.com:8444", BH_ERR_DIRECTORY_PORT},
        {"https://127.0.0.1", BH_ERR_DIRECTORY_HOST},
        {"https://10.1.2.3", BH_ERR_DIRECTORY_HOST},
        {"https://localhost", BH_ERR_DIRECTORY_HOST},
        {"https://bot.example", BH_ERR_DIRECTORY_HOST},
        {"https://bot", BH_ERR_DIRECTORY_HOST},
        {"http://bot.example.com", BH_ERR_DIRECTORY_URL},
    };
    const struct bh_url_policy policy = {.port_count = 1, .ports = {8443}};
    (void)state;
    for (size_t i = 0; i < BH_COUNT(cases); i++) {
        BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
        struct bh_url url = {0};
        bh_arena_init(&arena, 1024, 1 << 16);
        enum bh_err err = bh_directory_url(bh_span_from(cases[i].origin), &policy, &arena, &url);
        if (err != cases[i].err)
            fail_msg("%s: %s", cases[i].origin, bh_err_info(err)->name);
        if (err == BH_OK)
            assert_true(bh_span_equal(url.path_query, BH_SPAN(BH_DIRECTORY_PATH)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failures_make_attempts_rare),
        cmocka_unit_test(test_who_asks_waits_for_the_pause),
        cmocka_unit_test(test_addresses_are_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
