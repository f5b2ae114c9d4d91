// SPDX-License-Identifier: Apache-2.0
#include "http/exchange.h"

#include <assert.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_FIRST 4096
#define ARENA_LIMIT (16 << 20) /* what the longest listing needs; most requests take a few kilobytes */
#define REPLY_LIMIT (16 << 20)

#define SPARES 256
#define SPARE_BODY 4096

/* A kept exchange with its arena's first chunk and its body's memory, or a new one; otherwise cleared. */
static struct bh_exchange_private *take_spare(struct bh_lane *lane)
{
    struct bh_exchange_private *exchange = lane->spares;
    if (exchange == NULL) {
        exchange = malloc(sizeof(*exchange));
        if (exchange == NULL)
            return NULL;
        memset(exchange, 0, sizeof(*exchange));
        bh_arena_init(&exchange->public.arena, ARENA_FIRST, ARENA_LIMIT);
        bh_buf_init(&exchange->body, BH_BODY_LIMIT);
        return exchange;
    }
    lane->spares = exchange->next_spare;
    lane->spare_count--;
    struct bh_arena arena = exchange->public.arena;
    struct bh_buf body = exchange->body;
    memset(exchange, 0, sizeof(*exchange));
    exchange->public.arena = arena;
    exchange->body = body;
    return exchange;
}

struct bh_exchange_private *bh_exchange_create(struct bh_lane *lane, struct MHD_Connection *connection)
{
    struct bh_exchange_private *exchange = take_spare(lane);
    if (exchange == NULL)
        return NULL;
    exchange->server = lane->server;
    exchange->lane = lane;
    exchange->io = lane->io;
    exchange->connection = connection;
    exchange->resumption.connection = connection;
    bh_buf_init(&exchange->public.reply.body, REPLY_LIMIT);
    return exchange;
}

static void free_exchange(struct bh_exchange_private *exchange)
{
    bh_arena_finish(&exchange->public.arena);
    bh_buf_finish(&exchange->body);
    free(exchange);
}

void bh_exchange_destroy(struct bh_exchange_private *exchange)
{
    if (exchange == NULL)
        return;
    struct bh_lane *lane = exchange->lane;
    bh_buf_finish(&exchange->public.reply.body);
    if (lane->spare_count >= SPARES || exchange->body.capacity > SPARE_BODY) {
        free_exchange(exchange);
        return;
    }
    bh_buf_clear(&exchange->body);
    bh_arena_reset(&exchange->public.arena);
    exchange->next_spare = lane->spares;
    lane->spares = exchange;
    lane->spare_count++;
}

void bh_exchange_free_spares(struct bh_lane *lane)
{
    while (lane->spares != NULL) {
        struct bh_exchange_private *next = lane->spares->next_spare;
        free_exchange(lane->spares);
        lane->spares = next;
    }
    lane->spare_count = 0;
}

/* Callers see a constant exchange because reading a header changes nothing they can see; the arena behind it
 * grows. */
static struct bh_exchange_private *private_of(const struct bh_exchange *exchange)
{
    return (struct bh_exchange_private *)exchange;
}

static struct bh_span trim_blanks(struct bh_span text)
{
    while (text.len > 0 && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
        text.len--;
    return text; /* the library has taken off those in front */
}

struct bh_span bh_exchange_header(const struct bh_exchange *exchange, const char *name)
{
    const char *value = NULL;
    size_t size = 0;
    if (MHD_lookup_connection_value_n(
            private_of(exchange)->connection, MHD_HEADER_KIND, name, strlen(name), &value, &size) != MHD_YES)
        return BH_ABSENT;
    return trim_blanks((struct bh_span){value, size});
}

struct collection {
    struct bh_span name, *values;
    size_t count, most;
};

static enum MHD_Result collect(void *context, enum MHD_ValueKind kind, const char *name, size_t name_size,
    const char *value, size_t value_size)
{
    struct collection *collection = context;
    (void)kind;
    if (!bh_span_equal_ascii_nocase((struct bh_span){name, name_size}, collection->name))
        return MHD_YES;
    if (collection->count < collection->most)
        collection->values[collection->count] = trim_blanks((struct bh_span){value, value_size});
    collection->count++;
    return MHD_YES;
}

size_t bh_exchange_headers(
    const struct bh_exchange *exchange, const char *name, struct bh_span *ret_values, size_t most)
{
    struct collection collection = {bh_span_from(name), ret_values, 0, most};
    MHD_get_connection_values_n(private_of(exchange)->connection, MHD_HEADER_KIND, collect, &collection);
    return collection.count;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* "+" is a space; a "%" without two hex digits stands for itself. Absent when the arena is full. */
static struct bh_span decode(struct bh_arena *arena, struct bh_span text)
{
    struct bh_span copy;
    if (memchr(text.data, '%', text.len) == NULL && memchr(text.data, '+', text.len) == NULL)
        return text;
    if (!bh_arena_copy(arena, text, &copy))
        return BH_ABSENT;
    char *to = (char *)copy.data;
    size_t length = 0;
    for (size_t i = 0; i < text.len; i++) {
        int high = text.data[i] == '%' && i + 2 < text.len ? hex_digit(text.data[i + 1]) : -1;
        int low = high < 0 ? -1 : hex_digit(text.data[i + 2]);
        if (low < 0) {
            to[length++] = text.data[i] == '+' ? ' ' : text.data[i];
        } else {
            to[length++] = (char)(high * 16 + low);
            i += 2;
        }
    }
    return (struct bh_span){to, length};
}

/* The text up to the first `end`, or all of it; *rest becomes what follows. */
static struct bh_span take_until(struct bh_span *rest, char end)
{
    const char *found = memchr(rest->data, end, rest->len);
    struct bh_span taken = {rest->data, found == NULL ? rest->len : (size_t)(found - rest->data)};
    *rest = bh_span_from_index(*rest, taken.len + 1);
    return taken;
}

struct bh_span bh_exchange_query(const struct bh_exchange *exchange, const char *name)
{
    struct bh_exchange_private *private = private_of(exchange);
    struct bh_span wanted = bh_span_from(name);
    struct bh_span rest = private->query;
    while (rest.len > 0) {
        struct bh_span value = take_until(&rest, '&');
        struct bh_span key = take_until(&value, '=');
        if (bh_span_equal(decode(&private->public.arena, key), wanted))
            return decode(&private->public.arena, value);
    }
    return BH_ABSENT;
}

bool bh_exchange_has_query(const struct bh_exchange *exchange)
{
    return private_of(exchange)->query.len > 0;
}

void bh_exchange_add_header(struct bh_exchange *exchange, const char *name, const char *value)
{
    struct bh_reply *reply = &exchange->reply;
    assert(reply->header_count < BH_REPLY_HEADERS);
    if (reply->header_count >= BH_REPLY_HEADERS)
        return;
    reply->headers[reply->header_count].name = name;
    reply->headers[reply->header_count].value = value;
    reply->header_count++;
}

void bh_exchange_defer(struct bh_exchange *exchange)
{
    struct bh_exchange_private *private = private_of(exchange);
    assert(!private->deferred);
    private->deferred = true;
    MHD_suspend_connection(private->connection);
}

void bh_exchange_complete(struct bh_exchange *exchange)
{
    struct bh_exchange_private *private = private_of(exchange);
    struct bh_server *server = private->server;
    assert(private->deferred);
    atomic_store_explicit(&private->complete, true, memory_order_release);
    /* From here on the I/O thread may free the exchange at any time. */
    bh_io_resume(private->io, &private->resumption);
    /* Last: bh_server_stop() waits for it before it takes the I/O threads down. */
    atomic_fetch_sub(&server->held, 1);
}

enum bh_err bh_exchange_take_place(
    struct bh_exchange *exchange, const struct bh_place_owner *owner, int64_t wait_ms)
{
    struct bh_exchange_private *private = private_of(exchange);
    assert(private->place == NULL);
    enum bh_err err = bh_places_enter(private->server->places, owner, exchange->peer, &private->place);
    if (err != BH_OK)
        bh_exchange_add_header(exchange, "Retry-After", BH_PLACES_RETRY_S);
    else
        bh_connection_prolong(private->peer, wait_ms);
    return err;
}

const struct bh_server *bh_exchange_server(const struct bh_exchange *exchange)
{
    return private_of(exchange)->server;
}

bool bh_exchange_is_gone(const struct bh_exchange *exchange)
{
    return bh_connection_is_cut(private_of(exchange)->peer);
}
