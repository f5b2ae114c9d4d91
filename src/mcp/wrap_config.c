// SPDX-License-Identifier: Apache-2.0
#include "mcp/wrap_config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/output.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/number_check.h"

#define PATH_LIMIT 4096
#define NUMBER_SHOWN 64

/* ---- files ---- */

static bool add_backup_path(const char *path, struct bh_buf *ret_path)
{
    bh_buf_init(ret_path, PATH_LIMIT);
    bh_buf_add_text(ret_path, path);
    bh_buf_add_text(ret_path, BH_WRAP_BACKUP);
    bh_buf_add_char(ret_path, 0);
    return !ret_path->failed;
}

static enum bh_err fail(struct bh_buf *problem, const char *path, const char *what, enum bh_err err)
{
    bh_buf_addf(problem, "%s %s", path, what);
    return err;
}

/* The document with its text. A member that occurs twice would be lost by writing it. */
static enum bh_err read_document(
    const char *path, struct bh_buf *text, json_t **ret_document, struct bh_buf *problem)
{
    json_t *document = NULL;
    bh_buf_init(text, BH_WRAP_CONFIG_BYTES);
    enum bh_err err = bh_file_read(path, text);
    if (err == BH_ERR_NOT_FOUND)
        return fail(problem, path, "does not exist.", err);
    if (err != BH_OK)
        return fail(problem, path, "cannot be read, or is larger than 4 MiB.", err);
    err = bh_json_parse_unique(bh_buf_span(text), &document);
    if (err != BH_OK)
        return fail(problem, path, "is not a JSON object in which no member occurs twice; it was left alone.",
            BH_ERR_BODY_NOT_JSON);
    const json_t *servers = json_object_get(document, "mcpServers");
    if (servers != NULL && !json_is_object(servers)) {
        json_decref(document);
        return fail(
            problem, path, "has mcpServers that are no object; it was left alone.", BH_ERR_BODY_NOT_JSON);
    }
    *ret_document = document;
    return BH_OK;
}

/* The folder may come from a stranger: a link in it must not lead us to write elsewhere. */
static bool is_link(const char *path)
{
    struct stat about;
    return lstat(path, &about) == 0 && S_ISLNK(about.st_mode);
}

static enum bh_err write_text(const char *path, struct bh_span text, struct bh_buf *problem)
{
    if (is_link(path))
        return fail(problem, path, "is a symbolic link; it was left alone.", BH_ERR_IO);
    if (bh_file_replace(path, text, 0600) == BH_OK)
        return BH_OK;
    bh_buf_addf(problem, "%s could not be written: %s.", path, strerror(errno));
    return BH_ERR_IO;
}

static void add_text(const json_t *document, struct bh_buf *out)
{
    bh_buf_init(out, BH_WRAP_CONFIG_BYTES * 4);
    bh_output_add_json(document, out);
    bh_buf_add_char(out, '\n');
}

static enum bh_err write_document(const char *path, const json_t *document, struct bh_buf *problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    add_text(document, &text);
    if (text.failed)
        return fail(problem, path, "would become too large.", BH_ERR_NO_MEMORY);
    return write_text(path, bh_buf_span(&text), problem);
}

/* Of a text in which a number would become another one by being written. */
static enum bh_err check_numbers(const char *path, struct bh_span text, struct bh_buf *problem)
{
    struct bh_span number = bh_number_check_find(text);
    if (bh_span_is_absent(number))
        return BH_OK;
    bh_buf_addf(problem, "%s has the number %.*s, which would become another one; it was left alone.", path,
        (int)(number.len < NUMBER_SHOWN ? number.len : NUMBER_SHOWN), number.data);
    return BH_ERR_CONFLICT;
}

/* ---- there ---- */

/* A backup stays what it is as long as something is wrapped: it has the file from before. */
static enum bh_err keep_backup(
    const char *path, struct bh_span text, bool something_is_wrapped, struct bh_buf *problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf backup = {0};
    if (!add_backup_path(path, &backup))
        return fail(problem, path, "is too long a name.", BH_ERR_IO);
    if (something_is_wrapped && access(backup.data, F_OK) == 0)
        return BH_OK;
    return write_text(backup.data, text, problem);
}

enum bh_err bh_wrap_config_apply(
    const char *path, bool dry_run, struct bh_wrap_report *report, struct bh_buf *problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    BH_CLEANUP(bh_json_release) json_t *document = NULL;
    enum bh_err err = read_document(path, &text, &document, problem);
    if (err != BH_OK)
        return err;
    if (!bh_wrap_servers(document, report))
        return fail(problem, path, "needs more memory than there is.", BH_ERR_NO_MEMORY);
    if (dry_run || json_array_size(report->changed) == 0)
        return BH_OK;
    err = check_numbers(path, bh_buf_span(&text), problem);
    if (err == BH_OK)
        err = keep_backup(path, bh_buf_span(&text), json_array_size(report->unchanged) > 0, problem);
    return err == BH_OK ? write_document(path, document, problem) : err;
}

/* ---- and back ---- */

/* True when the file is exactly what wrapping has made of the backup, whose text is returned. */
static bool was_left_alone(const char *backup_path, struct bh_span now, struct bh_buf *backup_text)
{
    BH_CLEANUP(bh_json_release) json_t *document = NULL;
    BH_CLEANUP(bh_wrap_report_finish) struct bh_wrap_report report = {NULL, NULL, NULL, NULL, 0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf wrapped = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf unused = {0};
    bh_buf_init(&unused, PATH_LIMIT * 2);
    if (read_document(backup_path, backup_text, &document, &unused) != BH_OK ||
        !bh_wrap_report_init(&report) || !bh_wrap_servers(document, &report))
        return false;
    add_text(document, &wrapped);
    return !wrapped.failed && bh_span_equal(bh_buf_span(&wrapped), now);
}

enum bh_err bh_wrap_config_undo(
    const char *path, bool dry_run, struct bh_wrap_report *report, struct bh_buf *problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf old = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf backup = {0};
    BH_CLEANUP(bh_json_release) json_t *document = NULL;
    enum bh_err err = read_document(path, &text, &document, problem);
    if (err != BH_OK)
        return err;
    if (!bh_unwrap_servers(document, report) || !add_backup_path(path, &backup))
        return fail(problem, path, "needs more memory than there is.", BH_ERR_NO_MEMORY);
    if (dry_run || json_array_size(report->changed) == 0)
        return BH_OK;
    if (was_left_alone(backup.data, bh_buf_span(&text), &old))
        err = write_text(path, bh_buf_span(&old), problem);
    else if ((err = check_numbers(path, bh_buf_span(&text), problem)) == BH_OK)
        err = write_document(path, document, problem);
    if (err == BH_OK)
        (void)unlink(backup.data);
    return err;
}
