// SPDX-License-Identifier: Apache-2.0
/*
 * The text that tells a coding agent what it may do and how to ask: `.behalf/context.md`. Texts that people
 * typed into permissions stand in it as data, in quotes that they cannot close. Pure.
 */
#ifndef BH_CODING_CONTEXT_H
#define BH_CODING_CONTEXT_H

#include <jansson.h>

#include "lib/buf.h"

/* `detail` {agent, permissions} as the server gives it; NULL: not known. */
void bh_context_add(const char *agent_id, const json_t *detail, int64_t now_ms, struct bh_buf *out);

#endif
