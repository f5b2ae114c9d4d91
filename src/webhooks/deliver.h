// SPDX-License-Identifier: Apache-2.0
/*
 * The thread that brings events to endpoints.
 *
 * It reads the outbox with a connection of its own, sends with one multi handle of libcurl, and lets the
 * committer record what came of it; it never waits for the committer. Endpoints take turns, request by
 * request, within BH_DELIVER_IN_FLIGHT in all and BH_ENDPOINT_IN_FLIGHT each. So that slow and dead ones
 * delay nobody else, an endpoint gets more than one place only while many are free, and those that have not
 * shown to be quick share some of the places (webhooks/places.h).
 *
 * Every event is sent at least once: what was not recorded when the process ended is sent again. Events of
 * one agent reach one endpoint in their order, except those whose attempt failed, which come later.
 */
#ifndef BH_WEBHOOKS_DELIVER_H
#define BH_WEBHOOKS_DELIVER_H

#include "commit/committer.h"
#include "core/reach.h"
#include "webhooks/places.h"

#define BH_DELIVER_IN_FLIGHT BH_PLACES
#define BH_DELIVER_NICE 10 /* decisions come first */

struct bh_deliverer;

struct bh_deliverer_options {
    struct bh_store *store;
    struct bh_committer *committer;
    const struct bh_server_key *key;
    struct bh_span pepper; /* of the signatures; absent or blank = none */
    struct bh_reach reach; /* where private addresses are allowed, http is too */
    const char *ca_file;   /* NULL = the system's certificate authorities */
};

/* What the options point to must live until bh_deliverer_destroy(). */
BH_MUST_USE
enum bh_err bh_deliverer_start(
    const struct bh_deliverer_options *options, struct bh_deliverer **ret_deliverer);
/* When its thread last went round, by the steady clock; it does so several times a second. Any thread. */
int64_t bh_deliverer_turned_at(const struct bh_deliverer *deliverer);
/* There may be new events. From any thread, does not block. */
void bh_deliverer_wake(struct bh_deliverer *deliverer);
/*
 * Sends nothing more, waits up to `grace_ms` for what is on its way, and records what has ended. Before the
 * committer is stopped. Accepts NULL.
 */
void bh_deliverer_stop(struct bh_deliverer *deliverer, int64_t grace_ms);
/* After the committer was stopped: bh_deliverer_wake() may be called until then. Accepts NULL. */
void bh_deliverer_destroy(struct bh_deliverer *deliverer);

#endif
