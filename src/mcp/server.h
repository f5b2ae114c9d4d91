// SPDX-License-Identifier: Apache-2.0
/*
 * The MCP server: answers JSON-RPC on a pair of descriptors until the input ends. It intercepts nothing: a
 * model has to ask it. What cannot be found out is an error that says not to act.
 */
#ifndef BH_MCP_SERVER_H
#define BH_MCP_SERVER_H

#include "client/client.h"

struct bh_mcp_options {
    struct bh_client_flags flags;
    const char *agent_id; /* or NULL: that of configuration or environment */
    int in, out;
};

/* The exit status: 0 at the end of the input, 1 without memory. Ignores SIGPIPE from then on. */
int bh_mcp_serve(const struct bh_mcp_options *options);

#endif
