// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "cli/login_password.h"
#include "client/body.h"
#include "client/client.h"
#include "client/config_file.h"
#include "client/output.h"
#include "client/prompt.h"
#include "lib/digest.h"
#include "lib/json.h"

#define ANSWER_SIZE 1024

struct init {
    struct bh_client_flags flags;
    const char *email, *agent_id;
    bool password, skip;
    bool asks; /* somebody sits at a terminal */
    bool json;
    const char *method; /* "password", "key" or "skip" */
    char url[ANSWER_SIZE], id[ANSWER_SIZE], key[ANSWER_SIZE], signed_in_as[BH_EMAIL_TEXT];
};

static int fail(const char *message, const char *hint)
{
    bh_output_error(BH_ABSENT, bh_span_from(message), hint == NULL ? BH_ABSENT : bh_span_from(hint));
    return 1;
}

/* ---- which server ---- */

/* The one in force is offered, and is taken where nobody can be asked. */
static void choose_url(struct init *init, const char *current)
{
    char question[ANSWER_SIZE + 64];
    if (init->flags.base_url != NULL || !init->asks) {
        snprintf(init->url, sizeof(init->url), "%s",
            init->flags.base_url == NULL ? current : init->flags.base_url);
        return;
    }
    snprintf(question, sizeof(question), "Address of the server [%s]: ", current);
    bh_prompt_ask(question, false, init->url, sizeof(init->url));
    if (init->url[0] == 0)
        snprintf(init->url, sizeof(init->url), "%s", current);
}

/* ---- who ---- */

static int choose_method(struct init *init)
{
    bool by_key = init->flags.api_key != NULL || init->agent_id != NULL;
    bool by_password = init->password || init->email != NULL;
    char answer[16];
    if (by_key + by_password + init->skip > 1)
        return fail("Use one of --password, --key and --skip.", "Run `behalf init --help` for usage.");
    if (!by_key && !by_password && !init->skip) {
        if (!init->asks)
            return fail("There is no terminal to ask at.",
                "Pass --email (with BEHALFID_PASSWORD), or --agent-id and --key, or --skip; and --base-url "
                "for "
                "another server.");
        bh_prompt_ask("Sign in: 1 with email and password, 2 with an agent's key, 3 later [1]: ", false,
            answer, sizeof(answer));
        by_password = answer[0] == 0 || strcmp(answer, "1") == 0;
        by_key = strcmp(answer, "2") == 0;
        if (!by_password && !by_key && strcmp(answer, "3") != 0)
            return fail("The answer must be 1, 2 or 3.", NULL);
    }
    init->method = by_password ? "password" : by_key ? "key" : "skip";
    return 0;
}

static bool take(
    const struct init *init, const char *given, const char *question, bool hidden, char *ret_text)
{
    ret_text[0] = 0;
    if (given != NULL)
        snprintf(ret_text, ANSWER_SIZE, "%s", given);
    else if (init->asks)
        bh_prompt_ask(question, hidden, ret_text, ANSWER_SIZE);
    return ret_text[0] != 0;
}

/* A key that the server refuses is not kept; a server that is away is no reason not to. */
static bool try_key(struct init *init, struct bh_client *client)
{
    client->developer_token = client->session = NULL;
    client->api_key = init->key;
    client->quiet = true;
    BH_CLEANUP(bh_json_release)
    json_t *answer = bh_client_ask(client, "GET", NULL, "/api/agents/%s", init->id);
    client->quiet = false;
    if (answer == NULL && client->status != 0) {
        (void)fail(client->error.message, "Check the agent id and its key; nothing was changed.");
        return false;
    }
    if (answer == NULL)
        bh_output_note("The key was not tried: %s", client->error.message);
    return true;
}

static bool identify(struct init *init, struct bh_client *client)
{
    if (strcmp(init->method, "password") == 0) {
        bool given = init->email != NULL && bh_client_environment("BEHALFID_PASSWORD") != NULL;
        if (!given && !init->asks)
            return fail("Email and password are needed.", "Pass --email, and set BEHALFID_PASSWORD.") == 0;
        client->developer_token = client->session = client->api_key = NULL;
        return bh_login_with_password(client, init->email, NULL, init->signed_in_as);
    }
    if (strcmp(init->method, "skip") == 0)
        return true;
    if (!take(init, init->agent_id, "Agent id (agent_...): ", false, init->id) ||
        !take(init, init->flags.api_key, "Agent key (bhf_sk_...): ", true, init->key))
        return fail("An agent's id and its key are needed.", "Pass --agent-id and --key.") == 0;
    if (strncmp(init->key, "bhf_sk_", 7) != 0)
        return fail("This is not the form of an agent's key.",
                   "Keys are shown once, when an agent is created.") == 0;
    return try_key(init, client);
}

/* ---- what is kept ---- */

static bool keep(const struct init *init, const char *base_url)
{
    BH_CLEANUP(bh_json_release) json_t *config = bh_config_file_read();
    bool filled = bh_body_set_text(config, BH_CONFIG_BASE_URL, base_url);
    if (filled && init->key[0] != 0)
        filled = bh_body_set_text(config, BH_CONFIG_AGENT_ID, init->id) &&
                 bh_body_set_text(config, BH_CONFIG_API_KEY, init->key);
    return filled ? bh_config_file_save(config) : bh_output_no_memory() == 0;
}

static const char *or_null(const char *text)
{
    return text[0] == 0 ? NULL : text;
}

static int report(const struct init *init, const char *base_url)
{
    BH_CLEANUP(bh_json_release)
    json_t *result = json_pack("{s:b, s:s, s:s, s:s?, s:s?}", "initialized", 1, "baseUrl", base_url, "method",
        init->method, "email", or_null(init->signed_in_as), "agentId", or_null(init->id));
    if (result == NULL)
        return bh_output_no_memory();
    if (init->json) {
        bh_output_write_json(result);
        return 0;
    }
    bh_output_write_line("Server: %s", base_url);
    if (init->signed_in_as[0] != 0)
        bh_output_write_line("Next: behalf agents create --name \"Coding agent\" --save");
    else
        bh_output_write_line("Next: %s", init->id[0] != 0 ? "behalf mcp init" : "behalf login");
    return 0;
}

static int run(struct init *init, struct bh_client *client)
{
    const char *variable = bh_client_environment("BEHALFID_BASE_URL");
    if (!identify(init, client) || !keep(init, client->base_url))
        return 1;
    if (variable != NULL && strcmp(variable, client->base_url) != 0)
        bh_output_note("BEHALFID_BASE_URL is set to another address, and wins over what was written.");
    return report(init, client->base_url);
}

/* The address that counts when nothing else is said. */
static bool find_current(char *ret_url, size_t size)
{
    struct bh_client client;
    const struct bh_client_flags none = {0};
    if (!bh_client_init(&client, &none))
        return false;
    snprintf(ret_url, size, "%s", client.base_url);
    bh_client_finish(&client);
    return true;
}

static int choose_and_run(struct init *init)
{
    char current[ANSWER_SIZE];
    struct bh_client client;
    if (!find_current(current, sizeof(current)))
        return 1;
    choose_url(init, current);
    if (!bh_client_url_is_usable(init->url))
        return fail("The address of the server must be an http or https address without user name, query or "
                    "fragment.",
            "Pass it with --base-url, as in --base-url " BH_DEFAULT_BASE_URL ".");
    if (choose_method(init) != 0)
        return 1;
    const struct bh_client_flags flags = {.base_url = init->url};
    if (!bh_client_init(&client, &flags))
        return 1;
    int status = run(init, &client);
    bh_client_finish(&client);
    return status;
}

int bh_cmd_init(int argc, char **argv)
{
    struct init init = {0};
    const struct bh_option options[] = {
        BH_OPTION_BASE_URL(init.flags),
        BH_OPTION_FLAG("password", 0, init.password, "sign in with email and password"),
        BH_OPTION_VALUE(
            "email", 'e', init.email, "EMAIL", "who you are; the password: BEHALFID_PASSWORD, or asked"),
        BH_OPTION_VALUE("agent-id", 0, init.agent_id, "ID", "act as this agent; with --key"),
        BH_OPTION_VALUE("key", 'k', init.flags.api_key, "KEY",
            "the agent's key; others can see it on the line: better be asked"),
        BH_OPTION_FLAG("skip", 0, init.skip, "only the server's address; sign in later"),
    };
    const struct bh_usage usage = {.command = "init",
        .summary = "Set this command line up: which server, and who you are there",
        .details =
            "Asks for the server, and whether to sign in with a password, with an agent's key or later; "
            "what an option\nsays is not asked. Without a terminal nothing is asked. Kept in ~/.behalf.",
        .examples = "init\ninit --base-url http://127.0.0.1:8420 --email ada@example.com\n"
                    "init --agent-id agent_... --key bhf_sk_...",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    init.json = arguments.json;
    init.asks = bh_prompt_is_possible();
    status = choose_and_run(&init);
    bh_wipe(init.key, sizeof(init.key));
    return status;
}
