// SPDX-License-Identifier: Apache-2.0
/*
 * An agent and its permissions, as `agents show` and `permissions list` fetch and show them.
 */
#ifndef BH_CLI_PERMISSION_TABLE_H
#define BH_CLI_PERMISSION_TABLE_H

#include <jansson.h>

#include "client/client.h"

/* {agent, permissions}, by developer token or agent key; NULL with the error printed. */
json_t *bh_permission_table_fetch(struct bh_client *client, const char *agent_id);
/* The table of an array of permissions. */
void bh_permission_table_write(const json_t *permissions);

#endif
