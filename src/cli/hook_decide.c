// SPDX-License-Identifier: Apache-2.0
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/hook.h"
#include "client/options.h"
#include "client/output.h"
#include "coding/hook.h"
#include "coding/hook_process.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/json.h"

#define CURSOR_NEVER                                                                                         \
    "{\"permission\":\"deny\",\"reason\":\"BehalfID: blocked — the hook did not end by itself.\"}\n"
#define ANSWER_LIMIT 65536
#define READ_MARGIN_MS 200 /* so that it is told in words, and not by the alarm */

/* Reads stdin, decides. `read_call` is the host's reader. */
static void decide(void (*read_call)(struct bh_span, const struct bh_hook_origin *, struct bh_hook_call *),
    const struct bh_hook_origin *origin, int64_t deadline_ms, const struct bh_client_flags *flags,
    struct bh_hook_verdict *ret_verdict)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    BH_CLEANUP(bh_hook_call_finish) struct bh_hook_call call = {0};
    bh_buf_init(&text, BH_HOOK_INPUT_LIMIT);
    const char *problem = bh_hook_process_read(STDIN_FILENO, deadline_ms - READ_MARGIN_MS, &text);
    if (problem == NULL)
        read_call(bh_buf_span(&text), origin, &call);
    else
        call.problem = problem;
    bh_hook_decide(&call, flags, deadline_ms, ret_verdict);
}

static const char *source_of(const char *host)
{
    if (host == NULL || strcmp(host, "claude") == 0)
        return "claude_code";
    return strcmp(host, "codex") == 0 ? "codex" : NULL;
}

/* Help ends with 0; whatever else is wrong with the line blocks. */
static int end_of_line(int status)
{
    return status == 0 ? 0 : BH_HOOK_BLOCKED;
}

int bh_hook_pre_tool_use(int argc, char **argv)
{
    int64_t deadline_ms = bh_clock_steady_ms() + BH_HOOK_DEADLINE_MS;
    struct bh_client_flags flags = {0};
    const char *host = NULL;
    const struct bh_option options[] = {
        BH_OPTION_VALUE("host", 0, host, "NAME", "who asks: claude or codex (default: claude)"),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "hook pre-tool-use",
        .summary = "Decide a tool call of Claude Code or Codex",
        .details = "Reads the host's JSON from stdin. Blocks whatever is not allowed, and whatever cannot be "
                   "asked, read or\nunderstood within 5 seconds; the reason is on stderr.",
        .examples = "hook pre-tool-use --host codex",
        .exits = "0 the call may go on, 2 blocked",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return end_of_line(status);
    bh_hook_process_guard(BH_HOOK_DEADLINE_MS, NULL);
    const struct bh_hook_origin origin = {.source = source_of(host), .home = bh_client_environment("HOME")};
    if (origin.source == NULL)
        return end_of_line(bh_options_fail(&usage, "--host must be one of: claude, codex."));
    BH_CLEANUP(bh_hook_verdict_finish) struct bh_hook_verdict verdict = {0};
    decide(bh_hook_input_read, &origin, deadline_ms, &flags, &verdict);
    bool said = bh_file_write_all(STDERR_FILENO, bh_buf_span(&verdict.words));
    return verdict.pass && (said || verdict.words.len == 0) ? 0 : BH_HOOK_BLOCKED;
}

/* ---- Cursor ---- */

/* Cursor has had both spellings of the members that it shows. */
static void make_answer(const struct bh_hook_verdict *verdict, struct bh_buf *out)
{
    static const char *const keys[] = {
        "reason", "user_message", "agent_message", "userMessage", "agentMessage"};
    if (verdict->pass) {
        bh_buf_add_text(out, "{\"permission\":\"allow\"}\n");
        return;
    }
    struct bh_span words = bh_span_trim(bh_buf_span(&verdict->words));
    bh_buf_add_text(out, "{\"permission\":\"deny\"");
    for (size_t i = 0; i < BH_COUNT(keys); i++)
        bh_json_add_text_member(out, keys[i], words);
    bh_buf_add_text(out, "}\n");
}

/* Cursor reads the answer when the status is 0; any other answer than a whole one must block by the status.
 */
static int answer(const struct bh_hook_verdict *verdict)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, ANSWER_LIMIT);
    make_answer(verdict, &text);
    bool said = bh_file_write_all(STDERR_FILENO, bh_buf_span(&verdict->words)) || !verdict->pass;
    bool whole = said && !text.failed && bh_file_write_all(STDOUT_FILENO, bh_buf_span(&text));
    return whole ? 0 : BH_HOOK_BLOCKED;
}

static int answer_line_error(int status)
{
    if (status == 0)
        return 0;
    (void)!bh_file_write_all(STDOUT_FILENO,
        BH_SPAN("{\"permission\":\"deny\",\"reason\":\"BehalfID: blocked — malformed hook command.\"}\n"));
    return BH_HOOK_BLOCKED;
}

int bh_hook_cursor(int argc, char **argv)
{
    int64_t deadline_ms = bh_clock_steady_ms() + BH_HOOK_DEADLINE_MS;
    struct bh_client_flags flags = {0};
    const struct bh_option options[] = {BH_OPTION_BASE_URL(flags)};
    const struct bh_usage usage = {.command = "hook cursor",
        .summary = "Decide a tool call of Cursor",
        .details =
            "Reads Cursor's JSON from stdin and answers {\"permission\":\"allow\"} or \"deny\" with the "
            "reason. Denies whatever\nis not allowed, and whatever cannot be asked, read or understood "
            "within 5 seconds.",
        .examples = "hook cursor",
        .exits = "0 answered, 2 blocked without a whole answer",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return answer_line_error(status);
    bh_hook_process_guard(BH_HOOK_DEADLINE_MS, CURSOR_NEVER);
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
    program[length > 0 ? length : 0] = 0;
    const struct bh_hook_origin origin = {
        .source = "cursor", .home = bh_client_environment("HOME"), .program = length > 0 ? program : NULL};
    BH_CLEANUP(bh_hook_verdict_finish) struct bh_hook_verdict verdict = {0};
    decide(bh_cursor_input_read, &origin, deadline_ms, &flags, &verdict);
    return answer(&verdict);
}
