// SPDX-License-Identifier: Apache-2.0
/*
 * What the connection needs to know about its statements.
 */
#ifndef BH_STORE_STATEMENT_H
#define BH_STORE_STATEMENT_H

#include "store/db.h"

/* Runs one of BEGIN, COMMIT, SAVEPOINT ..., which are allowed outside a transaction. */
BH_MUST_USE
enum bh_err bh_statement_control(struct bh_db *db, const char *sql);
/* Before a rollback: a statement that somebody left open would hold the transaction. */
void bh_statements_end_all(struct bh_db *db);
void bh_statements_finish(struct bh_db *db);

#endif
