// SPDX-License-Identifier: Apache-2.0
#include "cli/login_password.h"

#include <stdio.h>

#include "client/body.h"
#include "client/output.h"
#include "client/prompt.h"
#include "client/session_file.h"
#include "lib/digest.h"
#include "lib/json.h"

bool bh_login_keep(const struct bh_client *client, const char *secret)
{
    if (secret != NULL && secret[0] != 0)
        return bh_session_file_save(secret, client->base_url);
    bh_output_error(BH_SPAN("bad_response"), BH_SPAN("The answer of the server has no session."), BH_ABSENT);
    return false;
}

bool bh_login_with_password(
    struct bh_client *client, const char *email, const char *password, char ret_email[static BH_EMAIL_TEXT])
{
    char secret[1024];
    const char *given = password != NULL ? password : bh_client_environment("BEHALFID_PASSWORD");
    snprintf(ret_email, BH_EMAIL_TEXT, "%s", email == NULL ? "" : email);
    if (email == NULL)
        bh_prompt_ask("Email: ", false, ret_email, BH_EMAIL_TEXT);
    if (given != NULL)
        snprintf(secret, sizeof(secret), "%s", given);
    else
        bh_prompt_ask("Password: ", true, secret, sizeof(secret));
    if (ret_email[0] == 0 || secret[0] == 0) {
        bh_output_error(BH_SPAN("auth"), BH_SPAN("Email and password are needed."),
            BH_SPAN("Pass --email, and set BEHALFID_PASSWORD where there is no terminal to ask at."));
        return false;
    }
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    bool filled = bh_body_set_text(body, "email", ret_email) && bh_body_set_text(body, "password", secret);
    bh_wipe(secret, sizeof(secret));
    if (!filled)
        return bh_output_no_memory() == 0;
    BH_CLEANUP(bh_json_release) json_t *answer = bh_client_ask(client, "POST", body, "/api/auth/login");
    return answer != NULL && bh_login_keep(client, client->new_session);
}
