// SPDX-License-Identifier: Apache-2.0
#include "http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/span.h"

union any_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool parse_port(const char *text, in_port_t *ret_port)
{
    unsigned port = 0;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        port = port * 10 + (unsigned)(*text - '0');
        if (port > UINT16_MAX)
            return false;
    }
    *ret_port = htons((uint16_t)port);
    return true;
}

static bool parse_address(const char *text, union any_address *ret_address, socklen_t *ret_size)
{
    char host[BH_LISTEN_TEXT];
    const char *colon = strrchr(text, ':');
    in_port_t port;
    if (colon == NULL || (size_t)(colon - text) >= sizeof(host) || !parse_port(colon + 1, &port))
        return false;
    size_t length = (size_t)(colon - text);
    memcpy(host, text, length);
    host[length] = '\0';
    memset(ret_address, 0, sizeof(*ret_address));
    if (length > 2 && host[0] == '[' && host[length - 1] == ']') {
        host[length - 1] = '\0';
        ret_address->v6.sin6_family = AF_INET6;
        ret_address->v6.sin6_port = port;
        *ret_size = sizeof(ret_address->v6);
        return inet_pton(AF_INET6, host + 1, &ret_address->v6.sin6_addr) == 1;
    }
    ret_address->v4.sin_family = AF_INET;
    ret_address->v4.sin_port = port;
    *ret_size = sizeof(ret_address->v4);
    return inet_pton(
               AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &ret_address->v4.sin_addr) == 1;
}

bool bh_listen_is_address(const char *text)
{
    union any_address ignored;
    socklen_t size;
    return parse_address(text, &ignored, &size);
}

bool bh_listen_is_loopback(const char *text)
{
    union any_address address;
    socklen_t size;
    if (!parse_address(text, &address, &size))
        return false;
    if (address.any.sa_family == AF_INET)
        return ntohl(address.v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    const struct in6_addr *v6 = &address.v6.sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(v6) || (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == IN_LOOPBACKNET);
}

static bool format_bound_address(int fd, char ret_address[static BH_LISTEN_TEXT])
{
    union any_address bound = {0};
    socklen_t size = sizeof(bound);
    char host[INET6_ADDRSTRLEN];
    if (getsockname(fd, &bound.any, &size) != 0)
        return false;
    if (bound.any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &bound.v4.sin_addr, host, sizeof(host));
        snprintf(ret_address, BH_LISTEN_TEXT, "%s:%u", host, (unsigned)ntohs(bound.v4.sin_port));
    } else {
        inet_ntop(AF_INET6, &bound.v6.sin6_addr, host, sizeof(host));
        snprintf(ret_address, BH_LISTEN_TEXT, "[%s]:%u", host, (unsigned)ntohs(bound.v6.sin6_port));
    }
    return true;
}

static const char *bind_failure(int error)
{
    switch (error) {
    case EADDRINUSE:
        return "the address is already in use: end the server that has it, or name another address";
    case EADDRNOTAVAIL:
        return "this machine does not have the address to listen on";
    case EACCES:
        return "no permission to listen on this port (ports below 1024 need a privilege)";
    default:
        return "cannot listen on this address";
    }
}

enum bh_err bh_listen_open(
    const char *address, int *ret_fd, char ret_address[static BH_LISTEN_TEXT], const char **ret_message)
{
    union any_address wanted;
    socklen_t size = 0;
    const int on = 1, off = 0;
    if (address == NULL || !parse_address(address, &wanted, &size)) {
        *ret_message = "the address to listen on must look like 127.0.0.1:8420 or [::1]:8420";
        return BH_ERR_LISTEN;
    }
    int fd = socket(wanted.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        *ret_message = "cannot make a socket for the address to listen on";
        return BH_ERR_LISTEN;
    }
    /* Without SO_REUSEADDR a restart would have to wait for the old connections' TIME_WAIT. */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    /* Accepted sockets inherit it. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (wanted.any.sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(fd, &wanted.any, size) != 0 || listen(fd, BH_LISTEN_BACKLOG) != 0 ||
        !format_bound_address(fd, ret_address)) {
        *ret_message = bind_failure(errno);
        close(fd);
        return BH_ERR_LISTEN;
    }
    *ret_fd = fd;
    return BH_OK;
}
