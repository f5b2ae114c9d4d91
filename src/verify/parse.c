// SPDX-License-Identifier: Apache-2.0
#include "verify/parse.h"

#include "lib/json.h"

#define ACTION_UNITS 80
#define VENDOR_UNITS 200
#define METADATA_UNITS 2048
#define POLICY_CONTEXT_UNITS 16384

static bool is_known(struct bh_span key)
{
    static const char *const known[] = {
        "agentId", "action", "vendor", "resource", "amount", "metadata", "policyContext", "shadow", "mode"};
    for (size_t i = 0; i < BH_COUNT(known); i++) {
        if (bh_span_equal(key, bh_span_from(known[i])))
            return true;
    }
    return false;
}

static enum bh_err check_keys(const json_t *body, struct bh_span *detail)
{
    json_t *object = (json_t *)(uintptr_t)body;
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        *detail = (struct bh_span){json_object_iter_key(at), json_object_iter_key_len(at)};
        if (!is_known(*detail))
            return BH_ERR_UNKNOWN_FIELD;
    }
    return BH_OK;
}

/* The trimmed text; absent and what is not a string read as empty. */
static struct bh_span trimmed(const json_t *json)
{
    struct bh_span text = bh_span_trim(bh_json_text(json));
    return bh_span_is_absent(text) ? BH_SPAN("") : text;
}

static enum bh_err parse_agent_id(
    const json_t *body, struct bh_verify_request *request, struct bh_span *detail)
{
    *detail = BH_SPAN("agentId");
    request->agent_id = trimmed(json_object_get(body, "agentId"));
    return request->agent_id.len == 0 ? BH_ERR_FIELD_REQUIRED : BH_OK;
}

static enum bh_err parse_action(const json_t *body, struct bh_facts *facts, struct bh_span *detail)
{
    *detail = BH_SPAN("action");
    facts->action = trimmed(json_object_get(body, "action"));
    if (facts->action.len == 0)
        return BH_ERR_FIELD_REQUIRED;
    return bh_span_utf16_length(facts->action) > ACTION_UNITS ? BH_ERR_ACTION_TOO_LONG : BH_OK;
}

/* A member vendor, whatever it holds, hides resource. */
static enum bh_err parse_vendor(const json_t *body, struct bh_facts *facts, struct bh_span *detail)
{
    const json_t *vendor = json_object_get(body, "vendor");
    *detail = vendor != NULL ? BH_SPAN("vendor") : BH_SPAN("resource");
    if (vendor == NULL)
        vendor = json_object_get(body, "resource");
    if (vendor == NULL)
        return BH_OK;
    facts->vendor = trimmed(vendor);
    if (facts->vendor.len == 0)
        return BH_ERR_RESOURCE_EMPTY;
    return bh_span_utf16_length(facts->vendor) > VENDOR_UNITS ? BH_ERR_VENDOR_TOO_LONG : BH_OK;
}

static enum bh_err parse_amount(const json_t *body, struct bh_facts *facts, struct bh_span *detail)
{
    const json_t *amount = json_object_get(body, "amount");
    *detail = BH_SPAN("amount");
    if (amount == NULL)
        return BH_OK;
    facts->amount = json_number_value(amount);
    facts->has_amount = true;
    return json_is_number(amount) && facts->amount >= 0 ? BH_OK : BH_ERR_AMOUNT;
}

static enum bh_err parse_metadata(
    const json_t *body, struct bh_verify_request *request, struct bh_span *detail)
{
    *detail = BH_SPAN("metadata");
    request->metadata = json_object_get(body, "metadata");
    if (request->metadata == NULL)
        return BH_OK;
    return json_is_object(request->metadata) && bh_json_fits(request->metadata, METADATA_UNITS)
               ? BH_OK
               : BH_ERR_METADATA;
}

static enum bh_err parse_policy_context(
    const json_t *body, struct bh_verify_request *request, struct bh_span *detail)
{
    *detail = BH_SPAN("policyContext");
    request->policy_context = json_object_get(body, "policyContext");
    if (request->policy_context == NULL)
        return BH_OK;
    if (!json_is_object(request->policy_context))
        return BH_ERR_POLICY_CONTEXT;
    return bh_json_fits(request->policy_context, POLICY_CONTEXT_UNITS) ? BH_OK : BH_ERR_POLICY_CONTEXT_SIZE;
}

enum bh_err bh_verify_parse(
    const json_t *body, bool want_agent_id, struct bh_verify_request *ret_request, struct bh_span *ret_detail)
{
    struct bh_verify_request request = {.agent_id = BH_ABSENT};
    struct bh_span detail = BH_ABSENT;
    enum bh_err err = check_keys(body, &detail);
    if (err == BH_OK && want_agent_id)
        err = parse_agent_id(body, &request, &detail);
    if (err == BH_OK)
        err = parse_action(body, &request.facts, &detail);
    if (err == BH_OK)
        err = parse_vendor(body, &request.facts, &detail);
    if (err == BH_OK)
        err = parse_amount(body, &request.facts, &detail);
    if (err == BH_OK)
        err = parse_metadata(body, &request, &detail);
    if (err == BH_OK)
        err = parse_policy_context(body, &request, &detail);
    if (err != BH_OK) {
        *ret_detail = detail;
        return err;
    }
    request.shadow = json_is_true(json_object_get(body, "shadow")) ||
                     bh_span_equal(bh_json_member_text(body, "mode"), BH_SPAN("shadow"));
    bh_facts_read_context(request.metadata, request.policy_context, &request.facts);
    *ret_request = request;
    return BH_OK;
}
