// SPDX-License-Identifier: Apache-2.0
/*
 * Leaves out of a tools/list answer what no permission can allow. Hides only what is surely never allowed by
 * the policy as it is now; whatever is unclear stays visible, because each call is decided anyway. Pure.
 */
#ifndef BH_MCP_WRAP_HIDE_H
#define BH_MCP_WRAP_HIDE_H

#include "mcp/wrap_map.h"

/*
 * Takes tools out of message.result.tools. `policy` is the server's answer about the agent and its
 * permissions. Returns how many were taken out; nothing when something is not as it is known.
 */
size_t bh_wrap_hide(json_t *message, const json_t *policy, const struct bh_wrap_map *map, const char *server);

#endif
