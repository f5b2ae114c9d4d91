// SPDX-License-Identifier: Apache-2.0
/*
 * Changes to webhook endpoints and replays, each one transaction through the committer. Secrets leave here
 * once, in the clear, for whoever asked for them; what is stored is sealed. An endpoint or event of another
 * account does not exist: BH_ERR_WEBHOOK_NOT_FOUND, BH_ERR_WEBHOOK_EVENT_NOT_FOUND. BH_ERR_ROLE and the like
 * (store/authority.h) when who asks may not any more.
 */
#ifndef BH_APP_WEBHOOKS_H
#define BH_APP_WEBHOOKS_H

#include "app/app.h"
#include "webhooks/sign.h"

/* Who changes what: on whose behalf, and the public id of an endpoint of their account. */
struct bh_webhook_ref {
    struct bh_app *app;
    struct bh_authority authority;
    struct bh_span webhook_id;
};

/*
 * `url` has passed bh_webhook_url_check(). BH_ERR_WEBHOOK_LIMIT when the account has BH_WEBHOOK_MAX. The
 * caller wipes ret_secret.
 */
BH_MUST_USE
enum bh_err bh_webhooks_create(struct bh_app *app, const struct bh_authority *authority, struct bh_span url,
    int64_t event_mask, char ret_webhook_id[static BH_ID_TEXT],
    char ret_secret[static BH_WEBHOOK_SECRET_TEXT]);
/* `event_mask` 0 and an absent `url` leave that as it is. */
BH_MUST_USE
enum bh_err bh_webhooks_update(const struct bh_webhook_ref *webhook, struct bh_span url, int64_t event_mask);
/* Nothing happens when it is so already. */
BH_MUST_USE
enum bh_err bh_webhooks_enable(const struct bh_webhook_ref *webhook);
BH_MUST_USE
enum bh_err bh_webhooks_disable(const struct bh_webhook_ref *webhook);
/* The caller wipes ret_secret. The secret until now signs too until *ret_previous_until. */
BH_MUST_USE
enum bh_err bh_webhooks_rotate(const struct bh_webhook_ref *webhook,
    char ret_secret[static BH_WEBHOOK_SECRET_TEXT], int64_t *ret_previous_until);
BH_MUST_USE
enum bh_err bh_webhooks_delete(const struct bh_webhook_ref *webhook);
/* An event for this endpoint alone. BH_ERR_WEBHOOK_NOT_ACTIVE when it is disabled. */
BH_MUST_USE
enum bh_err bh_webhooks_test(const struct bh_webhook_ref *webhook, char ret_event_id[static BH_ID_TEXT]);

/* One event to where it is dead; `authority` NULL = an operator, of any account. The errors are those of
 * bh_delivery_replay(). */
BH_MUST_USE
enum bh_err bh_webhooks_replay_event(
    struct bh_app *app, const struct bh_authority *authority, struct bh_span event_id);
/*
 * All dead deliveries of the account, or of one endpoint (`webhook`, an internal id; 0 = all), but no more
 * than 10,000 and for no longer than 5 seconds: *ret_more says that there may be others. In several
 * transactions: after an error, some may be on their way again.
 */
BH_MUST_USE
enum bh_err bh_webhooks_replay_all(struct bh_app *app, const struct bh_authority *authority, int64_t webhook,
    int64_t *ret_replayed, bool *ret_more);

#endif
