// SPDX-License-Identifier: Apache-2.0
/*
 * Two permissions held against each other, without a request: does one accept all that the other accepts? do
 * they ever accept the same? What cannot be told for certain is "no" to both, so that a yes can be relied on.
 * "Accepts" is about resource and constraints but the expiry; neither about actions nor about approval. Pure.
 */
#ifndef BH_CORE_COVERAGE_H
#define BH_CORE_COVERAGE_H

#include "core/permission.h"

/* Whether a permission accepts all that another one does, by what counts for every action and for some. */
struct bh_coverage {
    bool values;   /* resource, vendors, amount, branch, environment, repository */
    bool paths;    /* counts for read_file and write_file */
    bool commands; /* counts for execute_command */
};

/*
 * Does `outer` accept whatever `inner` accepts? *steps is the work that is left, in characters compared, and
 * goes down by what was used; when it is gone the answer is no.
 */
struct bh_coverage bh_coverage_read(
    const struct bh_permission *outer, const struct bh_permission *inner, size_t *steps);
bool bh_coverage_holds(const struct bh_coverage *coverage, struct bh_span action);

/* There is no request that both accept. */
bool bh_coverage_is_disjoint(const struct bh_permission *a, const struct bh_permission *b, size_t *steps);

/* The permission accepts every request for the action: nothing about it limits them. */
bool bh_coverage_is_unlimited(const struct bh_permission *permission, struct bh_span action);

#endif
