// SPDX-License-Identifier: Apache-2.0
/*
 * One endpoint in the memory of the thread that delivers: what waits for it, and what may be sent next.
 *
 * Two queues hold what was loaded: new events in the order of their ids, and retries whose time has come. Of
 * one agent's events at most one is on its way at a time, the new ones in order; one that waits for its retry
 * holds nobody back. How many are on their way at once depends on how the endpoint does:
 * BH_ENDPOINT_IN_FLIGHT while all is well, one at first and after a failure, then twice as many with each
 * success.
 *
 * INVARIANT: the mark is below every new event that is not recorded or about to be.
 */
#ifndef BH_WEBHOOKS_ENDPOINT_H
#define BH_WEBHOOKS_ENDPOINT_H

#include <sys/queue.h>

#include "store/deliveries.h"
#include "webhooks/schedule.h"
#include "webhooks/sign.h"

#define BH_ENDPOINT_IN_FLIGHT 8   /* requests to one endpoint at once */
#define BH_ENDPOINT_WINDOW 512    /* new events in memory, without their bodies */
#define BH_ENDPOINT_SCAN 256      /* events looked at in one load */
#define BH_ENDPOINT_RETRIES 64    /* retries in memory */
#define BH_ENDPOINT_QUICK_MS 1000 /* an answer that takes longer is slow */

struct bh_endpoint;

enum bh_item_state {
    BH_ITEM_WAITING,
    BH_ITEM_IN_FLIGHT,
    BH_ITEM_ENDED,    /* to be recorded */
    BH_ITEM_RECORDING /* handed to the committer */
};

struct bh_item {
    TAILQ_ENTRY(bh_item) link;       /* in its endpoint's queue */
    TAILQ_ENTRY(bh_item) ended_link; /* in the recorder's */
    struct bh_endpoint *endpoint;
    struct bh_delivery_item is;
    enum bh_item_state state;
    struct bh_delivery_result result;
    int64_t took_ms; /* the request; set with the result */
    char error[80];
};
TAILQ_HEAD(bh_item_queue, bh_item);

/* How its last attempt went; places for requests are given by this. */
enum bh_endpoint_pace {
    BH_ENDPOINT_NEW, /* none has ended since the process started */
    BH_ENDPOINT_QUICK,
    BH_ENDPOINT_SLOW,
    BH_ENDPOINT_TROUBLED, /* it failed */
    BH_ENDPOINT_PACES
};

struct bh_endpoint {
    TAILQ_ENTRY(bh_endpoint) ready_link;
    bool is_ready; /* in the queue of those that may have something to send */
    struct bh_delivery_target target;
    int64_t version; /* of the record, as last taken over; 0 = to be taken over */
    char *webhook_id, *url;
    enum bh_err url_error; /* the rule it breaks, or BH_OK */
    char secret[BH_WEBHOOK_SECRET_TEXT],
        previous_secret[BH_WEBHOOK_SECRET_TEXT]; /* "" = none, or unreadable */
    int64_t previous_until;
    struct bh_failing failing;
    int64_t last_triggered_at;
    int64_t loaded_through;  /* the last event that was looked at */
    int64_t settled_through; /* the mark as it is recorded, or about to be */
    bool maybe_new;          /* there may be events above loaded_through */
    int64_t next_due;        /* of the retries that are not in memory; 0 = not known, INT64_MAX = none */
    struct bh_item_queue new_items, retries;
    size_t new_count, retry_count;
    enum bh_endpoint_pace pace;
    unsigned allowed;   /* in flight at once, for now */
    unsigned in_flight; /* now */
    int64_t busy_agents[BH_ENDPOINT_IN_FLIGHT];
    size_t unsettled; /* items in flight, ended or recording, and a mark that is being recorded */
    bool is_gone;     /* not active any more: to be destroyed once nothing is unsettled */
    bool giving_up;   /* to be disabled: the job is on its way */
};

/* NULL when there is no memory. */
struct bh_endpoint *bh_endpoint_create(const struct bh_webhook_record *webhook);
void bh_endpoint_destroy(struct bh_endpoint *endpoint);
/* Takes over a record of another version. False when there is no memory; then it is as it was. */
BH_MUST_USE
bool bh_endpoint_update(struct bh_endpoint *endpoint, const struct bh_webhook_record *webhook);
/* There may be new events, or replays. */
void bh_endpoint_look_again(struct bh_endpoint *endpoint);

/* The next item that may be sent now, from memory or from the database; NULL when there is none. */
BH_MUST_USE
enum bh_err bh_endpoint_next(
    struct bh_endpoint *endpoint, struct bh_db *db, int64_t now_ms, struct bh_item **ret_item);
/* There may be events that were not looked at, and there is room for them. */
bool bh_endpoint_can_load(const struct bh_endpoint *endpoint);
/* The item is on its way. */
void bh_endpoint_sent(struct bh_endpoint *endpoint, struct bh_item *item);
/* It came to an end: item->result says how. */
void bh_endpoint_ended(struct bh_endpoint *endpoint, struct bh_item *item);
/* It came to nothing: the process ends. It waits again. */
void bh_endpoint_aborted(struct bh_endpoint *endpoint, struct bh_item *item);
/* The result is in the database: the item is freed. */
void bh_endpoint_recorded(struct bh_endpoint *endpoint, struct bh_item *item);
/* How far everything is recorded or being recorded. */
int64_t bh_endpoint_mark(const struct bh_endpoint *endpoint);

#endif
