// SPDX-License-Identifier: Apache-2.0
/*
 * Calls of tools that are under way. A few threads, each with a client of its own, do them; further calls
 * wait for their turn, and beyond a limit they are refused. Calls that wait for a person are fewer than
 * threads, so that they hold nothing else up. All functions are for one thread, the one that reads.
 */
#ifndef BH_MCP_CALLS_H
#define BH_MCP_CALLS_H

#include "mcp/reply.h"
#include "mcp/tools.h"

#define BH_CALLS_THREADS 8
#define BH_CALLS_WAITS 4
#define BH_CALLS_MOST 64

struct bh_calls;

struct bh_calls_options {
    struct bh_line_writer *writer;
    const struct bh_client_flags *flags; /* stay the caller's, and where they are */
    const char *agent_id;                /* or NULL */
};

/* What is wanted; all of it is copied. */
struct bh_call_request {
    const struct bh_mcp_tool *tool;
    enum bh_mcp_version version;
    const json_t *id;
    const json_t *arguments;      /* an object that the tool accepts; NULL = none */
    const json_t *progress_token; /* or NULL */
    struct bh_batch *batch;       /* that the answer belongs to, or NULL */
};

enum bh_calls_verdict {
    BH_CALLS_BUSY = 0,  /* too many, or no memory or thread */
    BH_CALLS_DUPLICATE, /* the id is in use */
    BH_CALLS_TAKEN,     /* will be answered, unless it is cancelled */
};

/* NULL without memory. */
struct bh_calls *bh_calls_create(const struct bh_calls_options *options);
/* Ends the waits, lets the other calls end and answers them. */
void bh_calls_destroy(struct bh_calls *calls);

BH_MUST_USE
enum bh_calls_verdict bh_calls_add(struct bh_calls *calls, const struct bh_call_request *request);
/* Nothing more is said under this id; one that nobody uses is ignored. */
void bh_calls_cancel(struct bh_calls *calls, const json_t *id);

#endif
