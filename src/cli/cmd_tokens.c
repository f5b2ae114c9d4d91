// SPDX-License-Identifier: Apache-2.0
/*
 * `behalf tokens`: developer tokens of the person who is signed in.
 */
#include "cli/commands.h"

#include <stdio.h>

#include "client/body.h"
#include "client/group.h"
#include "client/output.h"
#include "cli/people.h"
#include "lib/json.h"

#define TOKENS_PATH "/api/dashboard/tokens"

static int run_list(int argc, char **argv)
{
    static const char *const columns[] = {
        "tokenId", "name", "tokenPreview", "email", "createdAt", "lastUsedAt"};
    struct bh_client_flags flags = {0};
    const struct bh_option options[] = {BH_OPTION_BASE_URL(flags)};
    const struct bh_usage usage = {.command = "tokens list",
        .summary = "List your developer tokens; owners and admins: all of the account",
        .examples = "tokens list\ntokens list --json",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    struct bh_client client;
    if (!bh_people_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    BH_CLEANUP(bh_json_release) json_t *answer = bh_people_call(&client, "GET", TOKENS_PATH, NULL, NULL);
    status = answer == NULL ? 1 : 0;
    if (answer != NULL && arguments.json)
        bh_output_write_json(answer);
    else if (answer != NULL)
        bh_people_write_rows(json_object_get(answer, "tokens"), columns, BH_COUNT(columns));
    bh_client_finish(&client);
    return status;
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
    struct bh_client client;
    if (!bh_people_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    BH_CLEANUP(bh_json_release) json_t *answer = NULL;
    if (bh_body_set_text(body, "name", name))
        answer = bh_people_call(&client, "POST", TOKENS_PATH, NULL, body);
    else
        status = bh_output_no_memory();
    if (answer != NULL)
        status = bh_people_report_secret(answer, "token",
            "The token is not shown again: BEHALFID_DEVELOPER_TOKEN passes it to a program.", arguments.json);
    bh_client_finish(&client);
    return status;
}

static int run_revoke(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const struct bh_option options[] = {BH_OPTION_BASE_URL(flags)};
    const struct bh_usage usage = {.command = "tokens revoke",
        .operands = "<tokenId>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "End a developer token: it opens nothing from now on",
        .examples = "tokens revoke tok_x",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    struct bh_client client;
    if (!bh_people_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    status = bh_people_delete(&client, TOKENS_PATH "/", arguments.operands[0], "revoked", arguments.json);
    bh_client_finish(&client);
    return status;
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
