// SPDX-License-Identifier: Apache-2.0
#include "http/reaper.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <linux/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "http/caller.h"
#include "lib/clock.h"

#define TICK_MS 250
#define SHARDS 64     /* the list is cut up so that a scan never holds up the I/O threads for long */
#define PROBE_MS 1000 /* how often an idle connection is asked whether bytes came */
#define JIFFY_MS 20   /* slack of the kernel's time stamps */
#define LINGERERS 64
#define LINGER_MS 2000
#define LINGER_BYTES (4 << 20) /* thrown away per tick at most */

/* The kernel's, which only the header that does not know `bytes_acked` names. */
enum { STATE_CLOSE = 7, STATE_CLOSE_WAIT = 8 };

struct bh_connection {
    struct bh_connection *next, *previous;
    int fd;
    atomic_bool closed; /* shut down by the reaper; set under the shard's lock */
    bool expects_more;  /* of the I/O thread */
    int64_t probed_ms, dripping_since_ms;
    atomic_int_fast64_t since_and_phase;
    atomic_int_fast64_t extra_ms; /* of the answer; 0 = an ordinary one */
    /* Of the stream; under the shard's lock. */
    void (*on_cut)(void *context);
    void *context;
    const atomic_uint *step;
    int64_t stepped_ms; /* when the client had last taken a step */
    uint64_t stepped_bytes;
    char peer[BH_CALLER_TEXT];
};

struct shard {
    pthread_mutex_t lock;
    struct bh_connection *first;
};

struct lingerer {
    int fd;
    int64_t until_ms;
};

struct bh_reaper {
    struct shard shards[SHARDS];
    int64_t limit_ms[BH_PHASE_COUNT];
    atomic_int_fast64_t reaped;
    pthread_t thread;
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t wake;
    bool stopping;
    size_t lingerer_count;
    struct lingerer lingerers[LINGERERS];
};

static struct shard *shard_of(struct bh_reaper *reaper, const struct bh_connection *connection)
{
    return &reaper->shards[(unsigned)connection->fd % SHARDS];
}

static bool has_unread(int fd)
{
    int bytes = 0;
    return ioctl(fd, FIONREAD, &bytes) == 0 && bytes > 0;
}

/* How much of the stream has the client's side confirmed? */
static void follow_stream(struct bh_connection *connection, const struct tcp_info *info, int64_t now_ms)
{
    int waiting = 0;
    bool took_all = ioctl(connection->fd, SIOCOUTQ, &waiting) == 0 && waiting == 0;
    if (took_all || info->tcpi_bytes_acked - connection->stepped_bytes >= atomic_load(connection->step)) {
        connection->stepped_bytes = info->tcpi_bytes_acked;
        connection->stepped_ms = now_ms;
    }
}

/*
 * Asks the kernel about a connection that has waited for its client for a while, or answers for long. True
 * when the client has hung up: the library misses that when it comes together with the last data, and while a
 * connection is suspended.
 */
static bool probe(struct bh_connection *connection, int64_t since_ms, int64_t now_ms)
{
    struct tcp_info info;
    socklen_t size = sizeof(info);
    connection->probed_ms = now_ms;
    memset(&info, 0, sizeof(info));
    if (getsockopt(connection->fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return false;
    if (connection->on_cut != NULL)
        follow_stream(connection, &info, now_ms);
    int64_t last_ms = now_ms - (int64_t)info.tcpi_last_data_recv;
    if (last_ms <= since_ms + JIFFY_MS)
        connection->dripping_since_ms = 0;
    else if (connection->dripping_since_ms <= since_ms)
        connection->dripping_since_ms = last_ms;
    return info.tcpi_state == STATE_CLOSE ||
           (info.tcpi_state == STATE_CLOSE_WAIT && !has_unread(connection->fd));
}

/* A connection counts as idle until its request line is complete, so a part of one shows only in the probe.
 */
static bool is_late(const struct bh_reaper *reaper, const struct bh_connection *connection,
    enum bh_phase phase, int64_t since_ms, int64_t now_ms)
{
    if (phase == BH_PHASE_STREAM)
        return now_ms - connection->stepped_ms > reaper->limit_ms[phase];
    int64_t extra_ms = atomic_load_explicit(&connection->extra_ms, memory_order_relaxed);
    if (now_ms - since_ms > reaper->limit_ms[phase] + extra_ms)
        return true;
    return phase == BH_PHASE_IDLE && connection->dripping_since_ms > since_ms &&
           now_ms - connection->dripping_since_ms > reaper->limit_ms[BH_PHASE_HEADER];
}

/* INVARIANT: a socket is shut down only under its shard's lock and while on the list. bh_reaper_remove()
 * takes the lock before the socket is closed, so the number cannot have been given to another connection
 * meanwhile. */
static void shut_down(struct bh_connection *connection)
{
    if (connection->on_cut != NULL)
        bh_connection_reset(connection);
    else
        shutdown(connection->fd, SHUT_RDWR);
    atomic_store(&connection->closed, true);
    if (connection->on_cut != NULL)
        connection->on_cut(connection->context);
}

/* Is it time to ask the kernel? An ordinary answer needs no such look. */
static bool is_due(
    const struct bh_connection *connection, enum bh_phase phase, int64_t since_ms, int64_t now_ms)
{
    if (phase == BH_PHASE_ANSWER && atomic_load_explicit(&connection->extra_ms, memory_order_relaxed) == 0)
        return false;
    return now_ms - since_ms >= PROBE_MS && now_ms - connection->probed_ms >= PROBE_MS;
}

static void look_at(struct bh_reaper *reaper, struct bh_connection *connection, int64_t now_ms)
{
    int64_t word = atomic_load_explicit(&connection->since_and_phase, memory_order_relaxed);
    int64_t since_ms = word / BH_PHASE_COUNT;
    enum bh_phase phase = (enum bh_phase)(word % BH_PHASE_COUNT);
    if (is_due(connection, phase, since_ms, now_ms) && probe(connection, since_ms, now_ms)) {
        shut_down(connection);
    } else if (is_late(reaper, connection, phase, since_ms, now_ms)) {
        shut_down(connection);
        atomic_fetch_add_explicit(&reaper->reaped, 1, memory_order_relaxed);
    }
}

static void scan(struct bh_reaper *reaper, int64_t now_ms)
{
    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *shard = &reaper->shards[i];
        pthread_mutex_lock(&shard->lock);
        for (struct bh_connection *at = shard->first; at != NULL; at = at->next) {
            if (!at->closed)
                look_at(reaper, at, now_ms);
        }
        pthread_mutex_unlock(&shard->lock);
    }
}

/* True when nothing more will come. */
static bool drain(int fd)
{
    ssize_t total = 0;
    while (total < LINGER_BYTES) {
        ssize_t got = recv(fd, NULL, 1 << 20, MSG_TRUNC | MSG_DONTWAIT);
        if (got <= 0)
            return got == 0 || (errno != EAGAIN && errno != EINTR);
        total += got;
    }
    return false;
}

static void serve_lingerers(struct bh_reaper *reaper, int64_t now_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < reaper->lingerer_count; i++) {
        struct lingerer *lingerer = &reaper->lingerers[i];
        if (drain(lingerer->fd) || now_ms > lingerer->until_ms || reaper->stopping)
            close(lingerer->fd);
        else
            reaper->lingerers[kept++] = *lingerer;
    }
    reaper->lingerer_count = kept;
}

static void *run(void *argument)
{
    struct bh_reaper *reaper = argument;
    bool stopping = false;
    while (!stopping) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += TICK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_mutex_lock(&reaper->lock);
        if (!reaper->stopping)
            pthread_cond_timedwait(&reaper->wake, &reaper->lock, &until);
        serve_lingerers(reaper, bh_clock_steady_ms());
        stopping = reaper->stopping;
        pthread_mutex_unlock(&reaper->lock);
        scan(reaper, bh_clock_steady_ms());
    }
    return NULL;
}

struct bh_reaper *bh_reaper_create(const int64_t limit_ms[static BH_PHASE_COUNT])
{
    struct bh_reaper *reaper = calloc(1, sizeof(*reaper));
    if (reaper == NULL)
        return NULL;
    memcpy(reaper->limit_ms, limit_ms, sizeof(reaper->limit_ms));
    for (size_t i = 0; i < SHARDS; i++)
        pthread_mutex_init(&reaper->shards[i].lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&reaper->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&reaper->lock, NULL);
    if (pthread_create(&reaper->thread, NULL, run, reaper) != 0) {
        free(reaper);
        return NULL;
    }
    return reaper;
}

void bh_reaper_destroy(struct bh_reaper *reaper)
{
    if (reaper == NULL)
        return;
    pthread_mutex_lock(&reaper->lock);
    reaper->stopping = true;
    pthread_cond_signal(&reaper->wake);
    pthread_mutex_unlock(&reaper->lock);
    pthread_join(reaper->thread, NULL);
    for (size_t i = 0; i < SHARDS; i++)
        pthread_mutex_destroy(&reaper->shards[i].lock);
    pthread_cond_destroy(&reaper->wake);
    pthread_mutex_destroy(&reaper->lock);
    free(reaper);
}

struct bh_connection *bh_reaper_add(
    struct bh_reaper *reaper, int fd, const struct sockaddr *peer, int64_t now_ms)
{
    struct bh_connection *connection = calloc(1, sizeof(*connection));
    if (connection == NULL)
        return NULL;
    connection->fd = fd;
    bh_caller_from_socket(peer, connection->peer);
    bh_connection_enter(connection, BH_PHASE_IDLE, now_ms);
    struct shard *shard = shard_of(reaper, connection);
    pthread_mutex_lock(&shard->lock);
    connection->next = shard->first;
    if (shard->first != NULL)
        shard->first->previous = connection;
    shard->first = connection;
    pthread_mutex_unlock(&shard->lock);
    return connection;
}

static void linger(struct bh_reaper *reaper, int fd, int64_t now_ms)
{
    pthread_mutex_lock(&reaper->lock);
    if (reaper->lingerer_count < LINGERERS && !reaper->stopping) {
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        if (copy >= 0)
            reaper->lingerers[reaper->lingerer_count++] =
                (struct lingerer){.fd = copy, .until_ms = now_ms + LINGER_MS};
    }
    pthread_mutex_unlock(&reaper->lock);
}

void bh_reaper_remove(struct bh_reaper *reaper, struct bh_connection *connection)
{
    if (connection == NULL)
        return;
    struct shard *shard = shard_of(reaper, connection);
    pthread_mutex_lock(&shard->lock);
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        shard->first = connection->next;
    pthread_mutex_unlock(&shard->lock);
    if (!bh_connection_is_cut(connection) && (connection->expects_more || has_unread(connection->fd)))
        linger(reaper, connection->fd, bh_clock_steady_ms());
    free(connection);
}

void bh_connection_enter(struct bh_connection *connection, enum bh_phase phase, int64_t now_ms)
{
    atomic_store_explicit(&connection->extra_ms, 0, memory_order_relaxed);
    atomic_store_explicit(
        &connection->since_and_phase, now_ms * BH_PHASE_COUNT + (int64_t)phase, memory_order_relaxed);
}

void bh_connection_expect_more(struct bh_connection *connection)
{
    connection->expects_more = true;
}

void bh_connection_prolong(struct bh_connection *connection, int64_t extra_ms)
{
    atomic_store_explicit(&connection->extra_ms, extra_ms, memory_order_relaxed);
}

bool bh_connection_is_cut(const struct bh_connection *connection)
{
    return atomic_load(&connection->closed);
}

void bh_reaper_begin_stream(struct bh_reaper *reaper, struct bh_connection *connection,
    void (*on_cut)(void *context), void *context, const atomic_uint *step, int64_t now_ms)
{
    struct shard *shard = shard_of(reaper, connection);
    pthread_mutex_lock(&shard->lock);
    connection->on_cut = on_cut;
    connection->context = context;
    connection->step = step;
    connection->stepped_ms = now_ms;
    connection->stepped_bytes = 0;
    bh_connection_enter(connection, BH_PHASE_STREAM, now_ms);
    if (bh_connection_is_cut(connection))
        on_cut(context);
    pthread_mutex_unlock(&shard->lock);
}

void bh_reaper_end_stream(struct bh_reaper *reaper, struct bh_connection *connection)
{
    struct shard *shard = shard_of(reaper, connection);
    pthread_mutex_lock(&shard->lock);
    connection->on_cut = NULL;
    pthread_mutex_unlock(&shard->lock);
}

/* Dissolving a connection is what sends a reset at once; a shutdown or a close would send an end first. */
void bh_connection_reset(struct bh_connection *connection)
{
    const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    if (connect(connection->fd, &nobody, sizeof(nobody)) != 0)
        shutdown(connection->fd, SHUT_RDWR);
}

const char *bh_connection_peer(const struct bh_connection *connection)
{
    return connection->peer;
}

void bh_reaper_close_all(struct bh_reaper *reaper)
{
    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_lock(&reaper->shards[i].lock);
        for (struct bh_connection *at = reaper->shards[i].first; at != NULL; at = at->next)
            shut_down(at);
        pthread_mutex_unlock(&reaper->shards[i].lock);
    }
}

int64_t bh_reaper_count(const struct bh_reaper *reaper)
{
    return atomic_load_explicit(&reaper->reaped, memory_order_relaxed);
}
