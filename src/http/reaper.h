// SPDX-License-Identifier: Apache-2.0
/*
 * Absolute deadlines for connections, which libmicrohttpd does not have: a client that sends one byte now and
 * then, or reads its answer one byte at a time, is cut off all the same.
 *
 * Every open connection is on the reaper's list with the phase it is in and since when. A thread of its own
 * looks through the list and shuts down the sockets that are late; the I/O thread then sees a closed
 * connection and does the rest as for any other.
 */
#ifndef BH_HTTP_REAPER_H
#define BH_HTTP_REAPER_H

#include <sys/socket.h>

#include "lib/base.h"

enum bh_phase {
    BH_PHASE_IDLE = 0, /* between requests */
    BH_PHASE_HEADER,   /* the request line is here, the headers are not */
    BH_PHASE_BODY,     /* the headers are here, the body is not */
    BH_PHASE_ANSWER,   /* the request is here, the answer is not all sent */
    BH_PHASE_COUNT
};

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
/* The client's address as text, without port; IPv4 within IPv6 as IPv4. */
const char *bh_connection_peer(const struct bh_connection *connection);

/* Shuts down every connection on the list. */
void bh_reaper_close_all(struct bh_reaper *reaper);
/* Connections closed for being late. */
int64_t bh_reaper_count(const struct bh_reaper *reaper);

#endif
