// SPDX-License-Identifier: Apache-2.0
/*
 * Does a row match a filter? Everything but account, agent and time, which the walk itself looks after.
 */
#ifndef BH_STORE_AUDIT_FILTER_H
#define BH_STORE_AUDIT_FILTER_H

#include "store/audit_row.h"

/* `row->agent_id` must be set. */
bool bh_audit_filter_matches(const struct bh_audit_filter *filter, const struct bh_audit_row *row);

#endif
