// SPDX-License-Identifier: Apache-2.0
/*
 * From a finished reply to bytes on the wire.
 */
#include "http/exchange.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "http/stream_private.h"

#define SEND_LIMIT 8192

/* On every answer, whoever wrote it. */
static const char *const constant_headers[][2] = {
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"X-DNS-Prefetch-Control", "off"},
    {"X-Permitted-Cross-Domain-Policies", "none"},
    {"Referrer-Policy", "strict-origin-when-cross-origin"},
    {"Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Strict-Transport-Security", "max-age=63072000; includeSubDomains; preload"},
};

static void add(struct MHD_Response *response, const char *name, const char *value, bool *complete)
{
    if (MHD_add_response_header(response, name, value) != MHD_YES)
        *complete = false;
}

static bool add_headers(const struct bh_exchange_private *exchange, struct MHD_Response *response)
{
    const struct bh_reply *reply = &exchange->public.reply;
    bool complete = true;
    if (exchange->last || atomic_load_explicit(&exchange->server->stopping, memory_order_relaxed))
        add(response, "Connection", "close", &complete);
    if (reply->content_type != NULL && !reply->no_body)
        add(response, "Content-Type", reply->content_type, &complete);
    for (size_t i = 0; i < BH_COUNT(constant_headers); i++)
        add(response, constant_headers[i][0], constant_headers[i][1], &complete);
    for (size_t i = 0; i < reply->header_count; i++)
        add(response, reply->headers[i].name, reply->headers[i].value, &complete);
    return complete;
}

static struct MHD_Response *make_response(struct bh_exchange_private *exchange)
{
    struct bh_reply *reply = &exchange->public.reply;
    size_t size;
    if (exchange->stream != NULL)
        return bh_stream_respond(exchange);
    if (reply->file.len > 0)
        return MHD_create_response_from_buffer(
            reply->file.len, (void *)(uintptr_t)reply->file.data, MHD_RESPMEM_PERSISTENT);
    char *body = bh_buf_take(&reply->body, &size);
    if (size == 0 || reply->no_body) {
        free(body);
        return MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    }
    struct MHD_Response *response = MHD_create_response_from_buffer(size, body, MHD_RESPMEM_MUST_FREE);
    if (response == NULL)
        free(body);
    return response;
}

static void ensure_reply(struct bh_exchange_private *exchange)
{
    struct bh_reply *reply = &exchange->public.reply;
    if (reply->status != 0 && !reply->body.failed)
        return;
    reply->status = 0;
    reply->header_count = 0;
    reply->no_body = false;
    reply->file = BH_ABSENT;
    bh_buf_clear(&reply->body);
    exchange->server->options.refuse(exchange->server->options.context, &exchange->public, BH_ERR_INTERNAL);
}

static void count_answer(struct bh_lane *lane, int status)
{
    int class = status / 100;
    if (class >= 0 && class < BH_STATUS_CLASSES)
        atomic_fetch_add_explicit(&lane->answers[class], 1, memory_order_relaxed);
}

bool bh_answer_queue(struct bh_exchange_private *exchange)
{
    ensure_reply(exchange);
    struct bh_reply *reply = &exchange->public.reply;
    int status = reply->status == 0 ? 500 : reply->status;
    struct MHD_Response *response = make_response(exchange);
    if (response == NULL)
        return false;
    /* A header that is missing could be the one that matters: better no answer. */
    bool queued = add_headers(exchange, response) &&
                  MHD_queue_response(exchange->connection, (unsigned)status, response) == MHD_YES;
    MHD_destroy_response(response);
    if (queued)
        count_answer(exchange->lane, status);
    return queued;
}

static void write_answer(struct bh_reply *reply, struct bh_buf *out)
{
    bh_buf_addf(out, "HTTP/1.1 %d %s\r\nConnection: close\r\n", reply->status,
        MHD_get_reason_phrase_for((unsigned)reply->status));
    bh_buf_addf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n",
        reply->content_type == NULL ? "text/plain" : reply->content_type, reply->body.len);
    for (size_t i = 0; i < BH_COUNT(constant_headers); i++)
        bh_buf_addf(out, "%s: %s\r\n", constant_headers[i][0], constant_headers[i][1]);
    for (size_t i = 0; i < reply->header_count; i++)
        bh_buf_addf(out, "%s: %s\r\n", reply->headers[i].name, reply->headers[i].value);
    bh_buf_add_text(out, "\r\n");
    bh_buf_add(out, bh_buf_span(&reply->body));
}

void bh_answer_send(struct bh_exchange_private *exchange)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf out = {0};
    bh_buf_init(&out, SEND_LIMIT);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    ensure_reply(exchange);
    count_answer(exchange->lane, exchange->public.reply.status);
    write_answer(&exchange->public.reply, &out);
    if (info == NULL || send(info->connect_fd, out.data, out.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        return; /* the client learns nothing but the end */
}
