// SPDX-License-Identifier: Apache-2.0
/*
 * One look-up of one name, both families: /etc/hosts, else the name servers of /etc/resolv.conf, no search
 * domains, no cache. Once one family has given an address, the other one has a second to come: a name server
 * that keeps silent about one of them is common, and must not cost the page. It has a channel of its own, so
 * that it can be cut off at any time and nothing of it outlives it. Used on one thread.
 */
#ifndef BH_GATEWAY_RESOLVE_H
#define BH_GATEWAY_RESOLVE_H

#include <curl/curl.h>

#include "core/reach.h"
#include "lib/err.h"

#define BH_RESOLVE_ANSWERS 64 /* of both families; more are an error */
#define BH_RESOLVE_SOCKETS 16

struct bh_resolve;

/* Before the first; more than once is fine. BH_ERR_NO_MEMORY. */
BH_MUST_USE
enum bh_err bh_resolve_prepare_library(void);

/* `name` is looked up at once; `reach` must outlive it. Times are of the steady clock. BH_ERR_NO_MEMORY. */
BH_MUST_USE
enum bh_err bh_resolve_start(
    struct bh_span name, const struct bh_reach *reach, int64_t now_ms, struct bh_resolve **ret_resolve);
/* Cuts off what runs. Accepts NULL. */
void bh_resolve_destroy(struct bh_resolve *resolve);

/* What it waits for: fills in at most BH_RESOLVE_SOCKETS and gives their number; *wait_ms is lowered. */
size_t bh_resolve_waits_for(struct bh_resolve *resolve, struct curl_waitfd waits[static BH_RESOLVE_SOCKETS],
    int64_t now_ms, int64_t *wait_ms);
/* After waiting, with the same items. */
void bh_resolve_step(
    struct bh_resolve *resolve, const struct curl_waitfd *waits, size_t count, int64_t now_ms);

/*
 * False while it runs. Then *ret_err is BH_OK and *ret_address the first answer of IPv6, where this machine
 * has a public address of that kind, or else of IPv4, when every answer may be reached; else
 * BH_ERR_GATEWAY_UNRESOLVED, _PRIVATE, _ANSWERS, _TIMEOUT, or BH_ERR_NO_MEMORY.
 */
bool bh_resolve_ended(const struct bh_resolve *resolve, enum bh_err *ret_err, struct bh_address *ret_address);

#endif
