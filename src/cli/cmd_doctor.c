// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/doctor.h"
#include "client/config_file.h"
#include "client/output.h"
#include "core/redact.h"
#include "lib/json.h"
#include "lib/version.h"

#define DETAIL_LIMIT 32768

static const char *const status_words[] = {"ok", "warn", "error"};

void bh_doctor_add(struct bh_doctor *doctor, const char *name, enum bh_doctor_status status, const char *fix,
    const char *format, ...)
{
    char detail[DETAIL_LIMIT / 4];
    BH_CLEANUP(bh_buf_finish) struct bh_buf shown = {0};
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof(detail), format, args);
    va_end(args);
    bh_buf_init(&shown, DETAIL_LIMIT);
    bh_redact(bh_span_from(detail), &shown);
    struct bh_span text = bh_buf_span(&shown);
    if (!bh_span_is_utf8(text)) /* cut within a character, or a strange path */
        text = BH_SPAN("(a text that is not UTF-8)");
    json_t *row = json_pack("{s:s, s:s, s:o, s:s?}", "name", name, "status", status_words[status], "detail",
        json_stringn(text.data, text.len), "fix", fix);
    (void)!json_array_append_new(doctor->rows, row);
}

static void write_rows(const json_t *rows)
{
    size_t at;
    json_t *row;
    json_array_foreach((json_t *)(uintptr_t)rows, at, row)
    {
        BH_CLEANUP(bh_buf_finish) struct bh_buf line = {0};
        const char *status = json_string_value(json_object_get(row, "status"));
        bh_buf_init(&line, (size_t)16 * DETAIL_LIMIT);
        bh_buf_addf(&line, "%-5s  ", status);
        bh_output_add_neutral(bh_json_member_text(row, "name"), &line);
        bh_buf_add_text(&line, ": ");
        bh_output_add_neutral(bh_json_member_text(row, "detail"), &line);
        bh_buf_add_char(&line, '\n');
        if (bh_json_member_text(row, "fix").len > 0) {
            bh_buf_add_text(&line, "       fix: ");
            bh_output_add_neutral(bh_json_member_text(row, "fix"), &line);
            bh_buf_add_char(&line, '\n');
        }
        bh_output_write_buf(&line);
    }
}

static int count(const json_t *rows, const char *status)
{
    int found = 0;
    size_t at;
    json_t *row;
    json_array_foreach((json_t *)(uintptr_t)rows, at, row)
    {
        found += strcmp(json_string_value(json_object_get(row, "status")), status) == 0;
    }
    return found;
}

static int examine(struct bh_doctor *doctor, bool json)
{
    const char *agent_id = bh_config_file_text(doctor->client.config, BH_CONFIG_AGENT_ID);
    doctor->agent_id = agent_id == NULL ? bh_client_environment("BEHALFID_AGENT_ID") : agent_id;
    doctor->client.quiet = true;
    bh_doctor_add(doctor, "CLI version", BH_DOCTOR_OK, NULL, "%s", BH_VERSION);
    bh_doctor_check_configuration(doctor);
    bh_doctor_check_server(doctor);
    bh_doctor_check_project(doctor);
    bh_doctor_check_hosts(doctor);
    int errors = count(doctor->rows, "error");
    if (json) {
        bh_output_write_json(doctor->rows);
        return errors > 0;
    }
    write_rows(doctor->rows);
    bh_output_write_line("\n%d errors, %d warnings", errors, count(doctor->rows, "warn"));
    return errors > 0;
}

int bh_cmd_doctor(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    struct bh_doctor doctor = {0};
    const struct bh_option options[] = {
        BH_OPTION_FLAG(
            "canary", 0, doctor.canary, "send a call that must be blocked through the installed hooks"),
        BH_OPTION_API_KEY(flags),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "doctor",
        .summary = "Check this machine's set-up, and say how to put right what is wrong",
        .details =
            "Looks at the configuration, the server, the agent and its key, the project in this folder, and\n"
            "the hooks of the coding agents that are here. Each fix is a command that can be copied. JSON: "
            "an\n"
            "array of {name, status, detail, fix}.",
        .examples = "doctor\ndoctor --canary\ndoctor --json",
        .exits = "0 no errors (warnings may be there), 1 any error",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    struct bh_place_texts texts;
    BH_CLEANUP(bh_buf_finish) struct bh_buf problem = {0};
    int status;
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &doctor.client, &status))
        return status;
    BH_CLEANUP(bh_json_release) json_t *rows = json_array();
    bh_buf_init(&problem, DETAIL_LIMIT);
    doctor.rows = rows;
    if (bh_place_find(&texts, &doctor.place, &problem)) {
        status = examine(&doctor, arguments.json);
    } else {
        bh_output_error(BH_ABSENT, bh_buf_span(&problem), BH_ABSENT);
        status = 1;
    }
    bh_client_finish(&doctor.client);
    return status;
}
