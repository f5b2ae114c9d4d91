// SPDX-License-Identifier: Apache-2.0
/*
 * What one request says, taken out of its JSON: the values that permissions are held against.
 * Spans point into the JSON value (or are absent).
 */
#ifndef BH_CORE_FACTS_H
#define BH_CORE_FACTS_H

#include <jansson.h>

#include "lib/span.h"

struct bh_facts {
    struct bh_span action; /* trimmed by the caller */
    struct bh_span vendor; /* trimmed by the caller; absent when neither vendor nor resource was sent */
    double amount;
    bool has_amount;
    struct bh_span repository, branch, environment; /* from metadata; trimmed, not yet cut to 200 */
    struct bh_span path, command, cwd, home;        /* not trimmed; absent when blank */
};

/* Fills repository..home from the two objects, each of which may be NULL. Leaves the other members alone. */
void bh_facts_read_context(const json_t *metadata, const json_t *policy_context, struct bh_facts *facts);

#endif
