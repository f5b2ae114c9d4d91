// SPDX-License-Identifier: Apache-2.0
/*
 * The body of a verify call: JSON -> request.
 */
#ifndef BH_VERIFY_PARSE_H
#define BH_VERIFY_PARSE_H

#include <jansson.h>

#include "core/facts.h"
#include "lib/err.h"

/* Spans and pointers point into the body. */
struct bh_verify_request {
    struct bh_span agent_id; /* absent when it was not wanted */
    struct bh_facts facts;
    const json_t *metadata;       /* NULL = absent */
    const json_t *policy_context; /* NULL = absent */
    bool shadow;
};

/*
 * Checks unknown fields, agentId, action, vendor or resource, amount, metadata, policyContext, in this order;
 * the first mistake is the answer. Without `want_agent_id` the member agentId is not looked at. On failure
 * *ret_detail names the field (of BH_ERR_UNKNOWN_FIELD: the key) for the %s of the error's text, and
 * *ret_request is untouched; on success *ret_detail is.
 */
BH_MUST_USE
enum bh_err bh_verify_parse(const json_t *body, bool want_agent_id, struct bh_verify_request *ret_request,
    struct bh_span *ret_detail);

#endif
