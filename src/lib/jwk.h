// SPDX-License-Identifier: Apache-2.0
/*
 * Public Ed25519 keys as JSON (RFC 7517, RFC 8037). A key goes by its thumbprint (RFC 7638), which is
 * computed and never believed, so that nobody can give a key the name of another.
 */
#ifndef BH_LIB_JWK_H
#define BH_LIB_JWK_H

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/ed25519.h"

#define BH_DIRECTORY_KEYS 16
#define BH_DIRECTORY_BYTES 65536 /* the longest document that is read */
#define BH_KID 44                /* 43 characters and NUL */

struct bh_signature_key {
    char kid[BH_KID]; /* JWK thumbprint, RFC 7638, base64url */
    unsigned char x[BH_ED25519_PUBLIC];
};

/* The RFC 7638 thumbprint of an Ed25519 key. */
void bh_key_thumbprint(const unsigned char x[static BH_ED25519_PUBLIC], char ret_kid[static BH_KID]);

/*
 * Reads a directory document or key set, {"keys":[JWK ...]}: Ed25519 keys (kty OKP) for signatures, at most
 * BH_DIRECTORY_KEYS, in their order. Others are left out, and so are a key that says it is for something else
 * (use, alg, key_ops), one that comes with its secret part, and the repetition of one. False when it is no
 * such document, is longer than BH_DIRECTORY_BYTES, has a member twice, or holds no usable key.
 */
BH_MUST_USE
bool bh_key_directory_read(
    struct bh_span json, struct bh_arena *arena, struct bh_signature_key **ret_keys, size_t *ret_count);

/* The JWK as an array item: kty, crv, x, kid, use, alg. */
void bh_key_write(const struct bh_signature_key *key, struct bh_buf *out);

#endif
