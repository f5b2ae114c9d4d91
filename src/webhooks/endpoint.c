// SPDX-License-Identifier: Apache-2.0
#include "webhooks/endpoint.h"

#include <stdlib.h>
#include <string.h>

/* ---- making and changing --------------------------------------------------------------------------------
 */

static char *copy_text(struct bh_span text)
{
    return strndup(text.data, text.len);
}

struct bh_endpoint *bh_endpoint_create(const struct bh_webhook_record *webhook)
{
    struct bh_endpoint *endpoint = calloc(1, sizeof(*endpoint));
    if (endpoint == NULL)
        return NULL;
    TAILQ_INIT(&endpoint->new_items);
    TAILQ_INIT(&endpoint->retries);
    endpoint->target.webhook = webhook->id;
    endpoint->target.account = webhook->account;
    endpoint->allowed = 1;
    endpoint->maybe_new = true;
    endpoint->webhook_id = copy_text(webhook->webhook_id);
    if (endpoint->webhook_id == NULL || !bh_endpoint_update(endpoint, webhook)) {
        bh_endpoint_destroy(endpoint);
        return NULL;
    }
    return endpoint;
}

static void free_items(struct bh_item_queue *queue)
{
    struct bh_item *item;
    while ((item = TAILQ_FIRST(queue)) != NULL) {
        TAILQ_REMOVE(queue, item, link);
        free(item);
    }
}

void bh_endpoint_destroy(struct bh_endpoint *endpoint)
{
    if (endpoint == NULL)
        return;
    free_items(&endpoint->new_items);
    free_items(&endpoint->retries);
    bh_wipe(endpoint->secret, sizeof(endpoint->secret));
    bh_wipe(endpoint->previous_secret, sizeof(endpoint->previous_secret));
    free(endpoint->webhook_id);
    free(endpoint->url);
    free(endpoint);
}

/* Those that wait and whose event is not above `low`, or is above `high`. */
static void drop_waiting(struct bh_item_queue *queue, size_t *count, int64_t low, int64_t high)
{
    struct bh_item *item = TAILQ_FIRST(queue);
    while (item != NULL) {
        struct bh_item *next = TAILQ_NEXT(item, link);
        if (item->state == BH_ITEM_WAITING && (item->is.event <= low || item->is.event > high)) {
            TAILQ_REMOVE(queue, item, link);
            (*count)--;
            free(item);
        }
        item = next;
    }
}

/*
 * Somebody has changed the endpoint: what waits was loaded for other wishes, or was dropped by a pause, and
 * is loaded again. Except what lies below something that is on its way: that would not be looked at again.
 */
static void start_over(struct bh_endpoint *endpoint, const struct bh_webhook_record *webhook)
{
    int64_t last_held = 0;
    const struct bh_item *item;
    if (webhook->settled_through > endpoint->settled_through)
        endpoint->settled_through = webhook->settled_through;
    TAILQ_FOREACH(item, &endpoint->new_items, link)
    {
        if (item->state != BH_ITEM_WAITING)
            last_held = item->is.event;
    }
    drop_waiting(&endpoint->new_items, &endpoint->new_count, endpoint->settled_through, last_held);
    drop_waiting(&endpoint->retries, &endpoint->retry_count, INT64_MAX, 0);
    endpoint->loaded_through = last_held > endpoint->settled_through ? last_held : endpoint->settled_through;
}

bool bh_endpoint_update(struct bh_endpoint *endpoint, const struct bh_webhook_record *webhook)
{
    if (endpoint->url == NULL || !bh_span_equal(bh_span_from(endpoint->url), webhook->url)) {
        char *url = copy_text(webhook->url);
        if (url == NULL)
            return false;
        free(endpoint->url);
        endpoint->url = url;
    }
    endpoint->target.event_mask = webhook->event_mask;
    endpoint->failing = (struct bh_failing){webhook->failing_since, webhook->failures};
    endpoint->last_triggered_at = webhook->last_triggered_at;
    endpoint->previous_until = webhook->previous_until;
    endpoint->giving_up = false;
    endpoint->version = webhook->version;
    start_over(endpoint, webhook);
    bh_endpoint_look_again(endpoint);
    return true;
}

void bh_endpoint_look_again(struct bh_endpoint *endpoint)
{
    endpoint->maybe_new = true;
    endpoint->next_due = 0; /* not known any more: something may have been replayed */
}

/* ---- loading --------------------------------------------------------------------------------------------
 */

static struct bh_item *add_item(
    struct bh_endpoint *endpoint, struct bh_item_queue *queue, const struct bh_delivery_item *is)
{
    struct bh_item *item = calloc(1, sizeof(*item));
    if (item == NULL)
        return NULL;
    item->endpoint = endpoint;
    item->is = *is;
    TAILQ_INSERT_TAIL(queue, item, link);
    return item;
}

static enum bh_err load_new(struct bh_endpoint *endpoint, struct bh_db *db)
{
    struct bh_delivery_item items[BH_ENDPOINT_SCAN];
    size_t count;
    int64_t through;
    bool more;
    enum bh_err err = bh_delivery_load_new(
        db, &endpoint->target, endpoint->loaded_through, BH_COUNT(items), items, &count, &through, &more);
    if (err != BH_OK)
        return err;
    for (size_t i = 0; i < count; i++) {
        if (add_item(endpoint, &endpoint->new_items, &items[i]) == NULL)
            return BH_ERR_NO_MEMORY;
        endpoint->new_count++;
        endpoint->loaded_through = items[i].event;
    }
    endpoint->loaded_through = through;
    endpoint->maybe_new = more;
    return BH_OK;
}

/* Only when none is in memory: those are pending in the database too, until their result is recorded. */
static enum bh_err load_retries(struct bh_endpoint *endpoint, struct bh_db *db, int64_t now_ms)
{
    struct bh_delivery_item items[BH_ENDPOINT_RETRIES];
    size_t count;
    enum bh_err err =
        bh_delivery_load_due(db, endpoint->target.webhook, now_ms, BH_COUNT(items), items, &count);
    if (err == BH_OK && count == 0)
        return bh_delivery_next_due(db, endpoint->target.webhook, &endpoint->next_due);
    for (size_t i = 0; i < count && err == BH_OK; i++) {
        if (add_item(endpoint, &endpoint->retries, &items[i]) == NULL)
            err = BH_ERR_NO_MEMORY;
        else
            endpoint->retry_count++;
    }
    return err;
}

/* ---- choosing -------------------------------------------------------------------------------------------
 */

static bool is_agent_busy(const struct bh_endpoint *endpoint, int64_t agent)
{
    for (size_t i = 0; agent != 0 && i < BH_COUNT(endpoint->busy_agents); i++) {
        if (endpoint->busy_agents[i] == agent)
            return true;
    }
    return false;
}

static struct bh_item *first_free(const struct bh_endpoint *endpoint, const struct bh_item_queue *queue)
{
    struct bh_item *item;
    TAILQ_FOREACH(item, queue, link)
    {
        if (item->state == BH_ITEM_WAITING && !is_agent_busy(endpoint, item->is.agent))
            return item;
    }
    return NULL;
}

bool bh_endpoint_can_load(const struct bh_endpoint *endpoint)
{
    return endpoint->maybe_new && endpoint->in_flight < endpoint->allowed &&
           endpoint->new_count + BH_ENDPOINT_SCAN <= BH_ENDPOINT_WINDOW;
}

enum bh_err bh_endpoint_next(
    struct bh_endpoint *endpoint, struct bh_db *db, int64_t now_ms, struct bh_item **ret_item)
{
    enum bh_err err = BH_OK;
    struct bh_item *item = NULL;
    bool may = !endpoint->is_gone && !endpoint->giving_up && endpoint->in_flight < endpoint->allowed;
    if (may && endpoint->retry_count == 0 && endpoint->next_due <= now_ms)
        err = load_retries(endpoint, db, now_ms);
    if (may && err == BH_OK)
        item = first_free(endpoint, &endpoint->retries);
    if (may && err == BH_OK && item == NULL)
        item = first_free(endpoint, &endpoint->new_items);
    while (may && err == BH_OK && item == NULL && bh_endpoint_can_load(endpoint)) {
        size_t count = endpoint->new_count;
        err = load_new(endpoint, db);
        item = err == BH_OK ? first_free(endpoint, &endpoint->new_items) : NULL;
        if (endpoint->new_count == count)
            break; /* it wants none of these: others may be served before it looks at more */
    }
    if (err == BH_OK)
        *ret_item = item;
    return err;
}

int64_t bh_endpoint_mark(const struct bh_endpoint *endpoint)
{
    const struct bh_item *item;
    TAILQ_FOREACH(item, &endpoint->new_items, link)
    {
        if (item->state != BH_ITEM_RECORDING)
            return item->is.event - 1;
    }
    return endpoint->loaded_through;
}

/* ---- what happens to an item ----------------------------------------------------------------------------
 */

void bh_endpoint_sent(struct bh_endpoint *endpoint, struct bh_item *item)
{
    item->state = BH_ITEM_IN_FLIGHT;
    endpoint->in_flight++;
    endpoint->unsettled++;
    for (size_t i = 0; item->is.agent != 0 && i < BH_COUNT(endpoint->busy_agents); i++) {
        if (endpoint->busy_agents[i] == 0) {
            endpoint->busy_agents[i] = item->is.agent;
            break;
        }
    }
}

static void leave_flight(struct bh_endpoint *endpoint, const struct bh_item *item)
{
    endpoint->in_flight--;
    for (size_t i = 0; i < BH_COUNT(endpoint->busy_agents); i++) {
        if (endpoint->busy_agents[i] == item->is.agent)
            endpoint->busy_agents[i] = 0;
    }
}

void bh_endpoint_ended(struct bh_endpoint *endpoint, struct bh_item *item)
{
    leave_flight(endpoint, item);
    item->state = BH_ITEM_ENDED;
    if (item->result.succeeded) {
        endpoint->failing = (struct bh_failing){0};
        endpoint->pace = item->took_ms > BH_ENDPOINT_QUICK_MS ? BH_ENDPOINT_SLOW : BH_ENDPOINT_QUICK;
        endpoint->allowed =
            endpoint->allowed * 2 < BH_ENDPOINT_IN_FLIGHT ? endpoint->allowed * 2 : BH_ENDPOINT_IN_FLIGHT;
    } else {
        bh_schedule_note_failure(&endpoint->failing, endpoint->last_triggered_at, item->result.ended_at);
        endpoint->pace = BH_ENDPOINT_TROUBLED;
        endpoint->allowed = 1;
    }
    if (item->result.ended_at > endpoint->last_triggered_at)
        endpoint->last_triggered_at = item->result.ended_at;
}

void bh_endpoint_aborted(struct bh_endpoint *endpoint, struct bh_item *item)
{
    leave_flight(endpoint, item);
    item->state = BH_ITEM_WAITING;
    endpoint->unsettled--;
}

void bh_endpoint_recorded(struct bh_endpoint *endpoint, struct bh_item *item)
{
    struct bh_item_queue *queue = item->is.has_row ? &endpoint->retries : &endpoint->new_items;
    size_t *count = item->is.has_row ? &endpoint->retry_count : &endpoint->new_count;
    if (item->result.next_retry_at != 0 && item->result.next_retry_at < endpoint->next_due)
        endpoint->next_due = item->result.next_retry_at;
    TAILQ_REMOVE(queue, item, link);
    (*count)--;
    endpoint->unsettled--;
    if (item->is.has_row && *count == 0)
        endpoint->next_due = 0; /* not known: there may be more than were in memory */
    free(item);
}
