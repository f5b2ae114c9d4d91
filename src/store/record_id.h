// SPDX-License-Identifier: Apache-2.0
/*
 * Public ids that look random, need no index and decode to their row: a prefix and base64url of one AES-128
 * block over (row id, salt), under a key of each kind's own that is derived from the server key.
 */
#ifndef BH_STORE_RECORD_ID_H
#define BH_STORE_RECORD_ID_H

#include "store/server_key.h"

enum bh_record_kind {
    BH_RECORD_REQUEST, /* "req_": rows of the audit log */
    BH_RECORD_EVENT,   /* "evt_": rows of the outbox */
    BH_RECORD_KINDS
};

#define BH_RECORD_ID_TEXT 27 /* four characters of prefix, 22 characters, NUL */

/* To be called once before the others; keeps the derived keys for the life of the process. */
void bh_record_id_setup(const struct bh_server_key *key);
void bh_record_id_encode(
    enum bh_record_kind kind, int64_t row, uint64_t salt, char ret_text[static BH_RECORD_ID_TEXT]);
/* False for anything that is not of the form. The row may not exist, or have another salt: the caller
 * compares. */
BH_MUST_USE
bool bh_record_id_decode(enum bh_record_kind kind, struct bh_span text, int64_t *ret_row, uint64_t *ret_salt);

static inline void bh_event_id_encode(int64_t row, uint64_t salt, char ret_text[static BH_RECORD_ID_TEXT])
{
    bh_record_id_encode(BH_RECORD_EVENT, row, salt, ret_text);
}

#endif
