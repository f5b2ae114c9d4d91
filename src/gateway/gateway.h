// SPDX-License-Identifier: Apache-2.0
/*
 * THE WAY of an action that the server itself carries out: validate, authenticate, decide, commit, run,
 * record what became of it, answer.
 */
#ifndef BH_GATEWAY_GATEWAY_H
#define BH_GATEWAY_GATEWAY_H

#include "http/server.h"

struct bh_app;

/* POST /api/actions/execute. Runs on an I/O thread and does not block. */
void bh_gateway_execute(struct bh_app *app, struct bh_exchange *exchange);

#endif
