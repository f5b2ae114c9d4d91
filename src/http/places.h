// SPDX-License-Identifier: Apache-2.0
/*
 * Places for answers that take long. They are few compared with the connections, so that streams that do
 * nothing, however many somebody opens, leave the server to the others.
 */
#ifndef BH_HTTP_PLACES_H
#define BH_HTTP_PLACES_H

#include "http/server.h"

#define BH_PLACES 1000           /* in all, or half of the connections where that is less */
#define BH_PLACES_OF_ADDRESS 600 /* of those; a proxy is one address too */
#define BH_PLACES_OF_ACCOUNT 250 /* of those, of its people and all its agents together */
#define BH_PLACES_OF_OWNER 100   /* of those */
#define BH_PLACES_EXPORTS 2      /* of an account: each holds a thread for as long as its client reads */
#define BH_PLACES_RETRY_S "5"

struct bh_places;
struct bh_place;

/* NULL when there is no memory. */
struct bh_places *bh_places_create(unsigned max_connections);
void bh_places_destroy(struct bh_places *places);
/*
 * BH_ERR_LONG_ANSWERS when all are taken, in all or by the address; BH_ERR_LONG_ANSWERS_OWNER when the owner
 * or its account has its share; BH_ERR_EXPORTS_OWNER. Any thread.
 */
BH_MUST_USE
enum bh_err bh_places_enter(struct bh_places *places, const struct bh_place_owner *owner, const char *address,
    struct bh_place **ret_place);
/* Accepts NULL. Any thread. */
void bh_places_leave(struct bh_places *places, struct bh_place *place);

#endif
