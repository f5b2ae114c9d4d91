// SPDX-License-Identifier: Apache-2.0
/*
 * The demo: an account with one agent and the permissions of the product's examples, for the first five
 * minutes.
 */
#ifndef BH_APP_DEMO_H
#define BH_APP_DEMO_H

#include "app/app.h"

/*
 * When the database has no agent: makes the demo data, writes demo.json and demo.env (0600) into the
 * data folder and prints what to paste. Otherwise says where the credentials of an earlier demo are, and
 * brings the address in those files up to date. Call it when the base URL is known and before the server
 * answers.
 */
BH_MUST_USE
enum bh_err bh_demo_run(struct bh_app *app);

#endif
