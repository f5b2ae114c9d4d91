// SPDX-License-Identifier: Apache-2.0
/*
 * What this process uses of the machine.
 */
#ifndef BH_LIB_PROCESS_H
#define BH_LIB_PROCESS_H

#include "lib/base.h"

struct bh_process_usage {
    int64_t cpu_us;         /* of all threads, in user and system mode */
    int64_t resident_bytes; /* of memory; -1 = the system does not tell, as of all that follow */
    int64_t open_fds, max_fds;
};

void bh_process_read(struct bh_process_usage *ret_usage);

#endif
