// SPDX-License-Identifier: Apache-2.0
/*
 * The very first step: as long as there is no operator, whoever reads the server's output may become it.
 */
#ifndef BH_APP_SETUP_H
#define BH_APP_SETUP_H

#include "app/app.h"

/*
 * Without an operator: draws a setup token, keeps its hash in memory and prints the link. Nothing is written
 * to the disk. The token is worth nothing once there is an operator. Call it when the base URL is known.
 */
BH_MUST_USE
enum bh_err bh_setup_offer(struct bh_app *app);
/* True when this is the token that was printed, or the one of the configuration. Constant time. */
bool bh_setup_accepts(const struct bh_app *app, struct bh_span token);
/* Whether there is no operator yet. */
BH_MUST_USE
enum bh_err bh_setup_is_needed(struct bh_app *app, bool *ret_needed);

#endif
