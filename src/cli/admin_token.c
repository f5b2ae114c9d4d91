// SPDX-License-Identifier: Apache-2.0
/*
 * `behalf admin token`: the developer tokens of the first account.
 */
#include "cli/admin_session.h"

#include "app/bootstrap.h"
#include "client/group.h"
#include "client/options.h"
#include "lib/clock.h"
#include "lib/json.h"

#define NAME_LIMIT 120
#define ADMIN_TOKENS_SHOWN 1000
#define TEXT_LIMIT 65536

static enum bh_err create_token(
    struct bh_admin_session *session, struct bh_span name, char *ret_token_id, char *ret_token)
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
        err = bh_bootstrap_token(db, account.id, 0, name, now_ms, ret_token_id, ret_token);
    return bh_admin_finish_write(db, err);
}

static int token_create(int argc, char **argv)
{
    const char *data = NULL;
    const char *name = "admin";
    const struct bh_option options[] = {BH_ADMIN_DATA_OPTION(data),
        BH_OPTION_VALUE("name", 'n', name, "NAME", "what the token is for (default: admin)")};
    const struct bh_usage usage = {.command = "admin token create",
        .summary = "Make a developer token of the first account",
        .details = "The token is shown once. It may do what a developer may: create agents and permissions.\n"
                   "There can be 10 of them.",
        .examples = "admin token create --name ci",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    if (bh_span_utf16_length(bh_span_from(name)) > NAME_LIMIT)
        return bh_admin_fail(BH_ERR_NAME_TOO_LONG);
    BH_CLEANUP(bh_admin_session_close) struct bh_admin_session session = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    char token_id[BH_ID_TEXT];
    char token[BH_SECRET_TEXT];
    enum bh_err err = bh_admin_session_open(data, &session);
    if (err == BH_OK)
        err = create_token(&session, bh_span_from(name), token_id, token);
    if (err != BH_OK)
        return bh_admin_fail(err);
    bh_buf_init(&text, TEXT_LIMIT);
    bh_buf_addf(&text, "{\"tokenId\":\"%s\",\"token\":\"%s\",\"name\":", token_id, token);
    bh_json_add_string(&text, bh_span_from(name));
    bh_buf_add_char(&text, '}');
    status = bh_admin_write_object(&text, arguments.json);
    bh_wipe(token, sizeof(token));
    return status;
}

static void add_token(const struct bh_token_record *token, struct bh_buf *out)
{
    bh_json_add_separator(out);
    bh_buf_add_char(out, '{');
    bh_json_add_key(out, "tokenId");
    bh_json_add_string(out, token->token_id);
    bh_json_add_key(out, "name");
    bh_json_add_string(out, token->name);
    bh_json_add_key(out, "tokenPreview");
    bh_json_add_string(out, token->preview);
    bh_json_add_key(out, "createdAt");
    bh_json_add_time_or_null(out, token->created_at);
    bh_buf_add_char(out, '}');
}

/* A folder without an account has no tokens either. */
static enum bh_err list_tokens(
    struct bh_admin_session *session, const struct bh_arguments *arguments, struct bh_buf *out)
{
    (void)arguments;
    struct bh_db *db = bh_store_writer(session->store);
    struct bh_account_record account;
    struct bh_token_record *tokens = NULL;
    size_t count = 0;
    enum bh_err err = bh_account_first(db, &session->arena, &account);
    if (err == BH_OK)
        err = bh_token_list(db, account.id, 0, ADMIN_TOKENS_SHOWN, &session->arena, &tokens, &count);
    if (err != BH_OK && err != BH_ERR_NOT_FOUND)
        return err;
    bh_buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++)
        add_token(&tokens[i], out);
    bh_buf_add_char(out, ']');
    return BH_OK;
}

static int token_list(int argc, char **argv)
{
    static const char *const headings[] = {"tokenId", "name", "preview", "created"};
    static const char *const members[] = {"tokenId", "name", "tokenPreview", "createdAt"};
    static const struct bh_admin_command command = {
        .usage = {.command = "admin token list",
            .summary = "Show the developer tokens of the first account, newest first",
            .examples = "admin token list\nadmin token list --json"},
        .run = list_tokens,
        .headings = headings,
        .members = members,
        .columns = BH_COUNT(members)};
    return bh_admin_run(&command, argc, argv);
}

static enum bh_err revoke_token(
    struct bh_admin_session *session, const struct bh_arguments *arguments, struct bh_buf *out)
{
    struct bh_db *db = bh_store_writer(session->store);
    struct bh_account_record account;
    enum bh_err err = bh_db_begin(db);
    if (err != BH_OK)
        return err;
    err = bh_account_first(db, &session->arena, &account);
    if (err == BH_OK)
        err = bh_token_delete(db, account.id, 0, bh_span_from(arguments->operands[0]));
    bh_buf_add_text(out, "{\"revoked\":true}");
    err = bh_admin_finish_write(db, err);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_TOKEN_NOT_FOUND : err;
}

static int token_revoke(int argc, char **argv)
{
    static const struct bh_admin_command command = {
        .usage = {.command = "admin token revoke",
            .operands = "<tokenId>",
            .operands_min = 1,
            .operands_max = 1,
            .summary = "Take a developer token back for good",
            .details = "A running server refuses it from the next call on.",
            .examples = "admin token revoke tok_x"},
        .run = revoke_token};
    return bh_admin_run(&command, argc, argv);
}

int bh_admin_token(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"create", token_create, "make a developer token"},
        {"list", token_list, "show the developer tokens"},
        {"revoke", token_revoke, "take a developer token back"},
    };
    static const struct bh_command_group group = {.name = "behalf admin token",
        .summary = "Developer tokens",
        .commands = commands,
        .command_count = BH_COUNT(commands)};
    return bh_group_run(&group, argc, argv);
}
