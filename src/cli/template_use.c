// SPDX-License-Identifier: Apache-2.0
#include "cli/template_use.h"

#include <string.h>

#include "client/body.h"
#include "client/output.h"
#include "core/template.h"
#include "lib/json.h"

#define PATH_LIMIT 4096

json_t *bh_template_load(void)
{
    json_t *document = NULL;
    if (bh_json_parse_object(bh_template_document, &document) != BH_OK && bh_output_no_memory() != 0)
        return NULL;
    return document;
}

const json_t *bh_template_choose(const json_t *document, const char *kind, const char *id)
{
    const json_t *found = bh_template_find(document, kind, bh_span_from(id));
    if (found != NULL)
        return found;
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {.limit = PATH_LIMIT};
    BH_CLEANUP(bh_buf_finish) struct bh_buf hint = {.limit = PATH_LIMIT};
    const json_t *list = json_object_get(document, kind);
    bh_buf_addf(&message, "There is no \"%s\" among the %s.", id, kind);
    bh_buf_add_text(&hint, "There are: ");
    for (size_t i = 0; i < json_array_size(list); i++) {
        bh_buf_add_text(&hint, i == 0 ? "" : ", ");
        bh_buf_add(&hint, bh_json_member_text(json_array_get(list, i), "id"));
    }
    bh_buf_add_char(&hint, '.');
    bh_output_error(BH_ABSENT, bh_buf_span(&message), bh_buf_span(&hint));
    return NULL;
}

bool bh_template_is_kind(const char *name)
{
    static const char *const kinds[] = {"access_data", "create_content", "schedule", "purchase", "custom"};
    for (size_t i = 0; i < BH_COUNT(kinds); i++) {
        if (strcmp(name, kinds[i]) == 0)
            return true;
    }
    return false;
}

bool bh_template_fill(json_t *body, const json_t *template)
{
    static const char *const members[] = {"action", "resource", "description", "template", "requiresApproval",
        "allowedActions", "blockedActions"};
    for (size_t i = 0; i < BH_COUNT(members); i++) {
        const json_t *value = json_object_get(template, members[i]);
        if (value != NULL && !json_is_null(value) &&
            !bh_body_set_take(body, members[i], json_deep_copy(value)))
            return false;
    }
    return true;
}

/* ---- presets ---- */

/* The permission for one scope, or NULL with the error printed. */
static json_t *grant(struct bh_client *client, const json_t *template, const char *agent_id)
{
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    bool filled = bh_template_fill(body, template) && bh_body_set_text(body, "agentId", agent_id);
    if (!filled && bh_output_no_memory() != 0)
        return NULL;
    return bh_client_ask(client, "POST", body, "/api/permissions");
}

static bool add_granted(json_t *list, const json_t *scope, const json_t *permission)
{
    json_t *row = json_object();
    json_t *const values[] = {json_incref((json_t *)(uintptr_t)scope),
        json_incref(json_object_get(permission, "permissionId")),
        json_incref(json_object_get(permission, "status"))};
    static const char *const keys[] = {"template", "permissionId", "status"};
    bool done = row != NULL;
    for (size_t i = 0; i < BH_COUNT(keys); i++)
        done = bh_body_set_take(row, keys[i], values[i]) && done;
    return json_array_append_new(list, row) == 0 && done;
}

bool bh_template_grant_preset(
    struct bh_client *client, const json_t *document, const json_t *preset, json_t *answer)
{
    const json_t *scopes = json_object_get(preset, "scopes");
    const char *agent_id = json_string_value(json_object_get(answer, "agentId"));
    json_t *granted = json_array(), *missing = json_array();
    bool done = bh_body_set_take(answer, "preset", json_deep_copy(json_object_get(preset, "id")));
    done = bh_body_set_take(answer, "permissions", granted) && done;
    done = bh_body_set_take(answer, "missing", missing) && done;
    for (size_t i = 0; i < json_array_size(scopes); i++) {
        const json_t *scope = json_array_get(scopes, i);
        const json_t *template = bh_template_find(document, "templates", bh_json_text(scope));
        BH_CLEANUP(bh_json_release)
        json_t *permission = done && template != NULL ? grant(client, template, agent_id) : NULL;
        if (permission != NULL)
            done = add_granted(granted, scope, permission);
        else
            (void)json_array_append_new(missing, json_deep_copy(scope));
        done = done && permission != NULL;
    }
    return done;
}

/* ---- list ---- */

static void write_templates(const json_t *templates)
{
    static const char *const headings[] = {"id", "label", "action", "resource", "approval", "risk"};
    static const char *const keys[] = {"id", "label", "action", "resource", "requiresApproval", "risk"};
    bh_output_write_rows(templates, headings, keys, BH_COUNT(keys));
}

int bh_template_run_list(int argc, char **argv)
{
    const struct bh_usage usage = {.command = "permissions templates",
        .summary = "List the scope templates that `permissions create --template` takes",
        .details = "Needs no server. With --json also what each permits and refuses.",
        .examples = "permissions templates\npermissions templates --json"};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    BH_CLEANUP(bh_json_release) json_t *document = bh_template_load();
    if (document == NULL)
        return 1;
    const json_t *templates = json_object_get(document, "templates");
    if (arguments.json)
        bh_output_write_json(templates);
    else
        write_templates(templates);
    return 0;
}
