// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include "client/body.h"
#include "client/client.h"
#include "client/output.h"
#include "lib/json.h"

struct question {
    const char *action, *vendor, *resource, *amount, *metadata, *path, *command, *cwd;
    bool shadow;
};

static const char details[] = "Without [agentId] the one of the configuration or of BEHALFID_AGENT_ID is "
                              "asked about. Whatever goes wrong\n"
                              "counts as a denial: use the exit status as the gate.";

/* The texts that path and command rules are held against; they are not stored with the decision. */
static bool add_context(json_t *body, const struct question *question)
{
    if (question->path == NULL && question->command == NULL && question->cwd == NULL)
        return true;
    json_t *context = json_object();
    if (!bh_body_set_take(body, "policyContext", context) || !bh_body_set_text(context, "cwd", question->cwd))
        return false;
    if (question->path == NULL && question->command == NULL)
        return true;
    json_t *input = json_object();
    return bh_body_set_take(context, "toolInput", input) &&
           bh_body_set_text(input, "filePath", question->path) &&
           bh_body_set_text(input, "command", question->command);
}

/* 0 or, with the error printed, 1. */
static int add_checked(json_t *body, const struct bh_usage *usage, const struct question *question)
{
    double amount;
    if (question->amount != NULL) {
        if (!bh_options_amount(question->amount, &amount))
            return bh_options_fail(usage, "--amount must be a number of 0 or more.");
        if (!bh_body_set_take(body, "amount", json_real(amount)))
            return bh_output_no_memory();
    }
    if (question->metadata != NULL) {
        json_t *metadata;
        if (bh_json_parse_object(bh_span_from(question->metadata), &metadata) != BH_OK)
            return bh_options_fail(usage, "--metadata must be a JSON object.");
        if (!bh_body_set_take(body, "metadata", metadata))
            return bh_output_no_memory();
    }
    return 0;
}

static bool add_plain(json_t *body, const struct question *question, const char *agent_id)
{
    return bh_body_set_text(body, "agentId", agent_id) &&
           bh_body_set_text(body, "action", question->action) &&
           bh_body_set_text(body, "vendor", question->vendor) &&
           bh_body_set_text(body, "resource", question->resource) && add_context(body, question) &&
           (!question->shadow || bh_body_set_take(body, "shadow", json_true()));
}

/* Only an answer that can be understood in full may allow anything. */
static bool is_decision(const json_t *answer, bool shadow)
{
    static const char *const risks[] = {"low", "medium", "high"};
    struct bh_span risk = bh_json_member_text(answer, "risk");
    bool known_risk = false;
    for (size_t i = 0; i < BH_COUNT(risks); i++)
        known_risk |= bh_span_equal(risk, bh_span_from(risks[i]));
    return known_risk && bh_json_member_text(answer, "requestId").len > 0 &&
           !bh_span_is_absent(bh_json_member_text(answer, "reason")) &&
           json_is_boolean(json_object_get(answer, "allowed")) &&
           json_is_true(json_object_get(answer, "shadow")) == shadow;
}

static bool is_allowed(const json_t *answer)
{
    return json_is_true(json_object_get(answer, "allowed")) &&
           !json_is_true(json_object_get(answer, "approvalRequired"));
}

static const char *mark(const json_t *answer, bool shadow)
{
    if (shadow)
        return json_is_true(json_object_get(json_object_get(answer, "shadowDecision"), "allowed"))
                   ? "ALLOWED (shadow mode: would be allowed)"
                   : "ALLOWED (shadow mode: would not be allowed)";
    if (json_is_true(json_object_get(answer, "approvalRequired")))
        return "APPROVAL REQUIRED";
    return is_allowed(answer) ? "ALLOWED" : "DENIED";
}

static void write_decision(const json_t *answer, bool shadow)
{
    static const char *const keys[] = {"requestId", "reason", "risk", "approvalId"};
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, NULL, 2);
    for (size_t i = 0; i < BH_COUNT(keys); i++) {
        const json_t *value = json_object_get(answer, keys[i]);
        if (value != NULL && !json_is_null(value))
            bh_table_add_pair(&table, keys[i], value);
    }
    if (shadow)
        bh_table_add_pair(
            &table, "shadowReason", json_object_get(json_object_get(answer, "shadowDecision"), "reason"));
    bh_output_write_line("%s", mark(answer, shadow));
    bh_output_write_table(&table);
}

static int report(const json_t *answer, bool shadow, bool json)
{
    if (!is_decision(answer, shadow)) {
        bh_output_error(
            BH_SPAN("bad_response"), BH_SPAN("The answer of the server is not a decision."), BH_ABSENT);
        return 1;
    }
    if (json)
        bh_output_write_json(answer);
    else
        write_decision(answer, shadow);
    if (shadow)
        return 0;
    return is_allowed(answer) ? 0 : 1;
}

static int ask(struct bh_client *client, const struct bh_usage *usage, const struct question *question,
    const struct bh_arguments *arguments)
{
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    int status = add_checked(body, usage, question);
    if (status != 0)
        return status;
    const char *agent_id = bh_client_agent_id(client, arguments->operands[0]);
    if (agent_id == NULL || !bh_client_needs_key(client))
        return 1;
    if (!add_plain(body, question, agent_id))
        return bh_output_no_memory();
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    bh_buf_init(&path, 64);
    bh_buf_add_text(&path, "/api/verify");
    BH_CLEANUP(bh_json_release) json_t *answer = bh_client_call(client, "POST", &path, body);
    return answer == NULL ? 1 : report(answer, question->shadow, arguments->json);
}

int bh_cmd_verify(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    struct question question = {0};
    const char *idempotency_key = NULL;
    const struct bh_option options[] = {
        BH_OPTION_REQUIRED("action", 'a', question.action, "NAME", "what the agent wants to do"),
        BH_OPTION_VALUE("vendor", 'v', question.vendor, "NAME", "with whom: a host or a name"),
        BH_OPTION_VALUE(
            "resource", 'r', question.resource, "NAME", "with what; counts only without --vendor"),
        BH_OPTION_VALUE("amount", 0, question.amount, "NUMBER", "how much, 0 or more"),
        BH_OPTION_VALUE("path", 0, question.path, "PATH", "the file to read or write"),
        BH_OPTION_VALUE("command", 0, question.command, "TEXT", "the command to run"),
        BH_OPTION_VALUE(
            "cwd", 0, question.cwd, "PATH", "the folder that --path is relative to (default: unknown)"),
        BH_OPTION_VALUE(
            "metadata", 0, question.metadata, "JSON", "an object that is recorded with the decision"),
        BH_OPTION_FLAG("shadow", 0, question.shadow, "record what would be decided, enforce nothing"),
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
    struct bh_client client;
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    client.idempotency_key = idempotency_key;
    status = ask(&client, &usage, &question, &arguments);
    bh_client_finish(&client);
    return status;
}
