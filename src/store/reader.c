// SPDX-License-Identifier: Apache-2.0
#include "store/reader.h"

enum bh_err bh_reader_open(struct bh_store *store, struct bh_reader *reader)
{
    struct bh_db *db = NULL;
    enum bh_err err = bh_store_reader_borrow(store, &db);
    if (err != BH_OK)
        return err;
    err = bh_db_begin_read(db);
    if (err != BH_OK) {
        bh_store_reader_return(store, db);
        return err;
    }
    *reader = (struct bh_reader){store, db};
    return BH_OK;
}

void bh_reader_close(struct bh_reader *reader)
{
    if (reader->db == NULL)
        return;
    bh_db_rollback(reader->db);
    bh_store_reader_return(reader->store, reader->db);
    reader->db = NULL;
}
