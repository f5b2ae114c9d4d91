// SPDX-License-Identifier: Apache-2.0
/*
 * What goes on in the background: the retention of the audit log and of the sites' access logs, the blanking
 * of erased entries, old idempotency keys and approvals. In small transactions through the committer, so that
 * no decision waits long for it.
 */
#ifndef BH_APP_MAINTENANCE_H
#define BH_APP_MAINTENANCE_H

#include "app/app.h"

/* Works once at the start and then every minute. */
BH_MUST_USE
enum bh_err bh_maintenance_start(struct bh_app *app, struct bh_maintenance **ret_maintenance);
/*
 * All of it once, now, besides the thread's own rounds. Failures are logged, and what they left is removed by
 * the next round; the last one is returned.
 */
BH_MUST_USE
enum bh_err bh_maintenance_run(struct bh_maintenance *maintenance, int64_t *ret_removed);
/* Any thread: works soon, for there is something to do. */
void bh_maintenance_wake(struct bh_maintenance *maintenance);
void bh_maintenance_stop(struct bh_maintenance *maintenance);

#endif
