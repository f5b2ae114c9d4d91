// SPDX-License-Identifier: Apache-2.0
/* What an answer says of itself, whatever was begun before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "http/reply.h"

static const char *cache_control(const struct bh_exchange *exchange)
{
    const char *found = NULL;
    for (size_t i = 0; i < exchange->reply.header_count; i++) {
        if (strcmp(exchange->reply.headers[i].name, "Cache-Control") != 0)
            continue;
        assert_null(found); /* once */
        found = exchange->reply.headers[i].value;
    }
    assert_non_null(found);
    return found;
}

/* An error is not kept by anybody, though it takes the place of an answer that anybody might keep. */
static void test_an_error_in_place_of_a_public_answer_is_not_kept(void **state)
{
    (void)state;
    struct bh_exchange exchange = {.peer = "127.0.0.1"};
    bh_arena_init(&exchange.arena, 4096, 1 << 20);
    bh_buf_init(&exchange.reply.body, 1 << 20);
    bh_buf_add_text(bh_reply_json(&exchange, 200), "{}");
    assert_string_equal(cache_control(&exchange), "no-store, private");
    bh_reply_cache(&exchange, "public, max-age=300");
    assert_string_equal(cache_control(&exchange), "public, max-age=300");
    bh_reply_error(&exchange, BH_ERR_INTERNAL, BH_ABSENT);
    assert_int_equal(exchange.reply.status, 500);
    assert_string_equal(cache_control(&exchange), "no-store, private");
    bh_buf_finish(&exchange.reply.body);
    bh_arena_finish(&exchange.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_error_in_place_of_a_public_answer_is_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
