// SPDX-License-Identifier: Apache-2.0
#include "cli/setup_report.h"

#include "client/output.h"
#include "lib/json.h"

static void write_list(const char *label, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        BH_CLEANUP(bh_buf_finish) struct bh_buf line = {0};
        bh_buf_init(&line, 65536);
        bh_output_add_neutral(bh_json_text(json_array_get(list, i)), &line);
        bh_buf_add_char(&line, 0);
        bh_output_write_line("%s %s", label, line.failed ? "" : line.data);
    }
}

static void write_people(bool dry_run, const struct bh_setup_report *report)
{
    write_list(dry_run ? "would change" : "changed", report->changed);
    write_list(dry_run ? "would keep" : "kept", report->preserved);
    for (size_t i = 0; i < json_array_size(report->warnings); i++) {
        BH_CLEANUP(bh_buf_finish) struct bh_buf line = {0};
        bh_buf_init(&line, 65536);
        bh_output_add_neutral(bh_json_text(json_array_get(report->warnings, i)), &line);
        bh_buf_add_char(&line, 0);
        bh_output_note("Warning: %s", line.failed ? "" : line.data);
    }
}

int bh_setup_report_write(
    const char *verb, json_t *members, bool dry_run, bool json, const struct bh_setup_report *report)
{
    BH_CLEANUP(bh_json_release) json_t *extra = members;
    if (!json) {
        write_people(dry_run, report);
        return 0;
    }
    BH_CLEANUP(bh_json_release) json_t *answer = json_pack("{s:b}", verb, !dry_run);
    if (extra == NULL || answer == NULL ||
        (dry_run && json_object_set_new(answer, "dryRun", json_true()) != 0) ||
        json_object_update(answer, extra) != 0 ||
        json_object_set(answer, dry_run ? "wouldChange" : "changed", report->changed) != 0 ||
        json_object_set(answer, dry_run ? "wouldPreserve" : "preserved", report->preserved) != 0 ||
        json_object_set(answer, "warnings", report->warnings) != 0)
        return bh_output_no_memory();
    bh_output_write_json(answer);
    return 0;
}

int bh_setup_report_fail(const struct bh_buf *problem)
{
    if (problem->len == 0)
        return bh_output_no_memory();
    bh_output_error(BH_ABSENT, bh_buf_span(problem), BH_ABSENT);
    return 1;
}
