// SPDX-License-Identifier: Apache-2.0
#include "lib/cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static int alive;

static void destroy(struct bh_cached *cached)
{
    alive--;
    free(cached);
}

static struct bh_sha256 key_of(int number)
{
    return bh_sha256((struct bh_span){(const char *)&number, sizeof(number)});
}

static struct bh_cached *create(int number)
{
    struct bh_cached *cached = malloc(sizeof(*cached));
    struct bh_sha256 key = key_of(number);
    assert_non_null(cached);
    bh_cached_init(cached, &key, destroy);
    alive++;
    return cached;
}

static bool is_there(struct bh_cache *cache, int number)
{
    struct bh_sha256 key = key_of(number);
    struct bh_cached *found = bh_cache_find(cache, &key);
    bh_cached_release(found);
    return found != NULL;
}

/* What is replaced or dropped lives until its last user is done with it. */
static void test_lives_until_the_last_reference(void **state)
{
    (void)state;
    struct bh_cache *cache = bh_cache_create(64);
    struct bh_sha256 key = key_of(1);
    struct bh_cached *first = create(1);
    struct bh_cached *second = create(1);
    bh_cache_put(cache, first);
    bh_cache_put(cache, second);
    assert_int_equal(alive, 2);
    bh_cached_release(first);
    assert_int_equal(alive, 1);
    struct bh_cached *found = bh_cache_find(cache, &key);
    assert_ptr_equal(found, second);
    bh_cached_release(second);
    bh_cache_drop(cache, &key);
    bh_cache_drop(cache, &key);
    assert_false(is_there(cache, 1));
    assert_int_equal(alive, 1);
    bh_cached_release(found);
    assert_int_equal(alive, 0);
    bh_cached_release(NULL);
    bh_cache_destroy(cache);
    bh_cache_destroy(NULL);
}

/* There are never more than fit, what is used stays, and nothing is left behind at the end. */
static void test_is_bounded(void **state)
{
    (void)state;
    enum { CAPACITY = 1024, MANY = 10 * CAPACITY };
    struct bh_cache *cache = bh_cache_create(CAPACITY);
    for (int i = 0; i < MANY; i++) {
        struct bh_cached *cached = create(i);
        bh_cache_put(cache, cached);
        bh_cached_release(cached);
        assert_true(is_there(cache, 0));
    }
    assert_in_range(alive, CAPACITY / 2, CAPACITY + 64);
    assert_int_equal(bh_cache_count(cache), alive);
    bh_cache_destroy(cache);
    assert_int_equal(alive, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lives_until_the_last_reference),
        cmocka_unit_test(test_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
