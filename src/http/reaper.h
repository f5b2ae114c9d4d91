// SPDX-License-Identifier: Apache-2.0
/*
 * Absolute deadlines for connections, which libmicrohttpd does not have: a client that sends one byte now and
 * then, or reads its answer one byte at a time, is cut off all the same. An answer that goes on for as long
 * as there is something to say has a deadline for each step instead: see BH_PHASE_STREAM.
 *
 * Every open connection is on the reaper's list with the phase it is in and since when. A thread of its own
 * looks through the list and shuts down the sockets that are late; the I/O thread then sees a closed
 * connection and does the rest as for any other.
 */
#ifndef BH_HTTP_REAPER_H
#define BH_HTTP_REAPER_H

#include <stdatomic.h>
#include <sys/socket.h>

#include "lib/base.h"

enum bh_phase {
    BH_PHASE_IDLE = 0, /* between requests */
    BH_PHASE_HEADER,   /* the request line is here, the headers are not */
    BH_PHASE_BODY,     /* the headers are here, the body is not */
    BH_PHASE_ANSWER,   /* the request is here, the answer is not all sent */
    /* A stream is being sent. Its limit is the time in which the client must have taken one step of bytes
     * more, or all that there was for it. */
    BH_PHASE_STREAM,
    BH_PHASE_COUNT
};

#define BH_STREAM_STEP 32768 /* of most streams */

struct bh_reaper;
struct bh_connection; /* one open connection */

/* `limit_ms` by phase. A header that drips in before its request line is complete has the limit of
 * BH_PHASE_HEADER from its first byte on, to the second. NULL when the thread cannot be started. */
struct bh_reaper *bh_reaper_create(const int64_t limit_ms[static BH_PHASE_COUNT]);
/* No connection may be left. */
void bh_reaper_destroy(struct bh_reaper *reaper);

/* From the I/O thread: the connection is new, and idle. NULL when there is no memory. */
struct bh_connection *bh_reaper_add(
    struct bh_reaper *reaper, int fd, const struct sockaddr *peer, int64_t now_ms);
/*
 * From the I/O thread, before the socket is closed. Accepts NULL.
 *
 * Closing a socket with unread data resets the connection, and a client that is still sending what was
 * refused would never see the answer. So where more comes, the reaper keeps a duplicate for a moment and
 * throws away what comes.
 */
void bh_reaper_remove(struct bh_reaper *reaper, struct bh_connection *connection);
void bh_connection_enter(struct bh_connection *connection, enum bh_phase phase, int64_t now_ms);
/* The client may still be sending when the connection is closed. */
void bh_connection_expect_more(struct bh_connection *connection);
/*
 * Any thread, while the answer is being made: it may take `extra_ms` longer than its phase says. Meanwhile
 * the client is watched: one that has hung up, or half of it, is cut off.
 */
void bh_connection_prolong(struct bh_connection *connection, int64_t extra_ms);
/* True once the reaper has shut it down. Any thread. */
bool bh_connection_is_cut(const struct bh_connection *connection);
/*
 * From the I/O thread: the answer is a stream. `on_cut` is called, on any thread, when the reaper cuts the
 * connection; at once when it has done so already. `step` is how many bytes make a step, and may change. The
 * I/O thread does not see by itself that a suspended connection is closed. A stream is cut by a reset, so
 * that no client takes the part it has got for the whole.
 */
void bh_reaper_begin_stream(struct bh_reaper *reaper, struct bh_connection *connection,
    void (*on_cut)(void *context), void *context, const atomic_uint *step, int64_t now_ms);
/* `on_cut` is not called and `step` not read any more when this returns. */
void bh_reaper_end_stream(struct bh_reaper *reaper, struct bh_connection *connection);
/* From the I/O thread, before it has the connection closed: the client shall see a reset, not an end. */
void bh_connection_reset(struct bh_connection *connection);
/* The client's address as http/caller.h names it. */
const char *bh_connection_peer(const struct bh_connection *connection);

/* Shuts down every connection on the list. */
void bh_reaper_close_all(struct bh_reaper *reaper);
/* Connections closed for being late. */
int64_t bh_reaper_count(const struct bh_reaper *reaper);

#endif
