// SPDX-License-Identifier: Apache-2.0
/*
 * `behalf audit verify`: walks the audit log of a data folder, also while a server uses it. It reads only,
 * and makes neither folder nor key where there is none.
 */
#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/audit_checkpoint.h"
#include "client/group.h"
#include "client/options.h"
#include "client/output.h"
#include "lib/json.h"
#include "store/audit.h"
#include "store/data_dir.h"
#include "store/replace.h"

#define BUSY_TIMEOUT_MS 10000
#define TEXT_LIMIT 65536
#define FINDINGS_IN_JSON 10000 /* further ones are counted only */

#define STATUS_INTACT 0
#define STATUS_NOT_INTACT 1
#define STATUS_NOT_CHECKED 2

struct check {
    bool json;
    bool progress; /* stderr is a terminal */
    json_t *findings;
    int64_t omitted;
    const char *checkpoint_path; /* NULL: none */
    struct bh_audit_known known;
};

static const char *kind_text(enum bh_audit_finding_kind kind)
{
    switch (kind) {
    case BH_AUDIT_MISSING:
        return "missing";
    case BH_AUDIT_ALTERED:
        return "altered";
    case BH_AUDIT_ERASED:
        return "erased";
    case BH_AUDIT_HEAD_BROKEN:
        return "head broken";
    case BH_AUDIT_CHECKPOINT_BROKEN:
        return "checkpoint broken";
    case BH_AUDIT_TRAIL_BROKEN:
        return "erasure trail broken";
    case BH_AUDIT_UNRECORDED:
        return "erased without record";
    case BH_AUDIT_NOT_ERASED:
        return "not erased";
    case BH_AUDIT_EXECUTION_MISSING:
        return "execution missing";
    case BH_AUDIT_EXECUTION_ALTERED:
        return "execution altered";
    case BH_AUDIT_EXECUTION_STRAY:
        return "execution without decision";
    default:
        return "unknown";
    }
}

static const char *held_text(enum bh_audit_held held)
{
    switch (held) {
    case BH_AUDIT_HOLDS:
        return "holds";
    case BH_AUDIT_REMOVED:
        return "removed by retention";
    case BH_AUDIT_CUT:
        return "the log is shorter";
    case BH_AUDIT_RECOMPUTED:
        return "the log is another";
    case BH_AUDIT_NOT_ASKED:
    default:
        return "not asked";
    }
}

static void clear_progress(const struct check *check)
{
    if (check->progress)
        fputs("\r\033[K", stderr);
}

static void keep_finding(struct check *check, const struct bh_audit_finding *finding)
{
    if (json_array_size(check->findings) >= FINDINGS_IN_JSON) {
        check->omitted++;
        return;
    }
    json_t *json = json_pack("{s:s, s:I, s:I}", "kind", kind_text(finding->kind), "first",
        (json_int_t)finding->first, "last", (json_int_t)finding->last);
    if (json == NULL || json_array_append_new(check->findings, json) != 0)
        check->omitted++;
}

static void on_finding(void *context, const struct bh_audit_finding *finding)
{
    struct check *check = context;
    if (check->json) {
        keep_finding(check, finding);
        return;
    }
    clear_progress(check);
    if (finding->first == finding->last)
        bh_output_write_line("%s %lld", kind_text(finding->kind), (long long)finding->first);
    else
        bh_output_write_line(
            "%s %lld..%lld", kind_text(finding->kind), (long long)finding->first, (long long)finding->last);
}

static void on_progress(void *context, int64_t done, int64_t total)
{
    const struct check *check = context;
    if (check->progress)
        fprintf(
            stderr, "\rchecked %lld of %lld rows", (long long)done, (long long)(total > done ? total : done));
}

static void write_held(const struct check *check, const struct bh_audit_report *report)
{
    static const char *const meanings[] = {
        [BH_AUDIT_HOLDS] = "The log still holds all that it held then.",
        [BH_AUDIT_REMOVED] = "Retention has removed that entry: nothing can be said any more.",
        [BH_AUDIT_CUT] = "The log is shorter than it was: an older copy was put in its place.",
        [BH_AUDIT_RECOMPUTED] = "The log is not the one that it was: it was put back or computed anew.",
    };
    if (report->held != BH_AUDIT_NOT_ASKED)
        bh_output_write_line("checkpoint %lld: %s. %s", (long long)check->known.size, held_text(report->held),
            meanings[report->held]);
}

static void write_summary(const struct check *check, const struct bh_audit_report *report)
{
    bh_output_write_line("rows     %lld", (long long)report->rows);
    if (report->first != 0)
        bh_output_write_line("ids      %lld..%lld", (long long)report->first, (long long)report->last);
    bh_output_write_line(
        "erased   %lld (by %lld erasures)", (long long)report->erased, (long long)report->erasures);
    if (report->executions > 0)
        bh_output_write_line("executed %lld (by the action gateway)", (long long)report->executions);
    bh_output_write_line("removed  %lld (by retention)", (long long)report->removed);
    bh_output_write_line("missing  %lld", (long long)report->missing);
    bh_output_write_line("altered  %lld", (long long)report->altered);
    bh_output_write_line("chain    %s", report->chain);
    write_held(check, report);
    bh_output_write_line("%s", report->intact ? "The audit log is intact." : "The audit log is NOT intact.");
}

static bool write_json(const struct check *check, const struct bh_audit_report *report)
{
    BH_CLEANUP(bh_json_release)
    json_t *json = json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:O, s:I}", "intact",
        (int)report->intact, "rows", (json_int_t)report->rows, "first", (json_int_t)report->first, "last",
        (json_int_t)report->last, "erased", (json_int_t)report->erased, "erasures",
        (json_int_t)report->erasures, "executions", (json_int_t)report->executions, "removed",
        (json_int_t)report->removed, "missing", (json_int_t)report->missing, "altered",
        (json_int_t)report->altered, "chain", report->chain, "findings", check->findings, "findingsOmitted",
        (json_int_t)check->omitted);
    if (json == NULL)
        return false;
    if (report->held != BH_AUDIT_NOT_ASKED &&
        json_object_set_new(json, "checkpoint",
            json_pack(
                "{s:I, s:s}", "size", (json_int_t)check->known.size, "result", held_text(report->held))) != 0)
        return false;
    bh_output_write_json(json);
    return true;
}

static int fail(enum bh_err err)
{
    const struct bh_err_info *info = bh_err_info(err);
    bh_output_error(bh_span_from(info->code), bh_span_from(info->text), bh_span_from(info->hint));
    return STATUS_NOT_CHECKED;
}

static int fail_without_database(const char *data_dir)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {.limit = TEXT_LIMIT};
    bh_buf_addf(&message, "There is no database in %s.", data_dir);
    bh_output_error(BH_ABSENT, bh_buf_span(&message), BH_SPAN("Name the data folder with --data."));
    return STATUS_NOT_CHECKED;
}

/* Loading would make a key where there is none: a server does that, a check must not. */
static enum bh_err load_key(const char *data_dir, struct bh_server_key *ret_key)
{
    const char *secret = getenv("BEHALFID_SECRET_KEY");
    if ((secret == NULL || secret[0] == 0) && !bh_data_dir_has(data_dir, "server.key"))
        return BH_ERR_SECRET_KEY;
    return bh_server_key_load(data_dir, secret, ret_key);
}

static enum bh_err verify_store(struct bh_store *store, const struct bh_server_key *key, struct check *check,
    struct bh_audit_report *ret_report)
{
    struct bh_db *reader;
    enum bh_err err = bh_store_reader_borrow(store, &reader);
    if (err != BH_OK)
        return err;
    err = bh_audit_verify(reader, key, check->checkpoint_path == NULL ? NULL : &check->known, on_finding,
        on_progress, check, ret_report);
    bh_store_reader_return(store, reader);
    clear_progress(check);
    return err;
}

static enum bh_err verify_data(const char *data_dir, struct check *check, struct bh_audit_report *ret_report)
{
    struct bh_server_key key;
    struct bh_store *store;
    bh_replace_resume(data_dir);
    enum bh_err err = load_key(data_dir, &key);
    if (err != BH_OK)
        return err;
    const struct bh_store_options options = {
        .data_dir = data_dir, .key = &key, .busy_timeout_ms = BUSY_TIMEOUT_MS};
    if (check->checkpoint_path != NULL &&
        !bh_audit_checkpoint_load(check->checkpoint_path, &key, &check->known)) {
        bh_wipe(&key, sizeof(key));
        return BH_ERR_AUDIT_CHECKPOINT;
    }
    err = bh_store_open(&options, &store);
    if (err == BH_OK) {
        err = verify_store(store, &key, check, ret_report);
        bh_store_close(store);
    }
    bh_wipe(&key, sizeof(key));
    return err;
}

static int verify(const char *data_dir, const char *checkpoint_path, bool json)
{
    struct bh_audit_report report;
    BH_CLEANUP(bh_json_release) json_t *findings = json_array();
    struct check check = {.json = json,
        .progress = isatty(STDERR_FILENO) == 1,
        .findings = findings,
        .checkpoint_path = checkpoint_path};
    if (findings == NULL)
        return fail(BH_ERR_NO_MEMORY);
    if (!bh_data_dir_has(data_dir, "behalf.db"))
        return fail_without_database(data_dir);
    enum bh_err err = verify_data(data_dir, &check, &report);
    if (err == BH_ERR_AUDIT_CHECKPOINT)
        return STATUS_NOT_CHECKED; /* told already */
    if (err != BH_OK)
        return fail(err);
    if (!json)
        write_summary(&check, &report);
    else if (!write_json(&check, &report))
        return fail(BH_ERR_NO_MEMORY);
    return report.intact ? STATUS_INTACT : STATUS_NOT_INTACT;
}

static bool verify_was_run; /* else a status of 1 comes from the command line, and means that it was wrong */

static int run_verify(int argc, char **argv)
{
    const char *data_dir = getenv("BEHALFID_DATA");
    if (data_dir == NULL || data_dir[0] == 0)
        data_dir = "./data";
    const char *checkpoint_path = NULL;
    const struct bh_option options[] = {
        {.name = "data",
            .value = &data_dir,
            .value_name = "DIR",
            .help = "data folder (default: BEHALFID_DATA, else ./data)"},
        {.name = "checkpoint",
            .value = &checkpoint_path,
            .value_name = "FILE",
            .help = "hold a checkpoint that was kept elsewhere against the log"},
    };
    const struct bh_usage usage = {.command = "audit verify",
        .summary = "Check that the audit log is whole and unaltered",
        .details = "Walks the chain of hashes from the oldest row to the signed newest one. Works also while "
                   "a server\n"
                   "runs. Each finding is a line: missing, altered, erased (allowed), head broken, "
                   "checkpoint broken,\n"
                   "erasure trail broken, erased without record, not erased.",
        .examples = "audit verify --data ./data\naudit verify --checkpoint yesterday.json --json",
        .exits = "0 intact, 1 not intact, 2 wrong options or not checked",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    verify_was_run = true;
    return verify(data_dir, checkpoint_path, arguments.json);
}

int bh_cmd_audit(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"verify", run_verify, "check that the audit log is whole and unaltered"},
        {"checkpoint", bh_cmd_audit_checkpoint, "fetch the signed checkpoint of a server's log"},
    };
    static const struct bh_command_group group = {.name = "behalf audit",
        .summary = "Look after the audit log",
        .commands = commands,
        .command_count = BH_COUNT(commands)};
    int status = bh_group_run(&group, argc, argv);
    bool fetched = argc > 1 && strcmp(argv[1], "checkpoint") == 0;
    return status == 0 || verify_was_run || fetched ? status : STATUS_NOT_CHECKED;
}
