// SPDX-License-Identifier: Apache-2.0
#include "http/acceptor.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "lib/log.h"

#define PAUSE_NS 20000000 /* when the process has no descriptor left */

struct bh_acceptor {
    int fd;
    struct bh_peers *peers;
    struct bh_io *const *ios;
    size_t io_count, next_io;
    pthread_t thread;
    atomic_bool stopping;
    atomic_int_fast64_t *refused;
};

static void welcome(struct bh_acceptor *acceptor, int fd, const struct sockaddr *address, socklen_t size)
{
    if (!bh_peers_enter(acceptor->peers, address)) {
        atomic_fetch_add_explicit(acceptor->refused, 1, memory_order_relaxed);
        close(fd);
        return;
    }
    bh_io_connect_take(acceptor->ios[acceptor->next_io], fd, address, size);
    acceptor->next_io = (acceptor->next_io + 1) % acceptor->io_count;
}

static bool out_of_descriptors(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void *accept_all(void *argument)
{
    struct bh_acceptor *acceptor = argument;
    bool complained = false;
    while (!atomic_load(&acceptor->stopping)) {
        struct sockaddr_in6 address;
        socklen_t size = sizeof(address);
        int fd = accept4(acceptor->fd, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            welcome(acceptor, fd, (struct sockaddr *)&address, size);
        } else if (out_of_descriptors(errno)) {
            if (!complained)
                bh_log(BH_LOG_WARN, "no descriptor left for a new connection", NULL);
            complained = true;
            nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
        } else if (errno == EBADF || errno == EINVAL) {
            break; /* bh_acceptor_stop() has shut it down */
        }
    }
    return NULL;
}

struct bh_acceptor *bh_acceptor_start_take(int listen_fd, struct bh_peers *peers, struct bh_io *const *ios,
    size_t io_count, atomic_int_fast64_t *refused)
{
    struct bh_acceptor *acceptor = calloc(1, sizeof(*acceptor));
    if (acceptor == NULL) {
        close(listen_fd);
        return NULL;
    }
    acceptor->fd = listen_fd;
    acceptor->peers = peers;
    acceptor->ios = ios;
    acceptor->io_count = io_count;
    acceptor->refused = refused;
    if (pthread_create(&acceptor->thread, NULL, accept_all, acceptor) != 0) {
        close(listen_fd);
        free(acceptor);
        return NULL;
    }
    return acceptor;
}

void bh_acceptor_stop(struct bh_acceptor *acceptor)
{
    if (acceptor == NULL)
        return;
    atomic_store(&acceptor->stopping, true);
    shutdown(acceptor->fd, SHUT_RDWR); /* wakes accept4() */
    pthread_join(acceptor->thread, NULL);
    close(acceptor->fd);
    free(acceptor);
}
