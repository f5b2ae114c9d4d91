// SPDX-License-Identifier: Apache-2.0
/*
 * What `behalf members` and `behalf tokens` share: they are about people, so they take a session and no
 * token.
 */
#ifndef BH_CLI_PEOPLE_H
#define BH_CLI_PEOPLE_H

#include "client/client.h"

/* As bh_client_begin(), with the session alone: without one the error is printed. The client is to be
 * finished also after a failure. */
BH_MUST_USE
bool bh_people_begin(const struct bh_usage *usage, int argc, char **argv, const struct bh_client_flags *flags,
    struct bh_arguments *ret_arguments, struct bh_client *ret_client, int *ret_status);
/*
 * A whole command with one operand, which deletes what `path` names (%s = the operand): told as
 * "<operand> <done>." or {"<done>": true, "id": <operand>}. `words` lacks options and how many operands.
 */
int bh_people_run_delete(
    const struct bh_usage *words, const char *path, const char *done, int argc, char **argv);
/* A table; the columns are headings and members. One that no row has a value for is left out. */
void bh_people_write_rows(const json_t *rows, const char *const *columns, size_t count);
/* Shows what has a secret in `member`, and the note that it is not shown again; returns the exit status.
 * `answer` may be NULL: its error is printed already. */
BH_MUST_USE
int bh_people_report_secret(const json_t *answer, const char *member, const char *note, bool as_json);

#endif
