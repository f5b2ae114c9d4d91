// SPDX-License-Identifier: Apache-2.0
/*
 * The events that several places tell about, written into the outbox if somebody wants them. On the committer
 * thread, inside the transaction of what has happened.
 */
#ifndef BH_COMMIT_ANNOUNCE_H
#define BH_COMMIT_ANNOUNCE_H

#include "commit/outbox.h"

/*
 * `approval` as it is now, with its agent_id; `request_row` and `request_id` are those of the call it is
 * about (absent = not known) and `base_url` the public address, without a final slash.
 */
BH_MUST_USE
enum bh_err bh_announce_approval(const struct bh_commit_context *context, enum bh_event_type type,
    const struct bh_approval_record *approval, int64_t request_row, struct bh_span request_id,
    const char *base_url);
/* agent.created with all of it; the other types with the id alone. */
BH_MUST_USE
enum bh_err bh_announce_agent(
    const struct bh_commit_context *context, enum bh_event_type type, const struct bh_agent_record *agent);
/* `counterpart`: id of the permission that this one replaces, or is replaced by; absent = none. */
BH_MUST_USE
enum bh_err bh_announce_permission(const struct bh_commit_context *context, enum bh_event_type type,
    const struct bh_agent_record *agent, const struct bh_permission_record *permission,
    struct bh_span counterpart);

#endif
