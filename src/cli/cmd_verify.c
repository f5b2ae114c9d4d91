// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include "client/body.h"
#include "client/decision.h"
#include "client/output.h"
#include "lib/json.h"

struct arguments {
    const char *action, *vendor, *resource, *amount, *metadata, *path, *command, *cwd;
    bool shadow;
};

static const char details[] = "Without [agentId] the one of the configuration or of BEHALFID_AGENT_ID is "
                              "asked about. Whatever goes wrong\n"
                              "counts as a denial: use the exit status as the gate.";

/* The texts that path and command rules are held against; they are not stored with the decision. */
static bool make_context(const struct arguments *given, json_t **ret_context)
{
    if (given->path == NULL && given->command == NULL && given->cwd == NULL)
        return true;
    json_t *context = json_object();
    json_t *input = json_object();
    *ret_context = context;
    return bh_body_set_take(context, "toolInput", input) && bh_body_set_text(context, "cwd", given->cwd) &&
           bh_body_set_text(input, "filePath", given->path) &&
           bh_body_set_text(input, "command", given->command);
}

/* What is checked before anything is asked. 0 or, with the error printed, 1. */
static int read_values(
    const struct bh_usage *usage, const struct arguments *given, double *ret_amount, json_t **ret_metadata)
{
    if (given->amount != NULL && !bh_options_amount(given->amount, ret_amount))
        return bh_options_fail(usage, "--amount must be a number of 0 or more.");
    if (given->metadata != NULL && bh_json_parse_object(bh_span_from(given->metadata), ret_metadata) != BH_OK)
        return bh_options_fail(usage, "--metadata must be a JSON object.");
    return 0;
}

static const char *mark(const struct bh_decision *decision, bool shadow)
{
    if (shadow)
        return json_is_true(json_object_get(json_object_get(decision->answer, "shadowDecision"), "allowed"))
                   ? "ALLOWED (shadow mode: would be allowed)"
                   : "ALLOWED (shadow mode: would not be allowed)";
    if (decision->outcome == BH_OUTCOME_APPROVAL)
        return "APPROVAL REQUIRED";
    return decision->outcome == BH_OUTCOME_ALLOWED ? "ALLOWED" : "DENIED";
}

static void write_decision(const struct bh_decision *decision, bool shadow)
{
    static const char *const keys[] = {"requestId", "reason", "risk", "approvalId"};
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, NULL, 2);
    bh_table_add_pairs(&table, decision->answer, keys, BH_COUNT(keys));
    if (shadow)
        bh_table_add_pair(&table, "shadowReason",
            json_object_get(json_object_get(decision->answer, "shadowDecision"), "reason"));
    bh_output_write_mark(mark(decision, shadow));
    bh_output_write_table(&table);
}

static int report(const struct bh_decision *decision, bool shadow, bool json)
{
    if (json)
        bh_output_write_json(decision->answer);
    else
        write_decision(decision, shadow);
    return shadow || decision->outcome == BH_OUTCOME_ALLOWED ? 0 : 1;
}

static int ask(struct bh_client *client, const struct bh_usage *usage, const struct arguments *given,
    const struct bh_arguments *arguments)
{
    double amount = 0;
    BH_CLEANUP(bh_json_release) json_t *metadata = NULL;
    BH_CLEANUP(bh_json_release) json_t *context = NULL;
    int status = read_values(usage, given, &amount, &metadata);
    if (status != 0)
        return status;
    const char *agent_id = bh_client_agent_id(client, arguments->operands[0]);
    if (agent_id == NULL || !bh_client_needs_key(client))
        return 1;
    if (!make_context(given, &context))
        return bh_output_no_memory();
    const struct bh_question question = {.agent_id = agent_id,
        .action = given->action,
        .vendor = given->vendor,
        .resource = given->resource,
        .amount = given->amount == NULL ? NULL : &amount,
        .metadata = metadata,
        .policy_context = context,
        .shadow = given->shadow};
    BH_CLEANUP(bh_decision_finish) struct bh_decision decision = {0};
    bh_decision_ask(client, &question, &decision);
    return decision.outcome == BH_OUTCOME_UNKNOWN ? 1 : report(&decision, given->shadow, arguments->json);
}

int bh_cmd_verify(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    struct arguments given = {0};
    const char *idempotency_key = NULL;
    const struct bh_option options[] = {
        BH_OPTION_REQUIRED("action", 'a', given.action, "NAME", "what the agent wants to do"),
        BH_OPTION_VALUE("vendor", 'v', given.vendor, "NAME", "with whom: a host or a name"),
        BH_OPTION_VALUE("resource", 'r', given.resource, "NAME", "with what; counts only without --vendor"),
        BH_OPTION_VALUE("amount", 0, given.amount, "NUMBER", "how much, 0 or more"),
        BH_OPTION_VALUE("path", 0, given.path, "PATH", "the file to read or write"),
        BH_OPTION_VALUE("command", 0, given.command, "TEXT", "the command to run"),
        BH_OPTION_VALUE(
            "cwd", 0, given.cwd, "PATH", "the folder that --path is relative to (default: unknown)"),
        BH_OPTION_VALUE(
            "metadata", 0, given.metadata, "JSON", "an object that is recorded with the decision"),
        BH_OPTION_FLAG("shadow", 0, given.shadow, "record what would be decided, enforce nothing"),
        BH_OPTION_VALUE(
            "idempotency-key", 0, idempotency_key, "TEXT", "a repeat with this key gets the same answer"),
        BH_OPTION_API_KEY(flags),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "verify",
        .operands = "[agentId]",
        .operands_max = 1,
        .summary = "Ask whether an agent may act now",
        .details = details,
        .examples = "verify agent_x --action purchase --vendor coachella.com --amount 320\n"
                    "verify --action read_file --path src/main.c --cwd /home/me/app --json",
        .exits = "0 allowed or --shadow, 1 denied, approval required, or any error",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    client.idempotency_key = idempotency_key;
    return ask(&client, &usage, &given, &arguments);
}
