// SPDX-License-Identifier: Apache-2.0
#include "lib/ed25519.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* RFC 8032, section 7.1, tests 1 and 2. */
struct vector {
    const char *seed, *public_key;
    struct bh_span message;
    const char *signature;
};

static const struct vector vectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", {"", 0},
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", {"\x72", 1},
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00"},
};

static unsigned char nibble(char digit)
{
    return (unsigned char)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

static void read_hex(const char *text, unsigned char *ret_bytes, size_t size)
{
    assert_int_equal(strlen(text), 2 * size);
    for (size_t i = 0; i < size; i++)
        ret_bytes[i] = (unsigned char)(nibble(text[2 * i]) << 4 | nibble(text[2 * i + 1]));
}

/* Keys and signatures are those that the standard gives as examples. */
static void keys_and_signatures_are_those_of_the_standard(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        struct bh_sha256 seed;
        unsigned char wanted_key[BH_ED25519_PUBLIC], key[BH_ED25519_PUBLIC];
        unsigned char wanted[BH_ED25519_SIGNATURE], signature[BH_ED25519_SIGNATURE];
        read_hex(vectors[i].seed, seed.bytes, sizeof(seed.bytes));
        read_hex(vectors[i].public_key, wanted_key, sizeof(wanted_key));
        read_hex(vectors[i].signature, wanted, sizeof(wanted));
        assert_true(bh_ed25519_public(&seed, key));
        assert_memory_equal(key, wanted_key, sizeof(key));
        assert_true(bh_ed25519_sign(&seed, vectors[i].message, signature));
        assert_memory_equal(signature, wanted, sizeof(signature));
        assert_true(bh_ed25519_is_signed(&seed, vectors[i].message, signature));
        assert_true(bh_ed25519_verify(key, vectors[i].message, signature));
    }
}

/* A signature does not hold for another message, another key, or with any bit of it turned. */
static void an_altered_signature_message_or_key_does_not_verify(void **state)
{
    (void)state;
    unsigned char key[BH_ED25519_PUBLIC], other[BH_ED25519_PUBLIC], signature[BH_ED25519_SIGNATURE];
    read_hex(vectors[0].public_key, other, sizeof(other));
    read_hex(vectors[1].public_key, key, sizeof(key));
    read_hex(vectors[1].signature, signature, sizeof(signature));
    assert_true(bh_ed25519_verify(key, vectors[1].message, signature));
    assert_false(bh_ed25519_verify(other, vectors[1].message, signature));
    assert_false(bh_ed25519_verify(key, BH_SPAN("\x73"), signature));
    assert_false(bh_ed25519_verify(key, BH_SPAN(""), signature));
    for (size_t bit = 0; bit < 8 * sizeof(signature); bit++) {
        signature[bit / 8] ^= (unsigned char)(1U << bit % 8);
        assert_false(bh_ed25519_verify(key, vectors[1].message, signature));
        signature[bit / 8] ^= (unsigned char)(1U << bit % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_signatures_are_those_of_the_standard),
        cmocka_unit_test(an_altered_signature_message_or_key_does_not_verify),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
