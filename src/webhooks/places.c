// SPDX-License-Identifier: Apache-2.0
#include "webhooks/places.h"

struct shares {
    unsigned all, slow, troubled, new_ones;
};

static const struct shares server_shares = {BH_PLACES, BH_PLACES_SLOW, BH_PLACES_TROUBLED, BH_PLACES_NEW};
static const struct shares account_shares = {
    BH_PLACES_ACCOUNT, BH_PLACES_ACCOUNT_SLOW, BH_PLACES_ACCOUNT_TROUBLED, BH_PLACES_ACCOUNT_NEW};

void bh_places_add(struct bh_places *places, enum bh_endpoint_pace pace, int64_t started_at, int64_t now_ms)
{
    if (pace != BH_ENDPOINT_TROUBLED && now_ms - started_at > BH_ENDPOINT_QUICK_MS)
        pace = BH_ENDPOINT_SLOW;
    places->taken[pace]++;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned left(unsigned share, unsigned taken)
{
    return taken < share ? share - taken : 0;
}

/* How many more of this kind there may be. */
static unsigned room(const struct bh_places *places, const struct shares *shares, enum bh_endpoint_pace pace)
{
    unsigned slow = places->taken[BH_ENDPOINT_SLOW] + places->taken[BH_ENDPOINT_TROUBLED];
    unsigned unproven = slow + places->taken[BH_ENDPOINT_NEW];
    unsigned free_ones = left(shares->all, unproven + places->taken[BH_ENDPOINT_QUICK]);
    switch (pace) {
    case BH_ENDPOINT_QUICK:
        return free_ones;
    case BH_ENDPOINT_SLOW:
        return least(free_ones, left(shares->slow, slow));
    case BH_ENDPOINT_TROUBLED:
        return least(least(free_ones, left(shares->slow, slow)),
            left(shares->troubled, places->taken[BH_ENDPOINT_TROUBLED]));
    default: /* new ones that turn out to be slow still count, beyond the share of the slow */
        return least(least(free_ones, left(shares->new_ones, places->taken[BH_ENDPOINT_NEW])),
            left(shares->slow + shares->new_ones, unproven));
    }
}

/* The last places of each kind are for endpoints that have none. */
bool bh_places_allow(
    const struct bh_places *all, const struct bh_places *account, enum bh_endpoint_pace pace, unsigned own)
{
    unsigned more = least(room(all, &server_shares, pace), room(account, &account_shares, pace));
    if (more == 0)
        return false;
    unsigned free_ones = room(all, &server_shares, BH_ENDPOINT_QUICK);
    return own == 0 || (more > BH_ENDPOINT_IN_FLIGHT && own <= free_ones / BH_ENDPOINT_IN_FLIGHT);
}
