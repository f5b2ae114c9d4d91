// SPDX-License-Identifier: Apache-2.0
/*
 * What every decision asks about its account, read once per epoch: a batch of one account's decisions asks
 * the database once. The committer thread is the only one that comes here.
 */
#ifndef BH_COMMIT_ACCOUNT_FACTS_H
#define BH_COMMIT_ACCOUNT_FACTS_H

#include "commit/committer.h"

struct bh_account_facts {
    int64_t policy_version;
    int64_t event_mask; /* the types of event that somebody wants */
    char account_id[BH_ID_TEXT];
};

/* BH_ERR_NOT_FOUND when there is no such account. */
BH_MUST_USE
enum bh_err bh_account_facts_find(
    const struct bh_commit_context *context, int64_t account, const struct bh_account_facts **ret_facts);

#endif
