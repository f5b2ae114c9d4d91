// SPDX-License-Identifier: Apache-2.0
#include "lib/jws.h"

#include <string.h>

#include "lib/json.h"

static void add_base64url(struct bh_buf *out, struct bh_span data)
{
    if (out->failed)
        return;
    char *text = bh_buf_reserve(out, (data.len * 4 + 2) / 3 + 1);
    if (text != NULL)
        out->len += bh_base64url_encode(data, text);
}

bool bh_jws_write(const struct bh_sha256 *seed, struct bh_span payload, struct bh_buf *out)
{
    struct bh_signature_key key;
    unsigned char signature[BH_ED25519_SIGNATURE];
    BH_CLEANUP(bh_buf_finish) struct bh_buf header = {.limit = BH_JWS_HEADER_BYTES};
    size_t start = out->len;
    if (!bh_ed25519_public(seed, key.x))
        return false;
    bh_key_thumbprint(key.x, key.kid);
    bh_buf_addf(&header, "{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"typ\":\"JWT\"}", key.kid);
    add_base64url(out, bh_buf_span(&header));
    bh_buf_add_char(out, '.');
    add_base64url(out, payload);
    if (header.failed || out->failed ||
        !bh_ed25519_sign(seed, bh_span_from_index(bh_buf_span(out), start), signature))
        return false;
    bh_buf_add_char(out, '.');
    add_base64url(out, (struct bh_span){(const char *)signature, sizeof(signature)});
    return !out->failed;
}

/* ---- reading --------------------------------------------------------------------------------------------
 */

struct parts {
    struct bh_span header, payload, signature;
    struct bh_span signed_text; /* header and payload with the dot between them */
};

static bool split(struct bh_span token, struct parts *ret_parts)
{
    size_t first = bh_span_find(token, BH_SPAN("."));
    if (first == SIZE_MAX)
        return false;
    struct bh_span rest = bh_span_from_index(token, first + 1);
    size_t second = bh_span_find(rest, BH_SPAN("."));
    if (second == SIZE_MAX)
        return false;
    *ret_parts = (struct parts){.header = {token.data, first},
        .payload = {rest.data, second},
        .signature = bh_span_from_index(rest, second + 1),
        .signed_text = {token.data, first + 1 + second}};
    return true;
}

static bool decode(struct bh_span text, struct bh_arena *arena, struct bh_span *ret_bytes)
{
    if (text.len % 4 == 1)
        return false;
    size_t size = text.len / 4 * 3 + (text.len % 4 == 0 ? 0 : text.len % 4 - 1);
    unsigned char *bytes = bh_arena_alloc(arena, size + 1);
    if (bytes == NULL || !bh_base64url_decode(text, bytes, size))
        return false;
    *ret_bytes = (struct bh_span){(const char *)bytes, size};
    return true;
}

/* Members that would change what is signed or who is asked; a reader who does not do as they say must refuse.
 */
static bool has_extension(const json_t *header)
{
    static const char *const names[] = {"crit", "b64", "jwk", "jku", "x5c", "x5u"};
    for (size_t i = 0; i < BH_COUNT(names); i++) {
        if (json_object_get(header, names[i]) != NULL)
            return true;
    }
    return false;
}

/* The kid of a header that is as ours are; absent for any other. In the memory of `header`. */
static struct bh_span read_kid(const json_t *header)
{
    const json_t *type = json_object_get(header, "typ");
    if (!bh_span_equal(bh_json_member_text(header, "alg"), BH_SPAN("EdDSA")) || has_extension(header) ||
        (type != NULL && !bh_span_equal_ascii_nocase(bh_json_text(type), BH_SPAN("JWT"))))
        return BH_ABSENT;
    return bh_json_member_text(header, "kid");
}

static const struct bh_signature_key *find_key(
    const struct bh_signature_key *keys, size_t count, struct bh_span kid)
{
    for (size_t i = 0; i < count; i++) {
        if (bh_span_equal(bh_span_from(keys[i].kid), kid))
            return &keys[i];
    }
    return NULL;
}

enum bh_jws_result bh_jws_verify(struct bh_span token, const struct bh_signature_key *keys, size_t key_count,
    struct bh_arena *arena, struct bh_span *ret_payload)
{
    BH_CLEANUP(bh_json_release) json_t *header = NULL;
    struct parts parts;
    struct bh_span header_text, payload;
    unsigned char signature[BH_ED25519_SIGNATURE];
    if (token.len > BH_JWS_BYTES || !split(token, &parts) || parts.header.len > BH_JWS_HEADER_BYTES ||
        !decode(parts.header, arena, &header_text) || bh_json_parse_unique(header_text, &header) != BH_OK)
        return BH_JWS_MALFORMED;
    struct bh_span kid = read_kid(header);
    if (bh_span_is_absent(kid) || !decode(parts.payload, arena, &payload) ||
        !bh_base64url_decode(parts.signature, signature, sizeof(signature)))
        return BH_JWS_MALFORMED;
    const struct bh_signature_key *key = find_key(keys, key_count, kid);
    if (key == NULL)
        return BH_JWS_UNKNOWN_KEY;
    if (!bh_ed25519_verify(key->x, parts.signed_text, signature))
        return BH_JWS_BAD_SIGNATURE;
    *ret_payload = payload;
    return BH_JWS_VALID;
}
