// SPDX-License-Identifier: Apache-2.0
/*
 * `behalf logs delete`: erases one entry, or all of the account. It cannot be undone, so it must be said
 * twice.
 */
#include "cli/logs_filter.h"

#include "client/client.h"
#include "client/output.h"
#include "lib/json.h"

static json_t *erase(struct bh_client *client, const char *request_id)
{
    if (request_id != NULL)
        return bh_client_ask(client, "DELETE", NULL, "/api/dashboard/logs/%s", request_id);
    BH_CLEANUP(bh_json_release) json_t *body = json_pack("{s:s}", "confirm", "delete all logs");
    if (body == NULL && bh_output_no_memory() != 0)
        return NULL;
    return bh_client_ask(client, "DELETE", body, "/api/dashboard/logs");
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
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    int status;
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    const char *request_id = arguments.operands[0];
    if ((request_id != NULL) == all)
        return bh_options_fail(&usage, "Name one requestId, or use --all.");
    if (!yes)
        return bh_options_fail(&usage, "This cannot be undone: add --yes.");
    if (!bh_client_needs_session(
            &client, "Only a person erases entries of the log: a key or a developer token will not do."))
        return 1;
    return bh_output_answer(erase(&client, request_id), arguments.json, bh_output_write_members);
}
