// SPDX-License-Identifier: Apache-2.0
/*
 * JSON files that belong to other programs and of which we change a part: read as a whole, kept in their
 * order, written only when something changed, and read back. Where a file is not understood in full nothing
 * is written, and one sentence says which file and why.
 */
#ifndef BH_CODING_JSON_SETTINGS_H
#define BH_CODING_JSON_SETTINGS_H

#include "coding/host.h"

struct bh_settings {
    struct bh_buf path; /* ends in NUL */
    json_t *before;     /* as it was read; an empty object when there was no file */
    json_t *root;       /* to be changed by the caller */
    bool exists;
    char lossy_number[64]; /* the beginning of a number that would change if we wrote the file; or "" */
};

/* `folder` and `name` ("/x/y.json") make the path. A missing file reads as an empty object. Refused with
 * BH_ERR_CONFLICT: what is no JSON object, names that occur twice in one, text that could not be written
 * back.
 */
BH_MUST_USE
enum bh_err bh_settings_read(
    struct bh_settings *settings, const char *folder, const char *name, struct bh_buf *problem);
void bh_settings_finish(struct bh_settings *settings);
/* Writes root when it differs from what was read and reads it back; a dry run only reports. `mode` is for a
 * new file. Refused with BH_ERR_CONFLICT: a file with a number that would have another value then. */
BH_MUST_USE
enum bh_err bh_settings_write(struct bh_settings *settings, const struct bh_place *place, mode_t mode,
    struct bh_setup_report *report, struct bh_buf *problem);
/* The object or array at `key`, made if it is missing; NULL with the problem told when it is something else
 * (or without memory). */
json_t *bh_settings_member(
    struct bh_settings *settings, json_t *object, const char *key, bool array, struct bh_buf *problem);

/* "The file PATH ...: REASON"; BH_ERR_CONFLICT. */
BH_MUST_USE
enum bh_err bh_settings_refuse(const char *path, const char *reason, struct bh_buf *problem);
/* What errno says about a file that could not be read or written; gives `err` back. */
BH_MUST_USE
enum bh_err bh_settings_fail(enum bh_err err, const char *path, const char *verb, struct bh_buf *problem);

/* Adds to an array of the report what is not in it. */
void bh_report_add(json_t *list, const char *text);
void bh_report_warn(struct bh_setup_report *report, const char *format, ...) BH_PRINTF(2, 3);

#endif
