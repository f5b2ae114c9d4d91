// SPDX-License-Identifier: Apache-2.0
#include "cli/wrap_report.h"

#include "client/output.h"
#include "coding/place.h"
#include "lib/json.h"
#include "mcp/wrap_config.h"

static void write_names(const char *before, const json_t *names)
{
    size_t i;
    const json_t *name;
    json_array_foreach(names, i, name)
    {
        BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
        bh_buf_init(&text, BH_WRAP_CONFIG_BYTES * 6);
        bh_output_add_neutral(bh_json_text(name), &text);
        bh_output_write_line("%s %.*s", before, (int)text.len, bh_buf_span(&text).data);
    }
}

static void write_skipped(const json_t *skipped)
{
    size_t i;
    const json_t *entry;
    json_array_foreach(skipped, i, entry)
    {
        BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
        bh_buf_init(&text, BH_WRAP_CONFIG_BYTES * 6);
        bh_output_add_neutral(bh_json_member_text(entry, "server"), &text);
        bh_output_write_line("Not wrapped: %.*s: %s.", (int)text.len, bh_buf_span(&text).data,
            json_string_value(json_object_get(entry, "reason")));
    }
}

static const char *word_for(bool undo, bool dry_run)
{
    if (undo)
        return dry_run ? "Would unwrap:" : "Unwrapped:";
    return dry_run ? "Would wrap:" : "Wrapped:";
}

static void write_report(const char *path, const struct bh_wrap_report *report, bool undo, bool dry_run)
{
    write_names(word_for(undo, dry_run), report->changed);
    if (!undo)
        write_names("Was wrapped before:", report->unchanged);
    write_skipped(report->skipped);
    if (json_array_size(report->changed) == 0)
        bh_output_write_line("%s: there is nothing to change.", path);
    else if (!undo && !dry_run)
        bh_output_write_line(
            "The file as it was is in %s%s; `behalf mcp unwrap` restores it.", path, BH_WRAP_BACKUP);
}

static int write_json(const struct bh_wrap_report *report, bool dry_run)
{
    BH_CLEANUP(bh_json_release)
    json_t *json = json_pack("{s:b, s:O, s:O, s:O}", "dryRun", (int)dry_run, "changed", report->changed,
        "preserved", report->unchanged, "skipped", report->skipped);
    if (json == NULL)
        return bh_output_no_memory();
    bh_output_write_json(json);
    return 0;
}

/* Under the lock of all that changes settings: what is read must still be there when it is written. */
static enum bh_err change(
    const char *path, bool undo, bool dry_run, struct bh_wrap_report *report, struct bh_buf *problem)
{
    struct bh_place_texts texts;
    struct bh_place place;
    int lock;
    if (!bh_place_find(&texts, &place, problem))
        return BH_ERR_IO;
    place.dry_run = dry_run;
    if (!bh_place_lock(&place, &lock, problem))
        return BH_ERR_IO;
    enum bh_err err = undo ? bh_wrap_config_undo(path, dry_run, report, problem)
                           : bh_wrap_config_apply(path, dry_run, report, problem);
    bh_place_unlock(lock);
    return err;
}

int bh_wrap_report_run(const char *path, bool undo, bool dry_run, bool json)
{
    BH_CLEANUP(bh_wrap_report_finish) struct bh_wrap_report report = {NULL, NULL, NULL, NULL, 0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf problem = {0};
    bh_buf_init(&problem, 16384);
    if (!bh_wrap_report_init(&report))
        return bh_output_no_memory();
    enum bh_err err = change(path, undo, dry_run, &report, &problem);
    if (err != BH_OK) {
        bh_output_error(BH_ABSENT, bh_buf_span(&problem), BH_ABSENT);
        return 1;
    }
    if (json)
        return write_json(&report, dry_run);
    write_report(path, &report, undo, dry_run);
    return 0;
}
