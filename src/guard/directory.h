// SPDX-License-Identifier: Apache-2.0
/*
 * One key directory: where it is read, what an answer is worth, when it is read again. Pure.
 */
#ifndef BH_GUARD_DIRECTORY_H
#define BH_GUARD_DIRECTORY_H

#include "core/url.h"
#include "gateway/fetch.h"
#include "lib/jwk.h"

#define BH_DIRECTORY_PATH "/.well-known/http-message-signatures-directory"
#define BH_DIRECTORY_EVERY_MS INT64_C(3600000)
#define BH_DIRECTORY_RETRY_MS INT64_C(60000) /* after the first failure */
#define BH_DIRECTORY_PAUSE_MS INT64_C(5000)  /* between two attempts at one directory */

/*
 * The address of the document below a canonical origin. BH_ERR_DIRECTORY_HOST, BH_ERR_DIRECTORY_PORT,
 * BH_ERR_DIRECTORY_URL when it could never be fetched; BH_ERR_NO_MEMORY.
 */
BH_MUST_USE
enum bh_err bh_directory_url(struct bh_span origin, const struct bh_url_policy *gateway_urls,
    struct bh_arena *arena, struct bh_url *ret_url);

/*
 * What came of a fetch: the keys, in the arena, or the sentence that says why there are none, which is a
 * constant or in the arena. `url` is what was asked for.
 */
BH_MUST_USE
bool bh_directory_judge(const struct bh_fetch_result *result, struct bh_span url, struct bh_arena *arena,
    struct bh_signature_key **ret_keys, size_t *ret_count, struct bh_span *ret_error);

/* How long until the next attempt after this many failures in a row: 0 = it went well. */
int64_t bh_directory_wait_ms(int64_t failures);
/* When somebody who asks now gets one that was attempted then. */
int64_t bh_directory_asked_at(int64_t attempted_at, int64_t now_ms);

#endif
