// SPDX-License-Identifier: Apache-2.0
#include "http/peers.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/random.h"

#define NOBODY UINT32_MAX

/* One address that has connections; chained from its bucket, or from the list of free ones. */
struct peer {
    uint64_t key[2];
    uint32_t connections;
    uint32_t next;
};

struct bh_peers {
    pthread_mutex_t lock;
    unsigned max, max_per_address;
    unsigned connections;
    uint64_t secret; /* nobody outside can aim at one bucket */
    uint32_t mask;
    uint32_t free;
    struct peer *peers; /* `max` of them: there cannot be more addresses than connections */
    uint32_t *buckets;
};

struct bh_peers *bh_peers_create(unsigned max, unsigned max_per_address)
{
    struct bh_peers *peers = calloc(1, sizeof(*peers));
    if (peers == NULL)
        return NULL;
    uint32_t buckets = 16;
    while (buckets < max && buckets < 1U << 24)
        buckets *= 2;
    peers->peers = calloc(max, sizeof(*peers->peers));
    peers->buckets = malloc(buckets * sizeof(*peers->buckets));
    if (peers->peers == NULL || peers->buckets == NULL) {
        free(peers->peers);
        free(peers->buckets);
        free(peers);
        return NULL;
    }
    pthread_mutex_init(&peers->lock, NULL);
    peers->max = max;
    peers->max_per_address = max_per_address;
    peers->mask = buckets - 1;
    bh_random_bytes(&peers->secret, sizeof(peers->secret));
    memset(peers->buckets, 0xff, buckets * sizeof(*peers->buckets));
    for (uint32_t i = 0; i < max; i++)
        peers->peers[i].next = i + 1 < max ? i + 1 : NOBODY;
    return peers;
}

void bh_peers_destroy(struct bh_peers *peers)
{
    if (peers == NULL)
        return;
    pthread_mutex_destroy(&peers->lock);
    free(peers->peers);
    free(peers->buckets);
    free(peers);
}

static void make_key(const struct sockaddr *address, uint64_t ret_key[static 2])
{
    ret_key[0] = 0;
    ret_key[1] = 0;
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof(v4));
        ret_key[1] = v4.sin_addr.s_addr;
        return;
    }
    if (address->sa_family != AF_INET6)
        return;
    struct sockaddr_in6 v6;
    memcpy(&v6, address, sizeof(v6));
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
        uint32_t v4;
        memcpy(&v4, &v6.sin6_addr.s6_addr[12], sizeof(v4));
        ret_key[1] = v4;
        return;
    }
    memcpy(&ret_key[0], &v6.sin6_addr, sizeof(ret_key[0]));
    ret_key[1] = UINT64_MAX; /* tells a /64 of zeros from no address */
}

static uint32_t bucket_of(const struct bh_peers *peers, const uint64_t key[static 2])
{
    uint64_t mixed = (key[0] ^ peers->secret) * 0x9e3779b97f4a7c15U;
    mixed = (mixed ^ (mixed >> 29) ^ key[1] ^ (peers->secret << 7)) * 0xbf58476d1ce4e5b9U;
    return (uint32_t)(mixed >> 33) & peers->mask;
}

/* The link that points to the address's peer, or the one where the chain ends. */
static uint32_t *find(struct bh_peers *peers, const uint64_t key[static 2])
{
    uint32_t *link = &peers->buckets[bucket_of(peers, key)];
    while (*link != NOBODY) {
        struct peer *peer = &peers->peers[*link];
        if (peer->key[0] == key[0] && peer->key[1] == key[1])
            break;
        link = &peer->next;
    }
    return link;
}

static void take_free(struct bh_peers *peers, uint32_t *link, const uint64_t key[static 2])
{
    uint32_t index = peers->free;
    struct peer *peer = &peers->peers[index];
    peers->free = peer->next;
    *peer = (struct peer){.key = {key[0], key[1]}, .next = NOBODY};
    *link = index;
}

static bool enter(struct bh_peers *peers, const uint64_t key[static 2])
{
    if (peers->connections >= peers->max)
        return false;
    uint32_t *link = find(peers, key);
    if (*link == NOBODY)
        take_free(peers, link, key);
    struct peer *peer = &peers->peers[*link];
    if (peers->max_per_address != 0 && peer->connections >= peers->max_per_address)
        return false;
    peer->connections++;
    peers->connections++;
    return true;
}

bool bh_peers_enter(struct bh_peers *peers, const struct sockaddr *address)
{
    uint64_t key[2];
    make_key(address, key);
    pthread_mutex_lock(&peers->lock);
    bool entered = enter(peers, key);
    pthread_mutex_unlock(&peers->lock);
    return entered;
}

void bh_peers_leave(struct bh_peers *peers, const struct sockaddr *address)
{
    uint64_t key[2];
    make_key(address, key);
    pthread_mutex_lock(&peers->lock);
    uint32_t *link = find(peers, key);
    if (*link != NOBODY) {
        struct peer *peer = &peers->peers[*link];
        peers->connections--;
        if (--peer->connections == 0) {
            uint32_t index = *link;
            *link = peer->next;
            peer->next = peers->free;
            peers->free = index;
        }
    }
    pthread_mutex_unlock(&peers->lock);
}

int64_t bh_peers_count(struct bh_peers *peers)
{
    pthread_mutex_lock(&peers->lock);
    int64_t count = peers->connections;
    pthread_mutex_unlock(&peers->lock);
    return count;
}
