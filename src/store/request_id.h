// SPDX-License-Identifier: Apache-2.0
/*
 * Ids of requests: record ids of the audit log's rows.
 */
#ifndef BH_STORE_REQUEST_ID_H
#define BH_STORE_REQUEST_ID_H

#include "store/record_id.h"

#define BH_REQUEST_ID_TEXT BH_RECORD_ID_TEXT

static inline void bh_request_id_setup(const struct bh_server_key *key)
{
    bh_record_id_setup(key);
}

static inline void bh_request_id_encode(int64_t row, uint64_t salt, char ret_text[static BH_REQUEST_ID_TEXT])
{
    bh_record_id_encode(BH_RECORD_REQUEST, row, salt, ret_text);
}

BH_MUST_USE
static inline bool bh_request_id_decode(struct bh_span text, int64_t *ret_row, uint64_t *ret_salt)
{
    return bh_record_id_decode(BH_RECORD_REQUEST, text, ret_row, ret_salt);
}

#endif
