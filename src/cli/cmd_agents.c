// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include "client/body.h"
#include "client/client.h"
#include "client/config_file.h"
#include "client/group.h"
#include "client/output.h"
#include "cli/permission_table.h"
#include "cli/request.h"
#include "cli/template_use.h"
#include "lib/json.h"

#define PATH_LIMIT 4096
#define DASHBOARD "/api/dashboard/agents/"

static void write_list(const json_t *answer)
{
    static const char *const headings[] = {"agentId", "name", "status", "type", "provider", "created"};
    static const char *const keys[] = {"agentId", "name", "status", "agentType", "provider", "createdAt"};
    bh_output_write_rows(json_object_get(answer, "agents"), headings, keys, BH_COUNT(keys));
}

static int run_list(int argc, char **argv)
{
    static const struct bh_request_command command = {.usage = {.command = "agents list",
                                                          .summary = "List the agents of your account",
                                                          .examples = "agents list\nagents list --json"},
        .method = "GET",
        .path = "/api/dashboard/agents",
        .write = write_list};
    return bh_request_run(&command, argc, argv);
}

struct new_agent {
    const char *name, *type, *provider, *description, *external_id, *external_label, *preset;
    bool save;
};

static bool fill_body(json_t *body, const struct new_agent *agent)
{
    return bh_body_set_text(body, "name", agent->name) && bh_body_set_text(body, "agentType", agent->type) &&
           bh_body_set_text(body, "provider", agent->provider) &&
           bh_body_set_text(body, "description", agent->description) &&
           bh_body_set_text(body, "externalAgentId", agent->external_id) &&
           bh_body_set_text(body, "externalAgentLabel", agent->external_label);
}

static int save_agent(const json_t *answer)
{
    BH_CLEANUP(bh_json_release) json_t *config = bh_config_file_read();
    if (!bh_body_set_text(
            config, BH_CONFIG_AGENT_ID, json_string_value(json_object_get(answer, "agentId"))) ||
        !bh_body_set_text(config, BH_CONFIG_API_KEY, json_string_value(json_object_get(answer, "apiKey"))))
        return bh_output_no_memory();
    return bh_config_file_save(config) ? 0 : 1;
}

/* `answer` may be NULL: its error is printed already. */
static int report_key(const json_t *answer, bool save, bool json)
{
    static const struct bh_secret_words words = {
        .member = "apiKey", .what = "key", .write = bh_output_write_members};
    if (!bh_secret_show(answer, &words, json) || (save && save_agent(answer) != 0))
        return 1;
    bh_output_note(
        save ? "Agent id and key are in the configuration. The key is not shown again."
             : "The key is not shown again. `behalf config set api-key <key>` keeps it for this user.");
    return 0;
}

/* The agent without permissions; NULL with the error printed. */
static json_t *create_agent(struct bh_client *client, const struct new_agent *agent)
{
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    if (!fill_body(body, agent) && bh_output_no_memory() != 0)
        return NULL;
    return bh_client_ask(client, "POST", body, "/api/agents");
}

static int create(struct bh_client *client, const struct new_agent *agent, bool json)
{
    BH_CLEANUP(bh_json_release) json_t *answer = create_agent(client, agent);
    return report_key(answer, agent->save, json);
}

/* ---- with a preset ---- */

static void write_granted(const json_t *permissions)
{
    static const char *const keys[] = {"template", "permissionId", "status"};
    bh_output_write_line("%s", "");
    bh_output_write_rows(permissions, keys, keys, BH_COUNT(keys));
}

/* What a preset left undone: the agent is there, and some of its permissions. */
static int report_missing(const json_t *answer)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {.limit = PATH_LIMIT};
    const json_t *missing = json_object_get(answer, "missing");
    bh_buf_addf(&message, "The agent %s exists, with %zu of %zu permissions. Missing:",
        json_string_value(json_object_get(answer, "agentId")),
        json_array_size(json_object_get(answer, "permissions")),
        json_array_size(json_object_get(answer, "permissions")) + json_array_size(missing));
    for (size_t i = 0; i < json_array_size(missing); i++)
        bh_buf_addf(&message, "%s %s", i == 0 ? "" : ",", json_string_value(json_array_get(missing, i)));
    bh_buf_add_char(&message, '.');
    bh_output_error(BH_SPAN("incomplete"), bh_buf_span(&message),
        BH_SPAN("Make them with `behalf permissions create <agentId> --template <id>`."));
    return 1;
}

/* One JSON document tells all, so there the key comes after the permissions. */
static int create_from_preset(struct bh_client *client, struct new_agent *agent, bool json)
{
    BH_CLEANUP(bh_json_release) json_t *document = bh_template_load();
    const json_t *preset = document == NULL ? NULL : bh_template_choose(document, "presets", agent->preset);
    if (preset == NULL)
        return 1;
    if (agent->provider == NULL)
        agent->provider = json_string_value(json_object_get(preset, "provider"));
    BH_CLEANUP(bh_json_release) json_t *answer = create_agent(client, agent);
    if (answer == NULL)
        return 1;
    int status = json ? 0 : report_key(answer, agent->save, false);
    bool complete = bh_template_grant_preset(client, document, preset, answer);
    if (json)
        status = report_key(answer, agent->save, true);
    else
        write_granted(json_object_get(answer, "permissions"));
    return complete ? status : report_missing(answer);
}

static int run_create(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    struct new_agent agent = {0};
    const struct bh_option options[] = {
        BH_OPTION_REQUIRED("name", 'n', agent.name, "TEXT", "how people call the agent"),
        BH_OPTION_VALUE("preset", 0, agent.preset, "ID",
            "with provider and permissions of researcher, shopper, developer ..."),
        BH_OPTION_VALUE("type", 0, agent.type, "NAME", "native or connected (default: native)"),
        BH_OPTION_VALUE("provider", 0, agent.provider, "NAME",
            "custom, claude, openai ... (default: custom, or other for connected)"),
        BH_OPTION_VALUE("description", 0, agent.description, "TEXT", "what it is for"),
        BH_OPTION_VALUE("external-id", 0, agent.external_id, "TEXT", "its id elsewhere"),
        BH_OPTION_VALUE("external-label", 0, agent.external_label, "TEXT", "its name elsewhere"),
        BH_OPTION_FLAG("save", 0, agent.save, "put agent id and key into ~/.behalf/config.json"),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "agents create",
        .summary = "Create an agent and show its key, once",
        .examples = "agents create --name \"Shopping helper\" --save\n"
                    "agents create --name Bot --type connected --provider claude --json\n"
                    "agents create --name Shopper --preset shopper",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin_with_token(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    return agent.preset != NULL ? create_from_preset(&client, &agent, arguments.json)
                                : create(&client, &agent, arguments.json);
}

static void write_agent(const json_t *answer)
{
    static const char *const keys[] = {"agentId", "name", "status", "agentType", "provider", "description",
        "externalAgentId", "externalAgentLabel", "lastUsedAt", "keyRotatedAt", "createdAt"};
    bh_output_write_pairs(json_object_get(answer, "agent"), keys, BH_COUNT(keys));
    bh_output_write_line("%s", "");
    bh_permission_table_write(json_object_get(answer, "permissions"));
}

static int show(struct bh_client *client, const char *explicit_id, bool json)
{
    const char *agent_id = bh_client_agent_id(client, explicit_id);
    if (agent_id == NULL || !bh_client_needs_any(client))
        return 1;
    return bh_output_answer(bh_permission_table_fetch(client, agent_id), json, write_agent);
}

static int run_show(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const struct bh_option options[] = {
        BH_OPTION_API_KEY(flags), BH_OPTION_DEVELOPER_TOKEN(flags), BH_OPTION_BASE_URL(flags)};
    const struct bh_usage usage = {.command = "agents show",
        .operands = "[agentId]",
        .operands_max = 1,
        .summary = "Show an agent and its permissions",
        .details =
            "With a developer token any agent of your account, with the agent's key that agent. --key wins.",
        .examples = "agents show agent_x\nagents show --json",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    return show(&client, arguments.operands[0], arguments.json);
}

static int run_disable(int argc, char **argv)
{
    static const struct bh_request_command command = {
        .usage = {.command = "agents disable",
            .operands = "<agentId>",
            .summary = "Disable an agent: every request of it is denied at once",
            .examples = "agents disable agent_x"},
        .method = "POST",
        .path = DASHBOARD "%s/disable",
        .id_member = "agentId",
        .subject = "Agent",
        .outcome = "disabled"};
    return bh_request_run(&command, argc, argv);
}

static int run_enable(int argc, char **argv)
{
    static const struct bh_request_command command = {
        .usage = {.command = "agents enable",
            .operands = "<agentId>",
            .summary = "Enable a disabled agent: its permissions count again",
            .examples = "agents enable agent_x"},
        .method = "POST",
        .path = DASHBOARD "%s/enable",
        .id_member = "agentId",
        .subject = "Agent",
        .outcome = "enabled"};
    return bh_request_run(&command, argc, argv);
}

static int rotate(struct bh_client *client, const char *agent_id, bool json)
{
    BH_CLEANUP(bh_json_release)
    json_t *answer = bh_client_acts_as_developer(client)
                         ? bh_client_ask(client, "POST", NULL, DASHBOARD "%s/rotate-key", agent_id)
                         : bh_client_ask(client, "POST", NULL, "/api/agents/%s/rotate-key", agent_id);
    return report_key(answer, false, json);
}

static int run_rotate(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const struct bh_option options[] = {
        BH_OPTION_API_KEY(flags), BH_OPTION_DEVELOPER_TOKEN(flags), BH_OPTION_BASE_URL(flags)};
    const struct bh_usage usage = {.command = "agents rotate-key",
        .operands = "<agentId>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "Replace an agent's key: the old one stops working at once",
        .details = "With --key as the agent, else with a developer token, else with the key of the "
                   "environment or of\n"
                   "the configuration. The new key is shown once and not saved.",
        .examples = "agents rotate-key agent_x",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    return bh_client_needs_any(&client) ? rotate(&client, arguments.operands[0], arguments.json) : 1;
}

int bh_cmd_agents(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"list", run_list, "List the agents of your account"},
        {"create", run_create, "Create an agent and show its key, once"},
        {"show", run_show, "Show an agent and its permissions"},
        {"disable", run_disable, "Deny every request of an agent from now on"},
        {"enable", run_enable, "Let the permissions of an agent count again"},
        {"rotate-key", run_rotate, "Replace an agent's key"},
    };
    const struct bh_command_group group = {.name = "behalf agents",
        .summary = "List, create and manage agents",
        .commands = commands,
        .command_count = BH_COUNT(commands)};
    return bh_group_run(&group, argc, argv);
}
