// SPDX-License-Identifier: Apache-2.0
/*
 * Having the server do an action: it decides, and does it only when the agent may.
 */
#ifndef BH_CLIENT_EXECUTION_H
#define BH_CLIENT_EXECUTION_H

#include "client/client.h"

struct bh_wish {
    const char *agent_id, *action, *resource, *url; /* NULL: left out */
};

/*
 * The server's answer, understood in full: allowed, executed, requestId and reason are there. NULL with the
 * error in the client. Waits longer than other requests do.
 */
json_t *bh_execution_ask(struct bh_client *client, const struct bh_wish *wish);

#endif
