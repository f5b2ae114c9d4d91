// SPDX-License-Identifier: Apache-2.0
#include "lib/ed25519.h"

#include <openssl/evp.h>

static EVP_PKEY *make_key(const struct bh_sha256 *seed)
{
    return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed->bytes, BH_SHA256_SIZE);
}

bool bh_ed25519_sign(const struct bh_sha256 *seed, struct bh_span message,
    unsigned char ret_signature[static BH_ED25519_SIGNATURE])
{
    size_t size = BH_ED25519_SIGNATURE;
    EVP_PKEY *key = make_key(seed);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done =
        key != NULL && context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
        EVP_DigestSign(context, ret_signature, &size, (const unsigned char *)message.data, message.len) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return done && size == BH_ED25519_SIGNATURE;
}

/* The key may be NULL. */
static bool is_by(EVP_PKEY *key, struct bh_span message, const unsigned char signature[static 1])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool valid = key != NULL && context != NULL &&
                 EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
                 EVP_DigestVerify(context, signature, BH_ED25519_SIGNATURE,
                     (const unsigned char *)message.data, message.len) == 1;
    EVP_MD_CTX_free(context);
    return valid;
}

bool bh_ed25519_is_signed(const struct bh_sha256 *seed, struct bh_span message,
    const unsigned char signature[static BH_ED25519_SIGNATURE])
{
    EVP_PKEY *key = make_key(seed);
    bool valid = is_by(key, message, signature);
    EVP_PKEY_free(key);
    return valid;
}

bool bh_ed25519_verify(const unsigned char public_key[static BH_ED25519_PUBLIC], struct bh_span message,
    const unsigned char signature[static BH_ED25519_SIGNATURE])
{
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, BH_ED25519_PUBLIC);
    bool valid = is_by(key, message, signature);
    EVP_PKEY_free(key);
    return valid;
}

bool bh_ed25519_public(const struct bh_sha256 *seed, unsigned char ret_public[static BH_ED25519_PUBLIC])
{
    size_t size = BH_ED25519_PUBLIC;
    EVP_PKEY *key = make_key(seed);
    bool done = key != NULL && EVP_PKEY_get_raw_public_key(key, ret_public, &size) == 1;
    EVP_PKEY_free(key);
    return done && size == BH_ED25519_PUBLIC;
}
