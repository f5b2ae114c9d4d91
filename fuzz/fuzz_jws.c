// SPDX-License-Identifier: Apache-2.0
/*
 * No token verifies but those that the key has signed: a byte of a signed one that is changed makes it
 * invalid, and what comes from outside can at best be one that the key made. A payload that was signed comes
 * back as it was. A key set that was read can be written and read again, to the same keys.
 */
#include "fuzz_input.h"

#include "lib/jws.h"

#define ARENA_LIMIT ((size_t)1 << 24)

static const struct bh_sha256 seed = {.bytes = {1, 2, 3}};

static void check_payload(
    struct bh_span payload, struct bh_span place, const struct bh_signature_key *key, struct bh_arena *arena)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf token = {.limit = ARENA_LIMIT};
    struct bh_span found;
    require(bh_jws_write(&seed, payload, &token));
    enum bh_jws_result result = bh_jws_verify(bh_buf_span(&token), key, 1, arena, &found);
    require(result == BH_JWS_VALID && bh_span_equal(found, payload));
    if (place.len < 3)
        return;
    size_t at = ((size_t)(unsigned char)place.data[0] << 8 | (unsigned char)place.data[1]) % token.len;
    if (token.data[at] == place.data[2])
        return;
    token.data[at] = place.data[2];
    require(bh_jws_verify(bh_buf_span(&token), key, 1, arena, &found) != BH_JWS_VALID);
}

static void check_keys(struct bh_span json, struct bh_arena *arena)
{
    struct bh_signature_key *keys, *again;
    size_t count, count_again;
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {.limit = ARENA_LIMIT};
    if (!bh_key_directory_read(json, arena, &keys, &count))
        return;
    require(count > 0 && count <= BH_DIRECTORY_KEYS);
    bh_buf_add_text(&text, "{\"keys\":[");
    for (size_t i = 0; i < count; i++)
        bh_key_write(&keys[i], &text);
    bh_buf_add_text(&text, "]}");
    require(bh_key_directory_read(bh_buf_span(&text), arena, &again, &count_again));
    require(count_again == count && memcmp(keys, again, count * sizeof(*keys)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bh_span rest = {(const char *)data, size};
    struct bh_span token = take_text(&rest);
    struct bh_span json = take_text(&rest);
    struct bh_span payload = take_text(&rest);
    struct bh_span found;
    struct bh_signature_key key;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    bh_arena_init(&arena, 4096, ARENA_LIMIT);
    require(bh_ed25519_public(&seed, key.x));
    bh_key_thumbprint(key.x, key.kid);
    if (bh_jws_verify(token, &key, 1, &arena, &found) == BH_JWS_VALID) {
        BH_CLEANUP(bh_buf_finish) struct bh_buf text = {.limit = ARENA_LIMIT};
        require(token.len <= BH_JWS_BYTES && found.len < token.len);
        require(bh_jws_write(&seed, found, &text));
    }
    check_keys(json, &arena);
    if (!bh_span_is_absent(payload))
        check_payload(payload, rest, &key, &arena);
    return 0;
}
