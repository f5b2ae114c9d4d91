// SPDX-License-Identifier: Apache-2.0
#include "gateway/resolve.h"

#include <ares.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define TRY_MS 1500 /* of one name server; the second one takes twice as long */
#define TRIES 2
#define GRACE_MS 1000 /* for the other family, once there is an address to go to */
#define NAME_TEXT 256

/* The answers of one family. */
struct family {
    struct bh_resolve *resolve;
    bool ended;
    int status;
    size_t count;
    struct bh_address first;
};

enum { V4, V6, FAMILIES };

struct bh_resolve {
    ares_channel channel; /* of the name servers; NULL = not asked */
    const struct bh_reach *reach;
    struct family families[FAMILIES];
    bool has_refused;
    int64_t grace_until; /* steady clock; 0 = nothing has come that could be used */
    bool ended;
    enum bh_err err;
    struct bh_address address;
};

enum bh_err bh_resolve_prepare_library(void)
{
    return ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS ? BH_OK : BH_ERR_NO_MEMORY;
}

/* ---- verdict --------------------------------------------------------------------------------------------
 */

static void add_address(struct bh_resolve *resolve, const struct sockaddr *socket_address)
{
    struct bh_address address;
    if (!bh_address_from_socket(socket_address, &address))
        return;
    struct family *family = &resolve->families[address.is_v6 ? V6 : V4];
    if (!bh_reach_allows(resolve->reach, &address))
        resolve->has_refused = true;
    if (family->count++ == 0)
        family->first = address;
}

static void add_answers(struct bh_resolve *resolve, const struct ares_addrinfo *answers)
{
    const struct ares_addrinfo_node *nodes = answers == NULL ? NULL : answers->nodes;
    for (const struct ares_addrinfo_node *node = nodes; node != NULL; node = node->ai_next)
        add_address(resolve, node->ai_addr);
}

/* Whether this machine has a public address of its own from which it would go there. Nothing is sent. */
static bool has_public_way(const struct bh_address *to)
{
    struct sockaddr_in6 there = {.sin6_family = AF_INET6, .sin6_port = htons(443)};
    struct sockaddr_in6 here = {0};
    struct bh_address from;
    socklen_t length = sizeof(here);
    memcpy(&there.sin6_addr, to->bytes, sizeof(there.sin6_addr));
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool is_public = fd >= 0 && connect(fd, (const struct sockaddr *)&there, sizeof(there)) == 0 &&
                     getsockname(fd, (struct sockaddr *)&here, &length) == 0 &&
                     bh_address_from_socket((const struct sockaddr *)&here, &from) &&
                     bh_address_is_public(&from);
    if (fd >= 0)
        close(fd);
    return is_public;
}

/* IPv6 where it works. */
static struct bh_address choose(const struct bh_resolve *resolve)
{
    const struct family *v4 = &resolve->families[V4];
    const struct family *v6 = &resolve->families[V6];
    return v4->count == 0 || (v6->count > 0 && has_public_way(&v6->first)) ? v6->first : v4->first;
}

static bool has_status(const struct bh_resolve *resolve, int status)
{
    return resolve->families[V4].status == status || resolve->families[V6].status == status;
}

/* One answer that must not be reached spoils all, so that nothing depends on which of them is used. */
static enum bh_err vet(const struct bh_resolve *resolve)
{
    size_t count = resolve->families[V4].count + resolve->families[V6].count;
    if (resolve->has_refused)
        return BH_ERR_GATEWAY_PRIVATE;
    if (count > BH_RESOLVE_ANSWERS)
        return BH_ERR_GATEWAY_ANSWERS;
    if (count > 0)
        return BH_OK;
    if (has_status(resolve, ARES_ENOMEM))
        return BH_ERR_NO_MEMORY;
    return has_status(resolve, ARES_ETIMEOUT) ? BH_ERR_GATEWAY_TIMEOUT : BH_ERR_GATEWAY_UNRESOLVED;
}

static void conclude(struct bh_resolve *resolve)
{
    resolve->ended = true;
    resolve->err = vet(resolve);
    if (resolve->err == BH_OK)
        resolve->address = choose(resolve);
}

/* When both families have answered; or one has, and the other takes longer than it is worth. */
static void conclude_if_enough(struct bh_resolve *resolve, int64_t now_ms)
{
    const struct family *v4 = &resolve->families[V4];
    const struct family *v6 = &resolve->families[V6];
    if (resolve->ended)
        return;
    if (resolve->grace_until == 0 && v4->count + v6->count > 0)
        resolve->grace_until = now_ms + GRACE_MS;
    if (resolve->has_refused || (v4->ended && v6->ended) ||
        (resolve->grace_until != 0 && now_ms >= resolve->grace_until))
        conclude(resolve);
}

/* ---- questions ------------------------------------------------------------------------------------------
 */

static bool open_channel(const char *lookups, ares_channel *ret_channel)
{
    char text[2] = {lookups[0], 0};
    struct ares_options options = {.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
        .timeout = TRY_MS,
        .tries = TRIES,
        .ndots = 1,
        .lookups = text};
    int given = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS | ARES_OPT_DOMAINS |
                ARES_OPT_LOOKUPS;
    return ares_init_options(ret_channel, &options, given) == ARES_SUCCESS;
}

static void ask(
    ares_channel channel, const char *name, int family, ares_addrinfo_callback callback, void *context)
{
    const struct ares_addrinfo_hints hints = {
        .ai_flags = ARES_AI_NOSORT, .ai_family = family, .ai_socktype = SOCK_STREAM};
    ares_getaddrinfo(channel, name, NULL, &hints, callback, context);
}

static void take_from_file(void *context, int status, int timeouts, struct ares_addrinfo *answers)
{
    (void)timeouts;
    if (status == ARES_SUCCESS)
        add_answers(context, answers);
    ares_freeaddrinfo(answers);
}

/* Both families at once: a name that is in the file is not asked of the name servers. False without memory.
 */
static bool read_hosts_file(struct bh_resolve *resolve, const char *name)
{
    ares_channel channel;
    if (!open_channel("f", &channel))
        return false;
    ask(channel, name, AF_UNSPEC, take_from_file, resolve);
    ares_destroy(channel); /* it has answered: files are read at once */
    return true;
}

static void take_from_servers(void *context, int status, int timeouts, struct ares_addrinfo *answers)
{
    struct family *family = context;
    (void)timeouts;
    family->ended = true;
    family->status = status;
    if (status == ARES_SUCCESS)
        add_answers(family->resolve, answers);
    ares_freeaddrinfo(answers);
}

/* False without memory. */
static bool ask_servers(struct bh_resolve *resolve, const char *name)
{
    if (!open_channel("b", &resolve->channel))
        return false;
    for (size_t i = 0; i < FAMILIES; i++)
        ask(resolve->channel, name, i == V4 ? AF_INET : AF_INET6, take_from_servers, &resolve->families[i]);
    return true;
}

static enum bh_err look_up(struct bh_resolve *resolve, struct bh_span name)
{
    char text[NAME_TEXT];
    if (name.len == 0 || name.len >= sizeof(text) || name.data[0] == '[') {
        resolve->has_refused = true; /* an address in brackets is never reached */
        return BH_OK;
    }
    memcpy(text, name.data, name.len);
    text[name.len] = 0;
    if (!read_hosts_file(resolve, text))
        return BH_ERR_NO_MEMORY;
    if (resolve->families[V4].count + resolve->families[V6].count > 0) {
        resolve->families[V4].ended = resolve->families[V6].ended = true;
        return BH_OK;
    }
    return ask_servers(resolve, text) ? BH_OK : BH_ERR_NO_MEMORY;
}

enum bh_err bh_resolve_start(
    struct bh_span name, const struct bh_reach *reach, int64_t now_ms, struct bh_resolve **ret_resolve)
{
    struct bh_resolve *resolve = calloc(1, sizeof(*resolve));
    if (resolve == NULL)
        return BH_ERR_NO_MEMORY;
    resolve->reach = reach;
    resolve->families[V4].resolve = resolve->families[V6].resolve = resolve;
    enum bh_err err = look_up(resolve, name);
    if (err != BH_OK) {
        bh_resolve_destroy(resolve);
        return err;
    }
    conclude_if_enough(resolve, now_ms);
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

size_t bh_resolve_waits_for(struct bh_resolve *resolve, struct curl_waitfd waits[static BH_RESOLVE_SOCKETS],
    int64_t now_ms, int64_t *wait_ms)
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
    if (resolve->grace_until != 0 && resolve->grace_until - now_ms < ms)
        ms = resolve->grace_until > now_ms ? resolve->grace_until - now_ms : 0;
    if (ms < *wait_ms)
        *wait_ms = ms;
    return count;
}

static void process(struct bh_resolve *resolve, const struct curl_waitfd *waits, size_t count)
{
    struct pollfd ready[BH_RESOLVE_SOCKETS];
    /* Without a socket: what has run out of time. */
    ares_process_fd(resolve->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    /* libcurl does not pass errors on, and one that is not fetched would wake it again and again. */
    for (size_t i = 0; i < count; i++)
        ready[i] = (struct pollfd){.fd = waits[i].fd,
            .events = (short)((waits[i].events & CURL_WAIT_POLLIN ? POLLIN : 0) |
                              (waits[i].events & CURL_WAIT_POLLOUT ? POLLOUT : 0))};
    if (poll(ready, count, 0) <= 0)
        return;
    for (size_t i = 0; i < count; i++) {
        bool readable = (ready[i].revents & ~POLLOUT) != 0;
        bool writable = (ready[i].revents & POLLOUT) != 0;
        if (readable || writable)
            ares_process_fd(resolve->channel, readable ? ready[i].fd : ARES_SOCKET_BAD,
                writable ? ready[i].fd : ARES_SOCKET_BAD);
    }
}

void bh_resolve_step(
    struct bh_resolve *resolve, const struct curl_waitfd *waits, size_t count, int64_t now_ms)
{
    if (resolve->ended)
        return;
    process(resolve, waits, count);
    conclude_if_enough(resolve, now_ms);
}

bool bh_resolve_ended(const struct bh_resolve *resolve, enum bh_err *ret_err, struct bh_address *ret_address)
{
    if (!resolve->ended)
        return false;
    *ret_err = resolve->err;
    *ret_address = resolve->address;
    return true;
}
