// SPDX-License-Identifier: Apache-2.0
#include "lib/jwk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "lib/json.h"

/* RFC 8037, appendix A.2 and A.3. */
#define X "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define KID "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
#define KEY "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" X "\""

static int setup(void **state)
{
    static struct bh_arena arena;
    bh_arena_init(&arena, 1024, 65536);
    *state = &arena;
    return 0;
}

static int teardown(void **state)
{
    bh_arena_finish(*state);
    return 0;
}

static size_t count_of(void **state, const char *json)
{
    struct bh_signature_key *keys = NULL;
    size_t count = 0;
    return bh_key_directory_read(bh_span_from(json), *state, &keys, &count) ? count : 0;
}

/* The thumbprint of the standard's example key is the standard's. */
static void the_thumbprint_is_that_of_the_standard(void **state)
{
    unsigned char x[BH_ED25519_PUBLIC];
    char kid[BH_KID];
    (void)state;
    assert_true(bh_base64url_decode(BH_SPAN(X), x, sizeof(x)));
    bh_key_thumbprint(x, kid);
    assert_string_equal(kid, KID);
}

/* A key gets its thumbprint as its name, whatever name the document gives it. */
static void a_key_cannot_take_another_name(void **state)
{
    struct bh_signature_key *keys = NULL;
    size_t count = 0;
    assert_true(bh_key_directory_read(
        BH_SPAN("{\"keys\":[{" KEY ",\"kid\":\"somebody else\"}]}"), *state, &keys, &count));
    assert_int_equal(count, 1);
    assert_string_equal(keys[0].kid, KID);
}

/* What is written can be read back, with all members that verifiers ask for. */
static void a_written_key_reads_back(void **state)
{
    struct bh_signature_key key, *keys = NULL;
    size_t count = 0;
    struct bh_buf out;
    assert_true(bh_base64url_decode(BH_SPAN(X), key.x, sizeof(key.x)));
    bh_key_thumbprint(key.x, key.kid);
    bh_buf_init(&out, 4096);
    bh_buf_add_text(&out, "{\"keys\":[");
    bh_key_write(&key, &out);
    bh_buf_add_text(&out, "]}");
    assert_true(bh_span_equal(bh_buf_span(&out),
        BH_SPAN("{\"keys\":[{" KEY ",\"kid\":\"" KID "\",\"use\":\"sig\",\"alg\":\"EdDSA\"}]}")));
    assert_true(bh_key_directory_read(bh_buf_span(&out), *state, &keys, &count));
    assert_int_equal(count, 1);
    assert_memory_equal(&keys[0], &key, sizeof(key));
    bh_buf_finish(&out);
}

/* Keys of other kinds, for other uses, malformed, repeated or with their secret are left out; the rest stays.
 */
static void keys_that_are_not_for_this_are_left_out(void **state)
{
    static const char *const unusable[] = {
        "{\"kty\":\"EC\",\"crv\":\"Ed25519\",\"x\":\"" X "\"}",
        "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" X "\"}",
        "{\"crv\":\"Ed25519\",\"x\":\"" X "\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":7}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" X "=\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUR\"}",
        "{" KEY ",\"use\":\"enc\"}",
        "{" KEY ",\"alg\":\"HS256\"}",
        "{" KEY ",\"key_ops\":[\"sign\"]}",
        "{" KEY ",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\"}",
        "null",
        "[]",
    };
    char json[1024];
    for (size_t i = 0; i < sizeof(unusable) / sizeof(unusable[0]); i++) {
        snprintf(json, sizeof(json), "{\"keys\":[%s]}", unusable[i]);
        assert_int_equal(count_of(state, json), 0);
        snprintf(json, sizeof(json), "{\"keys\":[%s,{" KEY ",\"key_ops\":[\"verify\"]}]}", unusable[i]);
        assert_int_equal(count_of(state, json), 1);
    }
    assert_int_equal(count_of(state, "{\"keys\":[{" KEY "},{" KEY "}]}"), 1);
}

/* What is no key set, or could be read in two ways, is refused as a whole. */
static void other_documents_are_refused(void **state)
{
    assert_int_equal(count_of(state, ""), 0);
    assert_int_equal(count_of(state, "[]"), 0);
    assert_int_equal(count_of(state, "{}"), 0);
    assert_int_equal(count_of(state, "{\"keys\":{}}"), 0);
    assert_int_equal(count_of(state, "{\"keys\":[]}"), 0);
    assert_int_equal(count_of(state, "{\"keys\":[{" KEY "}],\"keys\":[{" KEY "}]}"), 0);
    assert_int_equal(count_of(state, "{\"keys\":[{" KEY ",\"kty\":\"OKP\"}]}"), 0);
    assert_int_equal(count_of(state, "{\"keys\":[{" KEY "}]} x"), 0);
}

/* `count` different keys, padded with white space to `size` bytes in all when that is more. */
static void write_directory(struct bh_buf *out, size_t count, size_t size)
{
    bh_buf_add_text(out, "{\"keys\":[");
    for (size_t i = 0; i < count; i++) {
        struct bh_signature_key key = {.kid = "", .x = {(unsigned char)(i + 1)}};
        bh_key_write(&key, out);
    }
    while (out->len + 2 < size)
        bh_buf_add_char(out, ' ');
    bh_buf_add_text(out, "]}");
}

/* Of more keys than the limit the first ones count, and a document of one byte too many is not read. */
static void the_limits_of_a_directory_hold(void **state)
{
    static const size_t sizes[][3] = {
        {BH_DIRECTORY_KEYS, 0, BH_DIRECTORY_KEYS},
        {BH_DIRECTORY_KEYS + 1, 0, BH_DIRECTORY_KEYS},
        {1, BH_DIRECTORY_BYTES, 1},
        {1, BH_DIRECTORY_BYTES + 1, 0},
    };
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct bh_signature_key *keys = NULL;
        size_t count = 0;
        struct bh_buf out;
        bh_buf_init(&out, 2 * BH_DIRECTORY_BYTES);
        write_directory(&out, sizes[i][0], sizes[i][1]);
        assert_false(out.failed);
        bool done = bh_key_directory_read(bh_buf_span(&out), *state, &keys, &count);
        assert_int_equal(done ? count : 0, sizes[i][2]);
        if (done)
            assert_int_equal(keys[0].x[0], 1);
        bh_buf_finish(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_thumbprint_is_that_of_the_standard),
        cmocka_unit_test_setup_teardown(a_key_cannot_take_another_name, setup, teardown),
        cmocka_unit_test_setup_teardown(a_written_key_reads_back, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_that_are_not_for_this_are_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(other_documents_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(the_limits_of_a_directory_hold, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
