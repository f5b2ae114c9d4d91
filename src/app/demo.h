// SPDX-License-Identifier: Apache-2.0
/*
 * The demo: an account with one agent and the permissions of the product's examples, for the first five
 * minutes.
 */
#ifndef BH_APP_DEMO_H
#define BH_APP_DEMO_H

#include "app/app.h"

struct bh_demo {
    bool created; /* false: the database was not empty, and nothing was made */
    char agent_id[BH_ID_TEXT];
    char api_key[BH_SECRET_TEXT];
    char developer_token[BH_SECRET_TEXT];
};

/* Makes the demo data when the database has no agent. */
BH_MUST_USE
enum bh_err bh_demo_create(struct bh_app *app, struct bh_demo *ret_demo);
/* Writes demo.json (0600) into the data folder and prints what to paste; wipes the secrets. */
BH_MUST_USE
enum bh_err bh_demo_announce(const struct bh_app *app, struct bh_demo *demo);

#endif
