// SPDX-License-Identifier: Apache-2.0
/*
 * The versions of the Model Context Protocol that we speak, and what differs between them. Up to 2025-11-25 a
 * client opens with `initialize` and one version holds for the connection; from 2026-07-28 on every request
 * names its own ("stateless"). Later versions compare greater.
 */
#ifndef BH_MCP_VERSIONS_H
#define BH_MCP_VERSIONS_H

#include <jansson.h>

#include "lib/span.h"

enum bh_mcp_version {
    BH_MCP_NONE = 0,
    BH_MCP_2024_11_05,
    BH_MCP_2025_03_26, /* annotations, words with progress, batches */
    BH_MCP_2025_06_18, /* titles, structured content; no batches any more */
    BH_MCP_2025_11_25,
    BH_MCP_2026_07_28, /* stateless */
};

#define BH_MCP_LATEST_HANDSHAKE BH_MCP_2025_11_25

/* BH_MCP_NONE for what is none of ours. */
enum bh_mcp_version bh_mcp_version_find(struct bh_span name);
/* "2025-11-25"; of a version that is one. */
const char *bh_mcp_version_name(enum bh_mcp_version version);
/* What `initialize` answers: the version asked for where it has a handshake, else the latest that has. */
enum bh_mcp_version bh_mcp_version_negotiate(struct bh_span asked);
/* All names, newest first; the caller's, NULL without memory. */
json_t *bh_mcp_version_list(void);

static inline bool bh_mcp_has_batches(enum bh_mcp_version version)
{
    return version == BH_MCP_2025_03_26;
}

static inline bool bh_mcp_is_stateless(enum bh_mcp_version version)
{
    return version >= BH_MCP_2026_07_28;
}

#endif
