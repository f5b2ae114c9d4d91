// SPDX-License-Identifier: Apache-2.0
/*
 * `behalf members`: who is in the account, with which role, and who is invited.
 */
#include "cli/commands.h"

#include "client/body.h"
#include "client/group.h"
#include "client/output.h"
#include "cli/people.h"
#include "cli/request.h"
#include "lib/json.h"

#define MEMBERS_PATH "/api/dashboard/members"
#define INVITES_PATH MEMBERS_PATH "/invites"

static void write_members(const json_t *answer)
{
    static const char *const columns[] = {"memberId", "email", "role", "createdAt", "you"};
    bh_people_write_rows(json_object_get(answer, "members"), columns, BH_COUNT(columns));
}

static int run_list(int argc, char **argv)
{
    static const struct bh_request_command command = {
        .usage = {.command = "members list",
            .summary = "List the people of the account and their roles",
            .examples = "members list\nmembers list --json"},
        .by_session = true,
        .method = "GET",
        .path = MEMBERS_PATH,
        .write = write_members};
    return bh_request_run(&command, argc, argv);
}

static int run_invite(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const char *role = NULL;
    const char *email = NULL;
    const struct bh_option options[] = {
        BH_OPTION_REQUIRED("role", 'r', role, "ROLE", "owner, admin, approver or viewer"),
        BH_OPTION_VALUE(
            "email", 'e', email, "EMAIL", "for this person alone (default: whoever has the link)"),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "members invite",
        .summary = "Make a link with which somebody joins the account",
        .details = "Give it to the person yourself, it is not mailed. It works once, for 7 days.",
        .examples = "members invite --role approver --email ada@example.com",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_people_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    if (!bh_body_set_text(body, "role", role) || !bh_body_set_text(body, "email", email))
        return bh_output_no_memory();
    BH_CLEANUP(bh_json_release) json_t *answer = bh_client_ask(&client, "POST", body, INVITES_PATH);
    return bh_people_report_secret(
        answer, "inviteUrl", "The link is not shown again: give it to the person.", arguments.json);
}

static void write_invites(const json_t *answer)
{
    static const char *const columns[] = {"inviteId", "role", "email", "invitedBy", "createdAt", "expiresAt"};
    bh_people_write_rows(json_object_get(answer, "invites"), columns, BH_COUNT(columns));
}

static int run_invites(int argc, char **argv)
{
    static const struct bh_request_command command = {
        .usage = {.command = "members invites",
            .summary = "List the invitations that nobody has accepted yet",
            .examples = "members invites"},
        .by_session = true,
        .method = "GET",
        .path = INVITES_PATH,
        .write = write_invites};
    return bh_request_run(&command, argc, argv);
}

static int run_role(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const struct bh_option options[] = {BH_OPTION_BASE_URL(flags)};
    const struct bh_usage usage = {.command = "members role",
        .operands = "<memberId> <role>",
        .operands_min = 2,
        .operands_max = 2,
        .summary = "Give a member another role: owner, admin, approver or viewer",
        .examples = "members role mem_x approver",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_people_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    const char *member_id = arguments.operands[0];
    const char *role = arguments.operands[1];
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    if (!bh_body_set_text(body, "role", role))
        return bh_output_no_memory();
    BH_CLEANUP(bh_json_release)
    json_t *answer = bh_client_ask(&client, "PATCH", body, MEMBERS_PATH "/%s", member_id);
    if (answer == NULL)
        return 1;
    if (arguments.json)
        bh_output_write_json(answer);
    else
        bh_output_write_line("%s is %s now.", member_id, role);
    return 0;
}

static int run_remove(int argc, char **argv)
{
    static const struct bh_usage words = {.command = "members remove",
        .operands = "<memberId>",
        .summary = "Take a person out of the account, with all sessions and tokens in it",
        .examples = "members remove mem_x"};
    return bh_people_run_delete(&words, MEMBERS_PATH "/%s", "removed", argc, argv);
}

static int run_uninvite(int argc, char **argv)
{
    static const struct bh_usage words = {.command = "members uninvite",
        .operands = "<inviteId>",
        .summary = "Take an invitation back: its link opens nothing from now on",
        .examples = "members uninvite inv_x"};
    return bh_people_run_delete(&words, INVITES_PATH "/%s", "deleted", argc, argv);
}

int bh_cmd_members(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"list", run_list, "List the people of the account and their roles"},
        {"role", run_role, "Give a member another role"},
        {"remove", run_remove, "Take a person out of the account"},
        {"invite", run_invite, "Make a link with which somebody joins"},
        {"invites", run_invites, "List the invitations that are open"},
        {"uninvite", run_uninvite, "Take an invitation back"},
    };
    const struct bh_command_group group = {.name = "behalf members",
        .summary = "The people of your account",
        .commands = commands,
        .command_count = BH_COUNT(commands)};
    return bh_group_run(&group, argc, argv);
}
