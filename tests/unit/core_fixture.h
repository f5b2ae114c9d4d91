// SPDX-License-Identifier: Apache-2.0
/*
 * What the tests of the decision core share: JSON in single quotes, and an arena per test.
 */
#ifndef BH_TESTS_UNIT_CORE_FIXTURE_H
#define BH_TESTS_UNIT_CORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/arena.h"
#include "lib/json.h"

#define FIXTURE_TEXT_LIMIT ((size_t)1 << 24)

/* Parses JSON that is written with ' instead of "; fails the test when it is none. The caller owns the
 * result. */
static inline json_t *fixture_json(const char *text)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf copy = {0};
    json_t *json = NULL;
    bh_buf_init(&copy, FIXTURE_TEXT_LIMIT);
    for (; *text != 0; text++)
        bh_buf_add_char(&copy, *text == '\'' ? '"' : *text);
    assert_int_equal(bh_json_parse(bh_buf_span(&copy), &json), BH_OK);
    return json;
}

static inline void assert_span_equal(struct bh_span span, const char *expected)
{
    if (expected == NULL) {
        assert_true(bh_span_is_absent(span));
        return;
    }
    assert_false(bh_span_is_absent(span));
    assert_int_equal(span.len, bh_span_from(expected).len);
    assert_memory_equal(span.data, expected, span.len);
}

static inline int fixture_setup(void **state)
{
    static struct bh_arena arena;
    bh_arena_init(&arena, 4096, FIXTURE_TEXT_LIMIT);
    *state = &arena;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    bh_arena_finish(*state);
    return 0;
}

#define fixture_test(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

#endif
