// SPDX-License-Identifier: Apache-2.0
/*
 * One I/O thread: a libmicrohttpd daemon of its own, and the inbox through which other threads give it new
 * connections and finished answers.
 *
 * The library could run these threads itself, but in 0.9.75 such a thread falls asleep for good with work in
 * its hands when as many events as it asked for (128) come at once: it then asks for more, with no time
 * limit. Here the library is only ever asked to look without waiting, and the waiting is done outside of it.
 * It also makes a whole batch of answers cost one wake-up.
 */
#ifndef BH_HTTP_IO_H
#define BH_HTTP_IO_H

#include "http/peers.h"

struct bh_io;
struct MHD_Connection;
struct MHD_Daemon;

/* Part of whoever wants a suspended connection to go on; must live until it does. */
struct bh_io_resumption {
    struct bh_io_resumption *next;
    struct MHD_Connection *connection;
};

/* Takes `daemon` over, one that polls by epoll and has no thread of its own. NULL when the thread cannot be
 * started. */
struct bh_io *bh_io_start_take(struct MHD_Daemon *daemon, struct bh_peers *peers);
/* Any thread. Takes `fd` over, which is counted in `peers`. */
void bh_io_connect_take(struct bh_io *io, int fd, const struct sockaddr *address, socklen_t size);
/* Any thread. */
void bh_io_resume(struct bh_io *io, struct bh_io_resumption *resumption);
/* On the thread itself: the steady clock when the current turn of its loop began. */
int64_t bh_io_now_ms(const struct bh_io *io);
/* Ends the thread and closes its connections. None may be suspended, unless it has been resumed already. */
void bh_io_stop(struct bh_io *io);

#endif
