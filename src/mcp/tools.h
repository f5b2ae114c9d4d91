// SPDX-License-Identifier: Apache-2.0
/*
 * The tools of `behalf mcp start`: one table says what each is called, what it takes and gives, and what runs
 * it. All texts in it are fixed: what a model reads about a tool never comes from a server or a permission.
 */
#ifndef BH_MCP_TOOLS_H
#define BH_MCP_TOOLS_H

#include "client/client.h"
#include "mcp/versions.h"

#define BH_TOOL_ARGUMENTS 6
#define BH_APPROVAL_ID_TEXT 201

/* One call of a tool, on a thread of its own. */
struct bh_tool_call {
    struct bh_client *client; /* quiet, with the agent's key and no person's credential */
    const char *agent_id;
    enum bh_mcp_version version;
    const json_t *arguments; /* an object that fits the tool's row */
    /* Tells the client what has been going on for so long; nothing when it did not ask. */
    void (*progress)(void *context, double done, double total, const char *message);
    /* The result is no longer wanted, or not waited for. */
    bool (*stopped)(void *context);
    /* The approval that this process was told of last; "" before the first. Kept across calls. */
    void (*keep_approval)(void *context, const char *approval_id);
    void (*last_approval)(void *context, char ret_id[BH_APPROVAL_ID_TEXT]);
    void *context;
    struct bh_buf problem; /* why there is no result */
};

enum bh_tool_argument_kind { BH_ARGUMENT_TEXT, BH_ARGUMENT_AMOUNT, BH_ARGUMENT_SECONDS };
enum bh_tool_argument_need { BH_ARGUMENT_OPTIONAL, BH_ARGUMENT_STATELESS, BH_ARGUMENT_REQUIRED };

struct bh_tool_argument {
    const char *name;
    enum bh_tool_argument_kind kind;
    enum bh_tool_argument_need need; /* STATELESS: required where nothing is kept from call to call */
    unsigned most;                   /* UTF-16 units of a text, whole seconds from 1 on */
    const char *description;
};

struct bh_mcp_tool {
    const char *name, *title, *description;
    struct bh_tool_argument arguments[BH_TOOL_ARGUMENTS]; /* ends with a NULL name */
    const char *output_schema;                            /* JSON */
    bool read_only, open_world;
    bool waits; /* for a person: few may at once, and the end of the input ends it */
    /* The result of tools/call, the caller's; NULL with `call->problem` when nothing could be found out. */
    json_t *(*run)(struct bh_tool_call *call);
};

/* NULL for a name that is none. */
const struct bh_mcp_tool *bh_mcp_tool_find(struct bh_span name);
/* The `tools` of tools/list, in the form of the version; the caller's, NULL without memory. */
json_t *bh_tool_list(enum bh_mcp_version version);
/*
 * Whether the arguments (an object, or NULL for none) fit the tool; else `problem` says which does not and
 * why. Unknown ones do not fit: what is dropped in silence would not have been checked.
 */
BH_MUST_USE
bool bh_tool_accepts(const struct bh_mcp_tool *tool, enum bh_mcp_version version, const json_t *arguments,
    struct bh_buf *problem);

/* The tools themselves, one file each. */
json_t *bh_tool_verify_action(struct bh_tool_call *call);
json_t *bh_tool_get_permissions(struct bh_tool_call *call);
json_t *bh_tool_get_boundary(struct bh_tool_call *call);
json_t *bh_tool_wait_for_approval(struct bh_tool_call *call);
json_t *bh_tool_execute_action(struct bh_tool_call *call);

/* ---- results ---- */

/* A result of one text; NULL without memory. `structured` is taken over, NULL = none. */
json_t *bh_tool_result(struct bh_span text, json_t *structured, bool is_error, enum bh_mcp_version version);
/*
 * What the model is to do, as member `instructions` of the structured content, where there is some: many
 * hosts show their model nothing else. False without memory.
 */
BH_MUST_USE
bool bh_tool_result_instruct(json_t *result, struct bh_span text);
/* Adds a further text with what the model is to do, and instructs with it. False without memory. */
BH_MUST_USE
bool bh_tool_result_add(json_t *result, struct bh_span text);
/*
 * A copy in which every text is on one line, visible as a whole and without secrets: people and web pages
 * wrote them, and a model will read them. NULL without memory.
 */
json_t *bh_tool_clean_copy(const json_t *json);
/* Notes in `problem` what the client's last request failed of. */
void bh_tool_note_failure(struct bh_tool_call *call);
/*
 * The result that says what a person must do before the action may be done, and keeps the approval's id.
 * `again` names the tool to call then. The answer of the server becomes the structured content.
 */
json_t *bh_tool_approval_result(struct bh_tool_call *call, const json_t *answer, const char *again);

#endif
