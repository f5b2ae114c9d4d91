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
#include "http/stream.h"

#define BH_APPROVALS_AT_ONCE 1000 /* changes read in one turn; beyond that everybody lists anew */
#define BH_APPROVALS_BEAT_MS 15000
#define BH_APPROVALS_CHECK_MS 1000 /* how soon a listener whose credential has ended is let go */

struct bh_app;
struct bh_approval_streams;

struct bh_approval_listener {
    struct bh_approval_listener *next; /* and up to `viewer`: ours */
    struct bh_stream *stream;
    int64_t wrote_ms, checked_ms; /* steady */
    bool lags;                    /* something was left out */
    bool viewer_is_known;         /* in this turn */
    struct bh_approver viewer;    /* without a name */

    int64_t account;
    bool by_session;              /* else by a developer token */
    struct bh_sha256 secret_hash; /* of the session or the token */
};

BH_MUST_USE
enum bh_err bh_approval_streams_create(struct bh_app *app, struct bh_approval_streams **ret_streams);
/* After the watch has stopped. Accepts NULL. */
void bh_approval_streams_destroy(struct bh_approval_streams *streams);

/* Any thread. Takes the listener, which is on the heap, and its stream over; false, and takes neither, when
 * the server stops. */
BH_MUST_USE
bool bh_approval_streams_add_take(struct bh_approval_streams *streams, struct bh_approval_listener *listener);

#endif
