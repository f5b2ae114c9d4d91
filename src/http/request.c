// SPDX-License-Identifier: Apache-2.0
/*
 * The life of a request in libmicrohttpd's terms. The library calls: on_connection() when the connection
 * begins and ends, on_request_line(), then on_request() once when the headers are complete (the only moment
 * to refuse without reading the body), once per piece of the body, once when it is complete, and once more
 * after a deferred exchange has been resumed; at last on_completed().
 */
#include "http/exchange.h"

#include <microhttpd.h>
#include <stdio.h>
#include <string.h>

#include "http/gate.h"
#include "http/stream_private.h"
#include "lib/clock.h"
#include "lib/log.h"

#define DISCARD_LIMIT (1 << 20) /* of a chunked body beyond the limit, before the connection is cut off */

static void count(atomic_int_fast64_t *counter, int64_t change)
{
    atomic_fetch_add_explicit(counter, change, memory_order_relaxed);
}

static enum bh_method parse_method(const char *text)
{
    static const struct {
        const char *text;
        enum bh_method method;
    } methods[] = {{"GET", BH_GET}, {"POST", BH_POST}, {"HEAD", BH_HEAD}, {"PUT", BH_PUT},
        {"PATCH", BH_PATCH}, {"DELETE", BH_DELETE}, {"OPTIONS", BH_OPTIONS}};
    for (size_t i = 0; i < BH_COUNT(methods); i++) {
        if (strcmp(text, methods[i].text) == 0)
            return methods[i].method;
    }
    return BH_METHOD_OTHER;
}

static void enter_phase(struct bh_exchange_private *exchange, enum bh_phase phase)
{
    bh_connection_enter(exchange->peer, phase, bh_io_now_ms(exchange->io));
}

static struct bh_connection *connection_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
    enum MHD_ConnectionNotificationCode what)
{
    struct bh_lane *lane = context;
    struct bh_server *server = lane->server;
    const struct sockaddr *address =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        *socket_context = bh_reaper_add(server->reaper, fd, address, bh_io_now_ms(lane->io));
    } else {
        bh_reaper_remove(server->reaper, *socket_context);
        bh_peers_leave(server->peers, address);
    }
}

/*
 * `target` is the request's as it came; right after this call the library takes its query apart. It must not:
 * each parameter costs it memory of the connection, and when that runs out, 0.9.75 loses its way and keeps
 * the thread busy with this connection for good. So the query is hidden from it behind a NUL until begin().
 */
static void *on_request_line(void *context, const char *target, struct MHD_Connection *connection)
{
    struct bh_connection *peer = connection_of(connection);
    struct bh_exchange_private *exchange = peer == NULL ? NULL : bh_exchange_create(context, connection);
    struct bh_span text = bh_gate_target(target);
    char *query = strchr(target, '?');
    char hidden = query == NULL ? '\0' : query[1];
    if (query != NULL)
        query[1] = '\0';
    if (exchange == NULL)
        return NULL; /* on_request() closes the connection */
    exchange->peer = peer;
    exchange->target = text;
    if (query != NULL && !bh_span_is_absent(text)) {
        exchange->query = bh_span_from_index(text, (size_t)(query + 1 - target));
        exchange->hidden = hidden;
    }
    enter_phase(exchange, BH_PHASE_HEADER);
    return exchange;
}

/* Paths are matched as sent, and bh_exchange_query() decodes by itself, so the library must leave the text
 * alone. */
static size_t keep_escaped(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

static enum MHD_Result answer(struct bh_exchange_private *exchange)
{
    return bh_answer_queue(exchange) ? MHD_YES : MHD_NO;
}

static enum MHD_Result refuse(struct bh_exchange_private *exchange, enum bh_err err)
{
    struct bh_server *server = exchange->server;
    count(&server->refused, 1);
    exchange->last = true;
    bh_connection_expect_more(exchange->peer); /* perhaps the body */
    enter_phase(exchange, BH_PHASE_ANSWER);
    server->options.refuse(server->options.context, &exchange->public, err);
    if (err != BH_ERR_HEADERS_TOO_LARGE)
        return answer(exchange);
    bh_answer_send(exchange); /* the library has no memory left for it */
    return MHD_NO;
}

static enum MHD_Result begin(
    struct bh_exchange_private *exchange, const char *path, const char *method, const char *version)
{
    struct bh_exchange *public = &exchange->public;
    struct bh_framing framing;
    exchange->stage = BH_STAGE_BODY;
    if (exchange->query.len > 0)
        *(char *)exchange->query.data = exchange->hidden;
    count(&exchange->server->in_flight, 1);
    enter_phase(exchange, BH_PHASE_BODY);
    public->started_ms = bh_clock_wall_ms();
    public->started_ns = bh_clock_steady_ns();
    public->method = parse_method(method);
    public->path = bh_span_from(path);
    snprintf(public->peer, sizeof(public->peer), "%s", bh_connection_peer(exchange->peer));
    enum bh_err err = bh_gate_check(exchange->connection, method, exchange->target, version, &framing);
    if (err != BH_OK)
        return refuse(exchange, err);
    /* The library also accepts bare LFs and other oddities in the framing of chunks. With no request after it
     * on the same connection, there is nothing to disagree about. */
    exchange->last = framing.chunked;
    return MHD_YES; /* no answer yet, even without a body: an answer now would close the connection */
}

static enum MHD_Result collect(struct bh_exchange_private *exchange, const char *data, size_t *size)
{
    if (exchange->discarded == 0 && *size <= BH_BODY_LIMIT - exchange->body.len)
        bh_buf_add(&exchange->body, (struct bh_span){data, *size});
    else
        exchange->discarded += *size;
    *size = 0;
    return exchange->body.failed || exchange->discarded > DISCARD_LIMIT ? MHD_NO : MHD_YES;
}

static enum MHD_Result handle(struct bh_exchange_private *exchange)
{
    struct bh_server *server = exchange->server;
    exchange->stage = BH_STAGE_HANDLED;
    /* The library can answer only before the body or after it. */
    if (exchange->discarded > 0)
        return refuse(exchange, BH_ERR_BODY_TOO_LARGE);
    enter_phase(exchange, BH_PHASE_ANSWER);
    count(&server->requests, 1);
    exchange->public.body = bh_buf_span(&exchange->body);
    /* INVARIANT: `held` is raised before `closed` is read, and bh_server_stop() sets `closed` before it reads
     * `held`, so no handler begins unseen. */
    atomic_fetch_add(&server->held, 1);
    if (atomic_load(&server->closed)) {
        atomic_fetch_sub(&server->held, 1);
        return MHD_NO;
    }
    server->options.handle(server->options.context, &exchange->public);
    if (exchange->deferred)
        return MHD_YES;
    atomic_fetch_sub(&server->held, 1);
    return answer(exchange);
}

/* The owner's last step, once; also when the client has gone and nobody will read what it writes. */
static void finish(struct bh_exchange_private *exchange)
{
    void (*last_step)(struct bh_exchange *) = exchange->public.finish;
    exchange->public.finish = NULL;
    if (exchange->deferred && last_step != NULL)
        last_step(&exchange->public);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *path,
    const char *method, const char *version, const char *data, size_t *size, void **request_context)
{
    (void)context;
    (void)connection;
    struct bh_exchange_private *exchange = *request_context;
    if (exchange == NULL)
        return MHD_NO;
    if (exchange->stage == BH_STAGE_HEADER)
        return begin(exchange, path, method, version);
    if (*size > 0)
        return collect(exchange, data, size);
    if (exchange->stage == BH_STAGE_BODY)
        return handle(exchange);
    if (!atomic_load_explicit(&exchange->complete, memory_order_acquire))
        return MHD_YES;
    finish(exchange);
    enter_phase(exchange, BH_PHASE_ANSWER); /* a prolonged answer has the usual time to be taken */
    return answer(exchange);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request_context,
    enum MHD_RequestTerminationCode reason)
{
    (void)context;
    (void)connection;
    struct bh_exchange_private *exchange = *request_context;
    *request_context = NULL;
    if (exchange == NULL)
        return;
    finish(exchange);
    if (exchange->stream != NULL)
        bh_stream_leave(exchange);
    bh_places_leave(exchange->server->places, exchange->place);
    if (exchange->stage != BH_STAGE_HEADER)
        count(&exchange->server->in_flight, -1);
    /* The library has refused something with a page of its own. */
    if (reason == MHD_REQUEST_TERMINATED_WITH_ERROR)
        bh_connection_expect_more(exchange->peer);
    enter_phase(exchange, BH_PHASE_IDLE);
    bh_exchange_destroy(exchange);
}

static void on_log(void *context, const char *format, va_list arguments)
{
    (void)context;
    char text[256];
    vsnprintf(text, sizeof(text), format, arguments);
    text[strcspn(text, "\n")] = '\0';
    bh_log(BH_LOG_DEBUG, "http", "text", text, NULL);
}

struct MHD_Daemon *bh_request_start_daemon(struct bh_lane *lane)
{
    const unsigned flags =
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG;
    /* The caps are ours and hold for all threads together, so the library's must never bite. */
    const intptr_t limit = (intptr_t)lane->server->options.max_connections + 1;
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)on_log, NULL},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, lane},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, lane},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)on_request_line, lane},
        {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)keep_escaped, NULL},
        /* The gate is stricter, and answers where the library would only hang up. */
        {MHD_OPTION_STRICT_FOR_CLIENT, 0, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, BH_CONNECTION_MEMORY, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, limit, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, lane, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}
