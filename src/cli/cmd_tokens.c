// SPDX-License-Identifier: Apache-2.0
/*
 * `behalf tokens`: developer tokens of the person who is signed in.
 */
#include "cli/commands.h"

#include "client/body.h"
#include "client/group.h"
#include "client/output.h"
#include "cli/people.h"
#include "cli/request.h"
#include "lib/json.h"

#define TOKENS_PATH "/api/dashboard/tokens"

static void write_list(const json_t *answer)
{
    static const char *const columns[] = {
        "tokenId", "name", "tokenPreview", "email", "createdAt", "lastUsedAt"};
    bh_people_write_rows(json_object_get(answer, "tokens"), columns, BH_COUNT(columns));
}

static int run_list(int argc, char **argv)
{
    static const struct bh_request_command command = {
        .usage = {.command = "tokens list",
            .summary = "List your developer tokens; owners and admins: all of the account",
            .examples = "tokens list\ntokens list --json"},
        .by_session = true,
        .method = "GET",
        .path = TOKENS_PATH,
        .write = write_list};
    return bh_request_run(&command, argc, argv);
}

static int run_create(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const char *name = NULL;
    const struct bh_option options[] = {
        BH_OPTION_REQUIRED("name", 'n', name, "TEXT", "what it is for"),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "tokens create",
        .summary = "Make a developer token and show it, once",
        .details = "It may do what you may do, except what takes a person: approvals, members, tokens.",
        .examples = "tokens create --name \"CI on main\"",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_people_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    if (!bh_body_set_text(body, "name", name))
        return bh_output_no_memory();
    BH_CLEANUP(bh_json_release) json_t *answer = bh_client_ask(&client, "POST", body, TOKENS_PATH);
    return bh_people_report_secret(answer, "token",
        "The token is not shown again: BEHALFID_DEVELOPER_TOKEN passes it to a program.", arguments.json);
}

static int run_revoke(int argc, char **argv)
{
    static const struct bh_usage words = {.command = "tokens revoke",
        .operands = "<tokenId>",
        .summary = "End a developer token: it opens nothing from now on",
        .examples = "tokens revoke tok_x"};
    return bh_people_run_delete(&words, TOKENS_PATH "/%s", "revoked", argc, argv);
}

int bh_cmd_tokens(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"list", run_list, "List your developer tokens"},
        {"create", run_create, "Make a developer token and show it, once"},
        {"revoke", run_revoke, "End a developer token"},
    };
    const struct bh_command_group group = {.name = "behalf tokens",
        .summary = "Developer tokens, for programs that act for you",
        .commands = commands,
        .command_count = BH_COUNT(commands)};
    return bh_group_run(&group, argc, argv);
}
