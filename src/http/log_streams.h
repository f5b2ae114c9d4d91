// SPDX-License-Identifier: Apache-2.0
/*
 * The event streams of the audit log: whoever listens gets each new row of an agent, or of all agents of an
 * account, in the order of the log, none twice and none left out.
 *
 * All of them are served by the watch's thread. It reads the new rows of the log once, whoever listens. A
 * listener that lags has row ids put aside for it; one that lags too far behind is let go, and may come back
 * and say where it was.
 */
#ifndef BH_HTTP_LOG_STREAMS_H
#define BH_HTTP_LOG_STREAMS_H

#include "http/listeners.h"
#include "store/audit.h"
#include "store/request_id.h"

#define BH_LOG_LISTENER_KEPT 500 /* rows that a listener who comes back may have missed */
#define BH_LOG_LISTENER_LAG 4096 /* rows put aside for one listener at most */

struct bh_app;
struct bh_log_streams;

struct bh_log_listener {
    struct bh_listener base; /* INVARIANT: first */
    int64_t *aside;          /* ids of rows that wait for room, a ring */
    size_t first, count, capacity;

    int64_t agent;                  /* 0: all of the account */
    char agent_id[BH_ID_TEXT];      /* of that agent */
    int64_t through;                /* only rows after this one are new */
    bool gap;                       /* it may have missed more than is put aside for it */
    char place[BH_REQUEST_ID_TEXT]; /* where it begins: should it be lost at once, it can come back to here */
    /* On the watch's thread: may it still listen? Keeps it when the database does not answer. */
    bool (*may_listen)(const struct bh_log_listener *listener, struct bh_db *db, int64_t now_ms);
    /* The row as its kind of list shows it; `row` has its agent_id. */
    void (*present)(const struct bh_audit_row *row, const struct bh_agent_record *agent, struct bh_buf *out);
};

BH_MUST_USE
enum bh_err bh_log_streams_create(struct bh_app *app, struct bh_log_streams **ret_streams);
/* After the watch has stopped. Accepts NULL. */
void bh_log_streams_destroy(struct bh_log_streams *streams);

/* A listener with room for the ids of `missed` rows, which the caller puts there, oldest first. NULL when
 * there is no memory. */
struct bh_log_listener *bh_log_listener_create(size_t missed);
/* In the handler, as bh_listeners_answer_take(). */
BH_MUST_USE
enum bh_err bh_log_streams_answer_take(
    struct bh_log_streams *streams, struct bh_exchange *exchange, struct bh_log_listener *listener);

#endif
