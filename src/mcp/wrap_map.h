// SPDX-License-Identifier: Apache-2.0
/*
 * What a tool call is asked as. Without a mapping: action "mcp_tool", resource "mcp:SERVER:TOOL", so that a
 * permission can tell tools apart. A mapping file names something better per tool:
 *
 *     {"tools": {
 *         "write_file": {"action": "write_file", "vendor": "filesystem", "path": "/path",
 *                        "arguments": ["path"]},
 *         "transfer": {"action": "purchase", "vendor": "bank.example", "amount": "/total/value"},
 *         "*": {"vendor": "files"}}}
 *
 * "*" stands for every tool without a row. Of `vendor` and `resource` one may be given, because the server
 * looks at one only. `amount`, `path` and `command` are JSON pointers into the arguments; what they name must
 * be there, else the call is refused. `arguments` names the arguments that the rules may see, instead of all.
 */
#ifndef BH_MCP_WRAP_MAP_H
#define BH_MCP_WRAP_MAP_H

#include "client/decision.h"
#include "lib/buf.h"
#include "lib/digest.h"

#define BH_WRAP_SERVER_UNITS 64
#define BH_WRAP_MAP_BYTES ((size_t)1 << 20)

struct bh_wrap_map {
    json_t *tools; /* an object, or NULL: no mapping */
};

/* Reads and checks a mapping. False: `problem` has a sentence that names the member and the rule. */
BH_MUST_USE
bool bh_wrap_map_init(struct bh_wrap_map *map, struct bh_span text, struct bh_buf *problem);
void bh_wrap_map_finish(struct bh_wrap_map *map);

/* A name for a server: 1 to 64 units without colons, commas, control characters and outer blanks. */
bool bh_wrap_server_name_is_usable(struct bh_span name);

/* One question with what it is made of; the texts are its own. */
struct bh_wrap_asking {
    struct bh_question question; /* agent_id is the caller's */
    char *tool, *target;         /* the tool's name; vendor or resource */
    double amount;
    json_t *row, *metadata, *context;
    struct bh_sha256 tuple, call; /* what an approval is bound to, and the call as it is */
};

struct bh_wrap_place {
    const char *server, *cwd, *home; /* cwd and home may be NULL */
};

/*
 * Makes the question of a judged tools/call. False: `problem` says why it cannot be asked, and so must not
 * run. Call finish in any case. `id` is JSON text.
 */
BH_MUST_USE
bool bh_wrap_asking_init(struct bh_wrap_asking *asking, const struct bh_wrap_map *map,
    const struct bh_wrap_place *place, const json_t *params, struct bh_span id, struct bh_buf *problem);
void bh_wrap_asking_finish(struct bh_wrap_asking *asking);
/* Action and target alone, as bh_wrap_asking_init would ask them; for lists. False without memory. */
BH_MUST_USE
bool bh_wrap_map_target(const struct bh_wrap_map *map, const char *server, struct bh_span tool,
    struct bh_span *ret_action, struct bh_buf *ret_target);

#endif
