// SPDX-License-Identifier: Apache-2.0
/*
 * How the server is: looked at when somebody asks, at most every BH_STATUS_MS however many ask, because
 * anybody may.
 */
#ifndef BH_HTTP_STATUS_H
#define BH_HTTP_STATUS_H

#include "lib/err.h"

#define BH_STATUS_MS 2000

struct bh_app;
struct bh_status;

/* Zero is the worst: what nobody looked at does not work. */
enum bh_state { BH_STATE_OUTAGE = 0, BH_STATE_DEGRADED, BH_STATE_OPERATIONAL };

struct bh_status_report {
    enum bh_state database;  /* it can be read */
    enum bh_state recording; /* the commit thread writes to it; decisions need that */
    enum bh_state delivery;  /* the thread turns, and what is due gets tried */
    enum bh_state gateway;   /* the thread turns */
};

/* NULL without memory. */
struct bh_status *bh_status_create(void);
/* After the committer was stopped. Accepts NULL. */
void bh_status_destroy(struct bh_status *status);
/* A thread that may wait, which it does for two seconds at most as long as the database answers. While one
 * looks, others get what was found in the last ten seconds; when nothing was, they wait for it, and when that
 * takes too long all is out. */
void bh_status_get(struct bh_status *status, struct bh_app *app, struct bh_status_report *ret_report);
/* "operational", "degraded", "outage". */
const char *bh_state_text(enum bh_state state);

#endif
