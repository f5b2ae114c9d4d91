// SPDX-License-Identifier: Apache-2.0
#include "mcp/versions.h"

static const char *const names[] = {
    [BH_MCP_2024_11_05] = "2024-11-05",
    [BH_MCP_2025_03_26] = "2025-03-26",
    [BH_MCP_2025_06_18] = "2025-06-18",
    [BH_MCP_2025_11_25] = "2025-11-25",
    [BH_MCP_2026_07_28] = "2026-07-28",
};

enum bh_mcp_version bh_mcp_version_find(struct bh_span name)
{
    for (size_t i = BH_MCP_NONE + 1; i < BH_COUNT(names); i++) {
        if (bh_span_equal(name, bh_span_from(names[i])))
            return (enum bh_mcp_version)i;
    }
    return BH_MCP_NONE;
}

const char *bh_mcp_version_name(enum bh_mcp_version version)
{
    return names[version];
}

enum bh_mcp_version bh_mcp_version_negotiate(struct bh_span asked)
{
    enum bh_mcp_version version = bh_mcp_version_find(asked);
    return version == BH_MCP_NONE || bh_mcp_is_stateless(version) ? BH_MCP_LATEST_HANDSHAKE : version;
}

json_t *bh_mcp_version_list(void)
{
    json_t *list = json_array();
    for (size_t i = BH_COUNT(names) - 1; i > BH_MCP_NONE; i--) {
        if (json_array_append_new(list, json_string(names[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}
