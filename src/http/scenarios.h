// SPDX-License-Identifier: Apache-2.0
/*
 * The calls of the demonstration, and the policy that they are decided under: from core/templates.json, read
 * once. Nothing changes afterwards, so any thread may look.
 */
#ifndef BH_HTTP_SCENARIOS_H
#define BH_HTTP_SCENARIOS_H

#include "core/decide.h"

struct bh_scenario {
    struct bh_span scenario_id, label, description;
    struct bh_span action, vendor;
};

struct bh_scenarios {
    struct bh_arena arena; /* of everything below */
    const struct bh_scenario *items;
    size_t count;
    struct bh_policy policy;
};

BH_MUST_USE
enum bh_err bh_scenarios_create(struct bh_scenarios **ret_scenarios);
/* Accepts NULL. */
void bh_scenarios_destroy(struct bh_scenarios *scenarios);
/* NULL when there is none of that id. */
const struct bh_scenario *bh_scenarios_find(const struct bh_scenarios *scenarios, struct bh_span scenario_id);

#endif
