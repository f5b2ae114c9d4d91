// SPDX-License-Identifier: Apache-2.0
/*
 * A borrowed reader in a read transaction, given back when it leaves scope:
 *
 *     BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
 *     enum bh_err err = bh_reader_open(store, &reader);
 */
#ifndef BH_STORE_READER_H
#define BH_STORE_READER_H

#include "store/store.h"

struct bh_reader {
    struct bh_store *store;
    struct bh_db *db;
};

BH_MUST_USE
enum bh_err bh_reader_open(struct bh_store *store, struct bh_reader *reader);
/* Harmless when it was never opened. */
void bh_reader_close(struct bh_reader *reader);

#endif
