// SPDX-License-Identifier: Apache-2.0
/*
 * Webhook endpoints. Every change recomputes which types of event the account wants, in the same transaction,
 * and tells who delivers to look again. Secrets come and go sealed (webhooks/seal.h): the store never sees
 * one.
 */
#ifndef BH_STORE_WEBHOOKS_H
#define BH_STORE_WEBHOOKS_H

#include "store/store.h"

#define BH_WEBHOOK_MAX 100                            /* endpoints of an account, deleted ones not counted */
#define BH_WEBHOOK_URL_MAX 2000                       /* UTF-16 units of a stored URL */
#define BH_WEBHOOK_OVERLAP_MS (24 * INT64_C(3600000)) /* both secrets sign for so long after a rotation */

struct bh_webhook_record {
    int64_t id, account; /* internal */
    struct bh_span webhook_id, url;
    struct bh_span status;          /* "active" or "disabled" */
    struct bh_span disabled_reason; /* absent unless the server disabled it */
    struct bh_span secret_preview;
    int64_t event_mask;                     /* bh_event_bit() of each type it wants */
    struct bh_span secret, previous_secret; /* sealed; previous is absent when there is none */
    int64_t previous_until;
    int64_t settled_through; /* events up to this id need no first attempt any more */
    int64_t failing_since, last_triggered_at, created_at, updated_at; /* 0 = not */
    int64_t failures; /* attempts that failed since failing_since */
    int64_t version;  /* another one after each change, from 1 */
};

/*
 * Reads account, webhook_id, url, event_mask, secret, secret_preview, created_at of `webhook`. It is active
 * and gets the events that come from now on. BH_ERR_WEBHOOK_LIMIT when the account has BH_WEBHOOK_MAX.
 */
BH_MUST_USE
enum bh_err bh_webhook_create(struct bh_db *db, const struct bh_webhook_record *webhook, int64_t *ret_id);
/* Newest first, at most BH_WEBHOOK_MAX. */
BH_MUST_USE
enum bh_err bh_webhook_list(struct bh_db *db, int64_t account, struct bh_arena *arena,
    struct bh_webhook_record **ret_webhooks, size_t *ret_count);
/* Of one account; BH_ERR_WEBHOOK_NOT_FOUND for another's and for a deleted one, as in all that follow. */
BH_MUST_USE
enum bh_err bh_webhook_find(struct bh_db *db, int64_t account, struct bh_span webhook_id,
    struct bh_arena *arena, struct bh_webhook_record *ret_webhook);
/*
 * `event_mask` 0 and an absent `url` leave that as it is. A type that was not wanted before is from the next
 * event on.
 */
BH_MUST_USE
enum bh_err bh_webhook_update(struct bh_db *db, int64_t account, struct bh_span webhook_id,
    int64_t event_mask, struct bh_span url, int64_t now_ms);
/*
 * Enabled again it gets the events from then on; where the server had disabled it, also what it has not got
 * yet. *ret_changed is false when it was active already.
 */
BH_MUST_USE
enum bh_err bh_webhook_enable(
    struct bh_db *db, int64_t account, struct bh_span webhook_id, int64_t now_ms, bool *ret_changed);
/* What still waits for it is dropped. *ret_changed is false when it was disabled already. */
BH_MUST_USE
enum bh_err bh_webhook_disable(
    struct bh_db *db, int64_t account, struct bh_span webhook_id, int64_t now_ms, bool *ret_changed);
/* The present secret becomes the previous one for BH_WEBHOOK_OVERLAP_MS. */
BH_MUST_USE
enum bh_err bh_webhook_rotate(struct bh_db *db, int64_t account, struct bh_span webhook_id,
    struct bh_span sealed_secret, struct bh_span secret_preview, int64_t now_ms);
/* What still waits for it is dropped and its secrets are removed; its delivery log stays for its time. */
BH_MUST_USE
enum bh_err bh_webhook_delete(struct bh_db *db, int64_t account, struct bh_span webhook_id, int64_t now_ms);

/* ---- for who delivers ------------------------------------------------------------------------------------
 */

/* Changes with every change of an endpoint and every replay. */
BH_MUST_USE
enum bh_err bh_outbox_version(struct bh_db *db, int64_t *ret_version);
/* To be called by whatever changes what is to be delivered, apart from new events. */
BH_MUST_USE
enum bh_err bh_outbox_touch(struct bh_db *db);
/* Active endpoints of all accounts with an id above `after`, in id order, at most `limit`. */
BH_MUST_USE
enum bh_err bh_webhook_list_active(struct bh_db *db, int64_t after, size_t limit, struct bh_arena *arena,
    struct bh_webhook_record **ret_webhooks, size_t *ret_count);
/*
 * Disables it for `reason`: what waits for another attempt is dead and can be replayed, what was not tried
 * yet waits until it is enabled. *ret_changed is false when it is not active, or has another version
 * meanwhile.
 */
BH_MUST_USE
enum bh_err bh_webhook_give_up(struct bh_db *db, int64_t account, struct bh_span webhook_id, int64_t version,
    struct bh_span reason, int64_t now_ms, bool *ret_changed);
/* Removes at most `limit` previous secrets that signed until before `ended_before`. */
BH_MUST_USE
enum bh_err bh_webhook_forget_secrets(
    struct bh_db *db, int64_t ended_before, size_t limit, size_t *ret_forgotten);
/* Removes at most `limit` deleted ones that were deleted before `older_than`. */
BH_MUST_USE
enum bh_err bh_webhook_purge(struct bh_db *db, int64_t older_than, size_t limit, size_t *ret_removed);

#endif
