// SPDX-License-Identifier: Apache-2.0
/*
 * The operator's commands: they work on the data folder itself, also while a server uses it, and need no
 * credential but the right to read that folder.
 */
#include "cli/commands.h"

#include <stdlib.h>

#include "app/bootstrap.h"
#include "cli/group.h"
#include "cli/options.h"
#include "cli/output.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "store/audit.h"
#include "store/request_id.h"

#define BUSY_TIMEOUT_MS 10000
#define LISTED 100

/* An open data folder and the memory of one command. */
struct session {
    struct bh_server_key key;
    struct bh_store *store;
    struct bh_arena arena;
};

static void session_close(struct session *session)
{
    bh_store_close(session->store);
    bh_arena_finish(&session->arena);
    bh_wipe(&session->key, sizeof(session->key));
}

static int fail(enum bh_err err)
{
    bh_output_error(bh_span_from(bh_err_info(err)->code), bh_span_from(bh_err_info(err)->text),
        bh_span_from(bh_err_info(err)->hint));
    return 1;
}

static enum bh_err session_open(const char *data_dir, struct session *session)
{
    if (data_dir == NULL)
        data_dir = getenv("BEHALFID_DATA");
    if (data_dir == NULL)
        data_dir = "./data";
    bh_arena_init(&session->arena, 4096, 16u << 20);
    enum bh_err err = bh_server_key_load(data_dir, getenv("BEHALFID_SECRET_KEY"), &session->key);
    if (err != BH_OK)
        return err;
    bh_request_id_setup(&session->key);
    const struct bh_store_options options = {
        .data_dir = data_dir, .key = &session->key, .busy_timeout_ms = BUSY_TIMEOUT_MS};
    return bh_store_open(&options, &session->store);
}

/* Ends a write transaction: commits when all went well, else leaves no trace. */
static enum bh_err finish_write(struct bh_db *db, enum bh_err err)
{
    if (err == BH_OK)
        return bh_db_commit(db);
    bh_db_rollback(db);
    return err;
}

static void write_object(struct bh_buf *text, bool as_json)
{
    BH_CLEANUP(bh_json_release) json_t *json = NULL;
    if (text->failed || bh_json_parse(bh_buf_span(text), &json) != BH_OK)
        return;
    if (as_json)
        bh_output_write_json(json);
    else
        bh_output_write_members(json);
}

#define DATA_OPTION(target)                                                                                  \
    {                                                                                                        \
        .name = "data", .value = &(target), .value_name = "DIR",                                             \
        .help = "data folder (default: BEHALFID_DATA, else ./data)"                                          \
    }

/* ---- tokens ---- */

static enum bh_err create_token(struct session *session, const char *name, char *token_id, char *token)
{
    struct bh_db *db = bh_store_writer(session->store);
    struct bh_account_record account;
    bool created;
    int64_t now_ms = bh_clock_wall_ms();
    enum bh_err err = bh_db_begin(db);
    if (err != BH_OK)
        return err;
    err = bh_bootstrap_account(db, now_ms, &session->arena, &account, &created);
    if (err == BH_OK)
        err = bh_bootstrap_token(db, account.id, bh_span_from(name), now_ms, token_id, token);
    return finish_write(db, err);
}

static int token_create(int argc, char **argv)
{
    const char *data = NULL;
    const char *name = "admin";
    const struct bh_option options[] = {
        DATA_OPTION(data), {.name = "name",
                               .letter = 'n',
                               .value = &name,
                               .value_name = "NAME",
                               .help = "what the token is for (default: admin)"}};
    const struct bh_usage usage = {.command = "admin token create",
        .summary = "Make a developer token of the first account",
        .details = "The token is shown once. It may do what a developer may: create agents and permissions.",
        .examples = "admin token create --name ci",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    BH_CLEANUP(session_close) struct session session = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    char token_id[BH_ID_TEXT];
    char token[BH_SECRET_TEXT];
    enum bh_err err = session_open(data, &session);
    if (err == BH_OK)
        err = create_token(&session, name, token_id, token);
    if (err != BH_OK)
        return fail(err);
    bh_buf_init(&text, 4096);
    bh_buf_addf(&text, "{\"tokenId\":\"%s\",\"token\":\"%s\",\"name\":", token_id, token);
    bh_json_add_string(&text, bh_span_from(name));
    bh_buf_add_char(&text, '}');
    write_object(&text, arguments.json);
    bh_wipe(token, sizeof(token));
    return 0;
}

static int cmd_token(int argc, char **argv)
{
    static const struct bh_command commands[] = {{"create", token_create, "make a developer token"}};
    static const struct bh_command_group group = {.name = "behalf admin token",
        .summary = "Developer tokens",
        .commands = commands,
        .command_count = BH_COUNT(commands)};
    return bh_group_run(&group, argc, argv);
}

/* ---- approvals ---- */

static void add_approval(const struct bh_approval_record *approval, struct bh_buf *out)
{
    bh_buf_add_char(out, '{');
    bh_json_add_key(out, "approvalId");
    bh_json_add_string(out, approval->approval_id);
    bh_json_add_key(out, "status");
    bh_json_add_string(out, approval->status);
    bh_json_add_key(out, "agentId");
    bh_json_add_string_or_null(out, approval->agent_id);
    bh_json_add_key(out, "permissionId");
    bh_json_add_string(out, approval->permission_id);
    bh_json_add_key(out, "action");
    bh_json_add_string(out, approval->action);
    bh_json_add_key(out, "vendor");
    bh_json_add_string_or_null(out, approval->vendor);
    bh_json_add_key(out, "amount");
    if (approval->has_amount)
        bh_json_add_number(out, approval->amount);
    else
        bh_buf_add_text(out, "null");
    bh_json_add_key(out, "target");
    bh_json_add_string_or_null(out, approval->target);
    bh_json_add_key(out, "createdAt");
    bh_json_add_time_or_null(out, approval->created_at);
    bh_json_add_key(out, "grantExpiresAt");
    bh_json_add_time_or_null(out, approval->grant_expires_at);
    bh_buf_add_char(out, '}');
}

static void write_approvals(const struct bh_approval_record *approvals, size_t count, bool as_json)
{
    static const char *const headings[] = {
        "approvalId", "status", "agentId", "action", "vendor", "amount", "target", "created"};
    static const char *const members[] = {
        "approvalId", "status", "agentId", "action", "vendor", "amount", "target", "createdAt"};
    BH_CLEANUP(bh_json_release) json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
        json_t *item = NULL;
        bh_buf_init(&text, 1u << 20);
        add_approval(&approvals[i], &text);
        if (!text.failed && bh_json_parse(bh_buf_span(&text), &item) == BH_OK)
            json_array_append_new(list, item);
    }
    if (as_json) {
        bh_output_write_json(list);
        return;
    }
    struct bh_table table;
    bh_table_init(&table, headings, BH_COUNT(headings));
    for (size_t i = 0; i < json_array_size(list); i++) {
        for (size_t k = 0; k < BH_COUNT(members); k++)
            bh_table_add_value(&table, json_object_get(json_array_get(list, i), members[k]));
    }
    bh_output_write_table(&table);
    bh_table_finish(&table);
}

static int approvals_list(int argc, char **argv)
{
    const char *data = NULL;
    const char *wanted = "pending";
    const struct bh_option options[] = {
        DATA_OPTION(data), {.name = "status",
                               .value = &wanted,
                               .value_name = "STATUS",
                               .help = "pending (default), approved, denied, used, expired or all"}};
    const struct bh_usage usage = {.command = "admin approvals list",
        .summary = "Show requests that wait for a person, newest first",
        .examples = "admin approvals list\nadmin approvals list --status all --json",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int exit_status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &exit_status))
        return exit_status;
    BH_CLEANUP(session_close) struct session session = {0};
    struct bh_approval_record *approvals = NULL;
    size_t count = 0;
    struct bh_span status = bh_span_from(wanted);
    if (bh_span_equal(status, BH_SPAN("all")))
        status = BH_ABSENT;
    enum bh_err err = session_open(data, &session);
    if (err == BH_OK)
        err = bh_approval_list(bh_store_writer(session.store), 0, status, LISTED, bh_clock_wall_ms(),
            &session.arena, &approvals, &count);
    if (err != BH_OK)
        return fail(err);
    write_approvals(approvals, count, arguments.json);
    return 0;
}

static enum bh_err resolve(
    struct session *session, const char *approval_id, bool approve, int64_t *ret_expires_at)
{
    struct bh_db *db = bh_store_writer(session->store);
    enum bh_err err = bh_db_begin(db);
    if (err != BH_OK)
        return err;
    err = bh_approval_resolve(
        db, 0, bh_span_from(approval_id), approve, BH_SPAN("admin"), bh_clock_wall_ms(), ret_expires_at);
    return finish_write(db, err);
}

static int settle(int argc, char **argv, bool approve)
{
    const char *data = NULL;
    const struct bh_option options[] = {DATA_OPTION(data)};
    const struct bh_usage usage = {.command = approve ? "admin approvals approve" : "admin approvals deny",
        .operands = "<approvalId>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = approve ? "Let the agent do exactly this, once, within 30 minutes" : "Refuse the request",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    BH_CLEANUP(session_close) struct session session = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    int64_t expires_at = 0;
    enum bh_err err = session_open(data, &session);
    if (err == BH_OK)
        err = resolve(&session, arguments.operands[0], approve, &expires_at);
    if (err != BH_OK)
        return fail(err);
    bh_buf_init(&text, 4096);
    bh_buf_add_text(&text, approve ? "{\"approved\":true,\"grantExpiresAt\":" : "{\"denied\":true");
    if (approve)
        bh_json_add_time_or_null(&text, expires_at);
    bh_buf_add_char(&text, '}');
    write_object(&text, arguments.json);
    return 0;
}

static int approvals_approve(int argc, char **argv)
{
    return settle(argc, argv, true);
}

static int approvals_deny(int argc, char **argv)
{
    return settle(argc, argv, false);
}

static int cmd_approvals(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"list", approvals_list, "show requests that wait for a person"},
        {"approve", approvals_approve, "let the agent do it, once"},
        {"deny", approvals_deny, "refuse the request"},
    };
    static const struct bh_command_group group = {.name = "behalf admin approvals",
        .summary = "Requests that wait for a person",
        .commands = commands,
        .command_count = BH_COUNT(commands)};
    return bh_group_run(&group, argc, argv);
}

int bh_cmd_admin(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"token", cmd_token, "developer tokens"},
        {"approvals", cmd_approvals, "requests that wait for a person"},
    };
    static const struct bh_command_group group = {.name = "behalf admin",
        .summary = "Work on the data folder itself, also while the server runs",
        .commands = commands,
        .command_count = BH_COUNT(commands)};
    return bh_group_run(&group, argc, argv);
}
