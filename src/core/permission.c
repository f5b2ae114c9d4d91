// SPDX-License-Identifier: Apache-2.0
#include "core/permission.h"

#include "lib/json.h"
#include "lib/timefmt.h"

static const struct bh_permission_rules no_rules;

enum bh_permission_status bh_permission_status_from(struct bh_span text)
{
    if (bh_span_equal(text, BH_SPAN("active")))
        return BH_PERMISSION_ACTIVE;
    if (bh_span_equal(text, BH_SPAN("revoked")))
        return BH_PERMISSION_REVOKED;
    return BH_PERMISSION_OTHER;
}

bool bh_permission_is_expired(const struct bh_permission *permission, int64_t now_ms)
{
    return permission->has_expires_at && permission->expires_at_ms <= now_ms;
}

bool bh_permission_is_active(const struct bh_permission *permission, int64_t now_ms)
{
    return permission->status == BH_PERMISSION_ACTIVE && !bh_permission_is_expired(permission, now_ms);
}

static bool is_missing(const json_t *json)
{
    return json == NULL || json_is_null(json);
}

enum bh_err bh_permission_read_list(
    const json_t *array, struct bh_arena *arena, struct bh_span_list *ret_list)
{
    size_t size = json_array_size(array);
    struct bh_span_list list = {NULL, 0};
    if (size == 0) {
        *ret_list = list;
        return BH_OK;
    }
    if (size > UINT32_MAX)
        return BH_ERR_NO_MEMORY;
    struct bh_span *items = bh_arena_alloc(arena, size * sizeof(*items));
    if (items == NULL)
        return BH_ERR_NO_MEMORY;
    for (size_t i = 0; i < size; i++) {
        struct bh_span text = bh_json_text(json_array_get(array, i));
        if (bh_span_is_absent(text))
            continue;
        if (!bh_arena_copy(arena, text, &items[list.count]))
            return BH_ERR_NO_MEMORY;
        list.count++;
    }
    list.items = items;
    *ret_list = list;
    return BH_OK;
}

/* Reads the member; a value of the wrong type, or an item that is no string, makes the permission malformed.
 */
static enum bh_err read_list(const json_t *object, const char *key, struct bh_arena *arena,
    struct bh_permission *permission, struct bh_span_list *ret_list)
{
    const json_t *array = json_object_get(object, key);
    if (is_missing(array))
        return BH_OK;
    enum bh_err err = bh_permission_read_list(array, arena, ret_list);
    if (err == BH_OK && (!json_is_array(array) || ret_list->count != json_array_size(array)))
        permission->malformed = true;
    return err;
}

static void read_max_amount(const json_t *constraints, struct bh_permission *permission)
{
    const json_t *limit = json_object_get(constraints, "maxAmount");
    if (is_missing(limit))
        return;
    permission->has_max_amount = true;
    permission->max_amount = json_number_value(limit);
    if (!json_is_number(limit))
        permission->malformed = true;
}

static void read_expiry(const json_t *constraints, struct bh_permission *permission)
{
    const json_t *expiry = json_object_get(constraints, "expiresAt");
    if (is_missing(expiry))
        return;
    permission->has_expires_at = true;
    if (!bh_time_parse(bh_json_text(expiry), &permission->expires_at_ms))
        permission->expires_at_ms = INT64_MIN;
}

static enum bh_err read_rules(
    const json_t *constraints, struct bh_arena *arena, struct bh_permission *permission)
{
    struct bh_permission_rules rules = no_rules;
    const struct {
        const char *key;
        struct bh_span_list *list;
    } members[] = {
        {"allowedBranches", &rules.allowed_branches},
        {"deniedBranches", &rules.denied_branches},
        {"allowedEnvironments", &rules.allowed_environments},
        {"deniedEnvironments", &rules.denied_environments},
        {"allowedRepositories", &rules.allowed_repositories},
        {"deniedRepositories", &rules.denied_repositories},
        {"allowedPaths", &rules.allowed_paths},
        {"deniedPaths", &rules.denied_paths},
        {"deniedCommands", &rules.denied_commands},
    };
    bool any = false;
    for (size_t i = 0; i < BH_COUNT(members); i++) {
        enum bh_err err = read_list(constraints, members[i].key, arena, permission, members[i].list);
        if (err != BH_OK)
            return err;
        any = any || members[i].list->count > 0;
    }
    if (!any)
        return BH_OK;
    struct bh_permission_rules *copy = bh_arena_alloc(arena, sizeof(*copy));
    if (copy == NULL)
        return BH_ERR_NO_MEMORY;
    *copy = rules;
    permission->rules = copy;
    return BH_OK;
}

enum bh_err bh_permission_read_constraints(
    const json_t *constraints, struct bh_arena *arena, struct bh_permission *permission)
{
    permission->rules = &no_rules;
    if (is_missing(constraints))
        return BH_OK;
    if (!json_is_object(constraints))
        permission->malformed = true;
    read_max_amount(constraints, permission);
    read_expiry(constraints, permission);
    enum bh_err err =
        read_list(constraints, "allowedVendors", arena, permission, &permission->allowed_vendors);
    return err == BH_OK ? read_rules(constraints, arena, permission) : err;
}

static enum bh_err read_names(const json_t *json, struct bh_arena *arena, struct bh_permission *permission)
{
    struct bh_span permission_id = bh_json_member_text(json, "permissionId");
    struct bh_span action = bh_json_member_text(json, "action");
    const json_t *resource = json_object_get(json, "resource");
    if (permission_id.len == 0 || action.len == 0)
        return BH_ERR_FIELD_REQUIRED;
    if (!is_missing(resource) && !json_is_string(resource))
        permission->malformed = true;
    if (!bh_arena_copy(arena, permission_id, &permission->permission_id) ||
        !bh_arena_copy(arena, action, &permission->action) ||
        !bh_arena_copy(arena, bh_json_text(resource), &permission->resource))
        return BH_ERR_NO_MEMORY;
    return BH_OK;
}

static void read_flags(const json_t *json, struct bh_permission *permission)
{
    const json_t *approval = json_object_get(json, "requiresApproval");
    permission->requires_approval = !is_missing(approval) && !json_is_false(approval);
    if (permission->requires_approval && !json_is_true(approval))
        permission->malformed = true;
    permission->status = bh_permission_status_from(bh_json_member_text(json, "status"));
    if (!bh_time_parse(bh_json_member_text(json, "createdAt"), &permission->created_at_ms))
        permission->created_at_ms = 0;
}

enum bh_err bh_permission_read(
    const json_t *json, struct bh_arena *arena, struct bh_permission *ret_permission)
{
    struct bh_permission permission = {.rules = &no_rules};
    enum bh_err err = read_names(json, arena, &permission);
    if (err == BH_OK)
        err = read_list(json, "allowedActions", arena, &permission, &permission.allowed_actions);
    if (err == BH_OK)
        err = read_list(json, "blockedActions", arena, &permission, &permission.blocked_actions);
    if (err == BH_OK)
        err = bh_permission_read_constraints(json_object_get(json, "constraints"), arena, &permission);
    if (err != BH_OK)
        return err;
    read_flags(json, &permission);
    *ret_permission = permission;
    return BH_OK;
}

/* Byte-wise; a prefix is smaller. */
static bool is_smaller(struct bh_span a, struct bh_span b)
{
    size_t i = 0;
    while (i < a.len && i < b.len && a.data[i] == b.data[i])
        i++;
    if (i == a.len || i == b.len)
        return a.len < b.len;
    return (unsigned char)a.data[i] < (unsigned char)b.data[i];
}

static bool is_newer(const struct bh_permission *a, const struct bh_permission *b)
{
    if (a->created_at_ms != b->created_at_ms)
        return a->created_at_ms > b->created_at_ms;
    return is_smaller(b->permission_id, a->permission_id);
}

/* Shell sort: in place, without an allocation, and one pass over a list that is in order already. */
void bh_permission_sort(struct bh_permission *permissions, size_t count)
{
    size_t gap = 1;
    while (gap < count / 3)
        gap = gap * 3 + 1;
    for (; gap > 0; gap /= 3) {
        for (size_t i = gap; i < count; i++) {
            struct bh_permission moving = permissions[i];
            size_t at = i;
            for (; at >= gap && is_newer(&moving, &permissions[at - gap]); at -= gap)
                permissions[at] = permissions[at - gap];
            permissions[at] = moving;
        }
    }
}
