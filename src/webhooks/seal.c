// SPDX-License-Identifier: Apache-2.0
#include "webhooks/seal.h"

#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

#include "lib/random.h"

#define VERSION 1
#define NONCE 12
#define TAG 16

_Static_assert(BH_SEALED_EXTRA == 1 + NONCE + TAG, "the form of a sealed secret");

static void free_context(EVP_CIPHER_CTX **context)
{
    EVP_CIPHER_CTX_free(*context);
}

/* Version and id are authenticated with the secret. */
static bool add_associated(EVP_CIPHER_CTX *context, struct bh_span webhook_id)
{
    static const unsigned char version = VERSION;
    int length;
    return EVP_CipherUpdate(context, NULL, &length, &version, 1) == 1 &&
           EVP_CipherUpdate(
               context, NULL, &length, (const unsigned char *)webhook_id.data, (int)webhook_id.len) == 1;
}

static bool start(EVP_CIPHER_CTX *context, bool seal, const struct bh_server_key *key,
    const unsigned char *nonce, struct bh_span webhook_id)
{
    struct bh_sha256 derived = bh_server_key_derive(key, "webhook-secret");
    bool started = context != NULL &&
                   EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, derived.bytes, nonce, seal) == 1 &&
                   add_associated(context, webhook_id);
    bh_wipe(&derived, sizeof(derived));
    return started;
}

size_t bh_seal(const struct bh_server_key *key, struct bh_span webhook_id, struct bh_span secret,
    unsigned char ret_sealed[static BH_SEALED_MAX])
{
    int length = 0;
    int rest = 0;
    unsigned char *text = ret_sealed + 1 + NONCE;
    BH_CLEANUP(free_context) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    ret_sealed[0] = VERSION;
    bh_random_bytes(ret_sealed + 1, NONCE);
    if (secret.len > BH_SEAL_SECRET_MAX || !start(context, true, key, ret_sealed + 1, webhook_id) ||
        EVP_CipherUpdate(context, text, &length, (const unsigned char *)secret.data, (int)secret.len) != 1 ||
        EVP_CipherFinal_ex(context, text + length, &rest) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG, text + secret.len) != 1)
        abort(); /* our bug, or a library that cannot encrypt: no secret may be stored otherwise */
    return secret.len + BH_SEALED_EXTRA;
}

bool bh_unseal(const struct bh_server_key *key, struct bh_span webhook_id, struct bh_span sealed,
    char ret_secret[static BH_SEAL_SECRET_MAX + 1])
{
    unsigned char secret[BH_SEAL_SECRET_MAX];
    unsigned char tag[TAG];
    int length = 0;
    int rest = 0;
    if (sealed.len < BH_SEALED_EXTRA || sealed.len > BH_SEALED_MAX || sealed.data[0] != VERSION)
        return false;
    const unsigned char *bytes = (const unsigned char *)sealed.data;
    int text_length = (int)(sealed.len - BH_SEALED_EXTRA);
    BH_CLEANUP(free_context) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    memcpy(tag, bytes + sealed.len - TAG, TAG);
    bool opened = start(context, false, key, bytes + 1, webhook_id) &&
                  EVP_CipherUpdate(context, secret, &length, bytes + 1 + NONCE, text_length) == 1 &&
                  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
                  EVP_CipherFinal_ex(context, secret + length, &rest) == 1;
    if (opened) {
        memcpy(ret_secret, secret, (size_t)text_length);
        ret_secret[text_length] = 0;
    }
    bh_wipe(secret, sizeof(secret));
    return opened;
}
