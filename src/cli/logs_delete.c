// SPDX-License-Identifier: Apache-2.0
/*
 * `behalf logs delete`: erases one entry, or all of the account. It cannot be undone, so it must be said
 * twice.
 */
#include "cli/logs_filter.h"

#include "client/client.h"
#include "client/output.h"
#include "lib/json.h"

#define PATH_LIMIT 65536

static bool needs_session(const struct bh_client *client)
{
    if (client->session != NULL)
        return true;
    bh_output_error(BH_SPAN("auth"),
        BH_SPAN("This command requires you to be logged in. Run `behalf login`."),
        BH_SPAN("Only a person erases entries of the log: a key or a developer token will not do."));
    return false;
}

static int erase(struct bh_client *client, const char *request_id, bool as_json)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    BH_CLEANUP(bh_json_release) json_t *body = NULL;
    if (!needs_session(client))
        return 1;
    bh_buf_init(&path, PATH_LIMIT);
    if (request_id != NULL) {
        bh_client_add_path(&path, "/api/dashboard/logs/", request_id, "");
    } else {
        bh_buf_add_text(&path, "/api/dashboard/logs");
        body = json_pack("{s:s}", "confirm", "delete all logs");
        if (body == NULL)
            return bh_output_no_memory();
    }
    BH_CLEANUP(bh_json_release) json_t *answer = bh_client_call(client, "DELETE", &path, body);
    if (answer == NULL)
        return 1;
    if (as_json)
        bh_output_write_json(answer);
    else
        bh_output_write_members(answer);
    return 0;
}

int bh_cmd_logs_delete(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    bool all = false;
    bool yes = false;
    const struct bh_option options[] = {
        BH_OPTION_FLAG("all", 0, all, "all entries of the account"),
        BH_OPTION_FLAG("yes", 0, yes, "yes, for good"),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "logs delete",
        .operands = "[requestId]",
        .operands_max = 1,
        .summary = "Erase one entry of the log, or all of the account",
        .details = "The content goes for good; that it was erased, by whom and when, stays on record.",
        .examples = "logs delete req_x --yes\nlogs delete --all --yes",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    struct bh_client client;
    int status;
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    const char *request_id = arguments.operands[0];
    if ((request_id != NULL) == all)
        status = bh_options_fail(&usage, "Name one requestId, or use --all.");
    else if (!yes)
        status = bh_options_fail(&usage, "This cannot be undone: add --yes.");
    else
        status = erase(&client, request_id, arguments.json);
    bh_client_finish(&client);
    return status;
}
