// SPDX-License-Identifier: Apache-2.0
#include "mcp/reply.h"

#include <stdlib.h>

#include "lib/version.h"
#include "mcp/rpc.h"

struct bh_batch {
    pthread_mutex_t lock;
    struct bh_line_writer *writer;
    json_t *answers;
    size_t holders;
};

static void write_out_of_memory(struct bh_line_writer *writer)
{
    bh_line_write(writer, BH_SPAN("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32603,\"message\":"
                                  "\"There is not enough memory for the answer.\"}}"));
}

struct bh_batch *bh_batch_create(struct bh_line_writer *writer)
{
    struct bh_batch *batch = calloc(1, sizeof(*batch));
    json_t *answers = batch == NULL ? NULL : json_array();
    if (answers == NULL) {
        free(batch);
        return NULL;
    }
    *batch = (struct bh_batch){.writer = writer, .answers = answers, .holders = 1};
    pthread_mutex_init(&batch->lock, NULL);
    return batch;
}

struct bh_batch *bh_batch_hold(struct bh_batch *batch)
{
    if (batch == NULL)
        return NULL;
    pthread_mutex_lock(&batch->lock);
    batch->holders++;
    pthread_mutex_unlock(&batch->lock);
    return batch;
}

void bh_batch_release(struct bh_batch *batch)
{
    if (batch == NULL)
        return;
    pthread_mutex_lock(&batch->lock);
    bool last = --batch->holders == 0;
    pthread_mutex_unlock(&batch->lock);
    if (!last)
        return;
    if (json_array_size(batch->answers) > 0)
        bh_line_write_json(batch->writer, batch->answers);
    json_decref(batch->answers);
    pthread_mutex_destroy(&batch->lock);
    free(batch);
}

void bh_reply(struct bh_line_writer *writer, struct bh_batch *batch, json_t *message)
{
    if (message == NULL) {
        write_out_of_memory(writer);
        return;
    }
    if (batch == NULL) {
        bh_line_write_json(writer, message);
        json_decref(message);
        return;
    }
    pthread_mutex_lock(&batch->lock);
    bool added = json_array_append_new(batch->answers, message) == 0;
    pthread_mutex_unlock(&batch->lock);
    if (!added)
        write_out_of_memory(writer);
}

json_t *bh_reply_server_info(enum bh_mcp_version version)
{
    json_t *info = json_object();
    bool made = bh_rpc_set(info, "name", json_string(BH_MCP_SERVER_NAME)) &&
                bh_rpc_set(info, "version", json_string(BH_VERSION));
    if (version >= BH_MCP_2025_06_18)
        made = made && bh_rpc_set(info, "title", json_string("BehalfID"));
    if (made)
        return info;
    json_decref(info);
    return NULL;
}

/* What a client may not know from before, because nothing is kept between requests. */
static bool add_stateless(json_t *result, enum bh_mcp_version version)
{
    json_t *meta = json_object();
    bool made = bh_rpc_set(meta, "io.modelcontextprotocol/serverInfo", bh_reply_server_info(version));
    return bh_rpc_set(result, "_meta", meta) && made &&
           bh_rpc_set(result, "resultType", json_string("complete"));
}

json_t *bh_reply_result(enum bh_mcp_version version, const json_t *id, json_t *result)
{
    if (result != NULL && (!bh_mcp_is_stateless(version) || add_stateless(result, version)))
        return bh_rpc_result(id, result);
    json_decref(result);
    return NULL;
}
