// SPDX-License-Identifier: Apache-2.0
/*
 * THE WAY of a site guard check: parse, authenticate, evaluate, commit, answer; the same promise as a verify
 * call: nothing is answered before the access log's entry is durable and the rules it was made on are still
 * in force. Each step is one file beside check.c.
 */
#ifndef BH_GUARD_GUARD_H
#define BH_GUARD_GUARD_H

#include "core/http_signature.h"
#include "http/server.h"
#include "store/sites.h"

struct bh_app;

/* POST /api/site-guard/check. Runs on an I/O thread. */
void bh_guard_check(struct bh_app *app, struct bh_exchange *exchange);
/*
 * GET /api/site-guard/authorize: the same for proxies that ask with headers (X-Original-URI or
 * X-Forwarded-Uri, X-Original-Method, User-Agent, X-BehalfID-Agent, the three of message signatures) and read
 * the status: 204 allowed, 403 not, 401 the site key is wrong.
 */
void bh_guard_authorize(struct bh_app *app, struct bh_exchange *exchange);

#endif
