// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/options.h"
#include "client/output.h"
#include "core/decide.h"
#include "lib/json.h"
#include "lib/timefmt.h"
#include "verify/parse.h"

#define LINE_LIMIT ((size_t)4 << 20)
#define CHUNK_SIZE ((size_t)64 << 10)
#define ARENA_LIMIT ((size_t)64 << 20)
#define TEXT_LIMIT ((size_t)64 << 10)

/* Everything that the lines share. */
struct evaluation {
    int file;
    uint64_t line_number;
    struct bh_buf line; /* what was read of the current line */
    bool line_too_long;
    struct bh_buf out; /* answers that were not printed yet */
    bool failed;       /* some line was no question */
};

/* One question: what the line says, taken apart. */
struct question {
    int64_t now_ms;
    struct bh_policy policy;
    struct bh_verify_request request;
};

static const struct bh_usage usage = {
    .command = "evaluate",
    .operands = "[FILE]",
    .operands_max = 1,
    .summary = "Decide offline: one JSON question per line in, one answer per line out",
    .details = "Each line of FILE (\"-\" or nothing: standard input) is an object with now (ISO 8601),\n"
               "agent {status}, permissions [...] and request, the body of a verify call without agentId.\n"
               "Each answer has id, allowed, approvalRequired, reason, risk and permissionId. A line that\n"
               "is no question is answered with id, line and error, and the rest goes on.",
    .examples = "evaluate questions.jsonl\nevaluate - < questions.jsonl",
    .exits =
        "0 every line was decided, also for denials; 1 some line was no question; 2 bad usage or unreadable "
        "file",
};

/* ---- one line ------------------------------------------------------------------------------------------ */

/* The error's text with the detail in place of its %s. */
static void add_err_text(enum bh_err err, struct bh_span detail, struct bh_buf *error)
{
    struct bh_span text = bh_span_from(bh_err_info(err)->text);
    size_t at = bh_span_find(text, BH_SPAN("%s"));
    if (at == SIZE_MAX) {
        bh_buf_add(error, text);
        return;
    }
    bh_buf_add(error, (struct bh_span){text.data, at});
    bh_buf_add(error, detail);
    bh_buf_add(error, bh_span_from_index(text, at + 2));
}

static bool read_permissions(
    const json_t *array, struct bh_arena *arena, struct bh_policy *policy, struct bh_buf *error)
{
    if (!json_is_array(array)) {
        bh_buf_add_text(error, "permissions must be an array.");
        return false;
    }
    size_t count = json_array_size(array);
    struct bh_permission *permissions = bh_arena_alloc(arena, (count + 1) * sizeof(*permissions));
    enum bh_err err = permissions == NULL ? BH_ERR_NO_MEMORY : BH_OK;
    for (size_t i = 0; i < count && err == BH_OK; i++) {
        err = bh_permission_read(json_array_get(array, i), arena, &permissions[i]);
        if (err == BH_ERR_FIELD_REQUIRED) {
            bh_buf_addf(error, "permissions[%zu] must be an object with permissionId and action.", i);
            return false;
        }
    }
    if (err != BH_OK) {
        add_err_text(err, BH_ABSENT, error);
        return false;
    }
    bh_permission_sort(permissions, count);
    policy->permissions = permissions;
    policy->count = count;
    return true;
}

static bool read_question(
    const json_t *json, struct bh_arena *arena, struct question *question, struct bh_buf *error)
{
    const json_t *request = json_object_get(json, "request");
    struct bh_span status = bh_json_member_text(json_object_get(json, "agent"), "status");
    struct bh_span detail = BH_ABSENT;
    if (!bh_time_parse(bh_json_member_text(json, "now"), &question->now_ms)) {
        bh_buf_add_text(error, "now must be an ISO 8601 time.");
        return false;
    }
    if (bh_span_is_absent(status)) {
        bh_buf_add_text(error, "agent must be an object with a status.");
        return false;
    }
    question->policy.agent_active = bh_span_equal(status, BH_SPAN("active"));
    if (!read_permissions(json_object_get(json, "permissions"), arena, &question->policy, error))
        return false;
    if (!json_is_object(request)) {
        bh_buf_add_text(error, "request must be an object.");
        return false;
    }
    enum bh_err err = bh_verify_parse(request, false, &question->request, &detail);
    if (err != BH_OK) {
        bh_buf_add_text(error, "request: ");
        add_err_text(err, detail, error);
    }
    return err == BH_OK;
}

static void add_id(struct bh_buf *out, const json_t *json)
{
    bh_buf_add_text(out, "{\"id\":");
    bh_json_add_value(out, json_object_get(json, "id"));
}

static void answer(struct evaluation *evaluation, const json_t *json, const struct bh_decision *decision)
{
    struct bh_buf *out = &evaluation->out;
    add_id(out, json);
    bh_buf_add_text(out, ",\"allowed\":");
    bh_json_add_bool(out, decision->outcome == BH_ALLOW);
    bh_buf_add_text(out, ",\"approvalRequired\":");
    bh_json_add_bool(out, decision->outcome == BH_NEEDS_APPROVAL);
    bh_buf_add_text(out, ",\"reason\":");
    bh_json_add_string(out, bh_span_from(bh_reason_text(decision->reason)));
    bh_buf_add_text(out, ",\"risk\":");
    bh_json_add_string(out, bh_span_from(bh_risk_text(decision->risk)));
    bh_buf_add_text(out, ",\"permissionId\":");
    bh_json_add_string_or_null(
        out, decision->permission == NULL ? BH_ABSENT : decision->permission->permission_id);
    bh_buf_add_text(out, "}\n");
}

static void answer_error(struct evaluation *evaluation, const json_t *json, struct bh_span error)
{
    evaluation->failed = true;
    add_id(&evaluation->out, json);
    bh_buf_add_text(&evaluation->out, ",\"line\":");
    bh_buf_add_int(&evaluation->out, (int64_t)evaluation->line_number);
    bh_buf_add_text(&evaluation->out, ",\"error\":");
    bh_json_add_string(&evaluation->out, error);
    bh_buf_add_text(&evaluation->out, "}\n");
}

static void evaluate_text(struct evaluation *evaluation, struct bh_span text)
{
    BH_CLEANUP(bh_json_release) json_t *json = NULL;
    enum bh_err err = bh_json_parse_object(text, &json);
    if (err != BH_OK) {
        answer_error(evaluation, NULL,
            err == BH_ERR_BODY_NOT_OBJECT ? BH_SPAN("The line must be a JSON object.")
                                          : BH_SPAN("The line must be valid JSON."));
        return;
    }
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf error = {0};
    bh_arena_init(&arena, CHUNK_SIZE / 4, ARENA_LIMIT);
    bh_buf_init(&error, TEXT_LIMIT);
    struct question question = {.now_ms = 0};
    if (!read_question(json, &arena, &question, &error)) {
        answer_error(
            evaluation, json, error.failed ? BH_SPAN("The line cannot be read.") : bh_buf_span(&error));
        return;
    }
    struct bh_decision decision =
        bh_decide(&question.policy, &question.request.facts, question.now_ms, &arena);
    answer(evaluation, json, &decision);
}

/* ---- all lines ----------------------------------------------------------------------------------------- */

static void print_answers(struct evaluation *evaluation)
{
    bh_output_write_buf(&evaluation->out);
    bh_buf_clear(&evaluation->out);
}

static void end_line(struct evaluation *evaluation)
{
    evaluation->line_number++;
    if (evaluation->line_too_long)
        answer_error(evaluation, NULL, BH_SPAN("The line must be 4 MiB or shorter."));
    else if (!bh_span_is_blank(bh_buf_span(&evaluation->line)))
        evaluate_text(evaluation, bh_buf_span(&evaluation->line));
    bh_buf_clear(&evaluation->line);
    evaluation->line_too_long = false;
    if (evaluation->out.len >= CHUNK_SIZE)
        print_answers(evaluation);
}

static void take_chunk(struct evaluation *evaluation, struct bh_span chunk)
{
    while (chunk.len > 0) {
        const char *end = memchr(chunk.data, '\n', chunk.len);
        size_t length = end == NULL ? chunk.len : (size_t)(end - chunk.data);
        bh_buf_add(&evaluation->line, (struct bh_span){chunk.data, length});
        evaluation->line_too_long = evaluation->line_too_long || evaluation->line.failed;
        if (end == NULL)
            return;
        end_line(evaluation);
        chunk = bh_span_from_index(chunk, length + 1);
    }
}

/* Answers are printed before more input is waited for, so that another program can ask line by line. */
static bool evaluate_file(struct evaluation *evaluation)
{
    static char chunk[CHUNK_SIZE];
    for (;;) {
        ssize_t count = read(evaluation->file, chunk, sizeof(chunk));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        if (count == 0)
            break;
        take_chunk(evaluation, (struct bh_span){chunk, (size_t)count});
        print_answers(evaluation);
    }
    if (evaluation->line.len > 0 || evaluation->line_too_long)
        end_line(evaluation);
    print_answers(evaluation);
    return true;
}

static int fail_to_read(const char *path, int reason)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {0};
    bh_buf_init(&message, TEXT_LIMIT);
    bh_buf_addf(&message, "%s: %s", path, strerror(reason));
    bh_output_error(
        BH_ABSENT, bh_buf_span(&message), BH_SPAN("Name a readable file, or - for standard input."));
    return 2;
}

int bh_cmd_evaluate(int argc, char **argv)
{
    struct bh_arguments arguments;
    int status = 0;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status == 0 ? 0 : 2;
    const char *path = arguments.operand_count > 0 ? arguments.operands[0] : "-";
    bool from_stdin = strcmp(path, "-") == 0;
    struct evaluation evaluation = {.file = from_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)};
    if (evaluation.file < 0)
        return fail_to_read(path, errno);
    bh_buf_init(&evaluation.line, LINE_LIMIT);
    bh_buf_init(&evaluation.out, BH_OUTPUT_LIMIT);
    if (!evaluate_file(&evaluation))
        status = fail_to_read(path, errno);
    else
        status = evaluation.failed ? 1 : 0;
    bh_buf_finish(&evaluation.line);
    bh_buf_finish(&evaluation.out);
    if (!from_stdin)
        close(evaluation.file);
    return status;
}
