// SPDX-License-Identifier: Apache-2.0
/*
 * What a coding agent tells its hook about a tool call, turned into the questions that decide it. Pure: one
 * JSON text in, questions out. Contents of files, addresses and arguments of other tools are never part of a
 * question: only the path or the command.
 */
#ifndef BH_CODING_HOOK_INPUT_H
#define BH_CODING_HOOK_INPUT_H

#include <jansson.h>

#include "lib/span.h"

#define BH_HOOK_INPUT_LIMIT ((size_t)1 << 20)
#define BH_HOOK_CONTEXT_LIMIT ((size_t)16384)

enum bh_hook_reading {
    BH_HOOK_MALFORMED = 0,     /* no JSON object, no name of a tool */
    BH_HOOK_BAD_ARGUMENTS,     /* the tool's arguments are not what such a tool has */
    BH_HOOK_MISSING_ARGUMENTS, /* without the path or the command that the decision is about */
    BH_HOOK_TOO_LARGE,         /* a context of more than BH_HOOK_CONTEXT_LIMIT bytes */
    BH_HOOK_CANARY,            /* to be blocked, after the server has answered */
    BH_HOOK_ASK,               /* every question must be allowed */
    BH_HOOK_OURS,              /* a tool of our own MCP server: not to be asked about */
};

struct bh_hook_call {
    enum bh_hook_reading reading;
    const char *problem; /* what is wrong, for BH_HOOK_MALFORMED to BH_HOOK_TOO_LARGE; or NULL */
    char tool[64];       /* its name, cut, for traces */
    json_t *questions;   /* array of {action, vendor, policyContext}; for BH_HOOK_ASK at least one */
};

/* Where the call comes from. */
struct bh_hook_origin {
    const char *source;  /* of the decision's context: "claude_code", "codex", "cursor" */
    const char *home;    /* home folder, for paths that begin with "~"; or NULL */
    const char *program; /* this program's absolute path, to know its own MCP server by; or NULL */
};

/* The input of PreToolUse of Claude Code and Codex. */
void bh_hook_input_read(
    struct bh_span text, const struct bh_hook_origin *origin, struct bh_hook_call *ret_call);
/*
 * The input of Cursor's beforeShellExecution, beforeMCPExecution, beforeReadFile, beforeTabFileRead and
 * preToolUse; without the name of an event: beforeShellExecution.
 */
void bh_cursor_input_read(
    struct bh_span text, const struct bh_hook_origin *origin, struct bh_hook_call *ret_call);
void bh_hook_call_finish(struct bh_hook_call *call);

#endif
