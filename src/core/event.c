// SPDX-License-Identifier: Apache-2.0
#include "core/event.h"

static const char *const texts[BH_EVENT_TYPES] = {
#define BH_EVENT(name, number, text) [number] = (text),
#include "core/event_table.h"
#undef BH_EVENT
};

_Static_assert(BH_EVENT_TYPES < BH_EVENT_WEBHOOK_TEST, "each type has a bit of its own");

const char *bh_event_type_text(enum bh_event_type type)
{
    if (type == BH_EVENT_WEBHOOK_TEST)
        return "webhook.test";
    return type < BH_EVENT_TYPES ? texts[type] : "unknown";
}

bool bh_event_type_find(struct bh_span text, enum bh_event_type *ret_type)
{
    for (unsigned i = 0; i < BH_EVENT_TYPES; i++) {
        if (bh_span_equal(text, bh_span_from(texts[i]))) {
            *ret_type = (enum bh_event_type)i;
            return true;
        }
    }
    return false;
}
