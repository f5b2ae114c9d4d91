// SPDX-License-Identifier: Apache-2.0
#include "http/io.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/clock.h"

struct newcomer {
    struct newcomer *next;
    int fd;
    socklen_t size;
    struct sockaddr_storage address;
};

struct inbox {
    struct newcomer *newcomers, **newcomers_end;
    struct bh_io_resumption *resumptions, **resumptions_end;
};

struct bh_io {
    struct MHD_Daemon *daemon;
    struct bh_peers *peers;
    int epoll_fd; /* the library's: readable when it has something to do */
    int wake_fd;
    int64_t now_ms;
    pthread_t thread;
    pthread_mutex_t lock; /* for what follows */
    struct inbox inbox;
    bool asleep;
    bool stopping;
};

static void empty(struct inbox *inbox)
{
    inbox->newcomers = NULL;
    inbox->newcomers_end = &inbox->newcomers;
    inbox->resumptions = NULL;
    inbox->resumptions_end = &inbox->resumptions;
}

static void refuse(struct bh_io *io, int fd, const struct sockaddr *address)
{
    close(fd);
    bh_peers_leave(io->peers, address);
}

static void welcome(struct bh_io *io, struct newcomer *newcomer)
{
    const struct sockaddr *address = (const struct sockaddr *)&newcomer->address;
    /* On failure the library has closed the socket. */
    if (MHD_add_connection(io->daemon, newcomer->fd, address, newcomer->size) != MHD_YES)
        bh_peers_leave(io->peers, address);
}

static void process(struct bh_io *io, struct inbox *inbox)
{
    while (inbox->resumptions != NULL) {
        struct bh_io_resumption *resumption = inbox->resumptions;
        inbox->resumptions = resumption->next;
        MHD_resume_connection(resumption->connection);
    }
    while (inbox->newcomers != NULL) {
        struct newcomer *newcomer = inbox->newcomers;
        inbox->newcomers = newcomer->next;
        welcome(io, newcomer);
        free(newcomer);
    }
}

/* False when the thread shall end. */
static bool work(struct bh_io *io)
{
    struct inbox taken;
    pthread_mutex_lock(&io->lock);
    bool stopping = io->stopping;
    taken = io->inbox;
    empty(&io->inbox);
    pthread_mutex_unlock(&io->lock);
    io->now_ms = bh_clock_steady_ms();
    process(io, &taken);
    MHD_run(io->daemon);
    return !stopping;
}

/* INVARIANT: whoever puts something into the inbox while `asleep` is set writes to `wake_fd`, under the same
 * lock. */
static bool fall_asleep(struct bh_io *io)
{
    unsigned long long timeout;
    if (MHD_get_timeout(io->daemon, &timeout) == MHD_YES && timeout == 0)
        return false; /* the library is not through with what it has */
    pthread_mutex_lock(&io->lock);
    io->asleep = io->inbox.newcomers == NULL && io->inbox.resumptions == NULL && !io->stopping;
    bool asleep = io->asleep;
    pthread_mutex_unlock(&io->lock);
    return asleep;
}

static void sleep_until_needed(struct bh_io *io)
{
    struct pollfd fds[2] = {{.fd = io->epoll_fd, .events = POLLIN}, {.fd = io->wake_fd, .events = POLLIN}};
    poll(fds, 2, -1);
    pthread_mutex_lock(&io->lock);
    bool woken = !io->asleep;
    io->asleep = false;
    pthread_mutex_unlock(&io->lock);
    uint64_t ignored;
    if (woken && read(io->wake_fd, &ignored, sizeof(ignored)) < 0)
        return;
}

static void *run(void *argument)
{
    struct bh_io *io = argument;
    while (work(io)) {
        if (fall_asleep(io))
            sleep_until_needed(io);
    }
    return NULL;
}

static void destroy(struct bh_io *io)
{
    MHD_stop_daemon(io->daemon);
    if (io->wake_fd >= 0)
        close(io->wake_fd);
    pthread_mutex_destroy(&io->lock);
    free(io);
}

/* Signals are for the main thread; SIGPIPE is for nobody. */
static int start_thread(struct bh_io *io)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&io->thread, NULL, run, io);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

struct bh_io *bh_io_start_take(struct MHD_Daemon *daemon, struct bh_peers *peers)
{
    struct bh_io *io = calloc(1, sizeof(*io));
    if (io == NULL) {
        MHD_stop_daemon(daemon);
        return NULL;
    }
    io->daemon = daemon;
    io->peers = peers;
    pthread_mutex_init(&io->lock, NULL);
    empty(&io->inbox);
    io->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (io->wake_fd >= 0 && info != NULL) {
        io->epoll_fd = info->epoll_fd;
        if (start_thread(io) == 0)
            return io;
    }
    destroy(io);
    return NULL;
}

/* Under the lock. */
static void wake(struct bh_io *io)
{
    const uint64_t one = 1;
    if (!io->asleep)
        return;
    io->asleep = false;
    if (write(io->wake_fd, &one, sizeof(one)) < 0)
        return; /* the counter is full, so the thread is about to wake */
}

void bh_io_connect_take(struct bh_io *io, int fd, const struct sockaddr *address, socklen_t size)
{
    struct newcomer *newcomer = malloc(sizeof(*newcomer));
    if (newcomer == NULL) {
        refuse(io, fd, address);
        return;
    }
    newcomer->next = NULL;
    newcomer->fd = fd;
    newcomer->size = size;
    memcpy(&newcomer->address, address, size);
    pthread_mutex_lock(&io->lock);
    *io->inbox.newcomers_end = newcomer;
    io->inbox.newcomers_end = &newcomer->next;
    wake(io);
    pthread_mutex_unlock(&io->lock);
}

void bh_io_resume(struct bh_io *io, struct bh_io_resumption *resumption)
{
    resumption->next = NULL;
    pthread_mutex_lock(&io->lock);
    *io->inbox.resumptions_end = resumption;
    io->inbox.resumptions_end = &resumption->next;
    wake(io);
    pthread_mutex_unlock(&io->lock);
}

int64_t bh_io_now_ms(const struct bh_io *io)
{
    return io->now_ms;
}

void bh_io_stop(struct bh_io *io)
{
    if (io == NULL)
        return;
    pthread_mutex_lock(&io->lock);
    io->stopping = true;
    wake(io);
    pthread_mutex_unlock(&io->lock);
    pthread_join(io->thread, NULL);
    destroy(io);
}
