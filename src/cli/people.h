// SPDX-License-Identifier: Apache-2.0
/*
 * What `behalf members` and `behalf tokens` share: they are about people, so they take a session and no
 * token.
 */
#ifndef BH_CLI_PEOPLE_H
#define BH_CLI_PEOPLE_H

#include "client/client.h"

/* As bh_client_begin(), with the session alone: without one the error is printed. */
BH_MUST_USE
bool bh_people_begin(const struct bh_usage *usage, int argc, char **argv, const struct bh_client_flags *flags,
    struct bh_arguments *ret_arguments, struct bh_client *ret_client, int *ret_status);
/* `before` and, unless NULL, `id`, percent-encoded. The answer is the caller's; NULL with the error printed.
 */
json_t *bh_people_call(
    struct bh_client *client, const char *method, const char *before, const char *id, const json_t *body);
/* DELETE, told as "<id> <done>." or {"<done>": true, "id": ...}; returns the exit status. */
BH_MUST_USE
int bh_people_delete(
    struct bh_client *client, const char *before, const char *id, const char *done, bool as_json);
/* A table; the columns are headings and members. One that no row has a value for is left out. */
void bh_people_write_rows(const json_t *rows, const char *const *columns, size_t count);
/* Shows what has a secret in `member`, and the note that it is not shown again; returns the exit status. */
BH_MUST_USE
int bh_people_report_secret(const json_t *answer, const char *member, const char *note, bool as_json);

#endif
