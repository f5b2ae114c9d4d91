// SPDX-License-Identifier: Apache-2.0
/*
 * Keeps the keys of trusted directories fresh: one thread that reads <url>/.well-known/... through the
 * gateway's fetcher, one directory at a time, when it is new, when somebody asks, and every hour. A directory
 * that cannot be read keeps the keys it had; how long those count is in store/sites.h.
 */
#ifndef BH_GUARD_DIRECTORIES_H
#define BH_GUARD_DIRECTORIES_H

#include "core/url.h"
#include "gateway/fetch.h"
#include "lib/jwk.h"
#include "store/sites.h"

struct bh_app;
struct bh_directories;

#define BH_DIRECTORY_PATH "/.well-known/http-message-signatures-directory"
#define BH_DIRECTORY_EVERY_MS INT64_C(3600000)
#define BH_DIRECTORY_PAUSE_MS INT64_C(5000) /* between two attempts at one directory */

/* Needs app->store, app->committer and app->fetcher, which must outlive it. */
BH_MUST_USE
enum bh_err bh_directories_start(struct bh_app *app, struct bh_directories **ret_directories);
/* After bh_fetcher_stop(), which cuts the fetch off that runs. Accepts NULL. */
void bh_directories_stop(struct bh_directories *directories);
/* From any thread: a new directory is there. */
void bh_directories_wake(struct bh_directories *directories);
/*
 * From any thread: fetches this one soon, even when its time has not come. BH_ERR_OVERLOADED when too many
 * wait already.
 */
BH_MUST_USE
enum bh_err bh_directories_ask(struct bh_directories *directories, int64_t site, struct bh_span directory_id);

/*
 * What came of a fetch: the keys, in the arena, or the sentence that says why there are none, which is a
 * constant or in the arena. `url` is what was asked for. Pure.
 */
BH_MUST_USE
bool bh_directory_judge(const struct bh_fetch_result *result, struct bh_span url, struct bh_arena *arena,
    struct bh_signature_key **ret_keys, size_t *ret_count, struct bh_span *ret_error);

#endif
