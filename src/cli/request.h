// SPDX-License-Identifier: Apache-2.0
/*
 * What commands of a person have in common: those that are one request, whose operands stand in the path and
 * whose answer is shown, and those whose answer is a secret.
 */
#ifndef BH_CLI_REQUEST_H
#define BH_CLI_REQUEST_H

#include <jansson.h>

#include "client/options.h"

struct bh_request_command {
    struct bh_usage usage;     /* without options and without how many operands: that is added here */
    bool by_session;           /* nothing else will do: bh_people_begin(); else a developer token too */
    const char *method, *path; /* each %s of the path is an operand, percent-encoded */
    const char *status;        /* the body sets "status" to it; NULL = no body */
    const char *id_member;     /* under this name JSON has the operand too; or NULL */
    /* What people see of the answer; NULL: that `subject`, the last operand, `outcome`. */
    void (*write)(const json_t *answer);
    const char *subject, *outcome; /* "Rule", "deleted" */
};

/* The whole command; returns the exit status. */
int bh_request_run(const struct bh_request_command *command, int argc, char **argv);

/* How a command that makes a secret ends: `member` of the answer is the secret. */
struct bh_secret_words {
    const char *member;                  /* "rawKey" */
    const char *what;                    /* "key": without it the answer is an error that says so */
    void (*write)(const json_t *answer); /* for people */
};
/*
 * Shows the answer before anything else can fail, because the secret cannot be had again. False with the
 * error printed when there is none in it. `answer` may be NULL: its error is printed already.
 */
BH_MUST_USE
bool bh_secret_show(const json_t *answer, const struct bh_secret_words *words, bool as_json);

#endif
