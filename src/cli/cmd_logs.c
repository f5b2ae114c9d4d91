// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <string.h>

#include "client/client.h"
#include "client/group.h"
#include "cli/log_row.h"
#include "cli/logs_filter.h"
#include "client/output.h"
#include "lib/json.h"

#define PATH_LIMIT 65536

static bool some_row(const json_t *rows, bool (*has)(const json_t *row))
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        if (has(json_array_get(rows, i)))
            return true;
    }
    return false;
}

static void write_rows(const json_t *rows, bool of_several)
{
    enum bh_log_column columns[BH_LOG_COLUMNS];
    const char *headings[BH_LOG_COLUMNS];
    size_t count = bh_log_choose(
        of_several, some_row(rows, bh_log_has_approval), some_row(rows, bh_log_has_execution), columns);
    for (size_t i = 0; i < count; i++)
        headings[i] = bh_log_heading(columns[i]);
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, headings, count);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        for (size_t column = 0; column < count; column++) {
            BH_CLEANUP(bh_buf_finish) struct bh_buf cell = {0};
            bh_buf_init(&cell, BH_LOG_CELL_LIMIT);
            bh_log_add_cell(json_array_get(rows, i), columns[column], &cell);
            bh_table_add(&table, bh_buf_span(&cell));
        }
    }
    bh_output_write_table(&table);
}

static void add_cursor(const json_t *pagination, struct bh_buf *text)
{
    bh_buf_init(text, 4096);
    bh_output_add_neutral(bh_json_member_text(pagination, "nextCursor"), text);
}

static void note_rest(const json_t *pagination)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf cursor = {0};
    add_cursor(pagination, &cursor);
    if (cursor.len > 0)
        bh_output_note("Older entries: add --cursor %.*s", (int)cursor.len, bh_buf_span(&cursor).data);
}

/* The server has stopped looking before the end: nothing was found, and that does not say there is nothing.
 */
static void write_none_so_far(const json_t *pagination, bool from_newest)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf cursor = {0};
    double looked = json_number_value(json_object_get(pagination, "looked"));
    add_cursor(pagination, &cursor);
    bh_output_write_line("No match among the %s %.0f looked at; older ones: add --cursor %.*s",
        from_newest ? "newest" : "next", looked, (int)cursor.len, bh_buf_span(&cursor).data);
}

static int report(const json_t *answer, const struct bh_logs_filter *filter, bool of_several, bool json)
{
    const json_t *rows = json_is_array(answer) ? answer : json_object_get(answer, "logs");
    const json_t *pagination = json_object_get(answer, "pagination");
    if (!json_is_array(rows)) {
        bh_output_error(BH_SPAN("bad_response"), BH_SPAN("The answer of the server has no log."), BH_ABSENT);
        return 1;
    }
    bool stopped = json_array_size(rows) == 0 && json_is_true(json_object_get(pagination, "partial"));
    if (stopped && !json) {
        write_none_so_far(pagination, filter->cursor == NULL);
        return 0;
    }
    if (json)
        bh_output_write_json(rows);
    else
        write_rows(rows, of_several);
    note_rest(pagination);
    return 0;
}

static bool add_path(struct bh_client *client, const struct bh_logs_filter *filter, struct bh_buf *path)
{
    if (bh_logs_is_account_wide(client, filter->agent)) {
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
    bool of_several = filter->agent == NULL && bh_logs_is_account_wide(client, NULL);
    return answer == NULL ? 1 : report(answer, filter, of_several, json);
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
        .operands = "[list|tail|export|delete] [agentId]",
        .operands_max = 1,
        .summary = "Show the decisions about an agent, or about all of them, newest first",
        .details =
            "Without [agentId]: signed in or with a developer token, the whole account; with an agent's\n"
            "key, the agent of the configuration or of BEHALFID_AGENT_ID.\n"
            "\n"
            "Commands (each has its own --help):\n"
            "  list    the same as no command\n"
            "  tail    show new decisions as they are made\n"
            "  export  write all of them to a file, as JSON lines or CSV\n"
            "  delete  erase one entry, or all",
        .examples = "logs agent_x\nlogs tail agent_x\nlogs --denied --risk high --since 24h --json",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    if (arguments.operands[0] != NULL)
        filter.agent = arguments.operands[0];
    status = bh_logs_filter_check(&usage, &filter);
    return status == 0 ? list(&client, &filter, arguments.json) : status;
}

/* Both `logs list agent_x` and `logs agent_x` are in use. */
int bh_cmd_logs(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"list", run, "Show decisions, newest first"},
        {"tail", bh_cmd_logs_tail, "Show decisions as they are made"},
        {"export", bh_cmd_logs_export, "Write decisions to a file"},
        {"delete", bh_cmd_logs_delete, "Erase decisions"},
    };
    const struct bh_command_group group = {.name = "behalf logs",
        .summary = "Show, follow, export and erase decisions",
        .commands = commands,
        .command_count = BH_COUNT(commands),
        .fallback = run};
    return bh_group_run(&group, argc, argv);
}
