// SPDX-License-Identifier: Apache-2.0
/*
 * Decisions come first: a low priority alone does not see to that, because what is sent costs the committer
 * and the network time too. So the thread that delivers watches how long it has to wait for a processor.
 * While others want the processors, it starts requests only within a budget of its own processor time.
 *
 * The clocks are parameters; whoever drives it reads them.
 */
#ifndef BH_WEBHOOKS_PACE_H
#define BH_WEBHOOKS_PACE_H

#include "lib/base.h"

#define BH_PACE_SHARE 10            /* percent of one processor, while others want it */
#define BH_PACE_CONTENDED 20        /* percent of the time spent waiting for one: others want it */
#define BH_PACE_WINDOW_NS 100000000 /* how often that is judged */
#define BH_PACE_BURST_NS 10000000   /* budget that is kept at most */

struct bh_pace {
    int64_t judged_at_ns, run_ns, wait_ns; /* when it was judged last, and the counts then */
    int64_t budget_at_ns, budget_run_ns, budget_ns;
    bool is_contended;
};

/* The thread has run for `run_ns` and has waited for a processor for `wait_ns`, in all, until `now_ns`. */
void bh_pace_note(struct bh_pace *pace, int64_t now_ns, int64_t run_ns, int64_t wait_ns);
/* May a request be started? */
bool bh_pace_allows(const struct bh_pace *pace);
/* How long until one may, as far as can be told; 0 = now. */
int64_t bh_pace_wait_ms(const struct bh_pace *pace);

/* Reads both counts of the calling thread; `fd` is its schedstat file, kept open. False when it cannot. */
BH_MUST_USE
bool bh_pace_read(int fd, int64_t *ret_run_ns, int64_t *ret_wait_ns);

#endif
