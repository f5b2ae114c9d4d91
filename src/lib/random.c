// SPDX-License-Identifier: Apache-2.0
#include "lib/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <openssl/rand.h>
#include <pthread.h>

#include "lib/digest.h"

#define ID_BYTES 12

static _Thread_local uint64_t stored[64];
static _Thread_local size_t left;

void bh_random_bytes(void *ret_bytes, size_t size)
{
    if (RAND_bytes(ret_bytes, (int)size) != 1)
        abort();
}

/* The child of a fork has its parent's store, and would give out the same bits. */
static void drop_store(void)
{
    bh_wipe(stored, sizeof(stored));
    left = 0;
}

static void watch_forks(void)
{
    if (pthread_atfork(NULL, NULL, drop_store) != 0)
        abort();
}

static void fill_store(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    bh_random_bytes(stored, sizeof(stored));
    left = BH_COUNT(stored);
}

uint64_t bh_random_u64(void)
{
    if (left == 0)
        fill_store();
    uint64_t value = stored[--left];
    stored[left] = 0;
    return value;
}

void bh_random_id(const char *prefix, char ret_id[static BH_ID_TEXT])
{
    uint64_t words[2] = {bh_random_u64(), bh_random_u64()};
    char text[ID_BYTES * 4 / 3 + 1];
    bh_base64url_encode((struct bh_span){(const char *)words, ID_BYTES}, text);
    snprintf(ret_id, BH_ID_TEXT, "%.10s_%s", prefix, text);
}

void bh_random_secret(const char *prefix, char ret_secret[static BH_SECRET_TEXT])
{
    char bytes[32];
    char text[44];
    bh_random_bytes(bytes, sizeof(bytes));
    bh_base64url_encode((struct bh_span){bytes, sizeof(bytes)}, text);
    snprintf(ret_secret, BH_SECRET_TEXT, "%.16s%s", prefix, text);
    bh_wipe(bytes, sizeof(bytes));
    bh_wipe(text, sizeof(text));
}
