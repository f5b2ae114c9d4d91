// SPDX-License-Identifier: Apache-2.0
/*
 * Who may start one more request. There are BH_PLACES for requests under way, and an account has at most
 * BH_PLACES_ACCOUNT of them. Endpoints whose last attempt was quick may have any; those whose last answer was
 * slow, those whose last attempt failed and those that are not known yet share parts of them, so that some
 * are always left for the quick ones. A request that is under way for longer than a quick answer takes counts
 * as slow, whoever makes it.
 */
#ifndef BH_WEBHOOKS_PLACES_H
#define BH_WEBHOOKS_PLACES_H

#include "webhooks/endpoint.h"

#define BH_PLACES 64
#define BH_PLACES_SLOW 24     /* of slow and failing endpoints */
#define BH_PLACES_TROUBLED 16 /* of failing ones, of those */
#define BH_PLACES_NEW 24      /* of endpoints that are not known yet */
#define BH_PLACES_ACCOUNT 32  /* the same for one account: */
#define BH_PLACES_ACCOUNT_SLOW 16
#define BH_PLACES_ACCOUNT_TROUBLED 12
#define BH_PLACES_ACCOUNT_NEW 8

/* Requests under way, by how their endpoint does. */
struct bh_places {
    unsigned taken[BH_ENDPOINT_PACES];
};

/* Counts a request that was started at `started_at` for an endpoint that did so then. */
void bh_places_add(struct bh_places *places, enum bh_endpoint_pace pace, int64_t started_at, int64_t now_ms);
/* May an endpoint have one more, that has `own` already? `all` counts everybody's, `account` its account's.
 */
bool bh_places_allow(
    const struct bh_places *all, const struct bh_places *account, enum bh_endpoint_pace pace, unsigned own);

#endif
