// SPDX-License-Identifier: Apache-2.0
/*
 * The listening address.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/listen.h"
#include "lib/base.h"

/* Only addresses that no other machine can reach count as loopback, whatever their form. */
static void test_loopback(void **state)
{
    (void)state;
    static const char *const yes[] = {
        "127.0.0.1:8420", "127.255.255.255:0", "localhost:1", "[::1]:8420", "[::ffff:127.0.0.1]:1"};
    static const char *const no[] = {"0.0.0.0:8420", "[::]:8420", "126.255.255.255:1", "128.0.0.1:1",
        "10.0.0.127:1", "[::2]:1", "[::ffff:10.0.0.1]:1", "[7f00::1]:1", "example.com:1", "127.0.0.1", ""};
    for (size_t i = 0; i < BH_COUNT(yes); i++)
        assert_true(bh_listen_is_loopback(yes[i]));
    for (size_t i = 0; i < BH_COUNT(no); i++)
        assert_false(bh_listen_is_loopback(no[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_loopback)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
