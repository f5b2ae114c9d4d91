// SPDX-License-Identifier: Apache-2.0
/*
 * What the interceptor itself says to an MCP client, as one JSON message each. The texts are read by a model;
 * what others wrote is quoted in them. Pure.
 */
#ifndef BH_MCP_WRAP_TEXT_H
#define BH_MCP_WRAP_TEXT_H

#include "client/decision.h"

#define BH_WRAP_TEXT_BYTES ((size_t)65536)

/* The call that an answer is for. */
struct bh_wrap_about {
    struct bh_span id; /* JSON text */
    const char *server, *tool;
    const char *base_url; /* for the link to the approvals */
    bool is_task;         /* it asked for a task, so a tool's result would not be understood */
};

enum bh_wrap_waited { BH_WRAP_NOT_WAITED, BH_WRAP_TIME_OVER, BH_WRAP_APPROVAL_OVER };

/* Tool errors. `problem`: why nothing could be decided. */
void bh_wrap_add_denied(
    struct bh_buf *out, const struct bh_wrap_about *about, const struct bh_decision *decision);
void bh_wrap_add_unknown(struct bh_buf *out, const struct bh_wrap_about *about, struct bh_span problem);
void bh_wrap_add_approval(struct bh_buf *out, const struct bh_wrap_about *about,
    const struct bh_decision *decision, enum bh_wrap_waited waited);
/* Another call, which waits for that approval, would let this one run or be let run by it. */
void bh_wrap_add_held_up(struct bh_buf *out, const struct bh_wrap_about *about, const char *approval_id);
/* notifications/progress while a person is waited for. `part` is below 1, so that the server's own begins
 * above it; `token` is JSON text. */
void bh_wrap_add_progress(
    struct bh_buf *out, struct bh_span token, double part, const char *approval_id, int left_s);

#endif
