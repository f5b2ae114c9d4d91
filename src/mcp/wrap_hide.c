// SPDX-License-Identifier: Apache-2.0
#include "mcp/wrap_hide.h"

#include "core/match.h"
#include "lib/json.h"

enum has { HAS_NO = 0, HAS_YES, HAS_UNCLEAR };

/* Whether the list of texts has the text; a missing list is an empty one. */
static enum has list_has(const json_t *list, struct bh_span text)
{
    size_t i;
    const json_t *item;
    if (list == NULL || json_is_null(list))
        return HAS_NO;
    if (!json_is_array(list))
        return HAS_UNCLEAR;
    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item))
            return HAS_UNCLEAR;
        if (bh_span_equal(bh_json_text(item), text))
            return HAS_YES;
    }
    return HAS_NO;
}

/* True when the permission, which is active, blocks the action for the whole agent. */
static bool blocks(const json_t *permission, struct bh_span action)
{
    return list_has(json_object_get(permission, "blockedActions"), action) == HAS_YES;
}

static bool vendors_exclude(const json_t *vendors, struct bh_span target)
{
    size_t i;
    const json_t *item;
    if (!json_is_array(vendors) || json_array_size(vendors) == 0)
        return false;
    json_array_foreach(vendors, i, item)
    {
        if (!json_is_string(item) || bh_match_entry(bh_json_text(item), target))
            return false;
    }
    return true;
}

static bool might_allow(const json_t *permission, struct bh_span action, struct bh_span target)
{
    struct bh_span own = bh_json_member_text(permission, "action");
    const json_t *resource = json_object_get(permission, "resource");
    const json_t *constraints = json_object_get(permission, "constraints");
    if (bh_span_is_absent(own))
        return true;
    if (!bh_span_equal(own, action) &&
        list_has(json_object_get(permission, "allowedActions"), action) == HAS_NO)
        return false;
    if (json_is_string(resource) && !bh_match_entry(bh_json_text(resource), target))
        return false;
    return !vendors_exclude(json_object_get(constraints, "allowedVendors"), target);
}

static bool is_active(const json_t *permission)
{
    struct bh_span status = bh_json_member_text(permission, "status");
    return bh_span_is_absent(status) || bh_span_equal(status, BH_SPAN("active"));
}

static bool is_never_allowed(const json_t *policy, struct bh_span action, struct bh_span target)
{
    struct bh_span status = bh_json_member_text(json_object_get(policy, "agent"), "status");
    const json_t *permissions = json_object_get(policy, "permissions");
    size_t i;
    const json_t *permission;
    bool possible = false;
    if (!json_is_array(permissions))
        return false;
    if (bh_span_equal(status, BH_SPAN("disabled")))
        return true;
    json_array_foreach(permissions, i, permission)
    {
        if (!is_active(permission))
            continue;
        if (bh_span_equal(bh_json_member_text(permission, "status"), BH_SPAN("active")) &&
            blocks(permission, action))
            return true;
        possible |= might_allow(permission, action, target);
    }
    return !possible;
}

static bool is_hidden(
    const json_t *tool, const json_t *policy, const struct bh_wrap_map *map, const char *server)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf target = {0};
    struct bh_span action, name = bh_json_member_text(tool, "name");
    bh_buf_init(&target, 65536);
    if (bh_span_is_absent(name) || !bh_wrap_map_target(map, server, name, &action, &target))
        return false;
    return is_never_allowed(policy, action, bh_buf_span(&target));
}

size_t bh_wrap_hide(json_t *message, const json_t *policy, const struct bh_wrap_map *map, const char *server)
{
    json_t *tools = json_object_get(json_object_get(message, "result"), "tools");
    size_t hidden = 0;
    for (size_t i = json_array_size(tools); i > 0; i--) {
        if (is_hidden(json_array_get(tools, i - 1), policy, map, server) &&
            json_array_remove(tools, i - 1) == 0)
            hidden++;
    }
    return hidden;
}
