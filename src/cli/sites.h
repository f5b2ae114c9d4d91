// SPDX-License-Identifier: Apache-2.0
/*
 * What the files of `behalf sites` share.
 */
#ifndef BH_CLI_SITES_H
#define BH_CLI_SITES_H

#include "client/client.h"
#include "client/output.h"

/* Which part of which site a command is about: /api/dashboard/sites[/SITE[/PART[/ITEM[/VERB]]]][?QUERY]. */
struct bh_sites_target {
    const char *site, *part, *item, *verb; /* NULL = no further */
    struct bh_span query;                  /* "?..."; absent = none */
};

/*
 * A command that takes a site, and perhaps something of it, and shows or changes that. `usage` lacks the
 * options that all of them have; they are added here.
 */
struct bh_sites_command {
    struct bh_usage usage;
    const char *method, *part, *verb;
    bool of_item;       /* the second operand names something of the site */
    const char *status; /* what "status" is set to; NULL = no body */
    /* What people see of the answer; NULL: that `subject`, the last operand, `outcome`. */
    void (*write)(const json_t *answer, const struct bh_arguments *arguments);
    const char *subject, *outcome; /* "Rule", "deleted" */
};

int bh_sites_run(const struct bh_sites_command *command, int argc, char **argv);

/* bh_client_begin(), and the credential of a person. False: the command is over, with *ret_status. */
BH_MUST_USE
bool bh_sites_begin(const struct bh_usage *usage, int argc, char **argv, const struct bh_client_flags *flags,
    struct bh_arguments *ret_arguments, struct bh_client *ret_client, int *ret_status);
/* The answer is the caller's; NULL with the error printed. */
json_t *bh_sites_call(
    struct bh_client *client, const char *method, const struct bh_sites_target *target, const json_t *body);
/* The members of `object` that have a value, as keys and values. */
void bh_sites_write_pairs(const json_t *object, const char *const *keys, size_t count);
/* The items of an array of texts in one cell. */
void bh_sites_add_list(struct bh_table *table, const json_t *array);

void bh_sites_write_rules(const json_t *rules);
/* Notes for people which rules can match nobody, because they demand a directory that is not trusted. */
void bh_sites_note_untrusted(const json_t *rules, const json_t *directories);
void bh_sites_write_keys(const json_t *keys);
void bh_sites_write_directories(const json_t *directories);

/* `behalf sites NAME ...` */
int bh_sites_run_rules(int argc, char **argv);
int bh_sites_run_keys(int argc, char **argv);
int bh_sites_run_directories(int argc, char **argv);
int bh_sites_run_check(int argc, char **argv);

struct bh_command_group;
/* bh_group_run(), but a word that is neither a command of the group nor the id of a site is an error. */
int bh_sites_dispatch(const struct bh_command_group *group, int argc, char **argv);

#endif
