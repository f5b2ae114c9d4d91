// SPDX-License-Identifier: Apache-2.0
/*
 * Who holds what. The producer and the exchange each hold the stream; the last one frees it. The exchange
 * lets go of it when libmicrohttpd says that the request is over, and that never happens while the connection
 * is suspended. So whoever finds `suspended` set, under the lock, may resume the connection, once.
 *
 * Locks: the reaper's shard, then the stream, then the I/O thread's inbox.
 */
#include "http/stream_private.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 4096 /* most event streams never need more */
#define BLOCK 8192          /* what the library asks for at most */

struct bh_stream {
    pthread_mutex_t lock;
    pthread_cond_t moved; /* there is room, or the client has gone */
    struct bh_server *server;
    struct bh_io *io;
    struct bh_connection *peer;
    struct bh_io_resumption resumption;
    char *data; /* of it, `len` bytes from `start` on wait to be sent */
    size_t start, len, capacity;
    bool suspended;            /* the I/O thread waits for bytes or for an end */
    bool waiting;              /* the producer waits for room */
    bool ended, aborted, gone; /* by the producer; by the producer; by the client */
    bool left;                 /* the exchange is over */
    atomic_uint step;          /* read by the reaper */
};

static void destroy(struct bh_stream *stream)
{
    pthread_cond_destroy(&stream->moved);
    pthread_mutex_destroy(&stream->lock);
    free(stream->data);
    free(stream);
}

enum bh_err bh_stream_begin(struct bh_exchange *exchange, struct bh_stream **ret_stream)
{
    struct bh_exchange_private *private = (struct bh_exchange_private *)exchange;
    struct bh_stream *stream = calloc(1, sizeof(*stream));
    if (stream == NULL)
        return BH_ERR_NO_MEMORY;
    pthread_mutex_init(&stream->lock, NULL);
    pthread_cond_init(&stream->moved, NULL);
    stream->server = private->server;
    stream->io = private->io;
    stream->peer = private->peer;
    stream->resumption.connection = private->connection;
    stream->gone = exchange->method == BH_HEAD;
    atomic_init(&stream->step, BH_STREAM_STEP);
    private->stream = stream;
    /* The handler holds the exchange, so bh_server_stop() cannot have looked yet. */
    atomic_fetch_add(&private->server->held, 1);
    *ret_stream = stream;
    return BH_OK;
}

void bh_stream_hurry(struct bh_stream *stream, unsigned step)
{
    atomic_store(&stream->step, step);
}

void bh_stream_cancel(struct bh_exchange *exchange, struct bh_stream *stream)
{
    struct bh_exchange_private *private = (struct bh_exchange_private *)exchange;
    private->stream = NULL;
    atomic_fetch_sub(&private->server->held, 1);
    destroy(stream);
}

/* ---- the producer's end; the lock is held ---- */

static void resume(struct bh_stream *stream)
{
    if (!stream->suspended)
        return;
    stream->suspended = false;
    bh_io_resume(stream->io, &stream->resumption);
}

static void mark_gone(struct bh_stream *stream)
{
    stream->gone = true;
    pthread_cond_signal(&stream->moved);
    resume(stream);
}

/* False when there is no memory. */
static bool make_room(struct bh_stream *stream, size_t size)
{
    size_t wanted = stream->len + size;
    if (stream->start + wanted <= stream->capacity)
        return true;
    if (stream->len > 0)
        memmove(stream->data, stream->data + stream->start, stream->len);
    stream->start = 0;
    size_t capacity = stream->capacity == 0 ? FIRST_CAPACITY : stream->capacity;
    while (capacity < wanted)
        capacity *= 2;
    if (capacity == stream->capacity)
        return true;
    char *data = realloc(stream->data, capacity);
    if (data == NULL)
        return false;
    stream->data = data;
    stream->capacity = capacity;
    return true;
}

/* At most as much as there is room for. */
static bool put(struct bh_stream *stream, struct bh_span bytes)
{
    if (!make_room(stream, bytes.len))
        return false;
    if (bytes.len > 0)
        memcpy(stream->data + stream->start + stream->len, bytes.data, bytes.len);
    stream->len += bytes.len;
    resume(stream);
    return true;
}

bool bh_stream_write(struct bh_stream *stream, struct bh_span bytes)
{
    bool written = true;
    pthread_mutex_lock(&stream->lock);
    while (bytes.len > 0 && written) {
        stream->waiting = true;
        while (!stream->gone && stream->len == BH_STREAM_BUFFER)
            pthread_cond_wait(&stream->moved, &stream->lock);
        stream->waiting = false;
        size_t room = BH_STREAM_BUFFER - stream->len;
        struct bh_span part = {bytes.data, bytes.len < room ? bytes.len : room};
        written = !stream->gone && put(stream, part);
        bytes = bh_span_from_index(bytes, part.len);
    }
    written = written && !stream->gone;
    pthread_mutex_unlock(&stream->lock);
    return written;
}

bool bh_stream_try_write(struct bh_stream *stream, struct bh_span bytes)
{
    pthread_mutex_lock(&stream->lock);
    bool written = !stream->gone && bytes.len <= BH_STREAM_BUFFER - stream->len && put(stream, bytes);
    pthread_mutex_unlock(&stream->lock);
    return written;
}

size_t bh_stream_room(struct bh_stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    size_t room = stream->gone ? 0 : BH_STREAM_BUFFER - stream->len;
    pthread_mutex_unlock(&stream->lock);
    return room;
}

bool bh_stream_is_gone(struct bh_stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    bool gone = stream->gone;
    pthread_mutex_unlock(&stream->lock);
    return gone;
}

static void give_up(struct bh_stream *stream, bool aborted)
{
    struct bh_server *server = stream->server;
    pthread_mutex_lock(&stream->lock);
    stream->ended = true;
    atomic_store(&stream->step, BH_STREAM_STEP);
    stream->aborted = aborted;
    resume(stream);
    bool last = stream->left;
    pthread_mutex_unlock(&stream->lock);
    if (last)
        destroy(stream);
    /* Last: bh_server_stop() waits for it before it takes the I/O threads down. */
    atomic_fetch_sub(&server->held, 1);
}

void bh_stream_end(struct bh_stream *stream)
{
    give_up(stream, false);
}

void bh_stream_abort(struct bh_stream *stream)
{
    give_up(stream, true);
}

/* ---- the connection's end ---- */

/* Any thread, under the reaper's lock. */
static void on_cut(void *context)
{
    struct bh_stream *stream = context;
    pthread_mutex_lock(&stream->lock);
    mark_gone(stream);
    pthread_mutex_unlock(&stream->lock);
}

static size_t take(struct bh_stream *stream, char *to, size_t max)
{
    size_t size = stream->len < max ? stream->len : max;
    memcpy(to, stream->data + stream->start, size);
    stream->start += size;
    stream->len -= size;
    if (stream->len == 0) {
        stream->start = 0;
        if (stream->capacity > FIRST_CAPACITY && !stream->waiting) {
            free(stream->data);
            stream->data = NULL;
            stream->capacity = 0;
        }
    }
    /* Woken for each little piece, the producer would only move little pieces. */
    if (stream->waiting && stream->len <= BH_STREAM_BUFFER / 2)
        pthread_cond_signal(&stream->moved);
    return size;
}

static ssize_t read_stream(void *context, uint64_t position, char *to, size_t max)
{
    (void)position;
    struct bh_stream *stream = context;
    ssize_t result = 0;
    pthread_mutex_lock(&stream->lock);
    if (stream->gone || stream->aborted)
        result = MHD_CONTENT_READER_END_WITH_ERROR;
    else if (stream->len > 0)
        result = (ssize_t)take(stream, to, max);
    else if (stream->ended)
        result = MHD_CONTENT_READER_END_OF_STREAM;
    stream->suspended = result == 0;
    pthread_mutex_unlock(&stream->lock);
    /* Whoever resumes the connection from now on does so by this thread's inbox, hence later. */
    if (result == 0)
        MHD_suspend_connection(stream->resumption.connection);
    if (result == MHD_CONTENT_READER_END_WITH_ERROR)
        bh_connection_reset(stream->peer);
    return result;
}

struct MHD_Response *bh_stream_respond(struct bh_exchange_private *exchange)
{
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_stream, exchange->stream, NULL);
    /* Here the library would send a last chunk after the head of the answer, which has no body. */
    if (response != NULL && exchange->public.method == BH_HEAD)
        MHD_set_response_options(response, MHD_RF_HTTP_VERSION_1_0_ONLY, MHD_RO_END);
    if (response != NULL)
        bh_reaper_begin_stream(exchange->server->reaper, exchange->peer, on_cut, exchange->stream,
            &exchange->stream->step, bh_io_now_ms(exchange->io));
    return response;
}

void bh_stream_leave(struct bh_exchange_private *exchange)
{
    struct bh_stream *stream = exchange->stream;
    exchange->stream = NULL;
    bh_reaper_end_stream(exchange->server->reaper, exchange->peer);
    pthread_mutex_lock(&stream->lock);
    mark_gone(stream);
    stream->left = true;
    bool last = stream->ended;
    pthread_mutex_unlock(&stream->lock);
    if (last)
        destroy(stream);
}
