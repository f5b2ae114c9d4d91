// SPDX-License-Identifier: Apache-2.0
/*
 * The interceptor: stands between an MCP client, on standard input and output, and a stdio MCP server that it
 * starts. Every line passes as it is, in both directions, but for tools/call, which reaches the server only
 * when the BehalfID server has allowed it.
 */
#ifndef BH_MCP_WRAP_H
#define BH_MCP_WRAP_H

#include "client/client.h"
#include "mcp/wrap_map.h"

#define BH_WRAP_WAIT_S 50 /* less than the minute that most clients give a request */

struct bh_wrap_options {
    const struct bh_client_flags *flags;
    const char *agent_id;
    const char *server; /* its name in permissions */
    const struct bh_wrap_map *map;
    int wait_s; /* how long a call waits for a person; 0 = not at all */
    bool hide_denied;
    char *const *command; /* ends with NULL */
};

/*
 * Runs until the client or the server ends. Returns the exit status: 0 when the client ended, else that of
 * the server (128 + number when a signal ended it), 127 when it could not be started.
 */
BH_MUST_USE
int bh_wrap_run(const struct bh_wrap_options *options);

#endif
