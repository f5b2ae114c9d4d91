// SPDX-License-Identifier: Apache-2.0
/*
 * Keeps the keys of trusted directories fresh: one thread that lets the gateway's fetcher read each when it
 * is new, when somebody asks, and every hour; after a failure a minute later, then ever more rarely. What is
 * due stands in the database. Accounts take turns, and one has one fetch at a time, so that its slow
 * directories delay nobody else. A directory that cannot be read keeps the keys it had; how long those count
 * is in store/sites.h.
 */
#ifndef BH_GUARD_DIRECTORIES_H
#define BH_GUARD_DIRECTORIES_H

#include "lib/err.h"

struct bh_app;
struct bh_directories;

/* Needs app->store, app->committer and app->fetcher, which must outlive it. */
BH_MUST_USE
enum bh_err bh_directories_start(struct bh_app *app, struct bh_directories **ret_directories);
/*
 * Begins nothing more, and records nothing more: what bh_fetcher_stop(), which comes next, cuts off has not
 * failed. Accepts NULL.
 */
void bh_directories_stop(struct bh_directories *directories);
/* After bh_fetcher_stop(), and once nobody knows it any more. Accepts NULL. */
void bh_directories_destroy(struct bh_directories *directories);
/* From any thread: one is new, or was asked for. */
void bh_directories_wake(struct bh_directories *directories);

#endif
