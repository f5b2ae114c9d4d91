// SPDX-License-Identifier: Apache-2.0
/*
 * Ed25519 signatures, on OpenSSL's libcrypto. A key is its 32-byte seed.
 */
#ifndef BH_LIB_ED25519_H
#define BH_LIB_ED25519_H

#include "lib/digest.h"

#define BH_ED25519_SIGNATURE 64
#define BH_ED25519_PUBLIC 32

/* The functions are false when libcrypto fails. */
BH_MUST_USE
bool bh_ed25519_sign(const struct bh_sha256 *seed, struct bh_span message,
    unsigned char ret_signature[static BH_ED25519_SIGNATURE]);
/* False also for a signature that is not the seed's over the message. */
BH_MUST_USE
bool bh_ed25519_is_signed(const struct bh_sha256 *seed, struct bh_span message,
    const unsigned char signature[static BH_ED25519_SIGNATURE]);
/* With the public key. False also for bytes that are no public key. */
BH_MUST_USE
bool bh_ed25519_verify(const unsigned char public_key[static BH_ED25519_PUBLIC], struct bh_span message,
    const unsigned char signature[static BH_ED25519_SIGNATURE]);
BH_MUST_USE
bool bh_ed25519_public(const struct bh_sha256 *seed, unsigned char ret_public[static BH_ED25519_PUBLIC]);

#endif
