// SPDX-License-Identifier: Apache-2.0
/*
 * What the tests of message signatures share: the request and the Ed25519 key of RFC 9421's appendix B, and
 * signing with OpenSSL itself.
 */
#ifndef BH_TESTS_UNIT_SIGNATURE_FIXTURE_H
#define BH_TESTS_UNIT_SIGNATURE_FIXTURE_H

#include "core_fixture.h"

#include <string.h>

#include <openssl/evp.h>

#include "core/http_signature.h"

/* Appendix B.1.4. */
#define RFC_PUBLIC "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"
#define RFC_SECRET "n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU"
#define RFC_THUMBPRINT "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U"

#define RFC_DIGEST                                                                                           \
    "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"

/* Appendix B.2, test-request. */
static const struct bh_message_header rfc_headers[] = {
    {{"host", 4}, {"example.com", 11}},
    {{"date", 4}, {"Tue, 20 Apr 2021 02:07:55 GMT", 29}},
    {{"content-type", 12}, {"application/json", 16}},
    {{"content-digest", 14}, {RFC_DIGEST, sizeof(RFC_DIGEST) - 1}},
    {{"content-length", 14}, {"18", 2}},
};

static inline struct bh_http_message rfc_message(void)
{
    return (struct bh_http_message){
        .method = BH_SPAN("POST"),
        .scheme = BH_SPAN("https"),
        .authority = BH_SPAN("example.com"),
        .target = BH_SPAN("/foo?param=Value&Pet=dog"),
        .headers = rfc_headers,
        .header_count = BH_COUNT(rfc_headers),
    };
}

static inline struct bh_signature_key rfc_key(void)
{
    struct bh_signature_key key = {0};
    assert_true(bh_base64url_decode(BH_SPAN(RFC_PUBLIC), key.x, sizeof(key.x)));
    bh_key_thumbprint(key.x, key.kid);
    return key;
}

/* Standard base64 of the Ed25519 signature of `base` by the key whose seed is `secret`, base64url. */
static inline void sign_base(const char *secret, struct bh_span base, char ret_text[static 96])
{
    unsigned char seed[32], signature[64];
    size_t size = sizeof(signature);
    assert_true(bh_base64url_decode(bh_span_from(secret), seed, sizeof(seed)));
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof(seed));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(context, NULL, NULL, NULL, key), 1);
    assert_int_equal(
        EVP_DigestSign(context, signature, &size, (const unsigned char *)base.data, base.len), 1);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    assert_int_equal(EVP_EncodeBlock((unsigned char *)ret_text, signature, (int)size), 88);
}

#endif
