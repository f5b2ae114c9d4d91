// SPDX-License-Identifier: Apache-2.0
/* What a restore has done, for people and for programs, and the line that stays in the data folder. */
#ifndef BH_CLI_RESTORE_REPORT_H
#define BH_CLI_RESTORE_REPORT_H

#include <jansson.h>

#include "store/copy.h"

struct bh_restore_report {
    const char *file, *data_dir;
    int64_t restored_at;
    bool verified;
    struct bh_copy_facts facts;   /* of the backup */
    struct bh_copy_ended ended;   /* what was ended in it */
    struct bh_copy_counts counts; /* what is in force now */
    int64_t replaced_last; /* the newest decision of the database that was there; 0 = unknown, or none */
    bool replaced_unread;  /* the database that was there could not be read to its end */
    const char *old_database, *old_key; /* where they are now; "" = there was none */
};

/* A new reference; NULL without memory. */
json_t *bh_restore_report_json(const struct bh_restore_report *report);
void bh_restore_report_write(const struct bh_restore_report *report);

#endif
