// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <string.h>

#include "cli/client.h"
#include "cli/log_row.h"
#include "cli/logs_filter.h"
#include "cli/output.h"
#include "lib/json.h"

#define PATH_LIMIT 65536

static void write_rows(const json_t *rows)
{
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, bh_log_headings, BH_LOG_COLUMNS);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        for (size_t column = 0; column < BH_LOG_COLUMNS; column++) {
            BH_CLEANUP(bh_buf_finish) struct bh_buf cell = {0};
            bh_buf_init(&cell, BH_LOG_CELL_LIMIT);
            bh_log_add_cell(json_array_get(rows, i), column, &cell);
            bh_table_add(&table, bh_buf_span(&cell));
        }
    }
    bh_output_write_table(&table);
}

static void note_rest(const json_t *pagination)
{
    struct bh_span cursor = bh_json_member_text(pagination, "nextCursor");
    if (cursor.len == 0)
        return;
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, 4096);
    bh_output_add_neutral(cursor, &text);
    bh_output_note("Older entries: add --cursor %.*s", (int)text.len, bh_buf_span(&text).data);
}

static int report(const json_t *answer, bool json)
{
    const json_t *rows = json_is_array(answer) ? answer : json_object_get(answer, "logs");
    if (!json_is_array(rows)) {
        bh_output_error(BH_SPAN("bad_response"), BH_SPAN("The answer of the server has no log."), BH_ABSENT);
        return 1;
    }
    if (json)
        bh_output_write_json(rows);
    else
        write_rows(rows);
    note_rest(json_object_get(answer, "pagination"));
    return 0;
}

/* With a person's credential the account's log is at hand, so no agent need be named. */
static bool is_account_wide(const struct bh_client *client, const struct bh_logs_filter *filter)
{
    return bh_client_acts_as_developer(client) && (filter->agent == NULL || client->api_key == NULL);
}

static bool add_path(struct bh_client *client, const struct bh_logs_filter *filter, struct bh_buf *path)
{
    if (is_account_wide(client, filter)) {
        bh_buf_add_text(path, "/api/dashboard/logs");
        bh_client_add_query(path, "agentId", filter->agent);
        return true;
    }
    const char *agent_id = bh_client_agent_id(client, filter->agent);
    if (agent_id == NULL || !bh_client_needs_key(client))
        return false;
    bh_client_add_path(path, "/api/logs/", agent_id, "");
    return true;
}

static int list(struct bh_client *client, const struct bh_logs_filter *filter, bool json)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    bh_buf_init(&path, PATH_LIMIT);
    if (!add_path(client, filter, &path))
        return 1;
    bh_logs_filter_add(filter, &path);
    BH_CLEANUP(bh_json_release) json_t *answer = bh_client_call(client, "GET", &path, NULL);
    return answer == NULL ? 1 : report(answer, json);
}

static int run(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    struct bh_logs_filter filter = {0};
    const struct bh_option options[] = {
        BH_LOGS_FILTER_OPTIONS(filter),
        BH_OPTION_VALUE(
            "limit", 0, filter.limit, "NUMBER", "rows, 1 to 500 (default: 100 with a filter, 50 without)"),
        BH_OPTION_VALUE("cursor", 0, filter.cursor, "TEXT", "go on where a page ended"),
        BH_OPTION_API_KEY(flags),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "logs",
        .operands = "[list] [agentId]",
        .operands_max = 1,
        .summary = "Show the decisions about an agent, or about all of them, newest first",
        .details =
            "Without [agentId]: signed in or with a developer token, the whole account; with an agent's\n"
            "key, the agent of the configuration or of BEHALFID_AGENT_ID.\n"
            "`behalf logs tail` shows new ones as they are made, `behalf logs export` writes all of\n"
            "them to a file, `behalf logs delete` erases.",
        .examples = "logs agent_x\nlogs tail agent_x\nlogs --denied --risk high --since 24h --json",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    struct bh_client client;
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    if (arguments.operands[0] != NULL)
        filter.agent = arguments.operands[0];
    status = bh_logs_filter_check(&usage, &filter);
    if (status == 0)
        status = list(&client, &filter, arguments.json);
    bh_client_finish(&client);
    return status;
}

/* Both `logs list agent_x` and `logs agent_x` are in use. */
int bh_cmd_logs(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } commands[] = {{"list", run}, {"export", bh_cmd_logs_export}, {"delete", bh_cmd_logs_delete},
        {"tail", bh_cmd_logs_tail}};
    int at = 1;
    while (at < argc && bh_options_is_global(argv[at]))
        at++;
    for (size_t i = 0; i < BH_COUNT(commands) && at < argc; i++) {
        if (strcmp(argv[at], commands[i].name) != 0)
            continue;
        for (; at > 1; at--)
            argv[at] = argv[at - 1];
        return commands[i].run(argc - 1, argv + 1);
    }
    return run(argc, argv);
}
