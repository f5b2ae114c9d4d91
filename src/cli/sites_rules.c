// SPDX-License-Identifier: Apache-2.0
#include "cli/sites.h"

#include "client/body.h"
#include "client/group.h"
#include "lib/json.h"

void bh_sites_write_rules(const json_t *rules)
{
    static const char *const headings[] = {"ruleId", "name", "status", "agent", "userAgent", "verifiedAgent",
        "allowedPaths", "blockedPaths", "approval"};
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, headings, BH_COUNT(headings));
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        bh_table_add_value(&table, json_object_get(rule, "ruleId"));
        bh_table_add_value(&table, json_object_get(rule, "name"));
        bh_table_add_value(&table, json_object_get(rule, "status"));
        bh_table_add_value(&table, json_object_get(rule, "agentIdentifier"));
        bh_table_add_value(&table, json_object_get(rule, "userAgentPattern"));
        bh_table_add_value(&table, json_object_get(rule, "verifiedAgent"));
        bh_sites_add_list(&table, json_object_get(rule, "allowedPaths"));
        bh_sites_add_list(&table, json_object_get(rule, "blockedPaths"));
        bh_table_add_text(&table, json_is_true(json_object_get(rule, "requiresApproval")) ? "yes" : "no");
    }
    bh_output_write_table(&table);
}

static void write_rule(const json_t *rule)
{
    static const char *const keys[] = {"ruleId", "siteId", "name", "status", "agentIdentifier",
        "userAgentPattern", "verifiedAgent", "allowedPaths", "blockedPaths", "requiresApproval", "notes",
        "createdAt", "updatedAt"};
    bh_sites_write_pairs(rule, keys, BH_COUNT(keys));
}

/* ---- list ---- */

static void write_list(const json_t *answer, const struct bh_arguments *arguments)
{
    (void)arguments;
    bh_sites_write_rules(json_object_get(answer, "rules"));
}

static int run_list(int argc, char **argv)
{
    static const struct bh_sites_command command = {
        .usage = {.command = "sites rules",
            .operands = "[list|create|enable|disable|delete] <siteId>",
            .summary = "List the rules of a site, newest first",
            .details = "Commands (each has its own --help):\n"
                       "  list     the same as no command\n"
                       "  create   make a rule\n"
                       "  enable   let a rule count again\n"
                       "  disable  keep a rule, but leave it out of decisions\n"
                       "  delete   remove a rule",
            .examples = "sites rules site_x\nsites rules site_x --json"},
        .method = "GET",
        .part = "rules",
        .write = write_list};
    return bh_sites_run(&command, argc, argv);
}

/* ---- create ---- */

struct new_rule {
    const char *name, *agent, *user_agent, *verified, *allow, *block, *notes;
    bool approval, disabled;
};

static bool fill_body(json_t *body, const struct new_rule *rule)
{
    return bh_body_set_text(body, "name", rule->name) &&
           bh_body_set_text(body, "agentIdentifier", rule->agent) &&
           bh_body_set_text(body, "userAgentPattern", rule->user_agent) &&
           bh_body_set_text(body, "verifiedAgent", rule->verified) &&
           bh_body_set_text(body, "notes", rule->notes) &&
           bh_body_set_text(body, "status", rule->disabled ? "disabled" : NULL) &&
           (!rule->approval || bh_body_set_take(body, "requiresApproval", json_true()));
}

static int create(struct bh_client *client, const struct bh_usage *usage, const struct new_rule *rule,
    const struct bh_arguments *arguments)
{
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    if (rule->agent == NULL && rule->user_agent == NULL && rule->verified == NULL)
        return bh_options_fail(usage, "Name at least one of --agent, --user-agent and --verified.");
    if (!fill_body(body, rule))
        return bh_output_no_memory();
    if (!bh_body_set_list(body, "allowedPaths", rule->allow))
        return bh_options_fail(usage, "--allow must be a list with at least one path.");
    if (!bh_body_set_list(body, "blockedPaths", rule->block))
        return bh_options_fail(usage, "--block must be a list with at least one path.");
    const struct bh_sites_target target = {.site = arguments->operands[0], .part = "rules"};
    BH_CLEANUP(bh_json_release) json_t *answer = bh_sites_call(client, "POST", &target, body);
    if (answer == NULL)
        return 1;
    if (arguments->json)
        bh_output_write_json(answer);
    else
        write_rule(json_object_get(answer, "rule"));
    return 0;
}

static int run_create(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    struct new_rule rule = {0};
    const struct bh_option options[] = {
        BH_OPTION_REQUIRED("name", 'n', rule.name, "TEXT", "for people"),
        BH_OPTION_VALUE("agent", 0, rule.agent, "TEXT", "for agents that call themselves so"),
        BH_OPTION_VALUE(
            "user-agent", 0, rule.user_agent, "GLOB", "or whose User-Agent matches; * is anything"),
        BH_OPTION_VALUE(
            "verified", 0, rule.verified, "URL", "only signed by this trusted directory; '*' = by any"),
        BH_OPTION_VALUE("allow", 0, rule.allow, "LIST", "paths they may have, separated by commas"),
        BH_OPTION_VALUE("block", 0, rule.block, "LIST", "paths they may not have, whatever else allows them"),
        BH_OPTION_FLAG(
            "approval", 0, rule.approval, "deny what --allow names, because a person must approve it"),
        BH_OPTION_FLAG("disabled", 0, rule.disabled, "do not let it count yet"),
        BH_OPTION_VALUE("notes", 0, rule.notes, "TEXT", "for people"),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "sites rules create",
        .operands = "<siteId>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "Create a rule of a site",
        .details =
            "A path begins with /; * stands for anything, also across /. What no rule allows is denied.\n"
            "A User-Agent is what the visitor says of itself; --verified asks for proof.",
        .examples =
            "sites rules create site_x --name Docs --user-agent '*Bot*' --allow '/docs/*'\n"
            "sites rules create site_x --name 'No admin' --user-agent '*' --block '/admin*'\n"
            "sites rules create site_x --name Partner --verified https://bot.example --allow '/api/*'",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    struct bh_client client;
    if (!bh_sites_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    status = create(&client, &usage, &rule, &arguments);
    bh_client_finish(&client);
    return status;
}

/* ---- one rule ---- */

static void write_changed(const json_t *answer, const struct bh_arguments *arguments)
{
    (void)arguments;
    write_rule(json_object_get(answer, "rule"));
}

static int run_enable(int argc, char **argv)
{
    static const struct bh_sites_command command = {.usage = {.command = "sites rules enable",
                                                        .operands = "<siteId> <ruleId>",
                                                        .summary = "Let a rule count again",
                                                        .examples = "sites rules enable site_x sgr_x"},
        .method = "PATCH",
        .part = "rules",
        .of_item = true,
        .status = "active",
        .write = write_changed};
    return bh_sites_run(&command, argc, argv);
}

static int run_disable(int argc, char **argv)
{
    static const struct bh_sites_command command = {
        .usage = {.command = "sites rules disable",
            .operands = "<siteId> <ruleId>",
            .summary = "Keep a rule, but leave it out of decisions",
            .details = "What it blocked is blocked no longer, and what it allowed is no longer allowed.",
            .examples = "sites rules disable site_x sgr_x"},
        .method = "PATCH",
        .part = "rules",
        .of_item = true,
        .status = "disabled",
        .write = write_changed};
    return bh_sites_run(&command, argc, argv);
}

static void write_deleted(const json_t *answer, const struct bh_arguments *arguments)
{
    (void)answer;
    bh_output_write_line("Rule %s deleted.", arguments->operands[1]);
}

static int run_delete(int argc, char **argv)
{
    static const struct bh_sites_command command = {.usage = {.command = "sites rules delete",
                                                        .operands = "<siteId> <ruleId>",
                                                        .summary = "Remove a rule",
                                                        .examples = "sites rules delete site_x sgr_x"},
        .method = "DELETE",
        .part = "rules",
        .of_item = true,
        .write = write_deleted};
    return bh_sites_run(&command, argc, argv);
}

int bh_sites_run_rules(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"list", run_list, NULL},
        {"create", run_create, NULL},
        {"enable", run_enable, NULL},
        {"disable", run_disable, NULL},
        {"delete", run_delete, NULL},
    };
    return bh_sites_dispatch(commands, BH_COUNT(commands), run_list, argc, argv);
}
