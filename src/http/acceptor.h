// SPDX-License-Identifier: Apache-2.0
/*
 * The thread that accepts connections and deals them out to the I/O threads, within the caps. One thread does
 * it, because threads that all wait on one listening socket share its connections very unevenly.
 */
#ifndef BH_HTTP_ACCEPTOR_H
#define BH_HTTP_ACCEPTOR_H

#include "http/io.h"

struct bh_acceptor;

/* Takes `listen_fd` over; `ios` must outlive it. NULL when the thread cannot be started. */
struct bh_acceptor *bh_acceptor_start_take(
    int listen_fd, struct bh_peers *peers, struct bh_io *const *ios, size_t io_count);
/* Connections refused because of a cap. */
int64_t bh_acceptor_refused(const struct bh_acceptor *acceptor);
/* Ends the thread and closes the listening socket. */
void bh_acceptor_stop(struct bh_acceptor *acceptor);

#endif
