// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/log_row.h"
#include "cli/output.h"
#include "lib/json.h"

#define PATH_LIMIT 65536

struct filter {
    const char *agent, *risk, *action, *decision, *search, *limit, *cursor;
    bool allowed, denied;
};

static bool is_one_of(const char *value, const char *const *known, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(value, known[i]) == 0)
            return true;
    }
    return false;
}

static bool is_limit(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 3 || text[digits] != 0)
        return false;
    long limit = strtol(text, NULL, 10);
    return limit >= 1 && limit <= 500;
}

/* The server takes a filter that it does not understand for none at all; here that is a mistake to be told.
 */
static int check(const struct bh_usage *usage, const struct filter *filter)
{
    static const char *const risks[] = {"low", "medium", "high"};
    static const char *const decisions[] = {"allowed", "denied", "approval_required"};
    if (filter->allowed && filter->denied)
        return bh_options_fail(usage, "Use either --allowed or --denied, not both.");
    if (filter->decision != NULL && (filter->allowed || filter->denied))
        return bh_options_fail(usage, "Use either --decision or --allowed and --denied.");
    if (filter->decision != NULL && !is_one_of(filter->decision, decisions, BH_COUNT(decisions)))
        return bh_options_fail(usage, "--decision must be one of: allowed, denied, approval_required.");
    if (filter->risk != NULL && !is_one_of(filter->risk, risks, BH_COUNT(risks)))
        return bh_options_fail(usage, "--risk must be one of: low, medium, high.");
    if (filter->limit != NULL && !is_limit(filter->limit))
        return bh_options_fail(usage, "--limit must be a whole number from 1 to 500.");
    return 0;
}

static void add_query(const struct filter *filter, struct bh_buf *path)
{
    bh_client_add_query(path, "allowed", filter->allowed ? "true" : filter->denied ? "false" : NULL);
    bh_client_add_query(path, "decision", filter->decision);
    bh_client_add_query(path, "risk", filter->risk);
    bh_client_add_query(path, "action", filter->action);
    bh_client_add_query(path, "search", filter->search);
    bh_client_add_query(path, "limit", filter->limit);
    bh_client_add_query(path, "cursor", filter->cursor);
}

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

static int list(struct bh_client *client, const struct filter *filter, const char *agent, bool json)
{
    const char *agent_id = bh_client_agent_id(client, agent != NULL ? agent : filter->agent);
    if (agent_id == NULL || !bh_client_needs_key(client))
        return 1;
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    bh_buf_init(&path, PATH_LIMIT);
    bh_client_add_path(&path, "/api/logs/", agent_id, "");
    add_query(filter, &path);
    BH_CLEANUP(bh_json_release) json_t *answer = bh_client_call(client, "GET", &path, NULL);
    return answer == NULL ? 1 : report(answer, json);
}

static int run(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    struct filter filter = {0};
    const struct bh_option options[] = {
        BH_OPTION_VALUE("agent", 0, filter.agent, "ID", "the agent, instead of [agentId]"),
        BH_OPTION_FLAG("allowed", 0, filter.allowed, "only what was allowed"),
        BH_OPTION_FLAG("denied", 0, filter.denied, "only what was not allowed"),
        BH_OPTION_VALUE("decision", 0, filter.decision, "NAME", "only allowed, denied or approval_required"),
        BH_OPTION_VALUE("risk", 0, filter.risk, "NAME", "only low, medium or high"),
        BH_OPTION_VALUE("action", 0, filter.action, "NAME", "only this action"),
        BH_OPTION_VALUE("search", 0, filter.search, "TEXT", "only what contains the text"),
        BH_OPTION_VALUE(
            "limit", 0, filter.limit, "NUMBER", "rows, 1 to 500 (default: 100 with a filter, 50 without)"),
        BH_OPTION_VALUE("cursor", 0, filter.cursor, "TEXT", "go on where a page ended"),
        BH_OPTION_API_KEY(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "logs",
        .operands = "[list] [agentId]",
        .operands_max = 1,
        .summary = "Show the decisions about an agent, newest first",
        .details = "Without [agentId] the one of the configuration or of BEHALFID_AGENT_ID.\n"
                   "`behalf logs tail` shows new ones as they are made.",
        .examples = "logs agent_x\nlogs tail agent_x\nlogs --denied --risk high --limit 20 --json",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    struct bh_client client;
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    status = check(&usage, &filter);
    if (status == 0)
        status = list(&client, &filter, arguments.operands[0], arguments.json);
    bh_client_finish(&client);
    return status;
}

/* Both `logs list agent_x` and `logs agent_x` are in use. */
int bh_cmd_logs(int argc, char **argv)
{
    int at = 1;
    while (at < argc && bh_options_is_global(argv[at]))
        at++;
    bool tail = at < argc && strcmp(argv[at], "tail") == 0;
    if (!tail && (at == argc || strcmp(argv[at], "list") != 0))
        return run(argc, argv);
    for (; at > 1; at--)
        argv[at] = argv[at - 1];
    return tail ? bh_cmd_logs_tail(argc - 1, argv + 1) : run(argc - 1, argv + 1);
}
