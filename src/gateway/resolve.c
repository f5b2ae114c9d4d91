// SPDX-License-Identifier: Apache-2.0
#include "gateway/resolve.h"

#include <ares.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define TRY_MS 1500 /* the second one takes twice as long */
#define TRIES 2
#define NAME_TEXT 256

struct bh_resolve {
    ares_channel channel;
    const struct bh_reach *reach;
    bool ended;
    enum bh_err err;
    struct bh_address address;
};

void bh_resolve_prepare_library(void)
{
    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
        abort();
}

/* One answer that must not be reached spoils all, so that nothing depends on which of them is used. */
static enum bh_err vet(
    const struct bh_resolve *resolve, const struct ares_addrinfo_node *nodes, struct bh_address *ret_address)
{
    size_t count = 0;
    struct bh_address first = {0};
    for (const struct ares_addrinfo_node *node = nodes; node != NULL; node = node->ai_next) {
        struct bh_address address;
        if (!bh_address_from_socket(node->ai_addr, &address))
            continue;
        if (++count > BH_RESOLVE_ANSWERS || !bh_reach_allows(resolve->reach, &address))
            return BH_ERR_GATEWAY_PRIVATE;
        if (count == 1)
            first = address;
    }
    if (count == 0)
        return BH_ERR_GATEWAY_UNRESOLVED;
    *ret_address = first;
    return BH_OK;
}

static void take_answers(void *context, int status, int timeouts, struct ares_addrinfo *answers)
{
    struct bh_resolve *resolve = context;
    (void)timeouts;
    resolve->ended = true;
    if (status == ARES_SUCCESS && answers != NULL)
        resolve->err = vet(resolve, answers->nodes, &resolve->address);
    else if (status == ARES_ENOMEM)
        resolve->err = BH_ERR_NO_MEMORY;
    else
        resolve->err = status == ARES_ETIMEOUT ? BH_ERR_GATEWAY_TIMEOUT : BH_ERR_GATEWAY_UNRESOLVED;
    ares_freeaddrinfo(answers);
}

static bool open_channel(struct bh_resolve *resolve)
{
    char lookups[] = "fb"; /* the file of hosts, then name servers */
    struct ares_options options = {.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
        .timeout = TRY_MS,
        .tries = TRIES,
        .ndots = 1,
        .lookups = lookups};
    int given = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS | ARES_OPT_DOMAINS |
                ARES_OPT_LOOKUPS;
    return ares_init_options(&resolve->channel, &options, given) == ARES_SUCCESS;
}

enum bh_err bh_resolve_start(
    struct bh_span name, const struct bh_reach *reach, struct bh_resolve **ret_resolve)
{
    char text[NAME_TEXT];
    const struct ares_addrinfo_hints hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct bh_resolve *resolve = calloc(1, sizeof(*resolve));
    if (resolve == NULL)
        return BH_ERR_NO_MEMORY;
    resolve->reach = reach;
    if (name.len == 0 || name.len >= sizeof(text) || name.data[0] == '[') {
        resolve->ended = true;
        resolve->err = BH_ERR_GATEWAY_PRIVATE; /* an address in brackets is never reached */
        *ret_resolve = resolve;
        return BH_OK;
    }
    if (!open_channel(resolve)) {
        free(resolve);
        return BH_ERR_NO_MEMORY;
    }
    memcpy(text, name.data, name.len);
    text[name.len] = 0;
    ares_getaddrinfo(resolve->channel, text, NULL, &hints, take_answers, resolve);
    *ret_resolve = resolve;
    return BH_OK;
}

void bh_resolve_destroy(struct bh_resolve *resolve)
{
    if (resolve == NULL)
        return;
    if (resolve->channel != NULL)
        ares_destroy(resolve->channel);
    free(resolve);
}

size_t bh_resolve_waits_for(
    struct bh_resolve *resolve, struct curl_waitfd waits[static BH_RESOLVE_SOCKETS], int64_t *wait_ms)
{
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    struct timeval most = {.tv_sec = *wait_ms / 1000, .tv_usec = *wait_ms % 1000 * 1000};
    struct timeval buffer;
    size_t count = 0;
    /* Not by the library's macros: they shift into the sign. */
    unsigned set = (unsigned)ares_getsock(resolve->channel, sockets, ARES_GETSOCK_MAXNUM);
    for (int i = 0; i < ARES_GETSOCK_MAXNUM && count < BH_RESOLVE_SOCKETS; i++) {
        short events = (short)(((set >> i & 1) != 0 ? CURL_WAIT_POLLIN : 0) |
                               ((set >> (i + ARES_GETSOCK_MAXNUM) & 1) != 0 ? CURL_WAIT_POLLOUT : 0));
        if (events != 0)
            waits[count++] = (struct curl_waitfd){.fd = sockets[i], .events = events};
    }
    const struct timeval *wait = ares_timeout(resolve->channel, &most, &buffer);
    int64_t ms = wait->tv_sec * 1000 + (wait->tv_usec + 999) / 1000;
    if (ms < *wait_ms)
        *wait_ms = ms;
    return count;
}

void bh_resolve_step(struct bh_resolve *resolve, const struct curl_waitfd *waits, size_t count)
{
    struct pollfd ready[BH_RESOLVE_SOCKETS];
    /* Without a socket: what has run out of time. */
    if (!resolve->ended)
        ares_process_fd(resolve->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    /* libcurl does not pass errors on, and one that is not fetched would wake it again and again. */
    for (size_t i = 0; i < count; i++)
        ready[i] = (struct pollfd){.fd = waits[i].fd,
            .events = (short)((waits[i].events & CURL_WAIT_POLLIN ? POLLIN : 0) |
                              (waits[i].events & CURL_WAIT_POLLOUT ? POLLOUT : 0))};
    if (poll(ready, count, 0) <= 0)
        return;
    for (size_t i = 0; i < count && !resolve->ended; i++) {
        bool readable = (ready[i].revents & ~POLLOUT) != 0;
        bool writable = (ready[i].revents & POLLOUT) != 0;
        if (readable || writable)
            ares_process_fd(resolve->channel, readable ? ready[i].fd : ARES_SOCKET_BAD,
                writable ? ready[i].fd : ARES_SOCKET_BAD);
    }
}

bool bh_resolve_ended(const struct bh_resolve *resolve, enum bh_err *ret_err, struct bh_address *ret_address)
{
    if (!resolve->ended)
        return false;
    *ret_err = resolve->err;
    *ret_address = resolve->address;
    return true;
}
