// SPDX-License-Identifier: Apache-2.0
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/commands.h"
#include "cli/launch.h"
#include "client/body.h"
#include "client/decision.h"
#include "client/output.h"
#include "coding/command_guess.h"
#include "coding/command_text.h"
#include "lib/clock.h"
#include "lib/json.h"

#define COMMAND_LIMIT ((size_t)1 << 20)
#define WAIT_MAX_S 86400
#define WAIT_ONCE_S 30
#define PAUSE_MIN_MS 1000
#define PAUSE_MAX_MS 10000

struct arguments {
    const char *action, *resource, *vendor, *risk, *amount, *wait;
    bool shadow;
    double amount_value;
    int wait_s;
};

static const char details[] =
    "Asks first, and runs the command only when it is allowed: without a shell, with this terminal, ending "
    "with\n"
    "its status (128 + n: ended by signal n). Without --action and --vendor the command's words say what is\n"
    "asked. Everything else, an error too, means that it is not run; but in shadow mode (--shadow or\n"
    "BEHALFID_SHADOW=true) it always is.\n"
    "`run claude`, `run codex` and `run cursor` are `claude`, `codex` and `cursor`.";

/* ---- the question ---- */

static bool make_metadata(
    const struct arguments *given, const struct bh_command_guess *guess, json_t **ret_metadata)
{
    *ret_metadata = json_object();
    return bh_body_set_text(*ret_metadata, "source", "behalf run") &&
           bh_body_set_text(*ret_metadata, "risk", given->risk == NULL ? guess->risk : given->risk);
}

static bool make_context(struct bh_span command, json_t **ret_context)
{
    char folder[PATH_MAX];
    json_t *input = json_object();
    *ret_context = json_object();
    return bh_body_set_take(*ret_context, "toolInput", input) &&
           bh_body_set_text(*ret_context, "source", "behalf_run") &&
           bh_body_set_text(*ret_context, "cwd", getcwd(folder, sizeof(folder))) &&
           bh_body_set_text(*ret_context, "home", bh_client_environment("HOME")) &&
           bh_body_set_take(input, "command", json_stringn(command.data, command.len));
}

static void tell(const struct bh_question *question, const char *what, const struct bh_decision *decision)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, COMMAND_LIMIT);
    bh_output_add_neutral(bh_span_from(question->action), &text);
    bh_buf_add_text(&text, " on ");
    bh_output_add_neutral(
        bh_span_from(question->vendor == NULL ? question->resource : question->vendor), &text);
    bh_buf_addf(&text, ": %s", what);
    const char *const parts[] = {decision->reason, decision->request_id, decision->approval_id};
    for (size_t i = 0; i < BH_COUNT(parts); i++) {
        if (parts[i][0] == 0)
            continue;
        bh_buf_add_text(&text, i == 0 ? " — " : " ");
        bh_output_add_neutral(bh_span_from(parts[i]), &text);
    }
    bh_output_note("%.*s", (int)text.len, bh_buf_span(&text).data);
}

static void fail(const struct bh_decision *decision)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf hint = {0};
    bh_buf_init(&message, COMMAND_LIMIT);
    bh_buf_init(&hint, COMMAND_LIMIT);
    bool waits = decision->outcome == BH_OUTCOME_APPROVAL;
    bh_buf_addf(&message, "Not run: %s (%s", decision->reason, decision->request_id);
    if (decision->approval_id[0] != 0)
        bh_buf_addf(&message, ", %s", decision->approval_id);
    bh_buf_add_char(&message, ')');
    if (waits && decision->approval_id[0] != 0)
        bh_buf_add_text(&hint,
            "Approve it in the dashboard or with `behalf approvals approve`, and run the same "
            "command again; or wait for it with --wait.");
    bh_output_error(
        waits ? BH_SPAN("approval_required") : BH_SPAN("denied"), bh_buf_span(&message), bh_buf_span(&hint));
}

/* ---- waiting ---- */

/* A server that is started again, or has too much to do, still has the approval. */
static bool is_hiccup(long status)
{
    return status == 0 || status == 429 || status >= 500;
}

static void pause_for(int64_t pause_ms, int64_t deadline_ms)
{
    int64_t left_ms = deadline_ms - bh_clock_steady_ms();
    int64_t ms = left_ms < pause_ms ? left_ms : pause_ms;
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    if (ms > 0)
        (void)nanosleep(&time, NULL);
}

/* One look. An answer that came much sooner than asked for must not make us ask without end. */
static enum bh_approval_state look(
    struct bh_client *client, const char *approval_id, int64_t deadline_ms, int64_t *pause_ms)
{
    int64_t start_ms = bh_clock_steady_ms();
    int64_t left_s = (deadline_ms - start_ms + 999) / 1000;
    int64_t slice_s = left_s < WAIT_ONCE_S ? left_s : WAIT_ONCE_S;
    enum bh_approval_state state = bh_decision_wait(client, approval_id, (int)slice_s);
    if (state == BH_APPROVAL_PENDING) {
        *pause_ms = PAUSE_MIN_MS;
        if (bh_clock_steady_ms() - start_ms < slice_s * 500)
            pause_for(PAUSE_MIN_MS, deadline_ms);
    } else if (state == BH_APPROVAL_UNKNOWN && is_hiccup(client->status)) {
        state = BH_APPROVAL_PENDING;
        pause_for(*pause_ms, deadline_ms);
        *pause_ms = 2 * *pause_ms < PAUSE_MAX_MS ? 2 * *pause_ms : PAUSE_MAX_MS;
    }
    return state;
}

/* True when a person has approved in time. */
static bool wait_for_approval(struct bh_client *client, const char *approval_id, int wait_s)
{
    int64_t deadline_ms = bh_clock_steady_ms() + wait_s * (int64_t)1000, pause_ms = PAUSE_MIN_MS;
    enum bh_approval_state state = BH_APPROVAL_PENDING;
    bool quiet = client->quiet;
    bh_output_note("Waiting for approval of %s, at most %d seconds ...", approval_id, wait_s);
    client->quiet = true;
    while (state == BH_APPROVAL_PENDING && bh_clock_steady_ms() < deadline_ms)
        state = look(client, approval_id, deadline_ms, &pause_ms);
    client->quiet = quiet;
    if (state == BH_APPROVAL_UNKNOWN || (state == BH_APPROVAL_PENDING && client->error.message[0] != 0))
        bh_output_note("The approval could not be read: %s", client->error.message);
    return state == BH_APPROVAL_APPROVED;
}

static bool is_allowed(
    struct bh_client *client, const struct arguments *given, const struct bh_question *question)
{
    static const char *const words[] = {"no decision", "denied", "approval required", "allowed"};
    BH_CLEANUP(bh_decision_finish) struct bh_decision decision = {0};
    bh_decision_ask(client, question, &decision);
    if (decision.outcome == BH_OUTCOME_APPROVAL && decision.approval_id[0] != 0 && given->wait_s > 0) {
        tell(question, words[decision.outcome], &decision);
        if (wait_for_approval(client, decision.approval_id, given->wait_s)) {
            bh_decision_finish(&decision);
            bh_decision_ask(client, question, &decision);
        }
    }
    if (decision.outcome != BH_OUTCOME_UNKNOWN &&
        (decision.outcome == BH_OUTCOME_ALLOWED || question->shadow))
        tell(question, words[decision.outcome], &decision);
    else if (decision.outcome != BH_OUTCOME_UNKNOWN)
        fail(&decision);
    return decision.outcome == BH_OUTCOME_ALLOWED;
}

/* ---- the command ---- */

static bool ask(struct bh_client *client, const struct arguments *given, struct bh_span command)
{
    BH_CLEANUP(bh_json_release) json_t *metadata = NULL;
    BH_CLEANUP(bh_json_release) json_t *context = NULL;
    struct bh_command_guess guess = bh_command_guess_make(command);
    client->developer_token = client->session = NULL; /* the agent asks, not the person at the keyboard */
    const char *agent_id = bh_client_agent_id(client, NULL);
    if (agent_id == NULL || !bh_client_needs_key(client))
        return false;
    if (!make_metadata(given, &guess, &metadata) || !make_context(command, &context)) {
        (void)!bh_output_no_memory();
        return false;
    }
    bool named = given->vendor != NULL || given->resource != NULL;
    const struct bh_question question = {.agent_id = agent_id,
        .action = given->action == NULL ? guess.action : given->action,
        .vendor = named ? given->vendor : guess.resource,
        .resource = given->resource,
        .amount = given->amount == NULL ? NULL : &given->amount_value,
        .metadata = metadata,
        .policy_context = context,
        .shadow = given->shadow};
    return is_allowed(client, given, &question);
}

/* What is checked before anything is asked. 0 or, with the error printed, 1. */
static int read_values(const struct bh_usage *usage, struct arguments *given, char **command)
{
    const char *shadow = bh_client_environment("BEHALFID_SHADOW");
    given->shadow |= shadow != NULL && (strcmp(shadow, "true") == 0 || strcmp(shadow, "1") == 0);
    if (given->amount != NULL && !bh_options_amount(given->amount, &given->amount_value))
        return bh_options_fail(usage, "--amount must be a number of 0 or more.");
    if (given->risk != NULL && strcmp(given->risk, "low") != 0 && strcmp(given->risk, "medium") != 0 &&
        strcmp(given->risk, "high") != 0)
        return bh_options_fail(usage, "--risk must be one of: low, medium, high.");
    if (given->wait != NULL) {
        double seconds;
        if (!bh_options_amount(given->wait, &seconds) || seconds < 1 || seconds > WAIT_MAX_S ||
            seconds != (double)(int)seconds)
            return bh_options_fail(usage, "--wait must be a whole number from 1 to %d.", WAIT_MAX_S);
        given->wait_s = (int)seconds;
    }
    for (size_t i = 0; command[i] != NULL; i++) {
        if (!bh_span_is_utf8(bh_span_from(command[i])))
            return bh_options_fail(usage, "The command is not UTF-8, so it cannot be asked about.");
    }
    return 0;
}

static int run(struct bh_client *client, const struct arguments *given, char **command)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, COMMAND_LIMIT);
    for (size_t i = 0; command[i] != NULL; i++)
        bh_command_text_add_word(bh_span_from(command[i]), &text);
    if (text.failed) {
        bh_output_error(BH_ABSENT, BH_SPAN("The command is too long to be asked about."), BH_ABSENT);
        return given->shadow ? bh_child_run(command) : 1;
    }
    bool allowed = ask(client, given, bh_buf_span(&text));
    return allowed || given->shadow ? bh_child_run(command) : 1;
}

/*
 * `run claude`, `run codex` and `run cursor` start a coding agent: true when the line is such a one, or names
 * something else in that place.
 */
static bool run_tool(const struct bh_usage *usage, int argc, char **argv, int *ret_status)
{
    int at = 1;
    while (at < argc && bh_options_is_global(argv[at]))
        at++;
    if (at == argc || argv[at][0] == '-')
        return false;
    char *name = argv[at];
    const struct bh_host *host = bh_host_find(name);
    for (; at > 1; at--) /* the name first, then the options that stood before it */
        argv[at] = argv[at - 1];
    argv[1] = name;
    *ret_status =
        host != NULL
            ? bh_launch(host, argc - 1, argv + 1)
            : bh_options_fail(
                  usage, "Unknown tool \"%s\": claude, codex or cursor. A command stands behind `--`.", name);
    return true;
}

/* The arguments before the first `--`, and what follows it. */
static char **split(int *argc, char **argv)
{
    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            *argc = i;
            return argv + i + 1;
        }
    }
    return argv + *argc;
}

int bh_cmd_run(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    struct arguments given = {0};
    const struct bh_option options[] = {
        BH_OPTION_VALUE("action", 'a', given.action, "NAME", "what the command does (default: guessed)"),
        BH_OPTION_VALUE(
            "vendor", 'v', given.vendor, "NAME", "with whom: a host or a name (default: guessed)"),
        BH_OPTION_VALUE("resource", 'r', given.resource, "NAME", "with what; counts only without --vendor"),
        BH_OPTION_VALUE(
            "risk", 0, given.risk, "LEVEL", "low, medium or high, for the log (default: guessed)"),
        BH_OPTION_VALUE("amount", 0, given.amount, "NUMBER", "how much, 0 or more"),
        BH_OPTION_VALUE("wait", 0, given.wait, "SECONDS", "wait so long for a person who must approve"),
        BH_OPTION_FLAG(
            "shadow", 0, given.shadow, "record what would be decided, run the command in any case"),
        BH_OPTION_API_KEY(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "run",
        .operands = "-- <command> [arguments]",
        .operands_last = true,
        .summary = "Run a command if the agent may, or start a coding agent",
        .details = details,
        .examples = "run -- vercel deploy --prod\n"
                    "run --action delete_files --vendor filesystem --wait 600 -- rm -r build\n"
                    "run cursor",
        .exits =
            "0 or another: the command's own, 126 and 127: it cannot be run; 1: not allowed, or any error",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    struct bh_client client;
    int status;
    if (run_tool(&usage, argc, argv, &status))
        return status;
    char **command = split(&argc, argv);
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    if (command[0] == NULL)
        status = bh_options_fail(&usage, "Missing argument: %s.", usage.operands);
    else
        status = read_values(&usage, &given, command);
    if (status == 0)
        status = run(&client, &given, command);
    bh_client_finish(&client);
    return status;
}
