// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include "client/client.h"
#include "client/output.h"
#include "client/session_file.h"
#include "lib/json.h"

/* The server is told if it can be reached; this machine forgets the session in any case. */
static int logout(struct bh_client *client, bool as_json)
{
    BH_CLEANUP(bh_json_release) json_t *result = NULL;
    bool was_in = client->session_text.len > 1; /* also at another server */
    if (client->session != NULL) {
        client->quiet = true;
        BH_CLEANUP(bh_json_release) json_t *answer = bh_client_ask(client, "POST", NULL, "/api/auth/logout");
        if (answer == NULL)
            bh_output_note("The server was not told: it ends the session after an hour without use.");
    }
    if (was_in && !bh_session_file_save("", client->base_url))
        return 1;
    if (!as_json) {
        bh_output_write_line("%s", was_in ? "Logged out." : "Not logged in.");
        return 0;
    }
    result = was_in ? json_pack("{s:b}", "loggedOut", 1)
                    : json_pack("{s:b,s:s}", "loggedOut", 0, "reason", "not logged in");
    bh_output_write_json(result);
    return 0;
}

int bh_cmd_logout(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const struct bh_option options[] = {BH_OPTION_BASE_URL(flags)};
    const struct bh_usage usage = {.command = "logout",
        .summary = "End the session of `behalf login`",
        .examples = "logout",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    client.api_key = NULL;
    return logout(&client, arguments.json);
}
