// SPDX-License-Identifier: Apache-2.0
/*
 * Hashes, encodings and comparisons of secrets, on OpenSSL's libcrypto. Digest contexts are per thread.
 */
#ifndef BH_LIB_DIGEST_H
#define BH_LIB_DIGEST_H

#include "lib/span.h"

#define BH_SHA256_SIZE 32
#define BH_SHA256_HEX (2 * BH_SHA256_SIZE)

struct bh_sha256 {
    unsigned char bytes[BH_SHA256_SIZE];
};

/* Aborts the process when libcrypto cannot hash: nothing that follows could be trusted. */
struct bh_sha256 bh_sha256(struct bh_span data);
/* SHA-256 of two pieces, one after the other. */
struct bh_sha256 bh_sha256_two(struct bh_span first, struct bh_span second);
struct bh_sha256 bh_hmac_sha256(struct bh_span key, struct bh_span data);

/* Lower-case hex; `ret_text` has 2 * data.len + 1 bytes and ends in NUL. */
void bh_hex_encode(struct bh_span data, char *ret_text);
/* base64url without padding; `ret_text` has room for (data.len * 4 + 2) / 3 + 1 bytes and ends in NUL.
 * Returns its length. */
size_t bh_base64url_encode(struct bh_span data, char *ret_text);
/* False for other characters, impossible lengths, non-zero spare bits, or when the result is not `size`
 * bytes. */
BH_MUST_USE
bool bh_base64url_decode(struct bh_span text, unsigned char *ret_data, size_t size);

/* Constant time for equal lengths; unequal lengths cost a comparison too and are never equal. */
bool bh_equal_constant_time(struct bh_span a, struct bh_span b);
static inline struct bh_span bh_sha256_span(const struct bh_sha256 *digest)
{
    return (struct bh_span){(const char *)digest->bytes, BH_SHA256_SIZE};
}

/* Wipes memory in a way that the compiler keeps. */
void bh_wipe(void *memory, size_t size);

#endif
