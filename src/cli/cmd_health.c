// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include "client/client.h"
#include "client/output.h"
#include "lib/json.h"

static int ask(struct bh_client *client, bool database, bool json)
{
    client->developer_token = NULL;
    client->session = NULL;
    client->api_key = NULL;
    if (database) {
        client->api_key = bh_client_environment("BEHALFID_SETUP_TOKEN");
        if (client->api_key == NULL) {
            bh_output_error(BH_SPAN("auth"), BH_SPAN("The database check needs the setup token."),
                BH_SPAN("Set BEHALFID_SETUP_TOKEN to the value that the server has."));
            return 1;
        }
    }
    json_t *answer = database ? bh_client_ask(client, "GET", NULL, "/api/health/db")
                              : bh_client_ask(client, "GET", NULL, "/api/health");
    return bh_output_answer(answer, json, bh_output_write_members);
}

int bh_cmd_health(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    bool database = false;
    const struct bh_option options[] = {
        BH_OPTION_FLAG("db", 0, database, "ask for the database too (needs BEHALFID_SETUP_TOKEN)"),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "health",
        .summary = "Ask whether the server is well",
        .examples = "health\nhealth --db --json",
        .exits = "0 the server answered that it is well, 1 anything else",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    return ask(&client, database, arguments.json);
}
