// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <string.h>

#include "client/body.h"
#include "client/group.h"
#include "cli/request.h"
#include "cli/sites.h"
#include "lib/json.h"

#define PATH_LIMIT 4096
#define CELL_LIMIT 65536

/* ---- shared ---- */

static int fail_unknown(const char *group, const char *word)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf hint = {0};
    bh_buf_init(&message, CELL_LIMIT);
    bh_buf_init(&hint, PATH_LIMIT);
    bh_buf_addf(
        &message, "\"%s\" is neither a command of `behalf sites %s` nor the id of a site.", word, group);
    bh_buf_addf(
        &hint, "Run `behalf sites %s --help` for its commands; `behalf sites list` shows the ids.", group);
    bh_output_error(BH_ABSENT, bh_buf_span(&message), bh_buf_span(&hint));
    return 1;
}

/* A word that is neither a command of the group nor the id of a site would else be taken for the latter. */
static bool is_unknown(const struct bh_command_group *group, const char *word)
{
    if (word[0] == '-' || bh_span_starts_with(bh_span_from(word), BH_SPAN("site_")))
        return false;
    for (size_t i = 0; i < group->command_count; i++) {
        if (strcmp(group->commands[i].name, word) == 0)
            return false;
    }
    return true;
}

int bh_sites_dispatch(const struct bh_command_group *group, int argc, char **argv)
{
    int at = 1;
    while (at < argc && bh_options_is_global(argv[at]))
        at++;
    if (at < argc && is_unknown(group, argv[at]))
        return fail_unknown(argv[0], argv[at]);
    return bh_group_run(group, argc, argv);
}

/* ---- list, create ---- */

static void write_site(const json_t *answer)
{
    static const char *const keys[] = {"siteId", "name", "domain", "status", "createdAt", "updatedAt"};
    bh_output_write_pairs(json_object_get(answer, "site"), keys, BH_COUNT(keys));
}

static void write_sites(const json_t *answer)
{
    static const char *const columns[] = {"siteId", "name", "domain", "status", "createdAt"};
    bh_output_write_rows(json_object_get(answer, "sites"), columns, columns, BH_COUNT(columns));
}

static int run_list(int argc, char **argv)
{
    static const struct bh_request_command command = {.usage = {.command = "sites list",
                                                          .summary = "List the guarded sites of your account",
                                                          .examples = "sites list\nsites list --json"},
        .method = "GET",
        .path = BH_SITES_PATH,
        .write = write_sites};
    return bh_request_run(&command, argc, argv);
}

static int run_create(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const char *name = NULL;
    const char *domain = NULL;
    const struct bh_option options[] = {
        BH_OPTION_REQUIRED("name", 'n', name, "TEXT", "for people"),
        BH_OPTION_REQUIRED("domain", 'd', domain, "HOST", "the site's host name, without https://"),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "sites create",
        .summary = "Create a guarded site",
        .details = "Nobody is let in until it has a rule: `behalf sites rules create`. It asks with a key:\n"
                   "`behalf sites keys create`.",
        .examples = "sites create --name Shop --domain shop.example.com",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin_with_token(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    if (!bh_body_set_text(body, "name", name) || !bh_body_set_text(body, "domain", domain))
        return bh_output_no_memory();
    return bh_output_answer(bh_client_ask(&client, "POST", body, BH_SITES_PATH), arguments.json, write_site);
}

/* ---- one site ---- */

static void write_checks(const json_t *logs)
{
    static const char *const headings[] = {
        "createdAt", "decision", "path", "agent", "verifiedAgent", "userAgent", "rule", "reason"};
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, headings, BH_COUNT(headings));
    for (size_t i = 0; i < json_array_size(logs); i++) {
        const json_t *row = json_array_get(logs, i);
        bh_table_add_value(&table, json_object_get(row, "createdAt"));
        bh_table_add_text(&table, json_is_true(json_object_get(row, "allowed")) ? "allowed" : "denied");
        bh_table_add_value(&table, json_object_get(row, "path"));
        bh_table_add_value(&table, json_object_get(row, "agentIdentifier"));
        bh_table_add_value(&table, json_object_get(row, "verifiedAgent"));
        bh_table_add_value(&table, json_object_get(row, "userAgent"));
        bh_table_add_value(&table, json_object_get(row, "ruleId"));
        bh_table_add_value(&table, json_object_get(row, "reason"));
    }
    bh_output_write_table(&table);
}

static void write_view(const json_t *answer)
{
    const json_t *directories = json_object_get(answer, "directories");
    write_site(answer);
    bh_output_write_line("\nRules, newest first:");
    bh_sites_write_rules(json_object_get(answer, "rules"));
    bh_sites_note_untrusted(json_object_get(answer, "rules"), directories);
    bh_output_write_line("\nKeys:");
    bh_sites_write_keys(json_object_get(answer, "keys"));
    if (json_array_size(directories) > 0) {
        bh_output_write_line("\nTrusted key directories:");
        bh_sites_write_directories(directories);
    }
    bh_output_write_line("\nNewest checks:");
    write_checks(json_object_get(answer, "logs"));
}

static int run_show(int argc, char **argv)
{
    static const struct bh_request_command command = {
        .usage = {.command = "sites show",
            .operands = "<siteId>",
            .summary = "Show a site: its newest 50 rules, its keys, its newest 25 checks",
            .examples = "sites show site_x"},
        .method = "GET",
        .path = BH_SITES_PATH "/%s",
        .write = write_view};
    return bh_request_run(&command, argc, argv);
}

static int run_update(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const char *name = NULL;
    const struct bh_option options[] = {
        BH_OPTION_REQUIRED("name", 'n', name, "TEXT", "the new name, for people"),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "sites update",
        .operands = "<siteId>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "Give a site another name",
        .details =
            "Its domain stays: another domain is another site. `enable` and `disable` change its status.",
        .examples = "sites update site_x --name Shop",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin_with_token(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    if (!bh_body_set_text(body, "name", name))
        return bh_output_no_memory();
    return bh_output_answer(bh_client_ask(&client, "PATCH", body, BH_SITES_PATH "/%s", arguments.operands[0]),
        arguments.json, write_site);
}

static int run_enable(int argc, char **argv)
{
    static const struct bh_request_command command = {.usage = {.command = "sites enable",
                                                          .operands = "<siteId>",
                                                          .summary = "Let a site's rules decide again",
                                                          .examples = "sites enable site_x"},
        .method = "PATCH",
        .path = BH_SITES_PATH "/%s",
        .status = "active",
        .write = write_site};
    return bh_request_run(&command, argc, argv);
}

static int run_disable(int argc, char **argv)
{
    static const struct bh_request_command command = {
        .usage = {.command = "sites disable",
            .operands = "<siteId>",
            .summary = "Deny every check of a site",
            .details =
                "Every check is denied from then on, whatever the rules say: `enable` brings them back.",
            .examples = "sites disable site_x"},
        .method = "PATCH",
        .path = BH_SITES_PATH "/%s",
        .status = "disabled",
        .write = write_site};
    return bh_request_run(&command, argc, argv);
}

static int run_delete(int argc, char **argv)
{
    static const struct bh_request_command command = {
        .usage = {.command = "sites delete",
            .operands = "<siteId>",
            .summary = "Remove a site with its rules, keys and access log",
            .details = "Its keys stop working at once. This cannot be undone; `disable` can.",
            .examples = "sites delete site_x"},
        .method = "DELETE",
        .path = BH_SITES_PATH "/%s",
        .subject = "Site",
        .outcome = "deleted"};
    return bh_request_run(&command, argc, argv);
}

/* ---- logs ---- */

static int logs(struct bh_client *client, const char *site, const char *limit, const char *before, bool json)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    bh_buf_init(&path, PATH_LIMIT);
    bh_client_add_path(&path, BH_SITES_PATH "/", site, "/logs");
    bh_client_add_query(&path, "limit", limit);
    bh_client_add_query(&path, "before", before);
    BH_CLEANUP(bh_json_release) json_t *answer = bh_client_call(client, "GET", &path, NULL);
    if (answer == NULL)
        return 1;
    if (json) {
        bh_output_write_json(answer);
        return 0;
    }
    struct bh_span next = bh_json_member_text(json_object_get(answer, "pagination"), "nextBefore");
    write_checks(json_object_get(answer, "logs"));
    if (next.len > 0)
        bh_output_note("There are more: --before %.*s", (int)next.len, next.data);
    return 0;
}

static int run_logs(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const char *limit = NULL;
    const char *before = NULL;
    const struct bh_option options[] = {
        BH_OPTION_VALUE("limit", 0, limit, "NUMBER", "rows, 1 to 100 (default: 100)"),
        BH_OPTION_VALUE("before", 0, before, "NUMBER", "go on where a page ended"),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "sites logs",
        .operands = "<siteId>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "Show the checks of a site, newest first",
        .examples = "sites logs site_x\nsites logs site_x --limit 10 --json",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin_with_token(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    return logs(&client, arguments.operands[0], limit, before, arguments.json);
}

int bh_cmd_sites(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"list", run_list, "List the guarded sites of your account"},
        {"create", run_create, "Create a guarded site"},
        {"show", run_show, "Show a site with its rules, keys and newest checks"},
        {"update", run_update, "Give a site another name"},
        {"enable", run_enable, "Let a site's rules decide again"},
        {"disable", run_disable, "Deny every check of a site"},
        {"delete", run_delete, "Remove a site"},
        {"rules", bh_sites_run_rules, "List, create, update, enable, disable and delete rules"},
        {"keys", bh_sites_run_keys, "List, create and revoke keys"},
        {"directories", bh_sites_run_directories, "List, add, refresh and delete trusted key directories"},
        {"logs", run_logs, "Show the checks of a site, newest first"},
        {"check", bh_sites_run_check, "Ask as the site does whether a visitor may have a path"},
    };
    const struct bh_command_group group = {.name = "behalf sites",
        .summary = "Guarded sites: which agents may have which paths",
        .commands = commands,
        .command_count = BH_COUNT(commands)};
    return bh_group_run(&group, argc, argv);
}
