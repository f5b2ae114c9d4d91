// SPDX-License-Identifier: Apache-2.0
/*
 * The outbox: events for webhooks, written in the transaction of what they tell about, so that neither can be
 * without the other. Only what an active endpoint of the account wants is written. Used by the committer
 * thread only.
 *
 *     err = bh_outbox_wants(context, account, type, &wanted);
 *     if (err == BH_OK && wanted) {
 *         ... write the members of "data" into a buffer ...
 *         err = bh_outbox_add(context, account, agent, type, data);
 *     }
 */
#ifndef BH_COMMIT_OUTBOX_H
#define BH_COMMIT_OUTBOX_H

#include "commit/committer.h"
#include "core/event.h"
#include "lib/buf.h"

/* The committer's; zero is its beginning. */
struct bh_outbox {
    int64_t epoch, next_id; /* asked for once per epoch: within one, nobody but us appends */
    struct bh_buf payload;
    bool added; /* in the transaction that runs */
};

void bh_outbox_finish(struct bh_outbox *outbox);

/* Does an endpoint of the account want it? */
BH_MUST_USE
enum bh_err bh_outbox_wants(
    const struct bh_commit_context *context, int64_t account, enum bh_event_type type, bool *ret_wanted);
/*
 * Adds an event for all endpoints that want its type, if there are any; `data` is a JSON object, `agent` the
 * internal id of whom it is about (0 = no agent): order is kept among events of one agent. `request_row` is
 * the row of the audit log whose content `data` repeats (0 = none): when that is erased, so is this.
 */
BH_MUST_USE
enum bh_err bh_outbox_add(const struct bh_commit_context *context, int64_t account, int64_t agent,
    int64_t request_row, enum bh_event_type type, struct bh_span data);
/* For one endpoint (its internal id) alone, whatever it wants. ret_event_id may be NULL. */
BH_MUST_USE
enum bh_err bh_outbox_add_for(const struct bh_commit_context *context, int64_t account, int64_t webhook,
    enum bh_event_type type, struct bh_span data, char ret_event_id[BH_ID_TEXT]);

#endif
