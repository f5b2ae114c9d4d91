// SPDX-License-Identifier: Apache-2.0
#include "cli/sites.h"

#include "cli/request.h"
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
        bh_table_add_list(&table, json_object_get(rule, "allowedPaths"));
        bh_table_add_list(&table, json_object_get(rule, "blockedPaths"));
        bh_table_add_text(&table, json_is_true(json_object_get(rule, "requiresApproval")) ? "yes" : "no");
    }
    bh_output_write_table(&table);
}

static void write_rule(const json_t *answer)
{
    static const char *const keys[] = {"ruleId", "siteId", "name", "status", "agentIdentifier",
        "userAgentPattern", "verifiedAgent", "allowedPaths", "blockedPaths", "requiresApproval", "notes",
        "createdAt", "updatedAt"};
    bh_output_write_pairs(json_object_get(answer, "rule"), keys, BH_COUNT(keys));
}

/* ---- rules that can match nobody ---- */

static bool is_trusted(const json_t *directories, struct bh_span url)
{
    bool any = bh_span_equal(url, BH_SPAN("*"));
    for (size_t i = 0; i < json_array_size(directories); i++) {
        if (any || bh_span_equal(bh_json_member_text(json_array_get(directories, i), "url"), url))
            return true;
    }
    return false;
}

void bh_sites_note_untrusted(const json_t *rules, const json_t *directories)
{
    for (size_t i = 0; i < json_array_size(rules); i++) {
        struct bh_span id = bh_json_member_text(json_array_get(rules, i), "ruleId");
        struct bh_span url = bh_json_member_text(json_array_get(rules, i), "verifiedAgent");
        if (url.len == 0 || is_trusted(directories, url))
            continue;
        if (bh_span_equal(url, BH_SPAN("*")))
            bh_output_note(
                "Rule %.*s matches nobody: it demands a signature, and the site trusts no directory.",
                (int)id.len, id.data);
        else
            bh_output_note("Rule %.*s matches nobody: the site does not trust %.*s. See `behalf sites "
                           "directories add --help`.",
                (int)id.len, id.data, (int)url.len, url.data);
    }
}

static bool demands_signature(const json_t *rules)
{
    for (size_t i = 0; i < json_array_size(rules); i++) {
        if (bh_json_member_text(json_array_get(rules, i), "verifiedAgent").len > 0)
            return true;
    }
    return false;
}

/* The same for rules whose site's directories are not known yet. */
static void note_untrusted(struct bh_client *client, const char *site, const json_t *rules)
{
    if (!demands_signature(rules))
        return;
    client->quiet = true; /* a note that cannot be given is no error */
    BH_CLEANUP(bh_json_release)
    json_t *answer = bh_client_ask(client, "GET", NULL, BH_SITES_PATH "/%s/directories", site);
    if (answer != NULL)
        bh_sites_note_untrusted(rules, json_object_get(answer, "directories"));
}

/* ---- list ---- */

static int list(struct bh_client *client, const char *site, bool json)
{
    BH_CLEANUP(bh_json_release)
    json_t *answer = bh_client_ask(client, "GET", NULL, BH_SITES_PATH "/%s/rules", site);
    if (answer == NULL)
        return 1;
    if (json) {
        bh_output_write_json(answer);
        return 0;
    }
    bh_sites_write_rules(json_object_get(answer, "rules"));
    note_untrusted(client, site, json_object_get(answer, "rules"));
    return 0;
}

static int run_list(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const struct bh_option options[] = {BH_OPTION_DEVELOPER_TOKEN(flags), BH_OPTION_BASE_URL(flags)};
    const struct bh_usage usage = {.command = "sites rules",
        .operands = "[list|create|update|enable|disable|delete] <siteId>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "List the rules of a site, newest first",
        .details = "Commands (each has its own --help):\n"
                   "  list     the same as no command\n"
                   "  create   make a rule\n"
                   "  update   change what a rule says\n"
                   "  enable   let a rule count again\n"
                   "  disable  keep a rule, but leave it out of decisions\n"
                   "  delete   remove a rule",
        .examples = "sites rules site_x\nsites rules site_x --json",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin_with_token(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    return list(&client, arguments.operands[0], arguments.json);
}

/* ---- create, update ---- */

/* What the line says about a rule. */
struct draft {
    const char *name, *agent, *user_agent, *verified, *allow, *block, *notes, *clear;
    bool approval, no_approval, disabled;
};

static bool fill_texts(json_t *body, const struct draft *draft)
{
    return bh_body_set_text(body, "name", draft->name) &&
           bh_body_set_text(body, "agentIdentifier", draft->agent) &&
           bh_body_set_text(body, "userAgentPattern", draft->user_agent) &&
           bh_body_set_text(body, "verifiedAgent", draft->verified) &&
           bh_body_set_text(body, "notes", draft->notes) &&
           bh_body_set_text(body, "status", draft->disabled ? "disabled" : NULL) &&
           (!draft->approval || bh_body_set_take(body, "requiresApproval", json_true())) &&
           (!draft->no_approval || bh_body_set_take(body, "requiresApproval", json_false()));
}

/* 0, or the status of the error that was printed. */
static int fill_body(json_t *body, const struct bh_usage *usage, const struct draft *draft)
{
    if (!fill_texts(body, draft))
        return bh_output_no_memory();
    if (!bh_body_set_list(body, "allowedPaths", draft->allow))
        return bh_options_fail(usage, "--allow must be a list with at least one path.");
    if (!bh_body_set_list(body, "blockedPaths", draft->block))
        return bh_options_fail(usage, "--block must be a list with at least one path.");
    return 0;
}

/* Shows the rule that was made or changed; takes over `answer`, NULL with its error printed. */
static int report(struct bh_client *client, const char *site, json_t *answer, bool json)
{
    BH_CLEANUP(bh_json_release) json_t *rules = json_pack("[O]", json_object_get(answer, "rule"));
    int status = bh_output_answer(answer, json, write_rule);
    if (status == 0 && !json)
        note_untrusted(client, site, rules);
    return status;
}

static int create(struct bh_client *client, const struct bh_usage *usage, const struct draft *draft,
    const struct bh_arguments *arguments)
{
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    if (draft->agent == NULL && draft->user_agent == NULL && draft->verified == NULL)
        return bh_options_fail(usage, "Name at least one of --agent, --user-agent and --verified.");
    int status = fill_body(body, usage, draft);
    if (status != 0)
        return status;
    const char *site = arguments->operands[0];
    return report(
        client, site, bh_client_ask(client, "POST", body, BH_SITES_PATH "/%s/rules", site), arguments->json);
}

#define RULE_OPTIONS(draft)                                                                                  \
    BH_OPTION_VALUE("agent", 0, (draft).agent, "TEXT", "for agents that call themselves so"),                \
        BH_OPTION_VALUE(                                                                                     \
            "user-agent", 0, (draft).user_agent, "GLOB", "or whose User-Agent matches; * is anything"),      \
        BH_OPTION_VALUE(                                                                                     \
            "verified", 0, (draft).verified, "URL", "only signed by this trusted directory; '*' = by any"),  \
        BH_OPTION_VALUE("allow", 0, (draft).allow, "LIST", "paths they may have, separated by commas"),      \
        BH_OPTION_VALUE(                                                                                     \
            "block", 0, (draft).block, "LIST", "paths they may not have, whatever else allows them"),        \
        BH_OPTION_FLAG("requires-approval", 0, (draft).approval,                                             \
            "deny what is allowed so, because a person must approve it"),                                    \
        BH_OPTION_VALUE("notes", 0, (draft).notes, "TEXT", "for people")

static int run_create(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    struct draft draft = {0};
    const struct bh_option options[] = {
        BH_OPTION_REQUIRED("name", 'n', draft.name, "TEXT", "for people"),
        RULE_OPTIONS(draft),
        BH_OPTION_FLAG("disabled", 0, draft.disabled, "do not let it count yet"),
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
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin_with_token(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    return create(&client, &usage, &draft, &arguments);
}

/* Sets the named members to null: none. False for a name that is none, and for one that has a value as well.
 */
static bool clear(json_t *body, const char *names)
{
    static const char *const known[][2] = {{"agent", "agentIdentifier"}, {"user-agent", "userAgentPattern"},
        {"verified", "verifiedAgent"}, {"allow", "allowedPaths"}, {"block", "blockedPaths"},
        {"notes", "notes"}};
    struct bh_span rest = bh_span_from(names);
    while (rest.len > 0) {
        size_t comma = bh_span_find(rest, BH_SPAN(","));
        struct bh_span name = {rest.data, comma == SIZE_MAX ? rest.len : comma};
        const char *key = NULL;
        for (size_t i = 0; i < BH_COUNT(known); i++) {
            if (bh_span_equal(bh_span_trim(name), bh_span_from(known[i][0])))
                key = known[i][1];
        }
        if (key == NULL || json_object_get(body, key) != NULL || !bh_body_set_take(body, key, json_null()))
            return false;
        rest = comma == SIZE_MAX ? BH_SPAN("") : bh_span_from_index(rest, comma + 1);
    }
    return true;
}

static int update(struct bh_client *client, const struct bh_usage *usage, const struct draft *draft,
    const struct bh_arguments *arguments)
{
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    if (draft->approval && draft->no_approval)
        return bh_options_fail(usage, "Use one of --requires-approval and --no-approval.");
    int status = fill_body(body, usage, draft);
    if (status != 0)
        return status;
    if (draft->clear != NULL && !clear(body, draft->clear))
        return bh_options_fail(usage,
            "--clear must be a list of agent, user-agent, verified, allow, block and notes, without what the "
            "line sets.");
    if (json_object_size(body) == 0)
        return bh_options_fail(usage, "Name at least one thing to change.");
    const char *site = arguments->operands[0];
    json_t *answer =
        bh_client_ask(client, "PATCH", body, BH_SITES_PATH "/%s/rules/%s", site, arguments->operands[1]);
    return report(client, site, answer, arguments->json);
}

static int run_update(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    struct draft draft = {0};
    const struct bh_option options[] = {
        BH_OPTION_VALUE("name", 'n', draft.name, "TEXT", "for people"),
        RULE_OPTIONS(draft),
        BH_OPTION_FLAG("no-approval", 0, draft.no_approval, "no person need approve any more"),
        BH_OPTION_VALUE("clear", 0, draft.clear, "LIST",
            "what it shall no longer say: agent, user-agent, verified, allow, block, notes"),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "sites rules update",
        .operands = "<siteId> <ruleId>",
        .operands_min = 2,
        .operands_max = 2,
        .summary = "Change what a rule says",
        .details =
            "Only what is named changes. A list takes the place of the one that was there. `enable` and\n"
            "`disable` change its status.",
        .examples = "sites rules update site_x sgr_x --allow '/docs/*,/help/*'\n"
                    "sites rules update site_x sgr_x --clear block,notes",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin_with_token(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    return update(&client, &usage, &draft, &arguments);
}

/* ---- one rule ---- */

static int run_enable(int argc, char **argv)
{
    static const struct bh_request_command command = {.usage = {.command = "sites rules enable",
                                                          .operands = "<siteId> <ruleId>",
                                                          .summary = "Let a rule count again",
                                                          .examples = "sites rules enable site_x sgr_x"},
        .method = "PATCH",
        .path = BH_SITES_PATH "/%s/rules/%s",
        .status = "active",
        .write = write_rule};
    return bh_request_run(&command, argc, argv);
}

static int run_disable(int argc, char **argv)
{
    static const struct bh_request_command command = {
        .usage = {.command = "sites rules disable",
            .operands = "<siteId> <ruleId>",
            .summary = "Keep a rule, but leave it out of decisions",
            .details = "What it blocked is blocked no longer, and what it allowed is no longer allowed.",
            .examples = "sites rules disable site_x sgr_x"},
        .method = "PATCH",
        .path = BH_SITES_PATH "/%s/rules/%s",
        .status = "disabled",
        .write = write_rule};
    return bh_request_run(&command, argc, argv);
}

static int run_delete(int argc, char **argv)
{
    static const struct bh_request_command command = {.usage = {.command = "sites rules delete",
                                                          .operands = "<siteId> <ruleId>",
                                                          .summary = "Remove a rule",
                                                          .examples = "sites rules delete site_x sgr_x"},
        .method = "DELETE",
        .path = BH_SITES_PATH "/%s/rules/%s",
        .subject = "Rule",
        .outcome = "deleted"};
    return bh_request_run(&command, argc, argv);
}

int bh_sites_run_rules(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"list", run_list, "List the rules of a site"},
        {"create", run_create, "Add a rule"},
        {"update", run_update, "Change a rule"},
        {"enable", run_enable, "Let a rule decide again"},
        {"disable", run_disable, "Take a rule out of use"},
        {"delete", run_delete, "Remove a rule"},
    };
    const struct bh_command_group group = {.name = "behalf sites rules",
        .summary = "List, create, change and delete rules",
        .commands = commands,
        .command_count = BH_COUNT(commands),
        .fallback = run_list};
    return bh_sites_dispatch(&group, argc, argv);
}
