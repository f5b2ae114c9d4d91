// SPDX-License-Identifier: Apache-2.0
/*
 * The active endpoints in memory, and which of them may have something to send. Follows the database: the
 * outbox's version says when endpoints have changed, the newest id when there are new events.
 */
#ifndef BH_WEBHOOKS_ROSTER_H
#define BH_WEBHOOKS_ROSTER_H

#include "store/server_key.h"
#include "webhooks/endpoint.h"

TAILQ_HEAD(bh_endpoint_queue, bh_endpoint);

struct bh_roster {
    const struct bh_server_key *key;
    bool allow_private;
    struct bh_endpoint **endpoints; /* in id order; those that are gone too, until they are buried */
    size_t count, capacity;
    struct bh_endpoint_queue ready; /* who has waited longest comes first */
    size_t ready_count;
    int64_t version, newest; /* of the database, as last seen */
};

void bh_roster_init(struct bh_roster *roster, const struct bh_server_key *key, bool allow_private);
void bh_roster_finish(struct bh_roster *roster);
/* Takes in what has changed in the database. */
BH_MUST_USE
enum bh_err bh_roster_look(struct bh_roster *roster, struct bh_db *db);
/* Puts it at the end of the queue, unless it is in it. */
void bh_roster_make_ready(struct bh_roster *roster, struct bh_endpoint *endpoint);
/* The first of the queue, which must not be empty. */
struct bh_endpoint *bh_roster_take_ready(struct bh_roster *roster);
/* Frees those that are gone and of which nothing is on its way any more. */
void bh_roster_bury(struct bh_roster *roster);

#endif
