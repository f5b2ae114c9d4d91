// SPDX-License-Identifier: Apache-2.0
/*
 * An endpoint that has failed for days is disabled, and the account's other endpoints are told.
 */
#ifndef BH_WEBHOOKS_GIVE_UP_H
#define BH_WEBHOOKS_GIVE_UP_H

#include <stdatomic.h>

#include "commit/committer.h"
#include "webhooks/endpoint.h"

bool bh_give_up_is_due(const struct bh_endpoint *endpoint, int64_t now_ms);
/* Does not wait. When it comes to nothing, *failed is counted up by the committer; it must live until then.
 */
BH_MUST_USE
enum bh_err bh_give_up(
    const struct bh_endpoint *endpoint, struct bh_committer *committer, atomic_int *failed);

#endif
