// SPDX-License-Identifier: Apache-2.0
/*
 * The outbox: events are appended in the transaction of what they tell about, and read by who delivers and by
 * who looks. Public ids are bh_event_id_encode(id, salt), see store/record_id.h.
 */
#ifndef BH_STORE_EVENTS_H
#define BH_STORE_EVENTS_H

#include "core/event.h"
#include "store/record_id.h"
#include "store/store.h"

#define BH_EVENT_KEPT_MS (30 * INT64_C(86400000)) /* events, deliveries and attempts live for so long */
#define BH_EVENT_LAST_ERROR 500                   /* UTF-16 units of what is shown of all errors together */

struct bh_event_record {
    int64_t id;
    uint64_t salt;
    int64_t account, agent; /* agent 0 = none */
    enum bh_event_type type;
    int64_t only_webhook; /* internal id of the one endpoint that is to have it; 0 = all that want the type */
    int64_t created_at;
    int64_t request_row;    /* the row of the audit log whose content the payload repeats; 0 = none */
    struct bh_span payload; /* the body, byte for byte; empty once that row is erased */
};

/*
 * The id that the next event gets in this transaction, so that its payload can name it. After each append it
 * is one more; whoever keeps it must ask again when another job may have appended.
 */
BH_MUST_USE
enum bh_err bh_event_next_id(struct bh_db *db, int64_t *ret_id);
/* With the id of bh_event_next_id(). Whether anybody wants the type is the caller's to ask. */
BH_MUST_USE
enum bh_err bh_event_append(struct bh_db *db, const struct bh_event_record *event);
/* The newest event's id; 0 when there was never one. */
BH_MUST_USE
enum bh_err bh_event_newest_id(struct bh_db *db, int64_t *ret_id);
/* By its id, whole; one whose payload was erased is not found. */
BH_MUST_USE
enum bh_err bh_event_load(
    struct bh_db *db, int64_t id, struct bh_arena *arena, struct bh_event_record *ret_event);

/*
 * The accounts of the first BH_EVENT_ACCOUNTS_SCAN events above `after`, each once, at most `limit`; those
 * beyond it are left out.
 */
#define BH_EVENT_ACCOUNTS_SCAN 1024
BH_MUST_USE
enum bh_err bh_event_accounts(
    struct bh_db *db, int64_t after, size_t limit, int64_t *ret_accounts, size_t *ret_count);

/*
 * How far an event is. PENDING: nothing has ended yet. PROCESSING: it has ended at some endpoints and not at
 * others. FAILED: it has ended everywhere, and somewhere without success: no more attempts, or dropped
 * because somebody had disabled or deleted the endpoint. COMPLETED: everything else. What waits at an
 * endpoint that the server has disabled has not ended.
 */
enum bh_event_state {
    BH_EVENT_PENDING,
    BH_EVENT_PROCESSING,
    BH_EVENT_COMPLETED,
    BH_EVENT_FAILED,
    BH_EVENT_STATES
};

/* "pending" "processing" "completed" "failed". */
const char *bh_event_state_text(enum bh_event_state state);
BH_MUST_USE
bool bh_event_state_find(struct bh_span text, enum bh_event_state *ret_state);

/* An event as people see it. */
struct bh_event_view {
    struct bh_event_record event;
    struct bh_span account_id;
    struct bh_span agent_id; /* absent when it is about no agent */
    enum bh_event_state state;
    bool dead_letter;          /* at one endpoint at least no more attempts are made; a replay is possible */
    int64_t attempts;          /* the most at any endpoint */
    int64_t next_attempt_at;   /* the earliest; 0 = none is waiting for its time */
    struct bh_span last_error; /* "<webhookId>: <error>; ..." over what is not delivered; absent = none */
};

/* What the list shows. */
struct bh_event_filter {
    int64_t account;           /* 0 = of all accounts */
    enum bh_event_state state; /* BH_EVENT_STATES = any */
    int type;                  /* an enum bh_event_type; -1 = any */
    bool only_dead_letters;
    int64_t before; /* only ids below this; 0 = from the newest */
    size_t limit;
};

/*
 * Newest first. One call looks at no more than BH_EVENT_SCAN events, or, where only waiting or failed ones
 * are asked for, at the newest of those; so a page may be shorter than the limit, or empty, though more
 * follows: *ret_next is then the `before` to go on with. 0: that was all. Of all accounts, waiting and failed
 * ones are looked for among the newest 20,000 deliveries that had a failure.
 */
#define BH_EVENT_SCAN 2000
BH_MUST_USE
enum bh_err bh_event_list(struct bh_db *db, const struct bh_event_filter *filter, struct bh_arena *arena,
    struct bh_event_view **ret_events, size_t *ret_count, int64_t *ret_next);
/* Of one account (0 = of any), by its public id; BH_ERR_WEBHOOK_EVENT_NOT_FOUND for another's. */
BH_MUST_USE
enum bh_err bh_event_find(struct bh_db *db, int64_t account, struct bh_span event_id, struct bh_arena *arena,
    struct bh_event_view *ret_event);
/* Is nothing to be done about it any more, unless somebody asks for a replay or enables an endpoint? */
BH_MUST_USE
enum bh_err bh_event_is_settled(struct bh_db *db, int64_t id, bool *ret_settled);
/* Removes at most `limit` events made before `older_than`, oldest first. */
BH_MUST_USE
enum bh_err bh_event_purge(struct bh_db *db, int64_t older_than, size_t limit, size_t *ret_removed);

#endif
