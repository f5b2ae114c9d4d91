// SPDX-License-Identifier: Apache-2.0
#include "cli/copies.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/output.h"

#define MEGABYTE 1048576
#define SHOWN_EVERY (4 * (int64_t)MEGABYTE)

/* ---- progress -------------------------------------------------------------------------------------------
 */

void bh_copy_line_init(struct bh_copy_line *line, const char *verb, bool json)
{
    *line = (struct bh_copy_line){.verb = verb, .shown = !json && isatty(STDERR_FILENO) == 1};
}

void bh_copy_line_show(void *context, int64_t done, int64_t total)
{
    struct bh_copy_line *line = context;
    if (!line->shown || (done < line->next && done != total))
        return;
    line->next = done + SHOWN_EVERY;
    fprintf(stderr, "\r%s %lld of %lld MB", line->verb, (long long)((done + MEGABYTE - 1) / MEGABYTE),
        (long long)((total + MEGABYTE - 1) / MEGABYTE));
}

static void show_rows(void *context, int64_t done, int64_t total)
{
    const struct bh_copy_line *line = context;
    if (line->shown)
        fprintf(stderr, "\r%s %lld of %lld decisions", line->verb, (long long)done,
            (long long)(total > done ? total : done));
}

void bh_copy_line_clear(const struct bh_copy_line *line)
{
    if (line->shown)
        fputs("\r\033[K", stderr);
}

/* ---- errors ---------------------------------------------------------------------------------------------
 */

int bh_copy_fail(const char *hint, const char *format, ...)
{
    char text[BH_COPIES_TEXT];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    bh_output_error(BH_ABSENT, bh_span_from(text), bh_span_from(hint));
    return 1;
}

int bh_copy_fail_with(enum bh_err err, const char *what)
{
    int reason = errno;
    const struct bh_err_info *info = bh_err_info(err);
    if (err == BH_ERR_STORE_FULL || (err == BH_ERR_IO && (reason == ENOSPC || reason == EDQUOT)))
        return bh_copy_fail("Free some space, or name another disk.", "%s: the disk is full.", what);
    if (err == BH_ERR_IO)
        return bh_copy_fail("", "%s: %s.", what, strerror(reason));
    if (err == BH_ERR_STORE_UNAVAILABLE || err == BH_ERR_STORE_BUSY)
        return bh_copy_fail("Look at the disk, and at who may write to the folder.",
            "%s: the database cannot be read or written.", what);
    return bh_copy_fail(info->hint, "%s: %s", what, info->text);
}

int bh_copy_fail_examined(enum bh_err err, const char *path)
{
    if (err == BH_ERR_NOT_FOUND)
        return bh_copy_fail("", "%s is no database of BehalfID.", path);
    if (err == BH_ERR_STORE_CORRUPT)
        return bh_copy_fail("Take another backup.", "%s is damaged, or is no database.", path);
    return bh_copy_fail_with(err, path);
}

/* ---- the log --------------------------------------------------------------------------------------------
 */

bool bh_copy_verify_log(
    struct bh_db *db, const struct bh_server_key *key, const char *path, const char *hint, bool json)
{
    struct bh_audit_report report;
    struct bh_copy_line line;
    bh_copy_line_init(&line, "checked", json);
    enum bh_err err = bh_audit_verify(db, key, NULL, NULL, show_rows, &line, &report);
    bh_copy_line_clear(&line);
    if (err != BH_OK)
        return bh_copy_fail_with(err, "The audit log cannot be checked") == 0;
    if (!report.intact)
        return bh_copy_fail(hint, "The audit log in %s is not intact: %lld missing, %lld altered.", path,
                   (long long)report.missing, (long long)report.altered) == 0;
    return true;
}

/* ---- files ----------------------------------------------------------------------------------------------
 */

const char *bh_copy_data_dir(const char *given)
{
    if (given == NULL)
        given = getenv("BEHALFID_DATA");
    return given == NULL || given[0] == 0 ? "./data" : given;
}

bool bh_copy_folder_of(const char *path, char ret_folder[static BH_COPIES_TEXT])
{
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - path);
    if (slash == path)
        length = 1;
    if (length >= BH_COPIES_TEXT)
        return false;
    memcpy(ret_folder, path, length);
    ret_folder[length] = 0;
    if (length == 0)
        snprintf(ret_folder, BH_COPIES_TEXT, ".");
    return true;
}

bool bh_copy_same_file(const char *one, const char *other)
{
    struct stat first;
    struct stat second;
    return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}
