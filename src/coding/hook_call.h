// SPDX-License-Identifier: Apache-2.0
/*
 * The parts that the inputs of all hosts have in common: from a tool and its arguments to questions.
 */
#ifndef BH_CODING_HOOK_CALL_H
#define BH_CODING_HOOK_CALL_H

#include "coding/hook_input.h"
#include "coding/tool_table.h"
#include "lib/buf.h"

/* A tool call on its way to its questions. */
struct bh_hook_draft {
    const struct bh_hook_origin *origin;
    struct bh_hook_call *call;
    struct bh_span name; /* of the tool, as it goes into the context */
    const char *cwd;     /* or NULL */
    const json_t *input; /* the tool's arguments, an object */
};

/* Ends the reading with what is wrong; a sentence or NULL. */
void bh_hook_draft_fail(struct bh_hook_draft *draft, enum bh_hook_reading reading, const char *problem);
/* Adds the questions that such a tool asks, or ends with what is wrong. */
void bh_hook_draft_fill(struct bh_hook_draft *draft, const struct bh_tool *tool);
/* Adds one question. `path` and `command` are absent where it has none. */
void bh_hook_draft_ask(struct bh_hook_draft *draft, struct bh_span action, struct bh_span vendor,
    struct bh_span path, struct bh_span command);
/* The same by the tool's name and its arguments, which are to be an object. */
void bh_hook_draft_fill_tool(struct bh_hook_draft *draft, struct bh_span name, const json_t *input);
/* Reads a whole input: `read` gets it as an object. */
void bh_hook_draft_read(struct bh_span text, const struct bh_hook_origin *origin,
    void (*read)(struct bh_hook_draft *draft, const json_t *json), struct bh_hook_call *ret_call);
/* Keeps the tool's name in the call. */
void bh_hook_draft_name(struct bh_hook_draft *draft, struct bh_span name);
/* The member as a text that may be missing: false for one that is there and no string. */
BH_MUST_USE
bool bh_hook_member(const json_t *object, const char *key, struct bh_span *ret_text);
/* The lower-case host of an http or https address; false for what is none, or what programs read in two ways.
 */
BH_MUST_USE
bool bh_hook_host_of(struct bh_span url, struct bh_buf *ret_host);

#endif
