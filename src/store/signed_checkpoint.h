// SPDX-License-Identifier: Apache-2.0
/*
 * What the whole log is at some moment, in a text that anybody can keep and check: its size (the highest row
 * id), the chain hash of that row, the time, signed with Ed25519. It says nothing about any content.
 */
#ifndef BH_STORE_SIGNED_CHECKPOINT_H
#define BH_STORE_SIGNED_CHECKPOINT_H

#include "lib/ed25519.h"
#include "store/audit.h"

#define BH_CHECKPOINT_TEXT 192
#define BH_CHECKPOINT_BASE64 89 /* of a signature, ended by NUL */
#define BH_KEY_ID 17            /* 16 hex digits of the public key's SHA-256, ended by NUL */

struct bh_signed_checkpoint {
    struct bh_audit_known known;
    int64_t time;
    char text[BH_CHECKPOINT_TEXT]; /* what is signed, to its last line feed */
    char signature[BH_CHECKPOINT_BASE64];
    char key_id[BH_KEY_ID];
};

struct bh_public_key {
    char key_id[BH_KEY_ID];
    char base64[45];
    char pem[128];
};

/* BH_ERR_STORE_CORRUPT when the log's own signed state is not valid: a forged head gets no signature. */
BH_MUST_USE
enum bh_err bh_signed_checkpoint_make(struct bh_db *db, const struct bh_server_key *key, int64_t now_ms,
    struct bh_signed_checkpoint *ret_checkpoint);
/* Reads the text and checks `signature` (base64) on it under this server's key. False when it does not fit.
 */
BH_MUST_USE
bool bh_signed_checkpoint_read(const struct bh_server_key *key, struct bh_span text, struct bh_span signature,
    struct bh_audit_known *ret_known, int64_t *ret_time);
BH_MUST_USE
enum bh_err bh_public_key_make(const struct bh_server_key *key, struct bh_public_key *ret_key);

#endif
