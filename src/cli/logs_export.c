// SPDX-License-Identifier: Apache-2.0
/*
 * `behalf logs export`: all rows that match, as JSON lines or CSV, in constant memory. A file gets its name
 * when it is complete: half an export must not be taken for a whole one.
 */
#include "cli/logs_filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/client.h"
#include "client/output.h"
#include "lib/json.h"

#define PATH_LIMIT 65536
#define ROW_LIMIT (1u << 20)
#define PROGRESS_EVERY (1 << 20)

struct sink {
    FILE *file;
    const char *path; /* NULL: stdout */
    char *part_path;
    bool failed;
    bool shows_progress;
    int64_t bytes, shown;
    int64_t rows;
    bool csv, quoted; /* a line break within quotes ends no row */
};

static void show_progress(struct sink *sink, bool last)
{
    if (!sink->shows_progress || (!last && sink->bytes - sink->shown < PROGRESS_EVERY))
        return;
    sink->shown = sink->bytes;
    fprintf(stderr, "\r\033[K%.1f MB%s", (double)sink->bytes / 1e6, last ? "\n" : "");
}

static void count_rows(struct sink *sink, struct bh_span piece)
{
    for (size_t i = 0; i < piece.len; i++) {
        if (sink->csv && piece.data[i] == '"')
            sink->quoted = !sink->quoted;
        sink->rows += piece.data[i] == '\n' && !sink->quoted;
    }
}

static bool write_piece(void *context, struct bh_span piece)
{
    struct sink *sink = context;
    if (fwrite(piece.data, 1, piece.len, sink->file) != piece.len)
        sink->failed = true;
    sink->bytes += (int64_t)piece.len;
    count_rows(sink, piece);
    show_progress(sink, false);
    return !sink->failed;
}

static int fail_writing(const struct sink *sink)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {0};
    bh_buf_init(&message, PATH_LIMIT);
    bh_buf_addf(&message, "%s cannot be written.", sink->path == NULL ? "The output" : sink->path);
    bh_output_error(BH_ABSENT, bh_buf_span(&message), BH_ABSENT);
    return 1;
}

static bool open_sink(struct sink *sink)
{
    sink->shows_progress = isatty(STDERR_FILENO) == 1 && (sink->path != NULL || isatty(STDOUT_FILENO) == 0);
    sink->file = stdout;
    if (sink->path == NULL)
        return true;
    size_t size = strlen(sink->path) + sizeof(".part");
    sink->part_path = malloc(size);
    if (sink->part_path == NULL)
        return false;
    snprintf(sink->part_path, size, "%s.part", sink->path);
    sink->file = fopen(sink->part_path, "wbe");
    return sink->file != NULL;
}

/* The file gets its name, or is removed. */
static int close_sink(struct sink *sink, int status)
{
    if (sink->path == NULL)
        return fflush(stdout) == 0 && !sink->failed ? status : fail_writing(sink);
    bool written = fclose(sink->file) == 0 && !sink->failed;
    if (status == 0 && written && rename(sink->part_path, sink->path) == 0) {
        free(sink->part_path);
        return 0;
    }
    unlink(sink->part_path);
    free(sink->part_path);
    return status != 0 && written ? status : fail_writing(sink);
}

/* ---- CSV ------------------------------------------------------------------------------------------------
 */

static void add_path(const struct bh_logs_filter *filter, struct bh_buf *path)
{
    bh_buf_init(path, PATH_LIMIT);
    bh_buf_add_text(path, "/api/dashboard/logs");
    bh_client_add_query(path, "agentId", filter->agent);
    bh_logs_filter_add(filter, path);
}

static int export_csv(struct bh_client *client, const struct bh_logs_filter *filter, struct sink *sink)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    add_path(filter, &path);
    bh_client_add_query(&path, "format", "csv");
    const struct bh_follower follower = {.finite = true, .take = write_piece, .context = sink};
    if (bh_client_follow(client, &path, &follower) != BH_FOLLOW_ENDED)
        return 1;
    return write_piece(sink, BH_SPAN("\n")) ? 0 : 1;
}

/* ---- JSON lines -----------------------------------------------------------------------------------------
 */

static bool write_rows(const json_t *rows, struct sink *sink)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf line = {0};
    bh_buf_init(&line, ROW_LIMIT);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        bh_buf_clear(&line);
        bh_json_add_value(&line, json_array_get(rows, i));
        bh_buf_add_char(&line, '\n');
        if (line.failed || !write_piece(sink, bh_buf_span(&line)))
            return false;
    }
    return true;
}

/* One page; *ret_before is where the next one begins, "" after the last. */
static bool export_page(struct bh_client *client, const struct bh_logs_filter *filter, struct sink *sink,
    char ret_before[static 64])
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    add_path(filter, &path);
    bh_client_add_query(&path, "limit", "500");
    bh_client_add_query(&path, "before", ret_before[0] == 0 ? NULL : ret_before);
    BH_CLEANUP(bh_json_release) json_t *answer = bh_client_call(client, "GET", &path, NULL);
    const json_t *rows = json_object_get(answer, "logs");
    if (answer == NULL)
        return false;
    if (!json_is_array(rows)) {
        bh_output_error(BH_SPAN("bad_response"), BH_SPAN("The answer of the server has no log."), BH_ABSENT);
        return false;
    }
    struct bh_span next = bh_json_member_text(json_object_get(answer, "pagination"), "nextBefore");
    snprintf(ret_before, 64, "%.*s", next.len < 64 ? (int)next.len : 0, next.len > 0 ? next.data : "");
    return write_rows(rows, sink);
}

static int export_lines(struct bh_client *client, const struct bh_logs_filter *filter, struct sink *sink)
{
    char before[64] = "";
    do {
        if (!export_page(client, filter, sink, before))
            return 1;
    } while (before[0] != 0);
    return 0;
}

/* ---- the command ----------------------------------------------------------------------------------------
 */

static int export_logs(
    struct bh_client *client, const struct bh_logs_filter *filter, const char *path, bool csv)
{
    struct sink sink = {.path = path, .csv = csv};
    if (!bh_client_needs_token(client))
        return 1;
    if (!open_sink(&sink)) {
        free(sink.part_path);
        return fail_writing(&sink);
    }
    int status = csv ? export_csv(client, filter, &sink) : export_lines(client, filter, &sink);
    show_progress(&sink, true);
    status = close_sink(&sink, status);
    int64_t rows = sink.rows - (csv ? 1 : 0); /* without the headings */
    if (status == 0 && path != NULL)
        bh_output_note("Wrote %lld row%s to %s.", (long long)rows, rows == 1 ? "" : "s", path);
    return status;
}

int bh_cmd_logs_export(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    struct bh_logs_filter filter = {0};
    const char *path = NULL;
    bool csv = false;
    const struct bh_option options[] = {
        BH_OPTION_FLAG("csv", 0, csv, "CSV rather than one line of JSON for each entry"),
        BH_OPTION_VALUE("output", 'o', path, "FILE", "write there (default: stdout)"),
        BH_LOGS_FILTER_OPTIONS(filter),
        BH_OPTION_DEVELOPER_TOKEN(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "logs export",
        .summary = "Write the account's log to a file, newest first",
        .details = "However long it is. The file appears when it is complete.",
        .examples = "logs export --csv -o log.csv\nlogs export --denied --since 7d | jq .action",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    int status;
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    status = bh_logs_filter_check(&usage, &filter);
    return status == 0 ? export_logs(&client, &filter, path, csv) : status;
}
