// SPDX-License-Identifier: Apache-2.0
/*
 * What the files of `behalf sites` share.
 */
#ifndef BH_CLI_SITES_H
#define BH_CLI_SITES_H

#include "client/client.h"
#include "client/output.h"

#define BH_SITES_PATH "/api/dashboard/sites"

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
