// SPDX-License-Identifier: Apache-2.0
/*
 * The fields of an agent in request bodies. The texts read point into the object or the arena.
 */
#ifndef BH_HTTP_AGENT_FIELDS_H
#define BH_HTTP_AGENT_FIELDS_H

#include "http/fields.h"
#include "store/store.h"

/* Of a new agent: what is not sent gets its default. */
BH_MUST_USE
enum bh_err bh_agent_fields_read(
    const json_t *object, struct bh_agent_record *agent, struct bh_span *ret_detail);

#define BH_GUIDELINES 20

/* The keys of a change, for bh_fields_parse(). */
extern const char *const bh_agent_fields_changeable[];
/*
 * Puts what was sent into `agent`; the rest stays. null or an empty text takes an optional one away.
 * BH_ERR_NOTHING_TO_CHANGE when nothing was sent.
 */
BH_MUST_USE
enum bh_err bh_agent_fields_change(
    const json_t *object, struct bh_arena *arena, struct bh_agent_record *agent, struct bh_span *ret_detail);

#endif
