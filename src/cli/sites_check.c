// SPDX-License-Identifier: Apache-2.0
#include "cli/sites.h"

#include "client/body.h"
#include "lib/json.h"

struct question {
    const char *site_key, *site, *domain, *path, *user_agent, *agent;
};

/* Only an answer that can be understood in full may allow anything. */
static bool is_decision(const json_t *answer)
{
    return json_is_boolean(json_object_get(answer, "allowed")) &&
           bh_json_member_text(answer, "requestId").len > 0 &&
           !bh_span_is_absent(bh_json_member_text(answer, "reason"));
}

static int report(const json_t *answer, bool json)
{
    static const char *const keys[] = {"requestId", "reason", "matchedRuleId", "siteId", "verifiedAgent"};
    if (!is_decision(answer)) {
        bh_output_error(
            BH_SPAN("bad_response"), BH_SPAN("The answer of the server is not a decision."), BH_ABSENT);
        return 1;
    }
    bool allowed = json_is_true(json_object_get(answer, "allowed"));
    if (json) {
        bh_output_write_json(answer);
    } else {
        bh_output_write_line("%s", allowed ? "ALLOWED" : "DENIED");
        bh_output_write_pairs(answer, keys, BH_COUNT(keys));
    }
    return allowed ? 0 : 1;
}

/* As the site asks: with its key and nothing else. */
static bool use_site_key(struct bh_client *client, const char *key)
{
    if (key == NULL)
        key = bh_client_environment("BEHALFID_SITE_KEY");
    client->api_key = key;
    client->developer_token = NULL;
    client->session = NULL;
    return key != NULL && bh_span_starts_with(bh_span_from(key), BH_SPAN("bhf_site_"));
}

/* The credential; 0, or the status of the error that was printed. */
static int choose_credential(
    struct bh_client *client, const struct bh_usage *usage, const struct question *question)
{
    int named = (question->site_key != NULL) + (question->site != NULL) + (question->domain != NULL);
    if (named > 1)
        return bh_options_fail(usage, "Use one of --site-key, --site and --domain.");
    client->api_key = NULL;
    if (question->site == NULL && question->domain == NULL)
        return use_site_key(client, question->site_key)
                   ? 0
                   : bh_options_fail(usage, "A site key is required: --site-key or BEHALFID_SITE_KEY.");
    client->session = NULL;
    return client->developer_token != NULL
               ? 0
               : bh_options_fail(
                     usage, "A developer token is required: --developer-token or BEHALFID_DEVELOPER_TOKEN.");
}

static int ask(
    struct bh_client *client, const struct bh_usage *usage, const struct question *question, bool json)
{
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    int status = choose_credential(client, usage, question);
    if (status != 0)
        return status;
    if (!bh_body_set_text(body, "path", question->path) ||
        !bh_body_set_text(body, "userAgent", question->user_agent) ||
        !bh_body_set_text(body, "agentIdentifier", question->agent) ||
        !bh_body_set_text(body, "siteId", question->site) ||
        !bh_body_set_text(body, "domain", question->domain))
        return bh_output_no_memory();
    BH_CLEANUP(bh_json_release) json_t *answer = bh_client_ask(client, "POST", body, "/api/site-guard/check");
    return answer == NULL ? 1 : report(answer, json);
}

int bh_sites_run_check(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    struct question question = {0};
    const struct bh_option options[] = {
        BH_OPTION_VALUE(
            "site-key", 'k', question.site_key, "KEY", "the site's key (default: BEHALFID_SITE_KEY)"),
        BH_OPTION_REQUIRED("path", 'p', question.path, "PATH", "what the visitor asks for"),
        {.name = "user-agent",
            .letter = 'u',
            .value = &question.user_agent,
            .may_be_empty = true,
            .value_name = "TEXT",
            .help = "the visitor's User-Agent (default: it sends none)"},
        BH_OPTION_VALUE("agent-identifier", 'i', question.agent, "TEXT", "what the visitor calls itself"),
        BH_OPTION_VALUE("site", 0, question.site, "ID", "instead of a key: the site, with a developer token"),
        BH_OPTION_VALUE("domain", 0, question.domain, "HOST", "the same, by the site's domain"),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "sites check",
        .summary = "Ask as the site does whether a visitor may have a path",
        .details = "The check goes into the site's access log like any other.",
        .examples = "sites check --site-key bhf_site_... --path /docs/ --user-agent 'DocsBot/1.0'\n"
                    "sites check --domain shop.example.com --path /docs/ --agent-identifier DocsBot",
        .exits = "0 allowed, 1 denied, or any error",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    return ask(&client, &usage, &question, arguments.json);
}
