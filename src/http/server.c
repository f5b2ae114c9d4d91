// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "http/exchange.h"
#include "lib/clock.h"
#include "lib/log.h"

#define WAIT_STEP_NS 2000000
#define OWNERS_GRACE_MS 10000 /* for deferred exchanges that are overdue when the server stops */

static unsigned thread_count(const struct bh_server_options *options)
{
    if (options->threads > 0)
        return options->threads;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 ? (unsigned)cores : 1;
}

static void destroy(struct bh_server *server)
{
    if (server == NULL)
        return;
    bh_acceptor_stop(server->acceptor);
    for (unsigned i = 0; server->ios != NULL && i < server->io_count; i++)
        bh_io_stop(server->ios[i]);
    for (unsigned i = 0; server->lanes != NULL && i < server->io_count; i++)
        bh_exchange_free_spares(&server->lanes[i]);
    free(server->ios);
    free(server->lanes);
    bh_reaper_destroy(server->reaper);
    bh_places_destroy(server->places);
    bh_peers_destroy(server->peers);
    free(server);
}

static struct bh_reaper *start_reaper(const struct bh_server_options *options)
{
    const int64_t limit_ms[BH_PHASE_COUNT] = {
        [BH_PHASE_IDLE] = (int64_t)options->idle_timeout_s * 1000,
        [BH_PHASE_HEADER] = (int64_t)options->header_timeout_s * 1000,
        [BH_PHASE_BODY] = (int64_t)options->body_timeout_s * 1000,
        [BH_PHASE_ANSWER] = (int64_t)options->answer_timeout_s * 1000,
        [BH_PHASE_STREAM] = (int64_t)options->answer_timeout_s * 1000,
    };
    return bh_reaper_create(limit_ms);
}

static bool start_ios(struct bh_server *server)
{
    server->io_count = thread_count(&server->options);
    server->ios = calloc(server->io_count, sizeof(*server->ios));
    server->lanes = aligned_alloc(BH_CACHE_LINE, server->io_count * sizeof(*server->lanes));
    if (server->lanes != NULL)
        memset(server->lanes, 0, server->io_count * sizeof(*server->lanes));
    if (server->ios == NULL || server->lanes == NULL)
        return false;
    for (unsigned i = 0; i < server->io_count; i++) {
        struct bh_lane *lane = &server->lanes[i];
        lane->server = server;
        struct MHD_Daemon *daemon = bh_request_start_daemon(lane);
        if (daemon == NULL)
            return false;
        lane->io = bh_io_start_take(daemon, server->peers);
        server->ios[i] = lane->io;
        if (lane->io == NULL)
            return false;
    }
    return true;
}

/* Takes `fd` over. */
static bool start_threads(struct bh_server *server, int fd)
{
    const struct bh_server_options *options = &server->options;
    server->peers = bh_peers_create(options->max_connections, options->max_connections_per_address);
    server->reaper = start_reaper(options);
    server->places = bh_places_create(options->max_connections);
    if (server->peers == NULL || server->reaper == NULL || server->places == NULL || !start_ios(server)) {
        close(fd);
        return false;
    }
    server->acceptor =
        bh_acceptor_start_take(fd, server->peers, server->ios, server->io_count, &server->refused);
    return server->acceptor != NULL;
}

enum bh_err bh_server_start_take(
    int fd, const struct bh_server_options *options, struct bh_server **ret_server)
{
    struct bh_server *server = calloc(1, sizeof(*server));
    if (server == NULL) {
        close(fd);
        return BH_ERR_NO_MEMORY;
    }
    server->options = *options;
    if (!start_threads(server, fd)) {
        destroy(server);
        return BH_ERR_THREADS;
    }
    *ret_server = server;
    return BH_OK;
}

/* False when it is not zero after `patience_ms`. */
static bool wait_for_zero(const atomic_int_fast64_t *counter, int64_t patience_ms)
{
    int64_t until_ms = bh_clock_steady_ms() + patience_ms;
    while (atomic_load(counter) > 0) {
        if (bh_clock_steady_ms() >= until_ms)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = WAIT_STEP_NS}, NULL);
    }
    return true;
}

void bh_server_stop(struct bh_server *server, int64_t grace_ms)
{
    if (server == NULL)
        return;
    atomic_store(&server->stopping, true); /* from now on each answer is the last on its connection */
    bh_acceptor_stop(server->acceptor);
    server->acceptor = NULL;
    wait_for_zero(&server->in_flight, grace_ms);
    atomic_store(&server->closed, true); /* no handler is called any more */
    bh_reaper_close_all(server->reaper);
    if (!wait_for_zero(&server->held, OWNERS_GRACE_MS)) {
        /* The library aborts when it is stopped with suspended connections, and their owners would write into
         * freed memory: leaving everything as it is does less harm at the end of a process. */
        bh_log(BH_LOG_ERROR, "server stopped with unfinished exchanges", NULL);
        return;
    }
    destroy(server);
}

void bh_server_count(const struct bh_server *server, struct bh_server_counts *ret_counts)
{
    *ret_counts = (struct bh_server_counts){
        .connections = bh_peers_count(server->peers),
        .requests = atomic_load_explicit(&server->requests, memory_order_relaxed),
        .refused = atomic_load_explicit(&server->refused, memory_order_relaxed),
        .reaped = bh_reaper_count(server->reaper),
    };
    for (unsigned i = 0; i < server->io_count; i++) {
        for (size_t class = 0; class < BH_STATUS_CLASSES; class ++)
            ret_counts->answers[class] +=
                atomic_load_explicit(&server->lanes[i].answers[class], memory_order_relaxed);
    }
}
