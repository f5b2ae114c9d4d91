// SPDX-License-Identifier: Apache-2.0
#include "cli/permission_table.h"

#include "client/output.h"
#include "lib/json.h"

json_t *bh_permission_table_fetch(struct bh_client *client, const char *agent_id)
{
    json_t *answer = bh_client_ask(client, "GET", NULL,
        bh_client_acts_as_developer(client) ? "/api/dashboard/agents/%s" : "/api/agents/%s", agent_id);
    if (answer == NULL)
        return NULL;
    if (json_is_object(json_object_get(answer, "agent")) &&
        json_is_array(json_object_get(answer, "permissions")))
        return answer;
    bh_output_error(BH_SPAN("bad_response"), BH_SPAN("The answer of the server has no agent."), BH_ABSENT);
    json_decref(answer);
    return NULL;
}

static const json_t *expiry(const json_t *permission)
{
    const json_t *top = json_object_get(permission, "expiresAt");
    return json_is_string(top) ? top
                               : json_object_get(json_object_get(permission, "constraints"), "expiresAt");
}

void bh_permission_table_write(const json_t *permissions)
{
    static const char *const headings[] = {"permissionId", "action", "resource", "status", "expires"};
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, headings, BH_COUNT(headings));
    for (size_t i = 0; i < json_array_size(permissions); i++) {
        const json_t *permission = json_array_get(permissions, i);
        for (size_t k = 0; k + 1 < BH_COUNT(headings); k++)
            bh_table_add_value(&table, json_object_get(permission, headings[k]));
        bh_table_add_value(&table, expiry(permission));
    }
    bh_output_write_table(&table);
}
