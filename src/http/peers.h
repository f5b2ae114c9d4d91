// SPDX-License-Identifier: Apache-2.0
/*
 * Who is connected: the cap on connections in all, and on those of one address.
 *
 * An IPv6 client usually owns a whole /64, so that is what counts as one address there.
 */
#ifndef BH_HTTP_PEERS_H
#define BH_HTTP_PEERS_H

#include <sys/socket.h>

#include "lib/base.h"

struct bh_peers;

/* `max` connections in all (at least 1), `max_per_address` of them from one address (0 = no such cap). NULL
 * when there is no memory. */
struct bh_peers *bh_peers_create(unsigned max, unsigned max_per_address);
void bh_peers_destroy(struct bh_peers *peers);
/* Counts one more connection; false when a cap forbids it. Any thread. */
BH_MUST_USE
bool bh_peers_enter(struct bh_peers *peers, const struct sockaddr *address);
/* Takes back one bh_peers_enter() that said true. Any thread. */
void bh_peers_leave(struct bh_peers *peers, const struct sockaddr *address);
int64_t bh_peers_count(struct bh_peers *peers);

#endif
