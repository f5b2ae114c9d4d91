// SPDX-License-Identifier: Apache-2.0
/*
 * The event streams of requests for approval: whoever listens gets each request of the account whenever it
 * has changed, as the list shows it to them.
 *
 * All of them are served by the watch's thread, which reads what has changed once, whoever listens. Nothing
 * is put aside for a listener that lags: it is told to list anew.
 */
#ifndef BH_HTTP_APPROVAL_STREAMS_H
#define BH_HTTP_APPROVAL_STREAMS_H

#include "app/approvals.h"
#include "http/listeners.h"

#define BH_APPROVALS_AT_ONCE 1000 /* changes read in one turn; beyond that everybody lists anew */

struct bh_app;
struct bh_approval_streams;

struct bh_approval_listener {
    struct bh_listener base;   /* INVARIANT: first. It lags: it is to be told to list anew */
    bool viewer_is_known;      /* ours, and so is the next: in this turn */
    struct bh_approver viewer; /* without a name */
    bool by_session;           /* else by a developer token */
};

BH_MUST_USE
enum bh_err bh_approval_streams_create(struct bh_app *app, struct bh_approval_streams **ret_streams);
/* After the watch has stopped. Accepts NULL. */
void bh_approval_streams_destroy(struct bh_approval_streams *streams);

/* In the handler, as bh_listeners_answer_take(). */
BH_MUST_USE
enum bh_err bh_approval_streams_answer_take(
    struct bh_approval_streams *streams, struct bh_exchange *exchange, struct bh_approval_listener *listener);

#endif
