// SPDX-License-Identifier: Apache-2.0
/*
 * Where a command was started, and the one lock for all that changes settings: two of us at once would each
 * write back what they have read.
 */
#ifndef BH_CODING_PLACE_H
#define BH_CODING_PLACE_H

#include "coding/host.h"

#define BH_PLACE_TEXT 4096

/* The texts that a place points to. */
struct bh_place_texts {
    char home[BH_PLACE_TEXT], project[BH_PLACE_TEXT], program[BH_PLACE_TEXT];
};

/* Home, working folder and program of this process. False with the problem told. */
BH_MUST_USE
bool bh_place_find(struct bh_place_texts *texts, struct bh_place *ret_place, struct bh_buf *problem);
/* ~/.behalf/setup.lock, for at most 30 seconds of waiting; a dry run needs none (*ret_lock -1). */
BH_MUST_USE
bool bh_place_lock(const struct bh_place *place, int *ret_lock, struct bh_buf *problem);
void bh_place_unlock(int lock);

BH_MUST_USE
bool bh_report_init(struct bh_setup_report *report);
void bh_report_finish(struct bh_setup_report *report);

#endif
