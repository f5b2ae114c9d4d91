// SPDX-License-Identifier: Apache-2.0
/*
 * The decision of a hook: asks the server about every question of a tool call, and says in words why a call
 * is blocked. Closed by default: whatever cannot be read, asked, answered or understood in time blocks.
 */
#ifndef BH_CODING_HOOK_H
#define BH_CODING_HOOK_H

#include "client/client.h"
#include "coding/hook_input.h"

/* A hook is done after this time, whatever happens; the hosts' own limit (15 s) lets calls pass. */
#define BH_HOOK_DEADLINE_MS 5000

/* The first line of the words when the canary was blocked because hook, key and server are in order. Any
 * other words: it was blocked for another reason. */
#define BH_HOOK_CANARY_TEXT "BehalfID: blocked — this is the canary, and the hook works."

struct bh_hook_verdict {
    bool pass;           /* the call may go on */
    struct bh_buf words; /* lines; for a call that is blocked never empty, else empty or a warning */
};

/* `deadline_ms` of the steady clock. With BEHALFID_HOOK_FAIL_OPEN=1 a call passes, with a warning, when no
 * agent is configured or the server cannot be asked; nothing else changes. */
void bh_hook_decide(const struct bh_hook_call *call, const struct bh_client_flags *flags, int64_t deadline_ms,
    struct bh_hook_verdict *ret_verdict);
void bh_hook_verdict_finish(struct bh_hook_verdict *verdict);

#endif
