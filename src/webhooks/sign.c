// SPDX-License-Identifier: Apache-2.0
#include "webhooks/sign.h"

#include <stdio.h>
#include <string.h>
#include <openssl/evp.h>

#include "lib/buf.h"
#include "lib/random.h"

#define PREFIX "whsec_"
#define KEY_SIZE 32
#define KEY_BASE64 44 /* with one "=" at the end */
#define SIGNED_EXTRA 256

_Static_assert(BH_WEBHOOK_SECRET_TEXT == sizeof(PREFIX) + KEY_BASE64, "the form of a secret");

void bh_webhook_secret_make(char ret_secret[static BH_WEBHOOK_SECRET_TEXT])
{
    unsigned char bytes[KEY_SIZE];
    char *text = ret_secret + sizeof(PREFIX) - 1;
    memcpy(ret_secret, PREFIX, sizeof(PREFIX) - 1);
    do {
        bh_random_bytes(bytes, sizeof(bytes));
        EVP_EncodeBlock((unsigned char *)text, bytes, sizeof(bytes));
    } while (strpbrk(text, "+/") != NULL);
    bh_wipe(bytes, sizeof(bytes));
}

void bh_webhook_secret_preview(const char *secret, char ret_preview[static BH_WEBHOOK_PREVIEW_TEXT])
{
    size_t length = strlen(secret);
    snprintf(
        ret_preview, BH_WEBHOOK_PREVIEW_TEXT, "%.10s...%s", secret, secret + (length > 6 ? length - 6 : 0));
}

/* The key is a text: hex of the secret's hash, or hex of what the pepper makes of that. */
static void legacy_key(struct bh_span secret, struct bh_span pepper, char ret_key[static BH_SHA256_HEX + 1])
{
    struct bh_sha256 digest = bh_sha256(secret);
    bh_hex_encode(bh_sha256_span(&digest), ret_key);
    pepper = bh_span_trim(pepper);
    if (pepper.len > 0) {
        digest = bh_hmac_sha256(pepper, (struct bh_span){ret_key, BH_SHA256_HEX});
        bh_hex_encode(bh_sha256_span(&digest), ret_key);
    }
    bh_wipe(&digest, sizeof(digest));
}

void bh_webhook_sign(struct bh_span secret, struct bh_span pepper, int64_t timestamp, struct bh_span body,
    char ret_signature[static BH_SIGNATURE_TEXT])
{
    char key[BH_SHA256_HEX + 1];
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    legacy_key(secret, pepper, key);
    bh_buf_init(&text, body.len + SIGNED_EXTRA);
    bh_buf_addf(&text, "%lld.", (long long)timestamp);
    bh_buf_add(&text, body);
    struct bh_sha256 digest = bh_hmac_sha256((struct bh_span){key, BH_SHA256_HEX}, bh_buf_span(&text));
    memcpy(ret_signature, "v1=", 3);
    bh_hex_encode(bh_sha256_span(&digest), ret_signature + 3);
    bh_wipe(key, sizeof(key));
}

/* The 32 bytes that the secret encodes. */
static bool decode_secret(struct bh_span secret, unsigned char ret_key[static KEY_SIZE + 1])
{
    struct bh_span text = bh_span_from_index(secret, sizeof(PREFIX) - 1);
    return bh_span_starts_with(secret, BH_SPAN(PREFIX)) && text.len == KEY_BASE64 &&
           text.data[KEY_BASE64 - 1] == '=' && text.data[KEY_BASE64 - 2] != '=' &&
           EVP_DecodeBlock(ret_key, (const unsigned char *)text.data, KEY_BASE64) == KEY_SIZE + 1;
}

bool bh_webhook_sign_standard(struct bh_span secret, struct bh_span id, int64_t timestamp,
    struct bh_span body, char ret_signature[static BH_STANDARD_TEXT])
{
    unsigned char key[KEY_SIZE + 1];
    if (!decode_secret(secret, key))
        return false;
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, id.len + body.len + SIGNED_EXTRA);
    bh_buf_add(&text, id);
    bh_buf_addf(&text, ".%lld.", (long long)timestamp);
    bh_buf_add(&text, body);
    struct bh_sha256 digest =
        bh_hmac_sha256((struct bh_span){(const char *)key, KEY_SIZE}, bh_buf_span(&text));
    memcpy(ret_signature, "v1,", 3);
    EVP_EncodeBlock((unsigned char *)ret_signature + 3, digest.bytes, BH_SHA256_SIZE);
    bh_wipe(key, sizeof(key));
    return true;
}
