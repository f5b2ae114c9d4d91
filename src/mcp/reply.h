// SPDX-License-Identifier: Apache-2.0
/*
 * Where answers go: each on a line of its own, or together with those of its batch once the last is there.
 */
#ifndef BH_MCP_REPLY_H
#define BH_MCP_REPLY_H

#include "mcp/line.h"
#include "mcp/versions.h"

#define BH_MCP_SERVER_NAME "behalfid"

/* The answers of one batch, shared by those who still owe one. */
struct bh_batch;

/* NULL without memory. Whoever made it holds it too. */
struct bh_batch *bh_batch_create(struct bh_line_writer *writer);
/* NULL stays NULL. */
struct bh_batch *bh_batch_hold(struct bh_batch *batch);
/* The last one writes what there is, if anything. Accepts NULL. */
void bh_batch_release(struct bh_batch *batch);

/* Sends an answer, which is taken over; NULL says that there was no memory for one. `batch` may be NULL. */
void bh_reply(struct bh_line_writer *writer, struct bh_batch *batch, json_t *message);
/* The answer to a request, with what its version wants in every result. `result` is taken over. */
json_t *bh_reply_result(enum bh_mcp_version version, const json_t *id, json_t *result);
/* Name and version of this program; NULL without memory. */
json_t *bh_reply_server_info(enum bh_mcp_version version);

#endif
