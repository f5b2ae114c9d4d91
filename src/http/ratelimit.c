// SPDX-License-Identifier: Apache-2.0
/*
 * A set-associative table: the hash of bucket and key names one set of eight slots, and the key has one of
 * them while its window runs. When all eight are taken by others, the slot that ends first becomes the set's
 * shared slot: its count stays, and from then on every key of the set without a slot of its own, the old
 * owner included, counts there. Each hit that a shared slot lets through prolongs it to that hit's full
 * window, so a key cannot escape from it into a fresh slot while its own hits still matter.
 */
#include "http/ratelimit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/random.h"

#define WAYS 8
#define LOCKS 64
#define TAG_SHARED 1 /* and 0 is a slot never used; real tags are larger */

struct slot {
    uint64_t tag;
    int64_t ends_ms;
    int64_t count;
};

struct set {
    struct slot slots[WAYS];
};

struct bh_ratelimit {
    uint64_t secret[2];
    size_t set_count; /* a power of two */
    struct set *sets;
    pthread_mutex_t locks[LOCKS];
};

struct bh_ratelimit *bh_ratelimit_create(size_t slots)
{
    struct bh_ratelimit *ratelimit = calloc(1, sizeof(*ratelimit));
    if (ratelimit == NULL)
        return NULL;
    ratelimit->set_count = 1;
    while (ratelimit->set_count * 2 * WAYS <= slots)
        ratelimit->set_count *= 2;
    ratelimit->sets = calloc(ratelimit->set_count, sizeof(*ratelimit->sets));
    if (ratelimit->sets == NULL) {
        free(ratelimit);
        return NULL;
    }
    bh_random_bytes(ratelimit->secret, sizeof(ratelimit->secret));
    for (size_t i = 0; i < LOCKS; i++)
        pthread_mutex_init(&ratelimit->locks[i], NULL);
    return ratelimit;
}

void bh_ratelimit_destroy(struct bh_ratelimit *ratelimit)
{
    if (ratelimit == NULL)
        return;
    for (size_t i = 0; i < LOCKS; i++)
        pthread_mutex_destroy(&ratelimit->locks[i]);
    free(ratelimit->sets);
    free(ratelimit);
}

struct sip {
    uint64_t v0, v1, v2, v3;
    uint64_t word; /* bytes that do not fill a word yet */
    uint64_t length;
};

static uint64_t rotate(uint64_t value, int bits)
{
    return (value << bits) | (value >> (64 - bits));
}

static void sip_rounds(struct sip *sip, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        sip->v0 += sip->v1;
        sip->v2 += sip->v3;
        sip->v1 = rotate(sip->v1, 13) ^ sip->v0;
        sip->v3 = rotate(sip->v3, 16) ^ sip->v2;
        sip->v0 = rotate(sip->v0, 32);
        sip->v2 += sip->v1;
        sip->v0 += sip->v3;
        sip->v1 = rotate(sip->v1, 17) ^ sip->v2;
        sip->v3 = rotate(sip->v3, 21) ^ sip->v0;
        sip->v2 = rotate(sip->v2, 32);
    }
}

static void sip_word(struct sip *sip)
{
    sip->v3 ^= sip->word;
    sip_rounds(sip, 2);
    sip->v0 ^= sip->word;
    sip->word = 0;
}

static void sip_add(struct sip *sip, const char *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        sip->word |= (uint64_t)(unsigned char)data[i] << (8 * (sip->length % 8));
        if (++sip->length % 8 == 0)
            sip_word(sip);
    }
}

/* SipHash-2-4: nobody who does not know the secret can choose keys that meet in one set. */
static uint64_t hash(const struct bh_ratelimit *ratelimit, const char *bucket, struct bh_span key)
{
    struct sip sip = {
        .v0 = ratelimit->secret[0] ^ 0x736f6d6570736575U,
        .v1 = ratelimit->secret[1] ^ 0x646f72616e646f6dU,
        .v2 = ratelimit->secret[0] ^ 0x6c7967656e657261U,
        .v3 = ratelimit->secret[1] ^ 0x7465646279746573U,
    };
    sip_add(&sip, bucket, strlen(bucket) + 1); /* the NUL keeps ("a", "bc") and ("ab", "c") apart */
    sip_add(&sip, key.data, key.len);
    sip.word |= sip.length << 56;
    sip_word(&sip);
    sip.v2 ^= 0xff;
    sip_rounds(&sip, 4);
    return sip.v0 ^ sip.v1 ^ sip.v2 ^ sip.v3;
}

static struct slot *find(struct set *set, uint64_t tag, int64_t now_ms)
{
    for (size_t i = 0; i < WAYS; i++) {
        if (set->slots[i].tag == tag && set->slots[i].ends_ms > now_ms)
            return &set->slots[i];
    }
    return NULL;
}

/* The slot that counts for `tag`, its own or a shared one, with a running window. */
static struct slot *choose(struct set *set, uint64_t tag, int64_t window_ms, int64_t now_ms)
{
    struct slot *slot = find(set, tag, now_ms);
    if (slot == NULL)
        slot = find(set, TAG_SHARED, now_ms);
    if (slot != NULL)
        return slot;
    slot = &set->slots[0];
    for (size_t i = 1; i < WAYS; i++) {
        if (set->slots[i].ends_ms < slot->ends_ms)
            slot = &set->slots[i];
    }
    if (slot->ends_ms <= now_ms)
        *slot = (struct slot){.tag = tag, .ends_ms = now_ms + window_ms};
    else
        slot->tag = TAG_SHARED;
    return slot;
}

struct bh_ratelimit_state bh_ratelimit_hit(struct bh_ratelimit *ratelimit, const char *bucket,
    struct bh_span key, int64_t limit, int64_t window_ms, int64_t now_ms)
{
    if (limit <= 0)
        return (struct bh_ratelimit_state){.reset_s = 1};
    uint64_t tag = hash(ratelimit, bucket, key);
    size_t index = tag & (ratelimit->set_count - 1);
    if (tag <= TAG_SHARED)
        tag += 2;
    pthread_mutex_t *lock = &ratelimit->locks[index % LOCKS];
    pthread_mutex_lock(lock);
    struct slot *slot = choose(&ratelimit->sets[index], tag, window_ms, now_ms);
    bool limited = slot->count >= limit;
    if (!limited)
        slot->count++;
    if (slot->tag == TAG_SHARED && !limited && slot->ends_ms < now_ms + window_ms)
        slot->ends_ms = now_ms + window_ms;
    struct bh_ratelimit_state state = {
        .limited = limited,
        .limit = limit,
        .remaining = limited ? 0 : limit - slot->count,
        .reset_s = (slot->ends_ms - now_ms + 999) / 1000,
    };
    pthread_mutex_unlock(lock);
    if (state.reset_s < 1)
        state.reset_s = 1;
    return state;
}
