// SPDX-License-Identifier: Apache-2.0
/*
 * `behalf approvals`: a person's side of the requests. Looking may be done with a developer token; approving
 * and denying only by who is signed in.
 */
#include "cli/commands.h"

#include <stdlib.h>

#include "cli/approval_text.h"
#include "cli/approvals.h"
#include "client/client.h"
#include "client/group.h"
#include "client/output.h"
#include "lib/json.h"

#define PATH_LIMIT 4096
#define CELL_UNITS 60

/* ---- list ---- */

struct list_options {
    const char *status, *agent, *limit, *before;
};

/* The command or path cut to what fits a line, "-" without one. */
static void add_target(struct bh_table *table, const json_t *approval)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf cell = {0};
    struct bh_span text = bh_json_member_text(approval, "argumentPreview");
    if (bh_span_utf16_length(text) <= CELL_UNITS) {
        bh_table_add_value(table, json_object_get(approval, "argumentPreview"));
        return;
    }
    bh_buf_init(&cell, PATH_LIMIT);
    bh_buf_add(&cell, bh_span_utf16_prefix(text, CELL_UNITS - 1));
    bh_buf_add_text(&cell, "\u2026");
    bh_table_add(table, bh_buf_span(&cell));
}

static void write_next(struct bh_span next)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    if (next.len == 0)
        return;
    bh_buf_init(&text, PATH_LIMIT);
    bh_output_add_neutral(next, &text);
    bh_buf_add_char(&text, 0);
    if (!text.failed)
        bh_output_note("There are older ones: add --before %s", text.data);
}

static void write_list(const json_t *answer)
{
    static const char *const headings[] = {
        "approvalId", "status", "agent", "action", "vendor", "amount", "target", "created"};
    static const char *const members[] = {
        "approvalId", "displayStatus", "agentName", "action", "vendor", "amount", NULL, "createdAt"};
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    const json_t *approvals = json_object_get(answer, "approvals");
    bh_table_init(&table, headings, BH_COUNT(headings));
    for (size_t i = 0; i < json_array_size(approvals); i++) {
        const json_t *approval = json_array_get(approvals, i);
        for (size_t k = 0; k < BH_COUNT(members); k++) {
            if (members[k] == NULL)
                add_target(&table, approval);
            else
                bh_table_add_value(&table, json_object_get(approval, members[k]));
        }
    }
    bh_output_write_table(&table);
    write_next(bh_json_member_text(json_object_get(answer, "pagination"), "nextBefore"));
}

static int list(struct bh_client *client, const struct list_options *options, bool as_json)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    bh_buf_init(&path, PATH_LIMIT);
    bh_buf_add_text(&path, "/api/dashboard/approvals");
    bh_client_add_query(&path, "status", options->status);
    bh_client_add_query(&path, "agentId", options->agent);
    bh_client_add_query(&path, "limit", options->limit);
    bh_client_add_query(&path, "before", options->before);
    return bh_output_answer(bh_client_call(client, "GET", &path, NULL), as_json, write_list);
}

static int run_list(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    struct list_options wanted = {0};
    const struct bh_option options[] = {
        BH_OPTION_VALUE("status", 's', wanted.status, "STATUS",
            "pending (default), approved, denied, used (or consumed), expired or all"),
        BH_OPTION_VALUE("agent", 0, wanted.agent, "ID", "only this agent's"),
        BH_OPTION_VALUE("limit", 0, wanted.limit, "NUMBER", "rows, 1 to 100 (default: 100)"),
        BH_OPTION_VALUE("before", 0, wanted.before, "ID", "only those older than this one"),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "approvals list",
        .summary = "List requests that wait for a person, newest first",
        .details =
            "Commands and paths are cut and secrets in them redacted; `approvals show` has them whole.",
        .examples = "approvals list\napprovals list --status all --agent agent_x --json",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin_with_token(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    return list(&client, &wanted, arguments.json);
}

/* ---- show ---- */

static int show(struct bh_client *client, const char *approval_id, bool as_json)
{
    BH_CLEANUP(bh_json_release)
    json_t *answer = bh_client_ask(client, "GET", NULL, "/api/dashboard/approvals/%s", approval_id);
    if (answer == NULL)
        return 1;
    const json_t *approval = json_object_get(answer, "approval");
    if (as_json)
        bh_output_write_json(approval);
    else
        bh_approval_text_write(approval);
    return 0;
}

static int run_show(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const struct bh_option options[] = {BH_OPTION_DEVELOPER_TOKEN(flags), BH_OPTION_BASE_URL(flags)};
    const struct bh_usage usage = {.command = "approvals show",
        .operands = "<approvalId>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "Show all that one request binds",
        .details =
            "Who may approve sees the command or path exactly, secrets included: it is what is approved.\n"
            "What is absent is left out; --json has every member.",
        .examples = "approvals show apr_x\napprovals show apr_x --json",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin_with_token(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    return show(&client, arguments.operands[0], arguments.json);
}

/* ---- approve and deny ---- */

static int run_settle(int argc, char **argv, bool approve)
{
    struct bh_client_flags flags = {0};
    const struct bh_option options[] = {BH_OPTION_BASE_URL(flags)};
    const struct bh_usage usage = {.command = approve ? "approvals approve" : "approvals deny",
        .operands = "<approvalId>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = approve ? "Let the agent do exactly this, once, for a limited time"
                           : "Refuse the request; nobody is asked the same again for a minute",
        .details = "Needs you to be logged in: a key or a developer token will not do.",
        .examples = approve ? "approvals approve apr_x" : "approvals deny apr_x",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    /* A token would stand in for the person, and be refused. */
    unsetenv("BEHALFID_DEVELOPER_TOKEN");
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    if (!bh_client_needs_session(
            &client, "Only a person approves or denies: a key or a developer token will not do."))
        return 1;
    const char *path = approve ? "/api/dashboard/approvals/%s/approve" : "/api/dashboard/approvals/%s/deny";
    return bh_output_answer(bh_client_ask(&client, "POST", NULL, path, arguments.operands[0]), arguments.json,
        bh_output_write_members);
}

static int run_approve(int argc, char **argv)
{
    return run_settle(argc, argv, true);
}

static int run_deny(int argc, char **argv)
{
    return run_settle(argc, argv, false);
}

int bh_cmd_approvals(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"list", run_list, "List requests that wait for a person"},
        {"show", run_show, "Show all that one request binds"},
        {"approve", run_approve, "Let the agent do it, once"},
        {"deny", run_deny, "Refuse the request"},
        {"watch", bh_approvals_run_watch, "Show requests as they come, and what becomes of them"},
    };
    const struct bh_command_group group = {.name = "behalf approvals",
        .summary = "List, show, approve and deny requests that wait for a person",
        .commands = commands,
        .command_count = BH_COUNT(commands)};
    return bh_group_run(&group, argc, argv);
}
