// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/random.h"

/* Parent and children of a fork give out different identifiers, although they had one store before it. */
static void test_forks_share_no_identifiers(void **state)
{
    (void)state;
    enum { CHILDREN = 4 };
    char ids[CHILDREN][BH_ID_TEXT];
    char own[BH_ID_TEXT];
    int channel[2];
    bh_random_id("req", own);
    assert_int_equal(pipe(channel), 0);
    for (int i = 0; i < CHILDREN; i++) {
        if (fork() == 0) {
            char id[BH_ID_TEXT] = "";
            bh_random_id("req", id);
            _exit(write(channel[1], id, sizeof(id)) == sizeof(id) ? 0 : 1);
        }
    }
    bh_random_id("req", own);
    while (wait(NULL) > 0)
        continue;
    assert_int_equal(read(channel[0], ids, sizeof(ids)), sizeof(ids));
    for (size_t i = 0; i < CHILDREN; i++) {
        assert_string_not_equal(ids[i], own);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(ids[i], ids[k]);
    }
    close(channel[0]);
    close(channel[1]);
}

/* An identifier is its prefix, an underscore and 16 characters of base64url. */
static void test_identifiers_have_one_shape(void **state)
{
    (void)state;
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char id[BH_ID_TEXT];
    for (int i = 0; i < 1000; i++) {
        bh_random_id("agent", id);
        assert_memory_equal(id, "agent_", 6);
        assert_int_equal(strspn(id + 6, alphabet), 16);
        assert_int_equal(id[22], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forks_share_no_identifiers),
        cmocka_unit_test(test_identifiers_have_one_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
