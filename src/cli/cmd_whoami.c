// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include "client/body.h"
#include "client/client.h"
#include "client/output.h"
#include "lib/json.h"

static json_t *fetch(struct bh_client *client)
{
    if (client->session == NULL && client->developer_token == NULL)
        return NULL;
    client->quiet = true;
    return bh_client_ask(client, "GET", NULL, "/api/auth/me");
}

static bool set_or_null(json_t *object, const char *key, const char *text)
{
    return text == NULL ? json_object_set_new(object, key, json_null()) == 0
                        : bh_body_set_text(object, key, text);
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* What is known without the server is shown in any case. */
static json_t *describe(const struct bh_client *client, const json_t *answer, const char *api_key)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf masked = {0};
    const json_t *user = json_object_get(answer, "user");
    const json_t *account = json_object_get(answer, "account");
    json_t *result = json_object();
    bh_buf_init(&masked, 256);
    if (api_key != NULL)
        bh_output_add_masked(bh_span_from(api_key), &masked);
    bh_buf_add_char(&masked, 0);
    if (json_object_set_new(result, "loggedIn", json_boolean(answer != NULL)) == 0 &&
        set_or_null(result, "email", text_of(user, "email")) &&
        set_or_null(result, "userId", text_of(user, "userId")) &&
        set_or_null(result, "accountId", text_of(account, "accountId")) &&
        set_or_null(result, "account", text_of(account, "name")) &&
        set_or_null(result, "role", text_of(answer, "role")) && !masked.failed &&
        set_or_null(result, "apiKey", api_key == NULL ? NULL : masked.data) &&
        set_or_null(result, "baseUrl", client->base_url))
        return result;
    json_decref(result);
    return NULL;
}

int bh_cmd_whoami(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const struct bh_option options[] = {BH_OPTION_DEVELOPER_TOKEN(flags), BH_OPTION_BASE_URL(flags)};
    const struct bh_usage usage = {.command = "whoami",
        .summary = "Show who is signed in, in which account, and at which server",
        .examples = "whoami\nwhoami --json",
        .exits = "0 always, also when nobody is signed in",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    const char *api_key = client.api_key;
    client.api_key = NULL;
    BH_CLEANUP(bh_json_release) json_t *answer = fetch(&client);
    json_t *result = describe(&client, answer, api_key);
    if (result == NULL)
        return bh_output_no_memory();
    return bh_output_answer(result, arguments.json, bh_output_write_members);
}
