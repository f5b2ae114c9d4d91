// SPDX-License-Identifier: Apache-2.0
/*
 * The thread that accepts connections and deals them out to the I/O threads, within the caps. One thread does
 * it, because threads that all wait on one listening socket share its connections very unevenly.
 */
#ifndef BH_HTTP_ACCEPTOR_H
#define BH_HTTP_ACCEPTOR_H

#include <stdatomic.h>

#include "http/io.h"

struct bh_acceptor;

/* Takes `listen_fd` over; `ios` must outlive it, and so must `refused`, which counts the connections refused
 * because of a cap. NULL when the thread cannot be started. */
struct bh_acceptor *bh_acceptor_start_take(int listen_fd, struct bh_peers *peers, struct bh_io *const *ios,
    size_t io_count, atomic_int_fast64_t *refused);
/* Ends the thread and closes the listening socket. */
void bh_acceptor_stop(struct bh_acceptor *acceptor);

#endif
