// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <string.h>

#include "client/body.h"
#include "client/client.h"
#include "cli/expiry.h"
#include "client/group.h"
#include "client/output.h"
#include "cli/permission_table.h"
#include "cli/template_use.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/timefmt.h"

#define GRANT_MINUTES_MAX 1440

static int list(struct bh_client *client, const char *explicit_id, bool json)
{
    const char *agent_id = bh_client_agent_id(client, explicit_id);
    if (agent_id == NULL || !bh_client_needs_any(client))
        return 1;
    BH_CLEANUP(bh_json_release) json_t *answer = bh_permission_table_fetch(client, agent_id);
    if (answer == NULL)
        return 1;
    const json_t *permissions = json_object_get(answer, "permissions");
    if (json)
        bh_output_write_json(permissions);
    else
        bh_permission_table_write(permissions);
    return 0;
}

static int run_list(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const struct bh_option options[] = {
        BH_OPTION_API_KEY(flags), BH_OPTION_DEVELOPER_TOKEN(flags), BH_OPTION_BASE_URL(flags)};
    const struct bh_usage usage = {.command = "permissions list",
        .operands = "[agentId]",
        .operands_max = 1,
        .summary = "List the permissions of an agent",
        .details =
            "With a developer token any agent of your account, with the agent's key that agent. --key wins.",
        .examples = "permissions list agent_x\npermissions list --json",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    return list(&client, arguments.operands[0], arguments.json);
}

struct new_permission {
    const char *action, *resource, *scope, *description, *template, *max_amount, *expires, *grant_minutes;
    const char *allowed, *blocked, *allowed_paths, *denied_paths, *denied_commands;
    bool requires_approval, no_requires_approval;
    const json_t *scope_template; /* gives what the line leaves open; or NULL */
};

/* 0 or, with the error printed, 1. */
static int add_lists(
    json_t *body, json_t *constraints, const struct bh_usage *usage, const struct new_permission *permission)
{
    const struct {
        const char *option, *member, *value;
        json_t *object;
    } rows[] = {
        {"allowed", "allowedActions", permission->allowed, body},
        {"blocked", "blockedActions", permission->blocked, body},
        {"allowed-paths", "allowedPaths", permission->allowed_paths, constraints},
        {"denied-paths", "deniedPaths", permission->denied_paths, constraints},
        {"denied-commands", "deniedCommands", permission->denied_commands, constraints},
    };
    for (size_t i = 0; i < BH_COUNT(rows); i++) {
        if (!bh_body_set_list(rows[i].object, rows[i].member, rows[i].value))
            return bh_options_fail(usage, "--%s must be a list with at least one item.", rows[i].option);
    }
    return 0;
}

static int add_limits(
    json_t *constraints, const struct bh_usage *usage, const struct new_permission *permission)
{
    double amount;
    int64_t expires_ms;
    char expires[BH_TIME_TEXT];
    if (permission->max_amount != NULL) {
        if (!bh_options_amount(permission->max_amount, &amount))
            return bh_options_fail(usage, "--max-amount must be a number of 0 or more.");
        if (!bh_body_set_take(constraints, "maxAmount", json_real(amount)))
            return bh_output_no_memory();
    }
    if (permission->expires != NULL) {
        if (!bh_expiry_parse(bh_span_from(permission->expires), bh_clock_wall_ms(), &expires_ms))
            return bh_options_fail(usage, "--expires must be an ISO date or a duration like 30m, 2h or 7d.");
        bh_time_format(expires_ms, expires);
        if (!bh_body_set_text(constraints, "expiresAt", expires))
            return bh_output_no_memory();
    }
    return 0;
}

/* The resource is also the only allowed vendor: callers name it in either field. */
static bool add_vendors(json_t *constraints, const struct new_permission *permission)
{
    const char *resource = permission->resource;
    if (resource == NULL)
        resource = json_string_value(json_object_get(permission->scope_template, "resource"));
    if (resource == NULL)
        return true;
    json_t *vendors = json_array();
    return bh_body_set_take(constraints, "allowedVendors", vendors) &&
           json_array_append_new(vendors, json_string(resource)) == 0;
}

static bool add_plain(json_t *body, const struct new_permission *permission, const char *agent_id)
{
    return bh_template_fill(body, permission->scope_template) &&
           bh_body_set_text(body, "agentId", agent_id) &&
           bh_body_set_text(body, "action", permission->action) &&
           bh_body_set_text(body, "description", permission->description) &&
           bh_body_set_text(body, "resource", permission->resource) &&
           bh_body_set_text(body, "scope", permission->scope) &&
           bh_body_set_text(body, "template", permission->template) &&
           (!(permission->requires_approval || permission->no_requires_approval) ||
               bh_body_set_take(body, "requiresApproval", json_boolean(permission->requires_approval)));
}

static int add_grant_minutes(
    json_t *body, const struct bh_usage *usage, const struct new_permission *permission)
{
    double minutes;
    if (permission->grant_minutes == NULL)
        return 0;
    if (!bh_options_amount(permission->grant_minutes, &minutes) ||
        !(minutes >= 1 && minutes <= GRANT_MINUTES_MAX) || minutes != (double)(long)minutes)
        return bh_options_fail(
            usage, "--grant-minutes must be a whole number from 1 to %d.", GRANT_MINUTES_MAX);
    return bh_body_set_take(body, "approvalGrantMinutes", json_integer((json_int_t)minutes))
               ? 0
               : bh_output_no_memory();
}

static int fill_body(
    json_t *body, const struct bh_usage *usage, const struct new_permission *permission, const char *agent_id)
{
    json_t *constraints = json_object();
    if (!bh_body_set_take(body, "constraints", constraints) || !add_plain(body, permission, agent_id) ||
        !add_vendors(constraints, permission))
        return bh_output_no_memory();
    int status = add_lists(body, constraints, usage, permission);
    if (status == 0)
        status = add_limits(constraints, usage, permission);
    if (status == 0)
        status = add_grant_minutes(body, usage, permission);
    if (status == 0 && json_object_size(constraints) == 0)
        (void)json_object_del(body, "constraints");
    return status;
}

/*
 * Five names are a permission's kind in the API and a scope template's id here. Beside --action they name the
 * kind, as they always have; a scope template has an action of its own.
 */
static int choose_template(
    struct new_permission *permission, const struct bh_usage *usage, const json_t *document)
{
    bool is_kind = permission->template != NULL && bh_template_is_kind(permission->template);
    if (permission->template != NULL && !(is_kind && permission->action != NULL)) {
        permission->scope_template = bh_template_choose(document, "templates", permission->template);
        if (permission->scope_template == NULL)
            return 1;
        permission->template = NULL;
    } else if (is_kind && strcmp(permission->template, "custom") != 0) {
        bh_output_note("With --action, --template %s names the kind alone; without --action it is the scope "
                       "template of that name.",
            permission->template);
    }
    if (permission->action == NULL && !json_is_string(json_object_get(permission->scope_template, "action")))
        return bh_options_fail(usage, "Option --action is required.");
    return 0;
}

static void write_created(const json_t *answer)
{
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, NULL, 2);
    bh_table_add_pair(&table, "permissionId", json_object_get(answer, "permissionId"));
    bh_table_add_pair(&table, "status", json_object_get(answer, "status"));
    bh_output_write_table(&table);
}

static int create(struct bh_client *client, const struct bh_usage *usage,
    const struct new_permission *permission, const char *agent, const struct bh_arguments *arguments)
{
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    const char *agent_id = bh_client_agent_id(client, agent == NULL ? arguments->operands[0] : agent);
    if (agent_id == NULL)
        return 1;
    int status = fill_body(body, usage, permission, agent_id);
    if (status != 0)
        return status;
    if (!bh_client_needs_any(client))
        return 1;
    return bh_output_answer(
        bh_client_ask(client, "POST", body, "/api/permissions"), arguments->json, write_created);
}

#define LIST_HELP "separated by commas"

static int run_create(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    struct new_permission new = {0};
    const char *agent = NULL;
    const struct bh_option options[] = {
        BH_OPTION_VALUE("action", 'a', new.action, "NAME", "what is allowed (required without a template)"),
        BH_OPTION_VALUE(
            "template", 0, new.template, "ID", "what the line leaves open, see `permissions templates`"),
        BH_OPTION_VALUE("agent", 0, agent, "ID", "the same as [agentId]"),
        BH_OPTION_VALUE(
            "resource", 'r', new.resource, "NAME", "only with this vendor or resource (default: any)"),
        BH_OPTION_VALUE("scope", 's', new.scope, "TEXT", "for people: how far"),
        BH_OPTION_VALUE("description", 'd', new.description, "TEXT", "for people: what for"),
        BH_OPTION_VALUE("max-amount", 0, new.max_amount, "NUMBER",
            "highest amount; requests must then name one (default: no limit)"),
        BH_OPTION_VALUE(
            "expires", 0, new.expires, "WHEN", "ISO date, or 30m, 2h, 7d from now (default: never)"),
        BH_OPTION_VALUE("allowed", 0, new.allowed, "LIST", "further actions, " LIST_HELP),
        BH_OPTION_VALUE("blocked", 0, new.blocked, "LIST", "actions to refuse, " LIST_HELP),
        BH_OPTION_FLAG("requires-approval", 0, new.requires_approval, "a person approves each use"),
        BH_OPTION_FLAG(
            "no-requires-approval", 0, new.no_requires_approval, "nobody has to, whatever the template says"),
        BH_OPTION_VALUE("grant-minutes", 0, new.grant_minutes, "NUMBER",
            "how long an approved request may be used, 1 to 1440 (default: 30)"),
        BH_OPTION_VALUE(
            "allowed-paths", 0, new.allowed_paths, "LIST", "files that may be read or written, " LIST_HELP),
        BH_OPTION_VALUE("denied-paths", 0, new.denied_paths, "LIST", "files that may not, " LIST_HELP),
        BH_OPTION_VALUE("denied-commands", 0, new.denied_commands, "LIST",
            "texts that no command may contain, " LIST_HELP),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_API_KEY(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "permissions create",
        .operands = "[agentId]",
        .operands_max = 1,
        .summary = "Give an agent a permission",
        .details =
            "Needs a developer token; an agent's key will do only where the server says so.\n"
            "With a template, what the line names comes in place of what the template says. Beside "
            "--action,\n"
            "access_data, create_content, schedule, purchase and custom name the permission's kind alone.",
        .examples =
            "permissions create agent_x --template read_email\n"
            "permissions create agent_x -a purchase -r coachella.com --max-amount 800 --expires 2h\n"
            "permissions create agent_x -a read_file --allowed-paths \"src/**\" --denied-paths \"**/.env\"",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    BH_CLEANUP(bh_json_release) json_t *document = bh_template_load();
    status = document == NULL ? 1 : choose_template(&new, &usage, document);
    if (status != 0)
        return status;
    if (new.requires_approval &&new.no_requires_approval)
        return bh_options_fail(&usage, "Use either --requires-approval or --no-requires-approval, not both.");
    if (agent != NULL && arguments.operand_count > 0)
        return bh_options_fail(&usage, "Use either --agent or [agentId], not both.");
    return create(&client, &usage, &new, agent, &arguments);
}

static int revoke(struct bh_client *client, const char *permission_id, bool json)
{
    BH_CLEANUP(bh_json_release)
    json_t *answer = bh_client_ask(client, "POST", NULL, "/api/permissions/%s/revoke", permission_id);
    if (answer == NULL)
        return 1;
    if (json)
        bh_output_write_json(answer);
    else
        bh_output_write_line("Permission %s revoked.", permission_id);
    return 0;
}

static int run_revoke(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const struct bh_option options[] = {
        BH_OPTION_DEVELOPER_TOKEN(flags), BH_OPTION_API_KEY(flags), BH_OPTION_BASE_URL(flags)};
    const struct bh_usage usage = {.command = "permissions revoke",
        .operands = "<permissionId>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "Revoke a permission: it stops counting at once",
        .details = "Needs a developer token; an agent's key will do only where the server says so.",
        .examples = "permissions revoke perm_x",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    return bh_client_needs_any(&client) ? revoke(&client, arguments.operands[0], arguments.json) : 1;
}

int bh_cmd_permissions(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"list", run_list, "List the permissions of an agent"},
        {"create", run_create, "Give an agent a permission"},
        {"revoke", run_revoke, "Revoke a permission"},
        {"templates", bh_template_run_list, "List the scope templates"},
    };
    const struct bh_command_group group = {.name = "behalf permissions",
        .summary = "List, create and revoke permissions",
        .commands = commands,
        .command_count = BH_COUNT(commands)};
    return bh_group_run(&group, argc, argv);
}
