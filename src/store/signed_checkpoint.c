// SPDX-License-Identifier: Apache-2.0
#include "store/signed_checkpoint.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "lib/timefmt.h"
#include "store/audit_state.h"

#define PURPOSE "BehalfID audit checkpoint 1\n"

static void encode_base64(const unsigned char *bytes, int size, char *ret_text)
{
    ret_text[EVP_EncodeBlock((unsigned char *)ret_text, bytes, size)] = 0;
}

enum bh_err bh_public_key_make(const struct bh_server_key *key, struct bh_public_key *ret_key)
{
    /* A SubjectPublicKeyInfo of Ed25519 is these bytes, then the key. */
    unsigned char der[12 + BH_ED25519_PUBLIC] = {
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
    char der_text[64];
    char hex[BH_SHA256_HEX + 1];
    struct bh_sha256 seed = bh_audit_checkpoint_seed(key);
    bool done = bh_ed25519_public(&seed, der + 12);
    bh_wipe(&seed, sizeof(seed));
    if (!done)
        return BH_ERR_INTERNAL;
    struct bh_sha256 digest = bh_sha256((struct bh_span){(const char *)der + 12, BH_ED25519_PUBLIC});
    bh_hex_encode(bh_sha256_span(&digest), hex);
    snprintf(ret_key->key_id, sizeof(ret_key->key_id), "%.16s", hex);
    encode_base64(der + 12, BH_ED25519_PUBLIC, ret_key->base64);
    encode_base64(der, sizeof(der), der_text);
    snprintf(ret_key->pem, sizeof(ret_key->pem),
        "-----BEGIN PUBLIC KEY-----\n%.62s\n-----END PUBLIC KEY-----\n", der_text);
    return BH_OK;
}

static void write_text(struct bh_signed_checkpoint *checkpoint)
{
    char chain[BH_SHA256_HEX + 1];
    char time[BH_TIME_TEXT];
    bh_hex_encode(bh_sha256_span(&checkpoint->known.chain), chain);
    bh_time_format(checkpoint->time, time);
    snprintf(checkpoint->text, sizeof(checkpoint->text), PURPOSE "size %lld\nchain %s\ntime %s\n",
        (long long)checkpoint->known.size, chain, time);
}

static enum bh_err read_state(
    struct bh_db *db, const struct bh_server_key *key, struct bh_audit_known *ret_known)
{
    struct bh_audit_state state = {0};
    struct bh_sha256 mac_key = bh_audit_state_key(key);
    enum bh_err err = bh_audit_state_read(db, &state);
    bool valid = err == BH_OK && bh_audit_state_is_valid(&state, &mac_key);
    bh_wipe(&mac_key, sizeof(mac_key));
    if (err == BH_ERR_NOT_FOUND || (err == BH_OK && !valid))
        return BH_ERR_STORE_CORRUPT;
    if (err == BH_OK)
        *ret_known = (struct bh_audit_known){state.head, state.chain};
    return err;
}

enum bh_err bh_signed_checkpoint_make(struct bh_db *db, const struct bh_server_key *key, int64_t now_ms,
    struct bh_signed_checkpoint *ret_checkpoint)
{
    unsigned char signature[BH_ED25519_SIGNATURE];
    struct bh_public_key public;
    struct bh_signed_checkpoint checkpoint = {.time = now_ms};
    enum bh_err err = read_state(db, key, &checkpoint.known);
    if (err == BH_OK)
        err = bh_public_key_make(key, &public);
    if (err != BH_OK)
        return err;
    write_text(&checkpoint);
    struct bh_sha256 seed = bh_audit_checkpoint_seed(key);
    bool done = bh_ed25519_sign(&seed, bh_span_from(checkpoint.text), signature);
    bh_wipe(&seed, sizeof(seed));
    if (!done)
        return BH_ERR_INTERNAL;
    encode_base64(signature, sizeof(signature), checkpoint.signature);
    memcpy(checkpoint.key_id, public.key_id, sizeof(checkpoint.key_id));
    *ret_checkpoint = checkpoint;
    return BH_OK;
}

/* ---- reading --------------------------------------------------------------------------------------------
 */

/* The rest of the line that begins with `name`, which is taken off `text`; absent when it does not. */
static struct bh_span take_line(struct bh_span *text, struct bh_span name)
{
    const char *end = text->len > 0 ? memchr(text->data, '\n', text->len) : NULL;
    if (end == NULL || !bh_span_starts_with(*text, name))
        return BH_ABSENT;
    struct bh_span line = {text->data, (size_t)(end - text->data)};
    *text = bh_span_from_index(*text, line.len + 1);
    return bh_span_from_index(line, name.len);
}

static bool read_size(struct bh_span text, int64_t *ret_size)
{
    int64_t size = 0;
    if (text.len == 0 || text.len > 18)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        size = size * 10 + (text.data[i] - '0');
    }
    *ret_size = size;
    return true;
}

static bool read_hex(struct bh_span text, struct bh_sha256 *ret_digest)
{
    static const char digits[] = "0123456789abcdef";
    if (text.len != BH_SHA256_HEX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const char *digit = text.data[i] == 0 ? NULL : strchr(digits, text.data[i]);
        if (digit == NULL)
            return false;
        unsigned value = (unsigned)(digit - digits);
        unsigned char *byte = &ret_digest->bytes[i / 2];
        *byte = (unsigned char)(i % 2 == 0 ? value << 4 : *byte | value);
    }
    return true;
}

static bool read_signature(struct bh_span text, unsigned char ret_signature[static BH_ED25519_SIGNATURE])
{
    unsigned char bytes[BH_ED25519_SIGNATURE + 2]; /* it decodes the padding as zeros */
    if (text.len != BH_CHECKPOINT_BASE64 - 1 ||
        EVP_DecodeBlock(bytes, (const unsigned char *)text.data, (int)text.len) != sizeof(bytes))
        return false;
    memcpy(ret_signature, bytes, BH_ED25519_SIGNATURE);
    return true;
}

bool bh_signed_checkpoint_read(const struct bh_server_key *key, struct bh_span text, struct bh_span signature,
    struct bh_audit_known *ret_known, int64_t *ret_time)
{
    unsigned char bytes[BH_ED25519_SIGNATURE];
    struct bh_audit_known known;
    int64_t time;
    struct bh_sha256 seed = bh_audit_checkpoint_seed(key);
    bool valid = read_signature(signature, bytes) && bh_ed25519_is_signed(&seed, text, bytes);
    bh_wipe(&seed, sizeof(seed));
    struct bh_span rest = text;
    valid = valid && bh_span_starts_with(rest, BH_SPAN(PURPOSE));
    if (!valid)
        return false;
    rest = bh_span_from_index(rest, sizeof(PURPOSE) - 1);
    valid = read_size(take_line(&rest, BH_SPAN("size ")), &known.size) &&
            read_hex(take_line(&rest, BH_SPAN("chain ")), &known.chain) &&
            bh_time_parse(take_line(&rest, BH_SPAN("time ")), &time) && rest.len == 0;
    if (!valid)
        return false;
    *ret_known = known;
    *ret_time = time;
    return true;
}
