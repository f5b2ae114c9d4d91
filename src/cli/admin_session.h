// SPDX-License-Identifier: Apache-2.0
/*
 * What the commands below `behalf admin` share: an open data folder, how a write ends, how errors are told.
 */
#ifndef BH_CLI_ADMIN_SESSION_H
#define BH_CLI_ADMIN_SESSION_H

#include "client/options.h"
#include "lib/arena.h"
#include "lib/buf.h"
#include "store/server_key.h"
#include "store/store.h"

/* The groups of commands. */
int bh_admin_token(int argc, char **argv);
int bh_admin_approvals(int argc, char **argv);
int bh_admin_people(int argc, char **argv);
int bh_admin_reset_link(int argc, char **argv);
int bh_admin_keys(int argc, char **argv);

/* Row of an option table; `target` receives the folder. */
#define BH_ADMIN_DATA_OPTION(target)                                                                         \
    BH_OPTION_VALUE("data", 0, target, "DIR", "data folder (default: BEHALFID_DATA, else ./data)")

/* An open data folder and the memory of one command. All zero is closed. */
struct bh_admin_session {
    struct bh_server_key key;
    struct bh_store *store;
    struct bh_arena arena;
};

/*
 * `data_dir` NULL: BEHALFID_DATA, else ./data. Makes neither folder nor database nor key: BH_ERR_NO_DATABASE
 * (printed here, because it names the folder), BH_ERR_SECRET_KEY. To be closed also after a failure.
 */
BH_MUST_USE
enum bh_err bh_admin_session_open(const char *data_dir, struct bh_admin_session *session);
/* For BH_CLEANUP. */
void bh_admin_session_close(struct bh_admin_session *session);

/* A command of an open data folder that has no options but --data. */
struct bh_admin_command {
    struct bh_usage usage; /* without options: they are added here */
    /* Does it and writes the answer as JSON: an object, or an array of them where there are columns. */
    enum bh_err (*run)(
        struct bh_admin_session *session, const struct bh_arguments *arguments, struct bh_buf *out);
    const char *const *headings, *const *members;
    size_t columns;
};
/* The whole command; returns the exit status. */
int bh_admin_run(const struct bh_admin_command *command, int argc, char **argv);

/* Ends a write transaction: commits when `err` says that all went well, else leaves no trace. */
BH_MUST_USE
enum bh_err bh_admin_finish_write(struct bh_db *db, enum bh_err err);
/* Prints the error, but for BH_ERR_NO_DATABASE; returns 1. */
BH_MUST_USE
int bh_admin_fail(enum bh_err err);
/* Prints an object that was written as JSON, as JSON or for people; returns the exit status. */
BH_MUST_USE
int bh_admin_write_object(const struct bh_buf *text, bool as_json);
/* Prints an array of objects, as JSON or as a table of these members; returns the exit status. */
BH_MUST_USE
int bh_admin_write_list(const struct bh_buf *text, bool as_json, const char *const *headings,
    const char *const *members, size_t columns);

#endif
