// SPDX-License-Identifier: Apache-2.0
#include "store/db.h"

enum bh_err bh_public_url_read(struct bh_db *db, struct bh_arena *arena, struct bh_span *ret_url)
{
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT public_url FROM meta WHERE id = 1");
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    err = bh_stmt_copy_text(stmt, 0, arena, ret_url);
    bh_stmt_end(stmt);
    return err;
}

enum bh_err bh_public_url_note(struct bh_db *db, struct bh_span url)
{
    struct bh_stmt *stmt = bh_db_statement(db, "UPDATE meta SET public_url = $1 WHERE id = 1");
    bh_stmt_bind_text(stmt, 1, url);
    return bh_stmt_run(stmt);
}
