// SPDX-License-Identifier: Apache-2.0
/*
 * What a set-up did or would do, for people and as JSON.
 */
#ifndef BH_CLI_SETUP_REPORT_H
#define BH_CLI_SETUP_REPORT_H

#include "coding/host.h"

/*
 * JSON: `verb` ("initialized") true with changed, preserved, warnings; of a dry run false, with dryRun,
 * wouldChange, wouldPreserve, warnings. `members` (taken over) stand between. People: one line per file, the
 * warnings on stderr. Returns the exit status.
 */
BH_MUST_USE
int bh_setup_report_write(
    const char *verb, json_t *members, bool dry_run, bool json, const struct bh_setup_report *report);
/* An error of the set-up; returns 1. */
BH_MUST_USE
int bh_setup_report_fail(const struct bh_buf *problem);

#endif
