// SPDX-License-Identifier: Apache-2.0
/*
 * The types of events that webhooks tell about.
 */
#ifndef BH_CORE_EVENT_H
#define BH_CORE_EVENT_H

#include "lib/span.h"

enum bh_event_type {
#define BH_EVENT(name, number, text) BH_EVENT_##name = (number),
#include "core/event_table.h"
#undef BH_EVENT
    BH_EVENT_TYPES,
    BH_EVENT_WEBHOOK_TEST = 62 /* sent to the endpoint that is tested; nobody can subscribe to it */
};

/* The text of a type, "unknown" for a number that is none. */
const char *bh_event_type_text(enum bh_event_type type);
/* Of the types that can be subscribed to. */
BH_MUST_USE
bool bh_event_type_find(struct bh_span text, enum bh_event_type *ret_type);
static inline int64_t bh_event_bit(enum bh_event_type type)
{
    return INT64_C(1) << type;
}

#endif
