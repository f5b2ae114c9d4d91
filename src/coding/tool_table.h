// SPDX-License-Identifier: Apache-2.0
/*
 * What the tools of coding agents do, by name: which action and vendor a permission must allow. Pure.
 *
 * Only the last segment of a name counts (after ':', '/', '.' or "__"), in any case of ASCII letters. A name
 * that is not in the table is the action "tool:<last segment, lower case>" on the vendor "tool": a permission
 * can allow it, and nothing passes unasked.
 */
#ifndef BH_CODING_TOOL_TABLE_H
#define BH_CODING_TOOL_TABLE_H

#include "lib/span.h"

enum bh_tool_kind {
    BH_TOOL_INVALID = 0, /* no name of a tool: to be blocked */
    BH_TOOL_CANARY,      /* BH_CANARY_TOOL: to be blocked, always */
    BH_TOOL_OTHER,       /* not in the table; `segment` names the action */
    BH_TOOL_FILE,        /* needs a path */
    BH_TOOL_COMMAND,     /* needs a command */
    BH_TOOL_MONITOR,     /* with a command as BH_TOOL_COMMAND, else as BH_TOOL_OTHER */
    BH_TOOL_TYPING,      /* text for a running command; without text as BH_TOOL_OTHER */
    BH_TOOL_PATCH,       /* a patch in its own format, each file of which is written */
    BH_TOOL_WEB,         /* the vendor is the host of its url */
    BH_TOOL_AGENT,       /* action and vendor say it all */
    BH_TOOL_MCP,         /* `segment` names the server, the vendor */
    BH_TOOL_OURS,        /* of our own MCP server, which asks itself */
};

struct bh_tool {
    enum bh_tool_kind kind;
    const char *action;     /* NULL for BH_TOOL_OTHER, and where nothing is asked */
    const char *vendor;     /* NULL where the call decides it */
    struct bh_span segment; /* of the name */
};

/* `name` as the host calls it. */
struct bh_tool bh_tool_find(struct bh_span name);
/* True for the exact names of the tools of our MCP server. */
bool bh_tool_is_ours(struct bh_span tool);

#endif
