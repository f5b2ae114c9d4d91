// SPDX-License-Identifier: Apache-2.0
#include "lib/arena.h"
#include "lib/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* An arena hands out zeroed, aligned memory up to its limit and not a byte beyond. */
static void test_an_arena_ends_at_its_limit(void **state)
{
    (void)state;
    struct bh_arena arena;
    bh_arena_init(&arena, 64, 256);
    char *first = bh_arena_alloc(&arena, 10);
    assert_non_null(first);
    assert_int_equal((uintptr_t)first % alignof(max_align_t), 0);
    for (int i = 0; i < 10; i++)
        assert_int_equal(first[i], 0);
    assert_non_null(bh_arena_alloc(&arena, 160));
    assert_null(bh_arena_alloc(&arena, 64));
    assert_null(bh_arena_alloc(&arena, SIZE_MAX));
    bh_arena_finish(&arena);
    assert_non_null(bh_arena_alloc(&arena, 160)); /* usable again */
    bh_arena_finish(&arena);
    bh_arena_finish(NULL);
}

/* A reset arena keeps one chunk, forgets what was in it and hands out zeroed memory again. */
static void test_a_reset_arena_is_as_new(void **state)
{
    (void)state;
    struct bh_arena arena;
    bh_arena_init(&arena, 64, 4096);
    char *first = bh_arena_alloc(&arena, 32);
    memset(first, 'x', 32);
    assert_non_null(bh_arena_alloc(&arena, 1000));
    bh_arena_reset(&arena);
    assert_int_equal(arena.used, 64);
    char *again = bh_arena_alloc(&arena, 32);
    assert_ptr_equal(again, first);
    for (int i = 0; i < 32; i++)
        assert_int_equal(again[i], 0);
    bh_arena_finish(&arena);
    assert_int_equal(arena.used, 0);
}

/* A copy ends in NUL and an absent span stays absent. */
static void test_a_copy_is_its_own(void **state)
{
    (void)state;
    struct bh_arena arena;
    struct bh_span copy;
    bh_arena_init(&arena, 64, 4096);
    assert_true(bh_arena_copy(&arena, BH_SPAN("text"), &copy));
    assert_string_equal(copy.data, "text");
    assert_int_equal(copy.len, 4);
    assert_true(bh_arena_copy(&arena, BH_ABSENT, &copy));
    assert_true(bh_span_is_absent(copy));
    bh_arena_finish(&arena);
}

/* A buffer at its limit fails for good and is empty, so that half an answer cannot be sent. */
static void test_a_full_buffer_is_empty(void **state)
{
    (void)state;
    struct bh_buf buf;
    bh_buf_init(&buf, 8);
    bh_buf_add_text(&buf, "12345678");
    assert_false(buf.failed);
    assert_int_equal(buf.len, 8);
    bh_buf_add_char(&buf, '9');
    assert_true(buf.failed);
    assert_int_equal(buf.len, 0);
    bh_buf_add_text(&buf, "1");
    assert_int_equal(buf.len, 0);
    bh_buf_clear(&buf);
    bh_buf_add_text(&buf, "1");
    assert_int_equal(buf.len, 1);
    bh_buf_finish(&buf);
    bh_buf_finish(NULL);
}

/* Whole numbers are written exactly, from the smallest to the largest. */
static void test_numbers_are_exact(void **state)
{
    (void)state;
    struct bh_buf buf;
    bh_buf_init(&buf, 100);
    bh_buf_add_int(&buf, INT64_MIN);
    bh_buf_add_char(&buf, ' ');
    bh_buf_add_int(&buf, 0);
    bh_buf_add_char(&buf, ' ');
    bh_buf_add_int(&buf, INT64_MAX);
    bh_buf_addf(&buf, " %s", "end");
    bh_buf_add_char(&buf, 0);
    assert_string_equal(buf.data, "-9223372036854775808 0 9223372036854775807 end");
    bh_buf_finish(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_arena_ends_at_its_limit),
        cmocka_unit_test(test_a_reset_arena_is_as_new),
        cmocka_unit_test(test_a_copy_is_its_own),
        cmocka_unit_test(test_a_full_buffer_is_empty),
        cmocka_unit_test(test_numbers_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
