// SPDX-License-Identifier: Apache-2.0
#include "cli/login_device.h"

#include "client/body.h"
#include "client/output.h"
#include "lib/json.h"

int bh_login_answer_device(struct bh_client *client, const char *user_code, bool confirm, bool as_json)
{
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    /* The server wants a person, and would only say so. */
    client->developer_token = client->api_key = NULL;
    if (client->session == NULL) {
        bh_output_error(BH_SPAN("auth"), BH_SPAN("This command requires you to be logged in."),
            BH_SPAN("Run `behalf login --password` here first; without BEHALFID_DEVELOPER_TOKEN."));
        return 1;
    }
    if (!bh_body_set_text(body, "userCode", user_code))
        return bh_output_no_memory();
    BH_CLEANUP(bh_json_release)
    json_t *answer = confirm ? bh_client_ask(client, "POST", body, "/api/auth/device/authorize")
                             : bh_client_ask(client, "POST", body, "/api/auth/device/deny");
    if (answer == NULL)
        return 1;
    if (as_json)
        bh_output_write_json(answer);
    else
        bh_output_write_line(confirm ? "Confirmed: who showed the code is signed in as you."
                                     : "Refused: nobody is signed in.");
    return 0;
}
