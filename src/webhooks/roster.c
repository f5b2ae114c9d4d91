// SPDX-License-Identifier: Apache-2.0
#include "webhooks/roster.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "webhooks/seal.h"
#include "webhooks/url.h"

#define CHUNK 128
#define CHUNK_ARENA ((size_t)4 << 20)
#define ACCOUNTS 64
#define MANY_EVENTS 256 /* with more new ones at once everybody is asked */

_Static_assert(BH_WEBHOOK_SECRET_TEXT <= BH_SEAL_SECRET_MAX, "a secret can be sealed");

void bh_roster_init(struct bh_roster *roster, const struct bh_server_key *key, bool allow_private)
{
    *roster = (struct bh_roster){.key = key, .allow_private = allow_private};
    TAILQ_INIT(&roster->ready);
}

void bh_roster_finish(struct bh_roster *roster)
{
    for (size_t i = 0; i < roster->count; i++)
        bh_endpoint_destroy(roster->endpoints[i]);
    free(roster->endpoints);
    roster->endpoints = NULL;
    roster->count = 0;
}

void bh_roster_make_ready(struct bh_roster *roster, struct bh_endpoint *endpoint)
{
    if (endpoint->is_ready || endpoint->is_gone)
        return;
    endpoint->is_ready = true;
    TAILQ_INSERT_TAIL(&roster->ready, endpoint, ready_link);
    roster->ready_count++;
}

static void remove_ready(struct bh_roster *roster, struct bh_endpoint *endpoint)
{
    if (!endpoint->is_ready)
        return;
    endpoint->is_ready = false;
    TAILQ_REMOVE(&roster->ready, endpoint, ready_link);
    roster->ready_count--;
}

struct bh_endpoint *bh_roster_take_ready(struct bh_roster *roster)
{
    struct bh_endpoint *endpoint = TAILQ_FIRST(&roster->ready);
    remove_ready(roster, endpoint);
    return endpoint;
}

/* ---- endpoints ------------------------------------------------------------------------------------------
 */

static void open_secret(const struct bh_roster *roster, const struct bh_webhook_record *webhook,
    struct bh_span sealed, char ret_secret[static BH_WEBHOOK_SECRET_TEXT])
{
    char secret[BH_SEAL_SECRET_MAX + 1] = "";
    ret_secret[0] = 0;
    if (bh_span_is_absent(sealed))
        return;
    if (bh_unseal(roster->key, webhook->webhook_id, sealed, secret) &&
        strlen(secret) == BH_WEBHOOK_SECRET_TEXT - 1)
        memcpy(ret_secret, secret, BH_WEBHOOK_SECRET_TEXT);
    else
        bh_log(BH_LOG_ERROR, "the secret of a webhook cannot be read", "webhook", webhook->webhook_id.data,
            NULL);
    bh_wipe(secret, sizeof(secret));
}

static enum bh_err complete(
    struct bh_roster *roster, struct bh_endpoint *endpoint, const struct bh_webhook_record *webhook)
{
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct bh_span url;
    bh_arena_init(&arena, 4096, 65536);
    endpoint->url_error = bh_webhook_url_check(webhook->url, roster->allow_private, &arena, &url);
    open_secret(roster, webhook, webhook->secret, endpoint->secret);
    open_secret(roster, webhook, webhook->previous_secret, endpoint->previous_secret);
    endpoint->is_gone = false;
    bh_roster_make_ready(roster, endpoint);
    if (endpoint->url_error != BH_ERR_NO_MEMORY)
        return BH_OK;
    endpoint->version = 0; /* the next look tries again */
    return BH_ERR_NO_MEMORY;
}

/* The place of the id in the array, or where it belongs. */
static size_t place_of(const struct bh_roster *roster, int64_t id)
{
    size_t low = 0;
    size_t high = roster->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (roster->endpoints[middle]->target.webhook < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum bh_err insert(struct bh_roster *roster, size_t place, struct bh_endpoint *endpoint)
{
    if (roster->count == roster->capacity) {
        size_t capacity = roster->capacity == 0 ? 64 : roster->capacity * 2;
        struct bh_endpoint **grown = realloc(roster->endpoints, capacity * sizeof(*grown));
        if (grown == NULL)
            return BH_ERR_NO_MEMORY;
        roster->endpoints = grown;
        roster->capacity = capacity;
    }
    memmove(roster->endpoints + place + 1, roster->endpoints + place,
        (roster->count - place) * sizeof(struct bh_endpoint *));
    roster->endpoints[place] = endpoint;
    roster->count++;
    return BH_OK;
}

/* Most have not changed: opening secrets and reading URLs is for those that have. */
static enum bh_err refresh(
    struct bh_roster *roster, struct bh_endpoint *endpoint, const struct bh_webhook_record *webhook)
{
    if (endpoint->version == webhook->version && !endpoint->is_gone) {
        bh_endpoint_look_again(endpoint);
        bh_roster_make_ready(roster, endpoint);
        return BH_OK;
    }
    if (!bh_endpoint_update(endpoint, webhook))
        return BH_ERR_NO_MEMORY;
    return complete(roster, endpoint, webhook);
}

static enum bh_err take_in(struct bh_roster *roster, const struct bh_webhook_record *webhook)
{
    size_t place = place_of(roster, webhook->id);
    if (place < roster->count && roster->endpoints[place]->target.webhook == webhook->id)
        return refresh(roster, roster->endpoints[place], webhook);
    struct bh_endpoint *endpoint = bh_endpoint_create(webhook);
    if (endpoint == NULL)
        return BH_ERR_NO_MEMORY;
    enum bh_err err = insert(roster, place, endpoint);
    if (err != BH_OK) {
        bh_endpoint_destroy(endpoint);
        return err;
    }
    return complete(roster, endpoint, webhook);
}

/*
 * Endpoints with ids above `from` up to `to` that the database did not name are gone. What waits in memory
 * stays with them, so that no mark moves over it: enabled again, they may still get it.
 */
static void miss(struct bh_roster *roster, int64_t from, int64_t to)
{
    for (size_t i = place_of(roster, from + 1);
         i < roster->count && roster->endpoints[i]->target.webhook <= to; i++) {
        struct bh_endpoint *endpoint = roster->endpoints[i];
        endpoint->is_gone = true;
        remove_ready(roster, endpoint);
    }
}

static enum bh_err read_chunk(struct bh_roster *roster, struct bh_db *db, int64_t *last, bool *more)
{
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct bh_webhook_record *webhooks;
    size_t count;
    bh_arena_init(&arena, 16384, CHUNK_ARENA);
    enum bh_err err = bh_webhook_list_active(db, *last, CHUNK, &arena, &webhooks, &count);
    for (size_t i = 0; i < count && err == BH_OK; i++) {
        miss(roster, *last, webhooks[i].id - 1);
        err = take_in(roster, &webhooks[i]);
        *last = webhooks[i].id;
    }
    *more = err == BH_OK && count == CHUNK;
    return err;
}

static enum bh_err reload(struct bh_roster *roster, struct bh_db *db)
{
    int64_t last = 0;
    bool more = true;
    enum bh_err err = BH_OK;
    while (more && err == BH_OK)
        err = read_chunk(roster, db, &last, &more);
    if (err == BH_OK)
        miss(roster, last, INT64_MAX);
    return err;
}

void bh_roster_bury(struct bh_roster *roster)
{
    size_t kept = 0;
    for (size_t i = 0; i < roster->count; i++) {
        struct bh_endpoint *endpoint = roster->endpoints[i];
        if (endpoint->is_gone && endpoint->unsettled == 0)
            bh_endpoint_destroy(endpoint);
        else
            roster->endpoints[kept++] = endpoint;
    }
    roster->count = kept;
}

/* ---- events ---------------------------------------------------------------------------------------------
 */

static bool has(const int64_t *numbers, size_t count, int64_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] == number)
            return true;
    }
    return false;
}

/* Whose accounts have events above what was known. */
static enum bh_err notice_events(struct bh_roster *roster, struct bh_db *db, int64_t newest)
{
    int64_t accounts[ACCOUNTS];
    size_t count = ACCOUNTS;
    if (newest - roster->newest <= MANY_EVENTS) {
        enum bh_err err = bh_event_accounts(db, roster->newest, ACCOUNTS, accounts, &count);
        if (err != BH_OK)
            return err;
    }
    for (size_t i = 0; i < roster->count; i++) {
        struct bh_endpoint *endpoint = roster->endpoints[i];
        if (count < ACCOUNTS && !has(accounts, count, endpoint->target.account))
            continue;
        endpoint->maybe_new = true;
        bh_roster_make_ready(roster, endpoint);
    }
    roster->newest = newest;
    return BH_OK;
}

enum bh_err bh_roster_look(struct bh_roster *roster, struct bh_db *db)
{
    int64_t version;
    int64_t newest;
    enum bh_err err = bh_outbox_version(db, &version);
    if (err == BH_OK && version != roster->version) {
        err = reload(roster, db);
        if (err == BH_OK)
            roster->version = version;
    }
    if (err == BH_OK)
        err = bh_event_newest_id(db, &newest);
    if (err == BH_OK && newest > roster->newest)
        err = notice_events(roster, db, newest);
    return err;
}
