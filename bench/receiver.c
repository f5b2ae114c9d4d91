// SPDX-License-Identifier: Apache-2.0
/*
 * A cheap receiver of webhooks for measurements: answers every POST with 200 and no body, on kept
 * connections.
 *
 *     receiver            prints its port
 *
 * GET (of anything) answers with the number of POSTs so far. It ends when its standard input ends.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 64
#define BUFFER 65536

struct line {
    int fd;
    size_t used;
    char buffer[BUFFER];
};

static uint64_t posts;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int listen_anywhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 1024) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        fail("listen");
    printf("%u\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void watch(int epoll, int fd, void *data)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = data};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        fail("epoll_ctl");
}

static void accept_one(int epoll, int listener)
{
    int one = 1;
    struct line *line = calloc(1, sizeof(*line));
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0 || line == NULL) {
        free(line);
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    line->fd = fd;
    watch(epoll, fd, line);
}

/* The length of the first whole request in the buffer; 0 = not there yet. */
static size_t request_length(struct line *line)
{
    char *end = memmem(line->buffer, line->used, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    size_t head = (size_t)(end - line->buffer) + 4;
    size_t body = 0;
    for (char *row = line->buffer; row < end; row++) {
        if (*row == '\n' && strncasecmp(row + 1, "Content-Length:", 15) == 0)
            body = strtoul(row + 16, NULL, 10);
    }
    return line->used >= head + body ? head + body : 0;
}

static bool answer(const struct line *line)
{
    char text[128];
    char number[24] = "";
    if (line->buffer[0] == 'G')
        snprintf(number, sizeof(number), "%llu", (unsigned long long)posts);
    else
        posts++;
    int length = snprintf(
        text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(number), number);
    return write(line->fd, text, (size_t)length) == length;
}

/* False when the connection is over. */
static bool serve(struct line *line)
{
    ssize_t count = read(line->fd, line->buffer + line->used, BUFFER - line->used);
    if (count <= 0)
        return false;
    line->used += (size_t)count;
    for (size_t length; (length = request_length(line)) > 0;) {
        if (!answer(line))
            return false;
        line->used -= length;
        memmove(line->buffer, line->buffer + length, line->used);
    }
    return line->used < BUFFER;
}

int main(void)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    int listener = listen_anywhere();
    watch(epoll, listener, NULL);
    watch(epoll, STDIN_FILENO, &posts);
    for (;;) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(epoll, events, EVENTS, -1);
        if (count < 0 && errno != EINTR)
            fail("epoll_wait");
        for (int i = 0; i < count; i++) {
            struct line *line = events[i].data.ptr;
            if (events[i].data.ptr == &posts)
                return 0;
            if (line == NULL) {
                accept_one(epoll, listener);
            } else if (!serve(line)) {
                close(line->fd);
                free(line);
            }
        }
    }
}
