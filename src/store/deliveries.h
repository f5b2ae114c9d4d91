// SPDX-License-Identifier: Apache-2.0
/*
 * The way of events to endpoints: what is to be tried next, what came of it, the log of attempts, replays.
 */
#ifndef BH_STORE_DELIVERIES_H
#define BH_STORE_DELIVERIES_H

#include "store/events.h"
#include "store/webhooks.h"

#define BH_DELIVERY_ATTEMPTS 5 /* then the delivery is dead */

/* ---- for who looks ---------------------------------------------------------------------------------------
 */

/* One attempt. */
struct bh_delivery_view {
    struct bh_span delivery_id, webhook_id;
    char event_id[BH_RECORD_ID_TEXT];
    enum bh_event_type type;
    int64_t attempt; /* from 1 */
    bool succeeded;
    int64_t http_status;               /* 0 = there was no answer */
    struct bh_span error;              /* absent on success */
    int64_t next_retry_at, created_at; /* next_retry_at 0 = none */
};

/* Newest first. `webhook` and `event` are internal ids, which the caller has found in the account. */
BH_MUST_USE
enum bh_err bh_delivery_list_by_webhook(struct bh_db *db, int64_t webhook, size_t limit,
    struct bh_arena *arena, struct bh_delivery_view **ret_deliveries, size_t *ret_count);
BH_MUST_USE
enum bh_err bh_delivery_list_by_event(struct bh_db *db, int64_t event, size_t limit, struct bh_arena *arena,
    struct bh_delivery_view **ret_deliveries, size_t *ret_count);

/* The id of the newest attempt of all; 0 = there was none. */
BH_MUST_USE
enum bh_err bh_delivery_newest_attempt(struct bh_db *db, int64_t *ret_id);
struct bh_delivery_counts {
    int64_t attempts, succeeded, to_be_retried, dead;
};
/* What came of the attempts, at all endpoints, that are newer than that one. */
BH_MUST_USE
enum bh_err bh_delivery_count_since(struct bh_db *db, int64_t after, struct bh_delivery_counts *ret_counts);

/*
 * Tries the dead deliveries of one event again, from the first attempt on, where the endpoint is active.
 * `account` 0 = of any account.
 * BH_ERR_WEBHOOK_EVENT_NOT_FOUND; BH_ERR_WEBHOOK_EVENT_PROCESSING and BH_ERR_WEBHOOK_EVENT_NOT_DEAD when none
 * is dead; BH_ERR_WEBHOOK_NOT_ACTIVE when no endpoint of a dead one is active.
 */
BH_MUST_USE
enum bh_err bh_delivery_replay(struct bh_db *db, int64_t account, struct bh_span event_id, int64_t now_ms);
/*
 * The same for at most `limit` dead deliveries of the account (of one endpoint when `webhook`, an internal
 * id, is not 0), endpoint by endpoint, oldest event first. `limit` is at most BH_DELIVERY_REPLAY_MAX. Call
 * again while *ret_count is `limit`.
 */
#define BH_DELIVERY_REPLAY_MAX 200
BH_MUST_USE
enum bh_err bh_delivery_replay_all(
    struct bh_db *db, int64_t account, int64_t webhook, size_t limit, int64_t now_ms, size_t *ret_count);

/* ---- for who delivers ------------------------------------------------------------------------------------
 */

/* Something to be tried: a first attempt, or one that has a row in the table because an attempt failed. */
struct bh_delivery_item {
    int64_t event, agent;
    int64_t attempts; /* made so far, since the last replay */
    bool has_row;
};

/* Whose events, and which of them. */
struct bh_delivery_target {
    int64_t webhook, account, event_mask;
};

/*
 * Of the events of the endpoint's account above `after`, at most `scan` in id order: those that it wants and
 * that have no attempt yet. *ret_through is the last id that was looked at (`after` when there is none);
 * *ret_more is false when there was no further event.
 */
BH_MUST_USE
enum bh_err bh_delivery_load_new(struct bh_db *db, const struct bh_delivery_target *target, int64_t after,
    size_t scan, struct bh_delivery_item *ret_items, size_t *ret_count, int64_t *ret_through, bool *ret_more);
/* At most `limit` pending ones whose time has come, the earliest first. */
BH_MUST_USE
enum bh_err bh_delivery_load_due(struct bh_db *db, int64_t webhook, int64_t now_ms, size_t limit,
    struct bh_delivery_item *ret_items, size_t *ret_count);
/* When the next pending one is due; INT64_MAX when there is none. */
BH_MUST_USE
enum bh_err bh_delivery_next_due(struct bh_db *db, int64_t webhook, int64_t *ret_due_at);

/* What came of one attempt. */
struct bh_delivery_result {
    int64_t webhook, event;
    int64_t attempt; /* its number, from 1 */
    bool has_row;    /* as in the item */
    bool succeeded;
    int64_t http_status;   /* 0 = there was no answer */
    struct bh_span error;  /* absent on success; redacted by the caller */
    int64_t next_retry_at; /* 0 = no more attempts */
    int64_t ended_at;
};

/* Where an endpoint stands. */
struct bh_delivery_progress {
    int64_t webhook;
    int64_t settled_through;         /* the mark never goes back */
    int64_t last_triggered_at;       /* 0 = leave it */
    int64_t failing_since, failures; /* taken only while nobody has changed the endpoint ... */
    int64_t version;                 /* ... since this, its version */
};

/*
 * Records attempts: their log and the state of what has failed. An endpoint that is gone leaves no rows, one
 * that is not active any more none that wait: they are dead when the server has disabled it, else dropped.
 */
BH_MUST_USE
enum bh_err bh_delivery_record(struct bh_db *db, const struct bh_delivery_result *results, size_t count);
BH_MUST_USE
enum bh_err bh_delivery_progress(struct bh_db *db, const struct bh_delivery_progress *progress);
/* Removes at most `limit` attempts made before `older_than`, oldest first. */
BH_MUST_USE
enum bh_err bh_delivery_purge(struct bh_db *db, int64_t older_than, size_t limit, size_t *ret_removed);

#endif
