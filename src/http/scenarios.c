// SPDX-License-Identifier: Apache-2.0
#include "http/scenarios.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/template.h"
#include "lib/json.h"

#define ARENA_LIMIT 65536
#define PERMISSION_ID_TEXT 32

static enum bh_err copy_scenario(const json_t *json, struct bh_arena *arena, struct bh_scenario *scenario)
{
    const struct {
        const char *key;
        struct bh_span *target;
    } members[] = {{"id", &scenario->scenario_id}, {"label", &scenario->label},
        {"description", &scenario->description}, {"action", &scenario->action},
        {"resource", &scenario->vendor}};
    for (size_t i = 0; i < BH_COUNT(members); i++) {
        if (!bh_arena_copy(arena, bh_json_member_text(json, members[i].key), members[i].target))
            return BH_ERR_NO_MEMORY;
    }
    return BH_OK;
}

static enum bh_err read_items(const json_t *document, struct bh_scenarios *scenarios)
{
    const json_t *list = json_object_get(document, "scenarios");
    size_t count = json_array_size(list);
    struct bh_scenario *items = bh_arena_alloc(&scenarios->arena, (count + 1) * sizeof(*items));
    enum bh_err err = items == NULL ? BH_ERR_NO_MEMORY : BH_OK;
    for (size_t i = 0; i < count && err == BH_OK; i++)
        err = copy_scenario(json_array_get(list, i), &scenarios->arena, &items[i]);
    if (err == BH_OK) {
        scenarios->items = items;
        scenarios->count = count;
    }
    return err;
}

/* A permission of the document is what somebody would create: it has no id and no status of its own. */
static enum bh_err read_permission(
    json_t *json, size_t number, struct bh_arena *arena, struct bh_permission *permission)
{
    char id[PERMISSION_ID_TEXT];
    snprintf(id, sizeof(id), "perm_demo_%zu", number);
    if (json_object_set_new(json, "permissionId", json_string(id)) != 0 ||
        json_object_set_new(json, "status", json_string("active")) != 0)
        return BH_ERR_NO_MEMORY;
    return bh_permission_read(json, arena, permission);
}

static enum bh_err read_policy(const json_t *document, struct bh_scenarios *scenarios)
{
    const json_t *list = json_object_get(document, "scenarioPermissions");
    size_t count = json_array_size(list);
    struct bh_permission *permissions = bh_arena_alloc(&scenarios->arena, (count + 1) * sizeof(*permissions));
    enum bh_err err = permissions == NULL ? BH_ERR_NO_MEMORY : BH_OK;
    for (size_t i = 0; i < count && err == BH_OK; i++)
        err = read_permission(json_array_get(list, i), i + 1, &scenarios->arena, &permissions[i]);
    if (err != BH_OK)
        return err;
    bh_permission_sort(permissions, count);
    scenarios->policy = (struct bh_policy){.agent_active = true, .permissions = permissions, .count = count};
    return BH_OK;
}

enum bh_err bh_scenarios_create(struct bh_scenarios **ret_scenarios)
{
    BH_CLEANUP(bh_json_release) json_t *document = NULL;
    struct bh_scenarios *scenarios = calloc(1, sizeof(*scenarios));
    if (scenarios == NULL)
        return BH_ERR_NO_MEMORY;
    bh_arena_init(&scenarios->arena, 4096, ARENA_LIMIT);
    enum bh_err err = bh_json_parse_object(bh_template_document, &document);
    if (err == BH_OK)
        err = read_items(document, scenarios);
    if (err == BH_OK)
        err = read_policy(document, scenarios);
    if (err == BH_OK)
        *ret_scenarios = scenarios;
    else
        bh_scenarios_destroy(scenarios);
    return err;
}

void bh_scenarios_destroy(struct bh_scenarios *scenarios)
{
    if (scenarios == NULL)
        return;
    bh_arena_finish(&scenarios->arena);
    free(scenarios);
}

const struct bh_scenario *bh_scenarios_find(const struct bh_scenarios *scenarios, struct bh_span scenario_id)
{
    for (size_t i = 0; i < scenarios->count; i++) {
        if (bh_span_equal(scenarios->items[i].scenario_id, scenario_id))
            return &scenarios->items[i];
    }
    return NULL;
}
