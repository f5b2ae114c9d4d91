// SPDX-License-Identifier: Apache-2.0
#include "lib/jwk.h"

#include <stdio.h>
#include <string.h>

#include "lib/json.h"

#define X_TEXT 44 /* 32 bytes as base64url, and NUL */

static struct bh_span bytes_of(const unsigned char x[static BH_ED25519_PUBLIC])
{
    return (struct bh_span){(const char *)x, BH_ED25519_PUBLIC};
}

void bh_key_thumbprint(const unsigned char x[static BH_ED25519_PUBLIC], char ret_kid[static BH_KID])
{
    char x_text[X_TEXT], json[128];
    bh_base64url_encode(bytes_of(x), x_text);
    /* The required members in the order of their names, without white space: what the standard hashes. */
    snprintf(json, sizeof(json), "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"%s\"}", x_text);
    struct bh_sha256 digest = bh_sha256(bh_span_from(json));
    bh_base64url_encode(bh_sha256_span(&digest), ret_kid);
}

/* The member is missing or one of the two texts. */
static bool fits(const json_t *jwk, const char *name, struct bh_span text, struct bh_span other)
{
    const json_t *member = json_object_get(jwk, name);
    return member == NULL || bh_span_equal(bh_json_text(member), text) ||
           bh_span_equal(bh_json_text(member), other);
}

static bool may_verify(const json_t *jwk)
{
    const json_t *operations = json_object_get(jwk, "key_ops");
    if (operations == NULL)
        return true;
    for (size_t i = 0; i < json_array_size(operations); i++) {
        if (bh_span_equal(bh_json_text(json_array_get(operations, i)), BH_SPAN("verify")))
            return true;
    }
    return false;
}

static bool read_key(const json_t *jwk, struct bh_signature_key *ret_key)
{
    struct bh_signature_key key;
    if (!bh_span_equal(bh_json_member_text(jwk, "kty"), BH_SPAN("OKP")) ||
        !bh_span_equal(bh_json_member_text(jwk, "crv"), BH_SPAN("Ed25519")) ||
        !fits(jwk, "use", BH_SPAN("sig"), BH_SPAN("sig")) ||
        !fits(jwk, "alg", BH_SPAN("EdDSA"), BH_SPAN("Ed25519")) || !may_verify(jwk) ||
        json_object_get(jwk, "d") != NULL)
        return false;
    struct bh_span x = bh_json_member_text(jwk, "x");
    if (!bh_base64url_decode(x, key.x, sizeof(key.x)))
        return false;
    bh_key_thumbprint(key.x, key.kid);
    *ret_key = key;
    return true;
}

static bool has_key(const struct bh_signature_key *keys, size_t count, const struct bh_signature_key *key)
{
    for (size_t i = 0; i < count; i++) {
        if (memcmp(keys[i].x, key->x, sizeof(key->x)) == 0)
            return true;
    }
    return false;
}

static size_t read_keys(const json_t *list, struct bh_signature_key keys[static BH_DIRECTORY_KEYS])
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(list) && count < BH_DIRECTORY_KEYS; i++) {
        struct bh_signature_key key;
        if (read_key(json_array_get(list, i), &key) && !has_key(keys, count, &key))
            keys[count++] = key;
    }
    return count;
}

bool bh_key_directory_read(
    struct bh_span json, struct bh_arena *arena, struct bh_signature_key **ret_keys, size_t *ret_count)
{
    BH_CLEANUP(bh_json_release) json_t *document = NULL;
    struct bh_signature_key keys[BH_DIRECTORY_KEYS];
    if (json.len > BH_DIRECTORY_BYTES || bh_json_parse_unique(json, &document) != BH_OK)
        return false;
    size_t count = read_keys(json_object_get(document, "keys"), keys);
    if (count == 0)
        return false;
    struct bh_signature_key *copy = bh_arena_alloc(arena, count * sizeof(*copy));
    if (copy == NULL)
        return false;
    memcpy(copy, keys, count * sizeof(*copy));
    *ret_keys = copy;
    *ret_count = count;
    return true;
}

void bh_key_write(const struct bh_signature_key *key, struct bh_buf *out)
{
    char x[X_TEXT];
    bh_base64url_encode(bytes_of(key->x), x);
    bh_json_add_separator(out);
    bh_buf_addf(out,
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\",\"kid\":\"%s\",\"use\":\"sig\",\"alg\":\"EdDSA\"}",
        x, key->kid);
}
