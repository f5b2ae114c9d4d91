// SPDX-License-Identifier: Apache-2.0
/*
 * The audit log as CSV: every row that matches, however many, newest first.
 */
#ifndef BH_HTTP_CSV_H
#define BH_HTTP_CSV_H

#include "store/audit.h"

struct bh_app;
struct bh_exchange;

/*
 * The whole answer of a route that exports: to be called on a pool, once the caller has been authenticated
 * and may read the account's log; `filter` (whose account and texts are copied) says which rows. What goes
 * wrong before the first byte is answered as an error. Later the connection is cut.
 *
 * Rows end in a line feed but the last; there is a line with the names of the columns first. A cell is quoted
 * where it holds a quote, a comma or a line break, and one that a spreadsheet would take for a formula begins
 * with an apostrophe.
 */
void bh_csv_export_logs(
    struct bh_app *app, struct bh_exchange *exchange, const struct bh_audit_filter *filter);

#endif
