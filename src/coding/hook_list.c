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

const char *bh_hook_entry_command(const json_t *entry)
{
    const json_t *handler = json_array_get(json_object_get(entry, "hooks"), 0);
    const char *command = json_string_value(json_object_get(handler == NULL ? entry : handler, "command"));
    return command == NULL ? "" : command;
}

const json_t *bh_hook_list_first(const json_t *list)
{
    const json_t *entry = json_array_get(list, 0);
    return bh_hook_is_ours(bh_hook_entry_command(entry)) ? entry : NULL;
}
