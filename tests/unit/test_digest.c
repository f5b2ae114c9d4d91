// SPDX-License-Identifier: Apache-2.0
#include "lib/digest.h"
#include "lib/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* SHA-256 and HMAC-SHA256 give the published test values (FIPS 180-4, RFC 4231). */
static void test_digests_match_published_values(void **state)
{
    (void)state;
    char hex[BH_SHA256_HEX + 1];
    struct bh_sha256 digest = bh_sha256(BH_SPAN("abc"));
    bh_hex_encode(bh_sha256_span(&digest), hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest = bh_sha256_two(BH_SPAN("a"), BH_SPAN("bc"));
    bh_hex_encode(bh_sha256_span(&digest), hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest = bh_hmac_sha256(BH_SPAN("Jefe"), BH_SPAN("what do ya want for nothing?"));
    bh_hex_encode(bh_sha256_span(&digest), hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    char long_key[131];
    memset(long_key, 0xAA, sizeof(long_key));
    digest = bh_hmac_sha256((struct bh_span){long_key, sizeof(long_key)},
        BH_SPAN("Test Using Larger Than Block-Size Key - Hash Key First"));
    bh_hex_encode(bh_sha256_span(&digest), hex);
    assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* base64url without padding reads back, and refuses other lengths, characters and spare bits. */
static void test_base64url_reads_back_and_refuses_the_rest(void **state)
{
    (void)state;
    char text[64];
    unsigned char bytes[32];
    for (size_t size = 0; size <= 32; size++) {
        unsigned char random[32];
        bh_random_bytes(random, sizeof(random));
        size_t length = bh_base64url_encode((struct bh_span){(const char *)random, size}, text);
        assert_int_equal(length, (size * 4 + 2) / 3);
        assert_true(bh_base64url_decode((struct bh_span){text, length}, bytes, size));
        assert_memory_equal(bytes, random, size);
        assert_false(bh_base64url_decode((struct bh_span){text, length}, bytes, size + 1));
    }
    assert_true(bh_base64url_decode(BH_SPAN("-_8"), bytes, 2));
    assert_false(bh_base64url_decode(BH_SPAN("-_9"), bytes, 2)); /* spare bits */
    assert_false(bh_base64url_decode(BH_SPAN("+_8"), bytes, 2));
    assert_false(bh_base64url_decode(BH_SPAN("-_8="), bytes, 2));
}

/* Comparison says equal only for equal bytes of equal length. */
static void test_comparison_is_exact(void **state)
{
    (void)state;
    assert_true(bh_equal_constant_time(BH_SPAN("secret"), BH_SPAN("secret")));
    assert_false(bh_equal_constant_time(BH_SPAN("secret"), BH_SPAN("secreT")));
    assert_false(bh_equal_constant_time(BH_SPAN("secret"), BH_SPAN("secre")));
    assert_true(bh_equal_constant_time(BH_SPAN(""), BH_SPAN("")));
}

/* Ids and secrets have their prefix and length and do not repeat. */
static void test_ids_and_secrets_have_their_form(void **state)
{
    (void)state;
    char id[BH_ID_TEXT];
    char other[BH_ID_TEXT];
    char secret[BH_SECRET_TEXT];
    bh_random_id("agent", id);
    bh_random_id("agent", other);
    bh_random_secret("bhf_sk_", secret);
    assert_int_equal(strlen(id), strlen("agent_") + 16);
    assert_memory_equal(id, "agent_", 6);
    assert_string_not_equal(id, other);
    assert_int_equal(strlen(secret), 7 + 43);
    assert_memory_equal(secret, "bhf_sk_", 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digests_match_published_values),
        cmocka_unit_test(test_base64url_reads_back_and_refuses_the_rest),
        cmocka_unit_test(test_comparison_is_exact),
        cmocka_unit_test(test_ids_and_secrets_have_their_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
