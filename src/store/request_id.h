// SPDX-License-Identifier: Apache-2.0
/*
 * Request ids look random, need no index and decode to their audit row: "req_" + base64url of one AES-128
 * block over (row id, salt), under a key derived from the server key.
 */
#ifndef BH_STORE_REQUEST_ID_H
#define BH_STORE_REQUEST_ID_H

#include "store/server_key.h"

#define BH_REQUEST_ID_TEXT 27 /* "req_", 22 characters, NUL */

/* To be called once before the others; keeps the derived key for the life of the process. */
void bh_request_id_setup(const struct bh_server_key *key);
void bh_request_id_encode(int64_t row, uint64_t salt, char ret_text[static BH_REQUEST_ID_TEXT]);
/* False for anything that is not of the form. The row may not exist, or have another salt: the caller
 * compares. */
BH_MUST_USE
bool bh_request_id_decode(struct bh_span text, int64_t *ret_row, uint64_t *ret_salt);

#endif
