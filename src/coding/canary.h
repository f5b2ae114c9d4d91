// SPDX-License-Identifier: Apache-2.0
/*
 * The canary: a synthetic tool call that must be denied goes through the installed hook exactly as the host
 * would send it. Only when the hook blocks it does the hook protect anything.
 */
#ifndef BH_CODING_CANARY_H
#define BH_CODING_CANARY_H

#include "coding/host.h"

/* The tool of the synthetic call; the hook denies it itself, after the server has answered that it is there
 * and takes the key, and no permission can allow it. */
#define BH_CANARY_TOOL "behalfid_canary"
#define BH_CANARY_MS 15000

/*
 * True when the call was blocked as the host understands it: `problem` is then empty when the hook said that
 * it is the canary, so that hook, key and server are in order, else it has what was said instead (the server
 * is away, the key is refused: every call would be blocked). Otherwise `problem` says what happened.
 */
BH_MUST_USE
bool bh_canary_is_blocked(const struct bh_host *host, const struct bh_place *place, struct bh_buf *problem);

#endif
