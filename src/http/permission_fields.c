// SPDX-License-Identifier: Apache-2.0
#include "http/permission_fields.h"

#include <math.h>

#include "core/path.h"
#include "http/fields.h"
#include "lib/timefmt.h"

#define CONSTRAINTS_LIMIT (2u << 20)

/* A permission, while its fields are read. */
struct draft {
    struct bh_arena *arena;
    int64_t now_ms;
    struct bh_permission_record permission;
    struct bh_span within; /* the object of the body in which that is, with its dot */
    struct bh_span detail; /* names the field of an error */
};

static enum bh_err fail(struct draft *draft, enum bh_err err, const char *field)
{
    draft->detail = bh_span_from(field);
    return err;
}

/* ---- constraints ---- */

struct list_rule {
    const char *key;
    size_t units;
    bool is_path;
};

static const struct list_rule constraint_lists[] = {
    {"allowedVendors", 200, false},
    {"allowedPaths", 500, true},
    {"deniedPaths", 500, true},
    {"deniedCommands", 500, false},
    {"allowedBranches", 200, false},
    {"deniedBranches", 200, false},
    {"allowedEnvironments", 80, false},
    {"deniedEnvironments", 80, false},
    {"allowedRepositories", 240, false},
    {"deniedRepositories", 240, false},
};

static enum bh_err check_path_patterns(struct draft *draft, const json_t *array, const char *key)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (!bh_path_pattern_is_usable(bh_span_trim(bh_json_text(json_array_get(array, i)))))
            return fail(draft, BH_ERR_PATH_PATTERN, key);
    }
    return BH_OK;
}

static enum bh_err add_list(
    struct draft *draft, const json_t *constraints, const struct list_rule *rule, struct bh_buf *out)
{
    struct bh_span list;
    enum bh_err err =
        bh_fields_string_list(constraints, rule->key, rule->units, draft->arena, &list, &draft->detail);
    if (err == BH_OK && rule->is_path)
        err = check_path_patterns(draft, json_object_get(constraints, rule->key), rule->key);
    if (err != BH_OK || bh_span_is_absent(list))
        return err;
    bh_json_add_key(out, rule->key);
    bh_buf_add(out, list);
    return BH_OK;
}

static enum bh_err add_max_amount(const json_t *constraints, struct bh_buf *out)
{
    const json_t *value = json_object_get(constraints, "maxAmount");
    if (value == NULL || json_is_null(value))
        return BH_OK;
    double amount = json_number_value(value);
    if (!json_is_number(value) || !isfinite(amount) || amount < 0)
        return BH_ERR_AMOUNT;
    bh_json_add_key(out, "maxAmount");
    bh_json_add_number(out, amount);
    return BH_OK;
}

/* Stored in the one form that we write everywhere, whatever form it was sent in. */
static enum bh_err add_expires_at(const json_t *constraints, int64_t now_ms, struct bh_buf *out)
{
    const json_t *value = json_object_get(constraints, "expiresAt");
    int64_t expires_at;
    if (value == NULL || json_is_null(value))
        return BH_OK;
    if (!json_is_string(value))
        return BH_ERR_EXPIRES_TYPE;
    if (!bh_time_parse(bh_span_trim(bh_json_text(value)), &expires_at))
        return BH_ERR_EXPIRES_INVALID;
    if (expires_at <= now_ms)
        return BH_ERR_EXPIRES_PAST;
    bh_json_add_time_member(out, "expiresAt", expires_at);
    return BH_OK;
}

static enum bh_err read_constraints(struct draft *draft, const json_t *body)
{
    const json_t *constraints = json_object_get(body, "constraints");
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, CONSTRAINTS_LIMIT);
    if (constraints != NULL && !json_is_null(constraints) && !json_is_object(constraints))
        return BH_ERR_CONSTRAINTS;
    draft->within = BH_SPAN("constraints.");
    bh_buf_add_char(&text, '{');
    enum bh_err err = add_max_amount(constraints, &text);
    if (err == BH_OK)
        err = add_expires_at(constraints, draft->now_ms, &text);
    for (size_t i = 0; i < BH_COUNT(constraint_lists) && err == BH_OK; i++)
        err = add_list(draft, constraints, &constraint_lists[i], &text);
    bh_buf_add_char(&text, '}');
    if (err == BH_OK &&
        (text.failed || !bh_arena_copy(draft->arena, bh_buf_span(&text), &draft->permission.constraints)))
        err = BH_ERR_NO_MEMORY;
    return err;
}

/* ---- fields ---- */

static enum bh_err read_description(struct draft *draft, const json_t *body)
{
    const json_t *value = json_object_get(body, "description");
    if (value == NULL)
        return BH_OK;
    draft->permission.description = bh_span_trim(bh_json_text(value));
    if (draft->permission.description.len == 0)
        return fail(draft, BH_ERR_FIELD_EMPTY, "description");
    if (bh_span_utf16_length(draft->permission.description) > 240)
        return fail(draft, BH_ERR_TEXT_TOO_LONG_240, "description");
    return BH_OK;
}

static enum bh_err read_texts(struct draft *draft, const json_t *body)
{
    static const char *const templates[] = {
        "access_data", "create_content", "schedule", "purchase", "custom", NULL};
    struct bh_permission_record *permission = &draft->permission;
    enum bh_err err = read_description(draft, body);
    if (err == BH_OK)
        err = bh_fields_optional_text(
            body, "resource", 240, BH_ERR_TEXT_TOO_LONG_240, &permission->resource, &draft->detail);
    if (err == BH_OK)
        err = bh_fields_optional_text(
            body, "scope", 500, BH_ERR_TEXT_TOO_LONG_500, &permission->scope, &draft->detail);
    if (err == BH_OK)
        err = bh_fields_optional_text(
            body, "notes", 800, BH_ERR_TEXT_TOO_LONG_800, &permission->notes, &draft->detail);
    if (err == BH_OK)
        err =
            bh_fields_choice(body, "template", templates, NULL, BH_ERR_TEMPLATE, &permission->template_name);
    return err;
}

static enum bh_err read_lists(struct draft *draft, const json_t *body)
{
    struct bh_permission_record *permission = &draft->permission;
    const json_t *requires_approval = json_object_get(body, "requiresApproval");
    enum bh_err err = bh_fields_string_list(
        body, "allowedActions", 160, draft->arena, &permission->allowed_actions, &draft->detail);
    if (err == BH_OK)
        err = bh_fields_string_list(
            body, "blockedActions", 160, draft->arena, &permission->blocked_actions, &draft->detail);
    if (err == BH_OK && requires_approval != NULL && !json_is_boolean(requires_approval))
        err = fail(draft, BH_ERR_BOOLEAN, "requiresApproval");
    permission->requires_approval = json_is_true(requires_approval);
    if (bh_span_is_absent(permission->allowed_actions))
        permission->allowed_actions = BH_SPAN("[]");
    if (bh_span_is_absent(permission->blocked_actions))
        permission->blocked_actions = BH_SPAN("[]");
    return err;
}

/* How long an approved request may be used. */
static enum bh_err read_grant_minutes(struct draft *draft, const json_t *body)
{
    const json_t *value = json_object_get(body, "approvalGrantMinutes");
    double minutes = json_number_value(value);
    if (value == NULL || json_is_null(value))
        return BH_OK;
    if (!json_is_number(value) || !(minutes >= 1 && minutes <= BH_GRANT_MINUTES_MAX) ||
        minutes != floor(minutes))
        return BH_ERR_GRANT_MINUTES;
    draft->permission.grant_minutes = (int64_t)minutes;
    return BH_OK;
}

enum bh_err bh_permission_fields_read_action(
    const json_t *body, struct bh_permission_record *permission, struct bh_span *ret_detail)
{
    return bh_fields_required_text(
        body, "action", 80, BH_ERR_ACTION_TOO_LONG, &permission->action, ret_detail);
}

enum bh_err bh_permission_fields_read(const json_t *body, int64_t now_ms, struct bh_arena *arena,
    struct bh_permission_record *permission, struct bh_span *ret_within, struct bh_span *ret_detail)
{
    struct draft draft = {.arena = arena, .now_ms = now_ms, .permission = *permission, .within = BH_SPAN("")};
    enum bh_err err = read_texts(&draft, body);
    if (err == BH_OK)
        err = read_lists(&draft, body);
    if (err == BH_OK)
        err = read_grant_minutes(&draft, body);
    if (err == BH_OK)
        err = read_constraints(&draft, body);
    if (err == BH_OK) {
        *permission = draft.permission;
        return BH_OK;
    }
    if (ret_within != NULL)
        *ret_within = draft.within;
    *ret_detail = draft.detail;
    return err;
}
