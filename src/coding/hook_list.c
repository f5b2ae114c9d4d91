// SPDX-License-Identifier: Apache-2.0
#include "coding/hook_list.h"

#include <string.h>
#include <strings.h>

bool bh_hook_is_ours(const char *command)
{
    return command != NULL && strcasestr(command, "behalf") != NULL &&
           (strstr(command, " hook pre-tool-use") != NULL || strstr(command, " hook cursor") != NULL);
}

static bool handler_is_ours(const json_t *handler)
{
    return bh_hook_is_ours(json_string_value(json_object_get(handler, "command")));
}

/* True when nothing is left of what was a group. */
static bool clean_group(json_t *group)
{
    json_t *handlers = json_object_get(group, "hooks");
    bool removed = false;
    for (size_t i = json_array_size(handlers); i > 0; i--) {
        if (handler_is_ours(json_array_get(handlers, i - 1)))
            removed |= json_array_remove(handlers, i - 1) == 0;
    }
    return removed && json_array_size(handlers) == 0;
}

void bh_hook_list_remove(json_t *list)
{
    for (size_t i = json_array_size(list); i > 0; i--) {
        json_t *entry = json_array_get(list, i - 1);
        if (handler_is_ours(entry) || clean_group(entry))
            json_array_remove(list, i - 1);
    }
}

bool bh_hook_list_put(json_t *list, json_t *entry)
{
    bh_hook_list_remove(list);
    return json_array_insert_new(list, 0, entry) == 0;
}

static json_t *find_list(const struct bh_settings *settings, const char *event)
{
    return json_object_get(json_object_get(settings->root, "hooks"), event);
}

enum bh_err bh_hook_put(
    struct bh_settings *settings, const char *event, json_t *entry, struct bh_buf *problem)
{
    json_t *hooks = bh_settings_member(settings, settings->root, "hooks", false, problem);
    json_t *list = hooks == NULL ? NULL : bh_settings_member(settings, hooks, event, true, problem);
    if (list != NULL)
        return bh_hook_list_put(list, entry) ? BH_OK : BH_ERR_CONFLICT;
    json_decref(entry);
    return BH_ERR_CONFLICT;
}

bool bh_hook_take_out(struct bh_settings *settings, const char *event)
{
    json_t *list = find_list(settings, event);
    size_t before = json_array_size(list);
    bh_hook_list_remove(list);
    return before > 0 && json_array_size(list) == 0 &&
           json_object_del(json_object_get(settings->root, "hooks"), event) == 0;
}

bool bh_hook_is_first(const struct bh_settings *settings, const char *event, json_t *entry)
{
    bool first = entry != NULL && json_equal(json_array_get(find_list(settings, event), 0), entry) == 1;
    json_decref(entry);
    return first;
}

enum bh_err bh_hook_first_command(
    const struct bh_settings *settings, const char *event, struct bh_buf *ret_command)
{
    const json_t *entry = json_array_get(find_list(settings, event), 0);
    const json_t *handler = json_array_get(json_object_get(entry, "hooks"), 0);
    const char *command = json_string_value(json_object_get(handler == NULL ? entry : handler, "command"));
    if (!bh_hook_is_ours(command))
        return BH_ERR_NOT_FOUND;
    bh_buf_add_text(ret_command, command);
    return BH_OK;
}
