// SPDX-License-Identifier: Apache-2.0
/*
 * What `behalf backup` and `behalf restore` share: how a copy is looked through, how its progress is shown,
 * how errors are told.
 */
#ifndef BH_CLI_COPIES_H
#define BH_CLI_COPIES_H

#include "lib/buf.h"
#include "store/audit.h"
#include "store/copy.h"

#define BH_COPIES_TEXT 8192

/* "wrote 12 of 345 MB" on a terminal, nothing elsewhere. */
struct bh_copy_line {
    const char *verb; /* "copied" */
    bool shown;       /* stderr is a terminal, and JSON was not asked for */
    int64_t next;     /* bytes from which it is written again */
};
void bh_copy_line_init(struct bh_copy_line *line, const char *verb, bool json);
/* A bh_copy_progress_fn; `context` is the line. */
void bh_copy_line_show(void *context, int64_t done, int64_t total);
void bh_copy_line_clear(const struct bh_copy_line *line);

/* Prints the error; returns 1. */
BH_MUST_USE
int bh_copy_fail(const char *hint, const char *format, ...) BH_PRINTF(2, 3);
/* The same for what has no better words: `what` could not be done. errno counts for BH_ERR_IO. */
BH_MUST_USE
int bh_copy_fail_with(enum bh_err err, const char *what);
/* A copy that bh_copy_examine() has refused. `path`: as the user knows it. */
BH_MUST_USE
int bh_copy_fail_examined(enum bh_err err, const char *path);
/* The chain of an open copy by the code of `behalf audit verify`. The report is printed there, so only its
 * end counts: false with the error printed when the log is not intact. */
BH_MUST_USE
bool bh_copy_verify_log(
    struct bh_db *db, const struct bh_server_key *key, const char *path, const char *hint, bool json);
/* The folder of --data, else of BEHALFID_DATA, else ./data. */
const char *bh_copy_data_dir(const char *given);
/* The folder in which `path` lies. False when that is too long. */
BH_MUST_USE
bool bh_copy_folder_of(const char *path, char ret_folder[static BH_COPIES_TEXT]);
/* Whether both are there and are the same file or folder. */
bool bh_copy_same_file(const char *one, const char *other);

#endif
