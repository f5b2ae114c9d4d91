// SPDX-License-Identifier: Apache-2.0
/*
 * The decision: may this agent do this action, now? Pure: values in, value out; no I/O, no clock, no log.
 * For people: docs/decisions.md.
 */
#ifndef BH_CORE_DECIDE_H
#define BH_CORE_DECIDE_H

#include "core/facts.h"
#include "core/permission.h"

/* Zero denies. */
enum bh_outcome { BH_DENY = 0, BH_ALLOW, BH_NEEDS_APPROVAL };
enum bh_risk { BH_RISK_HIGH = 0, BH_RISK_MEDIUM, BH_RISK_LOW };

/*
 * Stored in the audit log as numbers: append only, never renumber.
 * BH_REASON(name, number, text)
 */
enum bh_reason {
#define BH_REASON(name, number, text) BH_REASON_##name = (number),
#include "core/reason_table.h"
#undef BH_REASON
};

struct bh_policy {
    bool agent_active;                       /* any agent status but "active" is false */
    const struct bh_permission *permissions; /* newest first */
    size_t count;
};

struct bh_decision {
    enum bh_outcome outcome;
    enum bh_risk risk;
    enum bh_reason reason;
    const struct bh_permission *permission; /* NULL = none */
};

_Static_assert(BH_DENY == 0 && BH_RISK_HIGH == 0 && BH_REASON_FAILED_CLOSED == 0, "the zero decision denies");

/*
 * `scratch` holds path forms while deciding; when it runs out, the path rule denies. The returned permission
 * points into `policy`.
 */
struct bh_decision bh_decide(
    const struct bh_policy *policy, const struct bh_facts *facts, int64_t now_ms, struct bh_arena *scratch);

/*
 * The same with a work bound that several decisions share: *steps is what is left, and goes down by what was
 * used. Once it is 0 this decision may be a denial for no other reason.
 */
struct bh_decision bh_decide_within(const struct bh_policy *policy, const struct bh_facts *facts,
    int64_t now_ms, struct bh_arena *scratch, size_t *steps);

/* The literal text of a reason; the text of FAILED_CLOSED for an unknown number. */
const char *bh_reason_text(enum bh_reason reason);
/* True when `number` names a reason of the table. */
bool bh_reason_known(int64_t number);
/* "low", "medium", "high". */
const char *bh_risk_text(enum bh_risk risk);

#endif
