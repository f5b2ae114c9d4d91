// SPDX-License-Identifier: Apache-2.0
/*
 * What a project needs so that a coding agent in it finds us: `.mcp.json` names the MCP server,
 * `.behalf/context.md` tells the agent its permissions and the rules. A project may come from strangers, so a
 * symbolic link in it that leads out of it is not followed.
 */
#ifndef BH_CODING_PROJECT_H
#define BH_CODING_PROJECT_H

#include "coding/host.h"

#define BH_PROJECT_REFERENCE "@.behalf/context.md"

/*
 * Writes both files. `detail` is what the server says of the agent ({agent, permissions}), or NULL when that
 * is not known. Nothing is written when `.mcp.json` is not in order.
 */
BH_MUST_USE
enum bh_err bh_project_write(const struct bh_place *place, const char *agent_id, const json_t *detail,
    int64_t now_ms, struct bh_setup_report *report, struct bh_buf *problem);
/* Whether the file ("CLAUDE.md") is there and has no line that makes an agent read the context. */
bool bh_project_lacks_reference(const struct bh_place *place, const char *name);
/* Adds that line at its end. */
BH_MUST_USE
enum bh_err bh_project_add_reference(
    const struct bh_place *place, const char *name, struct bh_setup_report *report, struct bh_buf *problem);
/* Whether `.mcp.json` names our server, and the context is there. */
bool bh_project_has_server(const struct bh_place *place);
bool bh_project_has_context(const struct bh_place *place);

#endif
