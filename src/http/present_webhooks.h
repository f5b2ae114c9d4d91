// SPDX-License-Identifier: Apache-2.0
/*
 * Webhook endpoints, events and deliveries as the API shows them. Secrets are not among what is shown.
 */
#ifndef BH_HTTP_PRESENT_WEBHOOKS_H
#define BH_HTTP_PRESENT_WEBHOOKS_H

#include "lib/json.h"
#include "store/deliveries.h"

/* An array of the types that can be subscribed to. */
void bh_present_event_types(struct bh_buf *out);
/* `now_ms` tells whether the previous secret still signs. */
void bh_present_webhook(const struct bh_webhook_record *webhook, int64_t now_ms, struct bh_buf *out);
/* `with_account`: names the account too, for who sees those of all accounts. */
void bh_present_event(const struct bh_event_view *event, bool with_account, struct bh_buf *out);
void bh_present_events(
    const struct bh_event_view *events, size_t count, bool with_account, struct bh_buf *out);
void bh_present_deliveries(const struct bh_delivery_view *deliveries, size_t count, struct bh_buf *out);

#endif
