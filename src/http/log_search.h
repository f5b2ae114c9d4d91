// SPDX-License-Identifier: Apache-2.0
/*
 * The search text of the log: "key:value" tokens and plain phrases become filters, the rest is looked for as
 * text.
 */
#ifndef BH_HTTP_LOG_SEARCH_H
#define BH_HTTP_LOG_SEARCH_H

#include "lib/arena.h"
#include "store/audit.h"

/* "allowed", "denied", "approval", "approval_required", "requires_approval"; anything else changes nothing.
 */
void bh_log_search_decision(struct bh_span word, struct bh_audit_filter *filter);
/* "low", "medium", "high". */
void bh_log_search_risk(struct bh_span word, struct bh_audit_filter *filter);
/* Sets only what the filter and `agent_id` leave open. A text that does not fit the arena is ignored. */
void bh_log_search_apply(struct bh_span text, int64_t now_ms, struct bh_arena *arena,
    struct bh_audit_filter *filter, struct bh_span *agent_id);

#endif
