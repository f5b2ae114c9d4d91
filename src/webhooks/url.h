// SPDX-License-Identifier: Apache-2.0
/*
 * The rules for the URL of an endpoint. They hold when it is stored and again before each attempt.
 */
#ifndef BH_WEBHOOKS_URL_H
#define BH_WEBHOOKS_URL_H

#include "lib/arena.h"
#include "lib/err.h"

/*
 * *ret_url is the URL as it is stored: host in lower case, without default port and fragment, with a path.
 * The error says which rule it breaks: BH_ERR_FIELD_REQUIRED (of "url"), BH_ERR_WEBHOOK_URL and those that
 * begin with it. `allow_private` permits http and hosts that are not public.
 */
BH_MUST_USE
enum bh_err bh_webhook_url_check(
    struct bh_span url, bool allow_private, struct bh_arena *arena, struct bh_span *ret_url);

#endif
