// SPDX-License-Identifier: Apache-2.0
/*
 * Signed texts that anybody can verify: JWS in its compact form (RFC 7515) with Ed25519 (RFC 8037), and
 * nothing else of it. The payload is whatever bytes were signed; what its claims mean is the caller's part.
 */
#ifndef BH_LIB_JWS_H
#define BH_LIB_JWS_H

#include "lib/jwk.h"

#define BH_JWS_BYTES ((size_t)4 << 20) /* the longest one that is read */
#define BH_JWS_HEADER_BYTES 1024       /* the longest header, before it is decoded */

/* Appends {"alg":"EdDSA","kid":<thumbprint>,"typ":"JWT"} . payload . signature. False when libcrypto fails or
 * the buffer has no room: what it then holds is worthless. */
BH_MUST_USE
bool bh_jws_write(const struct bh_sha256 *seed, struct bh_span payload, struct bh_buf *out);

enum bh_jws_result {
    BH_JWS_MALFORMED = 0, /* no compact JWS with Ed25519, too long, or with an extension (crit) */
    BH_JWS_UNKNOWN_KEY,   /* none of the keys has its kid */
    BH_JWS_BAD_SIGNATURE, /* the key has not signed this */
    BH_JWS_VALID
};

/*
 * Verifies with the key that the header's kid names; a header without one is malformed, and so is base64url
 * with padding or spare bits, a header with a member twice, with `b64`, with a key of its own, or with
 * another alg than "EdDSA". `ret_payload` (in the arena) is touched for BH_JWS_VALID only.
 */
BH_MUST_USE
enum bh_jws_result bh_jws_verify(struct bh_span token, const struct bh_signature_key *keys, size_t key_count,
    struct bh_arena *arena, struct bh_span *ret_payload);

#endif
