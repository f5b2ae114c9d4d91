// SPDX-License-Identifier: Apache-2.0
/*
 * Webhook secrets at rest: AES-256-GCM under a key derived from the server key, bound to the endpoint's id,
 * so that a copy of the database signs nothing and a sealed secret cannot be moved to another endpoint.
 *
 * Form: one byte of version (1), 12 bytes of nonce, the ciphertext, 16 bytes of tag.
 */
#ifndef BH_WEBHOOKS_SEAL_H
#define BH_WEBHOOKS_SEAL_H

#include "lib/err.h"
#include "store/server_key.h"

#define BH_SEALED_EXTRA 29
#define BH_SEAL_SECRET_MAX 128
#define BH_SEALED_MAX (BH_SEAL_SECRET_MAX + BH_SEALED_EXTRA)

/* `secret` has at most BH_SEAL_SECRET_MAX bytes. Returns the length of what it wrote. */
size_t bh_seal(const struct bh_server_key *key, struct bh_span webhook_id, struct bh_span secret,
    unsigned char ret_sealed[static BH_SEALED_MAX]);
/* Writes the secret and a NUL; the caller wipes it. False when it was altered, or is of another endpoint. */
BH_MUST_USE
bool bh_unseal(const struct bh_server_key *key, struct bh_span webhook_id, struct bh_span sealed,
    char ret_secret[static BH_SEAL_SECRET_MAX + 1]);

#endif
