// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "store/request_id.h"

static const struct bh_server_key key = {{7}};

static int setup(void **state)
{
    (void)state;
    bh_request_id_setup(&key);
    return 0;
}

/* What was encoded decodes to the same row and salt, at the edges of both. */
static void test_ids_decode_to_their_row(void **state)
{
    (void)state;
    static const int64_t rows[] = {1, 2, 255, 256, INT64_C(10000000), INT64_MAX};
    static const uint64_t salts[] = {0, 1, UINT64_C(0x8000000000000000), UINT64_MAX};
    for (size_t i = 0; i < BH_COUNT(rows) * BH_COUNT(salts); i++) {
        char text[BH_REQUEST_ID_TEXT];
        int64_t row;
        uint64_t salt;
        bh_request_id_encode(rows[i / BH_COUNT(salts)], salts[i % BH_COUNT(salts)], text);
        assert_int_equal(strlen(text), 26);
        assert_memory_equal(text, "req_", 4);
        assert_true(bh_request_id_decode(bh_span_from(text), &row, &salt));
        assert_true(row == rows[i / BH_COUNT(salts)]);
        assert_true(salt == salts[i % BH_COUNT(salts)]);
    }
}

/* Neighbouring rows with equal salts have ids that share nothing. */
static void test_ids_of_neighbours_look_unrelated(void **state)
{
    (void)state;
    char a[BH_REQUEST_ID_TEXT], b[BH_REQUEST_ID_TEXT];
    int same = 0;
    bh_request_id_encode(1, 5, a);
    bh_request_id_encode(2, 5, b);
    for (int i = 4; i < 26; i++)
        same += a[i] == b[i];
    assert_in_range(same, 0, 5);
}

/* Whatever has another prefix, length or alphabet is no request id. */
static void test_other_texts_are_refused(void **state)
{
    (void)state;
    char text[BH_REQUEST_ID_TEXT + 1];
    int64_t row = 77;
    uint64_t salt = 78;
    bh_request_id_encode(42, 1, text);
    assert_false(bh_request_id_decode(BH_ABSENT, &row, &salt));
    assert_false(bh_request_id_decode(BH_SPAN(""), &row, &salt));
    assert_false(bh_request_id_decode(BH_SPAN("req_"), &row, &salt));
    assert_false(bh_request_id_decode((struct bh_span){text, 25}, &row, &salt));
    text[26] = 'A';
    assert_false(bh_request_id_decode((struct bh_span){text, 27}, &row, &salt));
    text[10] = '+';
    assert_false(bh_request_id_decode((struct bh_span){text, 26}, &row, &salt));
    text[0] = 'R';
    assert_false(bh_request_id_decode((struct bh_span){text, 26}, &row, &salt));
    assert_true(row == 77 && salt == 78);
}

/* An id made up by somebody, or made under another key, practically never decodes to a low row. */
static void test_foreign_ids_hit_no_row(void **state)
{
    (void)state;
    static const struct bh_server_key other = {{8}};
    char text[BH_REQUEST_ID_TEXT];
    int64_t row = 0;
    uint64_t salt;
    bh_request_id_setup(&other);
    bh_request_id_encode(42, 1, text);
    bh_request_id_setup(&key);
    if (bh_request_id_decode(bh_span_from(text), &row, &salt))
        assert_true(row > INT64_C(1000000000000));
}

static void *encode_in_thread(void *argument)
{
    bh_request_id_encode(42, 1, argument);
    return NULL;
}

/* Every thread makes the same ids. */
static void test_threads_agree(void **state)
{
    (void)state;
    char here[BH_REQUEST_ID_TEXT], there[BH_REQUEST_ID_TEXT];
    pthread_t thread;
    bh_request_id_encode(42, 1, here);
    assert_int_equal(pthread_create(&thread, NULL, encode_in_thread, there), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_string_equal(here, there);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids_decode_to_their_row),
        cmocka_unit_test(test_ids_of_neighbours_look_unrelated),
        cmocka_unit_test(test_other_texts_are_refused),
        cmocka_unit_test(test_foreign_ids_hit_no_row),
        cmocka_unit_test(test_threads_agree),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
