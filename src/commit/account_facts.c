// SPDX-License-Identifier: Apache-2.0
#include "commit/account_facts.h"

#include <stdio.h>

enum bh_err bh_account_facts_find(
    const struct bh_commit_context *context, int64_t account, const struct bh_account_facts **ret_facts)
{
    static _Thread_local struct bh_account_facts known;
    static _Thread_local int64_t known_epoch, known_account;
    if (known_epoch != context->epoch || known_account != account) {
        known_epoch = 0;
        struct bh_account_state state;
        enum bh_err err = bh_account_state(context->db, account, &state);
        if (err != BH_OK)
            return err;
        known.policy_version = state.policy_version;
        known.event_mask = state.event_mask;
        snprintf(known.account_id, sizeof(known.account_id), "%s", state.account_id);
        known_epoch = context->epoch;
        known_account = account;
    }
    *ret_facts = &known;
    return BH_OK;
}
