// SPDX-License-Identifier: Apache-2.0
/*
 * Which calls could use each other's approval. The server binds an approval to a command or a path, but to no
 * other arguments; so of calls that differ in nothing it looks at, one at a time may wait for a person.
 */
#ifndef BH_MCP_WRAP_HELD_H
#define BH_MCP_WRAP_HELD_H

#include "mcp/wrap_map.h"

#define BH_WRAP_SHOWN_UNITS 1024    /* of the arguments, for those who read the log */
#define BH_WRAP_METADATA_UNITS 2048 /* what the server takes */

/*
 * Fills `tuple` and `call` of a question that is complete but for them, and adds its arguments to the
 * metadata: redacted, as one text, cut to the limits. False without memory.
 */
BH_MUST_USE
bool bh_wrap_held_describe(struct bh_wrap_asking *asking, const json_t *params);
/* True when an approval of one may let the other run, though it is another call. */
bool bh_wrap_held_clash(const struct bh_wrap_asking *a, const struct bh_wrap_asking *b);
/* True for another call, whatever it is asked as. */
bool bh_wrap_held_differ(const struct bh_wrap_asking *a, const struct bh_wrap_asking *b);

#endif
