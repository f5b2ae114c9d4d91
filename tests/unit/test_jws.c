// SPDX-License-Identifier: Apache-2.0
#include "lib/jws.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* RFC 8037, appendix A: the key, and what it signs. */
#define SEED "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
#define KID "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
#define EXAMPLE_HEADER "eyJhbGciOiJFZERTQSJ9"
#define EXAMPLE_PAYLOAD "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
#define EXAMPLE_SIGNATURE                                                                                    \
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"

static struct bh_arena arena;
static struct bh_sha256 seed;
static struct bh_signature_key key;

static int setup(void **state)
{
    (void)state;
    bh_arena_init(&arena, 4096, (size_t)16 << 20);
    assert_true(bh_base64url_decode(BH_SPAN(SEED), seed.bytes, sizeof(seed.bytes)));
    assert_true(bh_ed25519_public(&seed, key.x));
    bh_key_thumbprint(key.x, key.kid);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bh_arena_finish(&arena);
    return 0;
}

/* What the key signs for this header, whatever it says. */
static void sign_header(const char *header, struct bh_buf *out)
{
    char text[2 * BH_JWS_HEADER_BYTES];
    unsigned char signature[BH_ED25519_SIGNATURE];
    assert_true(strlen(header) <= BH_JWS_HEADER_BYTES);
    bh_base64url_encode(bh_span_from(header), text);
    bh_buf_init(out, 8192);
    bh_buf_addf(out, "%s.e30", text);
    assert_true(bh_ed25519_sign(&seed, bh_buf_span(out), signature));
    bh_base64url_encode((struct bh_span){(const char *)signature, sizeof(signature)}, text);
    bh_buf_addf(out, ".%s", text);
    assert_false(out->failed);
}

static enum bh_jws_result verify(struct bh_span token)
{
    struct bh_span payload;
    return bh_jws_verify(token, &key, 1, &arena, &payload);
}

static enum bh_jws_result verify_header(const char *header)
{
    struct bh_buf token;
    sign_header(header, &token);
    enum bh_jws_result result = verify(bh_buf_span(&token));
    bh_buf_finish(&token);
    return result;
}

/* The example of the standard is signed as the standard signs it. */
static void the_example_of_the_standard_has_its_signature(void **state)
{
    (void)state;
    unsigned char signature[BH_ED25519_SIGNATURE], wanted[BH_ED25519_SIGNATURE];
    assert_string_equal(key.kid, KID);
    assert_true(bh_base64url_decode(BH_SPAN(EXAMPLE_SIGNATURE), wanted, sizeof(wanted)));
    assert_true(bh_ed25519_sign(&seed, BH_SPAN(EXAMPLE_HEADER "." EXAMPLE_PAYLOAD), signature));
    assert_memory_equal(signature, wanted, sizeof(wanted));
    assert_true(bh_ed25519_verify(key.x, BH_SPAN(EXAMPLE_HEADER "." EXAMPLE_PAYLOAD), wanted));
}

/* The example names no key, so it is refused although its signature is good. */
static void a_text_that_names_no_key_is_refused(void **state)
{
    (void)state;
    struct bh_span example = BH_SPAN(EXAMPLE_HEADER "." EXAMPLE_PAYLOAD "." EXAMPLE_SIGNATURE);
    assert_int_equal(verify(example), BH_JWS_MALFORMED);
}

/* What is written verifies to the same payload, for every length modulo three and for none. */
static void what_is_written_verifies_to_the_same_payload(void **state)
{
    (void)state;
    static const char *const payloads[] = {"", "{}", "{ }", "{\"a\":1}", "\x01\xff\x7f\x80"};
    for (size_t i = 0; i < BH_COUNT(payloads); i++) {
        struct bh_buf out;
        struct bh_span payload;
        bh_buf_init(&out, 4096);
        assert_true(bh_jws_write(&seed, bh_span_from(payloads[i]), &out));
        assert_int_equal(bh_jws_verify(bh_buf_span(&out), &key, 1, &arena, &payload), BH_JWS_VALID);
        assert_true(bh_span_equal(payload, bh_span_from(payloads[i])));
        bh_buf_finish(&out);
    }
}

/* No character of a token can be changed, and nothing put before or behind it. */
static void no_character_can_be_changed(void **state)
{
    (void)state;
    struct bh_buf out;
    bh_buf_init(&out, 4096);
    assert_true(bh_jws_write(&seed, BH_SPAN("{\"a\":1}"), &out));
    for (size_t i = 0; i < out.len; i++) {
        char kept = out.data[i];
        static const char others[] = "AZaz09-_.=+ \n";
        for (const char *other = others; *other != 0; other++) {
            out.data[i] = *other;
            assert_true(*other == kept || verify(bh_buf_span(&out)) != BH_JWS_VALID);
        }
        out.data[i] = kept;
        assert_int_not_equal(verify((struct bh_span){out.data, i}), BH_JWS_VALID);
        assert_int_not_equal(verify(bh_span_from_index(bh_buf_span(&out), i + 1)), BH_JWS_VALID);
    }
    assert_int_equal(verify(bh_buf_span(&out)), BH_JWS_VALID);
    bh_buf_add_char(&out, '.');
    assert_int_equal(verify(bh_buf_span(&out)), BH_JWS_MALFORMED);
    bh_buf_finish(&out);
}

/* A header that says anything but "EdDSA with this key" is refused, although the key has signed it. */
static void only_the_one_header_is_accepted(void **state)
{
    (void)state;
    static const char *const malformed[] = {
        "{\"alg\":\"none\",\"kid\":\"" KID "\"}",
        "{\"alg\":\"HS256\",\"kid\":\"" KID "\"}",
        "{\"alg\":\"eddsa\",\"kid\":\"" KID "\"}",
        "{\"alg\":7,\"kid\":\"" KID "\"}",
        "{\"kid\":\"" KID "\"}",
        "{\"alg\":\"EdDSA\"}",
        "{\"alg\":\"EdDSA\",\"kid\":7}",
        "{\"alg\":\"EdDSA\",\"kid\":\"" KID "\",\"crit\":[\"exp\"]}",
        "{\"alg\":\"EdDSA\",\"kid\":\"" KID "\",\"b64\":false}",
        "{\"alg\":\"EdDSA\",\"kid\":\"" KID "\",\"jwk\":{}}",
        "{\"alg\":\"EdDSA\",\"kid\":\"" KID "\",\"jku\":\"https://example.com\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"" KID "\",\"typ\":\"dpop+jwt\"}",
        "{\"alg\":\"none\",\"alg\":\"EdDSA\",\"kid\":\"" KID "\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"x\",\"kid\":\"" KID "\"}",
        "[\"EdDSA\",\"" KID "\"]",
        "EdDSA",
        "",
    };
    assert_int_equal(verify_header("{\"alg\":\"EdDSA\",\"kid\":\"" KID "\",\"typ\":\"JWT\"}"), BH_JWS_VALID);
    assert_int_equal(verify_header("{\"alg\":\"EdDSA\",\"kid\":\"" KID "\"}"), BH_JWS_VALID);
    for (size_t i = 0; i < BH_COUNT(malformed); i++)
        assert_int_equal(verify_header(malformed[i]), BH_JWS_MALFORMED);
    assert_int_equal(verify_header("{\"alg\":\"EdDSA\",\"kid\":\"other\"}"), BH_JWS_UNKNOWN_KEY);
    assert_int_equal(verify_header("{\"alg\":\"EdDSA\",\"kid\":\"\"}"), BH_JWS_UNKNOWN_KEY);
}

/* A token is verified with the key that it names, and with no other of the set. */
static void only_the_named_key_counts(void **state)
{
    (void)state;
    struct bh_sha256 other_seed = {.bytes = {1}};
    struct bh_signature_key keys[2] = {key, key};
    struct bh_span payload;
    struct bh_buf out;
    bh_buf_init(&out, 4096);
    assert_true(bh_ed25519_public(&other_seed, keys[1].x));
    bh_key_thumbprint(keys[1].x, keys[1].kid);
    assert_true(bh_jws_write(&other_seed, BH_SPAN("{}"), &out));
    assert_int_equal(bh_jws_verify(bh_buf_span(&out), keys, 2, &arena, &payload), BH_JWS_VALID);
    assert_int_equal(bh_jws_verify(bh_buf_span(&out), keys, 1, &arena, &payload), BH_JWS_UNKNOWN_KEY);
    assert_int_equal(bh_jws_verify(bh_buf_span(&out), NULL, 0, &arena, &payload), BH_JWS_UNKNOWN_KEY);
    memcpy(keys[0].kid, keys[1].kid, sizeof(keys[0].kid)); /* the first key under the second one's name */
    assert_int_equal(bh_jws_verify(bh_buf_span(&out), keys, 1, &arena, &payload), BH_JWS_BAD_SIGNATURE);
    bh_buf_finish(&out);
}

/* A token of exactly the longest length is read, one with one character more is not. */
static void the_longest_token_is_read(void **state)
{
    (void)state;
    struct bh_buf out;
    struct bh_buf payload;
    bh_buf_init(&payload, BH_JWS_BYTES);
    bh_buf_init(&out, 2 * BH_JWS_BYTES);
    assert_true(bh_jws_write(&seed, BH_SPAN(""), &out));
    size_t rest = BH_JWS_BYTES - out.len; /* for the payload */
    size_t size = rest / 4 * 3 + (rest % 4 == 0 ? 0 : rest % 4 - 1);
    assert_int_not_equal(rest % 4, 1);
    bh_buf_clear(&out);
    for (size_t i = 0; i < size; i++)
        bh_buf_add_char(&payload, 'a');
    assert_true(bh_jws_write(&seed, bh_buf_span(&payload), &out));
    assert_int_equal(out.len, BH_JWS_BYTES);
    assert_int_equal(verify(bh_buf_span(&out)), BH_JWS_VALID);
    bh_buf_clear(&out);
    bh_buf_add_char(&payload, 'a');
    assert_true(bh_jws_write(&seed, bh_buf_span(&payload), &out));
    assert_true(out.len > BH_JWS_BYTES);
    assert_int_equal(verify(bh_buf_span(&out)), BH_JWS_MALFORMED);
    bh_buf_finish(&payload);
    bh_buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_example_of_the_standard_has_its_signature, setup, teardown),
        cmocka_unit_test_setup_teardown(a_text_that_names_no_key_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_written_verifies_to_the_same_payload, setup, teardown),
        cmocka_unit_test_setup_teardown(no_character_can_be_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(only_the_one_header_is_accepted, setup, teardown),
        cmocka_unit_test_setup_teardown(only_the_named_key_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(the_longest_token_is_read, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
