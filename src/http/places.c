// SPDX-License-Identifier: Apache-2.0
#include "http/places.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct bh_place {
    struct bh_place *next, *previous;
    struct bh_place_owner owner;
    char address[BH_PEER_TEXT];
};

struct bh_places {
    pthread_mutex_t lock;
    struct bh_place *first;
    size_t count, limit;
};

struct bh_places *bh_places_create(unsigned max_connections)
{
    struct bh_places *places = calloc(1, sizeof(*places));
    if (places == NULL)
        return NULL;
    pthread_mutex_init(&places->lock, NULL);
    places->limit = max_connections / 2 < BH_PLACES ? max_connections / 2 : BH_PLACES;
    return places;
}

void bh_places_destroy(struct bh_places *places)
{
    if (places == NULL)
        return;
    while (places->first != NULL)
        bh_places_leave(places, places->first);
    pthread_mutex_destroy(&places->lock);
    free(places);
}

/* They are few and seldom taken, so they are counted when somebody asks. */
static enum bh_err check(
    const struct bh_places *places, const struct bh_place_owner *owner, const char *address)
{
    size_t of_owner = 0;
    size_t of_account = 0;
    size_t exports = 0;
    size_t of_address = 0;
    for (const struct bh_place *at = places->first; at != NULL; at = at->next) {
        bool same_account = at->owner.account == owner->account;
        of_account += same_account;
        of_owner += same_account && at->owner.agent == owner->agent;
        exports += same_account && at->owner.exports;
        of_address += strcmp(at->address, address) == 0;
    }
    if (owner->exports && exports >= BH_PLACES_EXPORTS)
        return BH_ERR_EXPORTS_OWNER;
    if (of_owner >= BH_PLACES_OF_OWNER || of_account >= BH_PLACES_OF_ACCOUNT)
        return BH_ERR_LONG_ANSWERS_OWNER;
    return places->count >= places->limit || of_address >= BH_PLACES_OF_ADDRESS ? BH_ERR_LONG_ANSWERS : BH_OK;
}

enum bh_err bh_places_enter(struct bh_places *places, const struct bh_place_owner *owner, const char *address,
    struct bh_place **ret_place)
{
    struct bh_place *place = calloc(1, sizeof(*place));
    if (place == NULL)
        return BH_ERR_NO_MEMORY;
    place->owner = *owner;
    memcpy(place->address, address, strnlen(address, sizeof(place->address) - 1));
    pthread_mutex_lock(&places->lock);
    enum bh_err err = check(places, owner, place->address);
    if (err == BH_OK) {
        place->next = places->first;
        if (places->first != NULL)
            places->first->previous = place;
        places->first = place;
        places->count++;
    }
    pthread_mutex_unlock(&places->lock);
    if (err == BH_OK)
        *ret_place = place;
    else
        free(place);
    return err;
}

void bh_places_leave(struct bh_places *places, struct bh_place *place)
{
    if (place == NULL)
        return;
    pthread_mutex_lock(&places->lock);
    if (place->next != NULL)
        place->next->previous = place->previous;
    if (place->previous != NULL)
        place->previous->next = place->next;
    else
        places->first = place->next;
    places->count--;
    pthread_mutex_unlock(&places->lock);
    free(place);
}
