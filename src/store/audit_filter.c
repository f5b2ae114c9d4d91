// SPDX-License-Identifier: Apache-2.0
#include "store/audit_filter.h"

#include "core/match.h"
#include "lib/json.h"
#include "store/request_id.h"

static bool decision_matches(const struct bh_audit_filter *filter, const struct bh_audit_row *row)
{
    switch (filter->decision) {
    case BH_AUDIT_ALLOWED:
        return row->allowed;
    case BH_AUDIT_DENIED:
        return !row->allowed;
    case BH_AUDIT_APPROVAL:
        return !row->allowed && row->approval_required;
    case BH_AUDIT_ANY:
    default:
        return true;
    }
}

static bool shadow_matches(const struct bh_audit_filter *filter, const struct bh_audit_row *row)
{
    return filter->shadow == BH_EITHER || row->shadow == (filter->shadow == BH_YES);
}

static bool text_is(struct bh_span wanted, struct bh_span value)
{
    return bh_span_is_absent(wanted) || bh_span_equal(wanted, value);
}

static bool environment_matches(struct bh_span wanted, struct bh_span metadata)
{
    static const char *const keys[] = {"environment", "env", "stage"};
    BH_CLEANUP(bh_json_release) json_t *json = NULL;
    if (bh_span_is_absent(wanted))
        return true;
    if (bh_span_is_absent(metadata) || bh_json_parse_object(metadata, &json) != BH_OK)
        return false;
    for (size_t i = 0; i < BH_COUNT(keys); i++) {
        struct bh_span value = bh_json_member_text(json, keys[i]);
        if (!bh_span_is_absent(value) && bh_match_equal_nocase(value, wanted))
            return true;
    }
    return false;
}

static bool begins_with_nocase(struct bh_span text, size_t at, struct bh_span part)
{
    size_t in_part = 0;
    while (in_part < part.len) {
        if (at >= text.len)
            return false;
        uint32_t a = bh_fold_code_point(bh_span_next_code_point(text, &at));
        uint32_t b = bh_fold_code_point(bh_span_next_code_point(part, &in_part));
        if (a != b)
            return false;
    }
    return true;
}

static bool contains_nocase(struct bh_span text, struct bh_span part)
{
    size_t at = 0;
    if (part.len == 0)
        return true;
    while (at < text.len) {
        if (begins_with_nocase(text, at, part))
            return true;
        (void)bh_span_next_code_point(text, &at);
    }
    return false;
}

static bool text_matches(struct bh_span part, const struct bh_audit_row *row)
{
    char request_id[BH_REQUEST_ID_TEXT];
    if (bh_span_is_absent(part))
        return true;
    const struct bh_span texts[] = {row->action, row->vendor, row->agent_id, row->permission_id,
        bh_span_from(bh_reason_text(row->reason))};
    for (size_t i = 0; i < BH_COUNT(texts); i++) {
        if (contains_nocase(texts[i], part))
            return true;
    }
    bh_request_id_encode(row->id, row->salt, request_id);
    return contains_nocase(bh_span_from(request_id), part);
}

static bool request_id_is(struct bh_span wanted, const struct bh_audit_row *row)
{
    int64_t id;
    uint64_t salt;
    if (bh_span_is_absent(wanted))
        return true;
    return bh_request_id_decode(wanted, &id, &salt) && id == row->id && salt == row->salt;
}

/* Cheap tests first: thousands of rows may pass here to fill one page. */
bool bh_audit_filter_matches(const struct bh_audit_filter *filter, const struct bh_audit_row *row)
{
    return decision_matches(filter, row) && shadow_matches(filter, row) &&
           (!filter->has_risk || filter->risk == row->risk) && text_is(filter->action, row->action) &&
           text_is(filter->vendor, row->vendor) && request_id_is(filter->request_id, row) &&
           environment_matches(filter->environment, row->metadata) && text_matches(filter->text, row);
}
