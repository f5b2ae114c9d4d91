// SPDX-License-Identifier: Apache-2.0
#include "gateway/extractor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/extract_wire.h"
#include "gateway/page_text.h"
#include "lib/log.h"

#define PROGRAM "/proc/self/exe"
#define ANSWER_MAX (sizeof(struct bh_extract_answer) + BH_EXTRACT_TITLE_BYTES + BH_EXTRACT_EXCERPT_BYTES)
#define READ_SIZE 4096

/* ---- the nursery, and workers
 * -------------------------------------------------------------------------------------------
 */

/* Nothing of ours goes along: no descriptor, signal mask or environment. */
static int spawn(int fd, pid_t *ret_pid)
{
    static char name[] = "behalf";
    static char command[] = BH_EXTRACT_COMMAND;
    char *const arguments[] = {name, command, NULL};
    char *const environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    if (posix_spawn_file_actions_init(&actions) != 0)
        return ENOMEM;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return ENOMEM;
    }
    int err = posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
    if (err == 0)
        err = posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
    if (err == 0)
        err = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO);
    if (err == 0)
        err = posix_spawnattr_setsigmask(&attributes, &none);
    if (err == 0)
        err = posix_spawnattr_setsigdefault(&attributes, &all);
    if (err == 0)
        err = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (err == 0)
        err = posix_spawn(ret_pid, PROGRAM, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return err;
}

static bool start_nursery(struct bh_extractor *extractor)
{
    int ends[2];
    pid_t pid;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    /* A descriptor that is its own copy would stay marked to be closed. */
    int err = ends[1] <= STDERR_FILENO ? EBADF : spawn(ends[1], &pid);
    close(ends[1]);
    if (err != 0) {
        close(ends[0]);
        return false;
    }
    extractor->nursery = pid;
    extractor->control = ends[0];
    return true;
}

static void end_nursery(struct bh_extractor *extractor)
{
    if (extractor->nursery <= 0)
        return;
    close(extractor->control);
    (void)kill(extractor->nursery, SIGKILL); /* not collected yet, so the number is still its own */
    while (waitpid(extractor->nursery, NULL, 0) < 0 && errno == EINTR)
        continue;
    extractor->nursery = 0;
}

static bool send_end(int control, int fd)
{
    char byte = 0;
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } rights = {0};
    struct iovec data = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &rights, .msg_controllen = sizeof(rights)};
    rights.head.cmsg_level = SOL_SOCKET;
    rights.head.cmsg_type = SCM_RIGHTS;
    rights.head.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&rights.head), &fd, sizeof(fd));
    return sendmsg(control, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

/* Of one that has ended, this does not always become known here: the worker's socket tells it then. */
static bool ask_nursery(struct bh_extractor *extractor, int fd)
{
    if (extractor->nursery > 0 && send_end(extractor->control, fd))
        return true;
    end_nursery(extractor);
    return start_nursery(extractor) && send_end(extractor->control, fd);
}

static bool start_worker(struct bh_extractor *extractor, int *ret_fd)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    bool is_asked = fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 && ask_nursery(extractor, ends[1]);
    close(ends[1]);
    if (!is_asked)
        close(ends[0]);
    else
        *ret_fd = ends[0];
    return is_asked;
}

static void fill_spares(struct bh_extractor *extractor)
{
    while (extractor->spare_count < BH_EXTRACT_SPARES &&
           start_worker(extractor, &extractor->spares[extractor->spare_count]))
        extractor->spare_count++;
}

/* It says nothing before it was asked, so what can be read is its end. */
static bool is_alive(int fd)
{
    char byte;
    ssize_t count = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

/* The oldest spare: it is the one that is ready. */
static bool take_worker(struct bh_extractor *extractor, int *ret_fd)
{
    while (extractor->spare_count > 0) {
        int fd = extractor->spares[0];
        extractor->spare_count--;
        memmove(extractor->spares, extractor->spares + 1, extractor->spare_count * sizeof(int));
        if (is_alive(fd)) {
            *ret_fd = fd;
            return true;
        }
        close(fd);
    }
    return start_worker(extractor, ret_fd);
}

static void complain(struct bh_extractor *extractor)
{
    if (!extractor->has_complained)
        bh_log(BH_LOG_WARN, "a page could not be turned into text; this is said once", NULL);
    extractor->has_complained = true;
}

void bh_extractor_init(struct bh_extractor *extractor)
{
    *extractor = (struct bh_extractor){0};
    fill_spares(extractor);
}

void bh_extractor_finish(struct bh_extractor *extractor)
{
    while (extractor->spare_count > 0)
        close(extractor->spares[--extractor->spare_count]);
    end_nursery(extractor);
}

/* ---- one page -------------------------------------------------------------------------------------------
 */

void bh_extraction_init(struct bh_extraction *extraction, struct bh_extractor *extractor, struct bh_span page,
    bool cut, int64_t now_ms)
{
    const struct bh_extract_request head = {.page_length = (uint32_t)page.len, .cut = cut};
    *extraction = (struct bh_extraction){.fd = -1, .deadline = now_ms + BH_EXTRACT_WALL_MS};
    bh_buf_init(&extraction->request, sizeof(head) + BH_FETCH_BODY_MAX);
    bh_buf_init(&extraction->answer, ANSWER_MAX + READ_SIZE);
    bh_buf_add(&extraction->request, (struct bh_span){(const char *)&head, sizeof(head)});
    bh_buf_add(&extraction->request, page);
    extractor->running++;
    extraction->ended = extraction->request.failed || !take_worker(extractor, &extraction->fd);
    if (!extraction->ended)
        fill_spares(extractor);
}

void bh_extraction_finish(struct bh_extraction *extraction, struct bh_extractor *extractor)
{
    if (extraction->fd >= 0)
        close(extraction->fd);
    if (!extraction->succeeded)
        complain(extractor);
    bh_buf_finish(&extraction->request);
    bh_buf_finish(&extraction->answer);
    *extraction = (struct bh_extraction){0};
    extractor->running--;
}

struct curl_waitfd bh_extraction_waits_for(const struct bh_extraction *extraction)
{
    bool sends = extraction->sent < extraction->request.len;
    return (struct curl_waitfd){
        .fd = extraction->fd, .events = (short)(CURL_WAIT_POLLIN | (sends ? CURL_WAIT_POLLOUT : 0))};
}

/* The answer is whole; it counts only when every byte of it is as it should be. */
static void judge(struct bh_extraction *extraction)
{
    struct bh_extract_answer head;
    struct bh_span rest = bh_buf_span(&extraction->answer);
    extraction->ended = true;
    if (rest.len < sizeof(head) || rest.len > ANSWER_MAX)
        return;
    memcpy(&head, rest.data, sizeof(head));
    rest = bh_span_from_index(rest, sizeof(head));
    if (head.magic != BH_EXTRACT_MAGIC || head.has_title > 1 || head.title_length > BH_EXTRACT_TITLE_BYTES ||
        head.excerpt_length > BH_EXTRACT_EXCERPT_BYTES ||
        rest.len != (size_t)head.title_length + head.excerpt_length)
        return;
    struct bh_span title = {rest.data, head.title_length};
    struct bh_span excerpt = bh_span_from_index(rest, title.len);
    if (!bh_page_text_is_valid(title, BH_FETCH_TITLE_UNITS) ||
        !bh_page_text_is_valid(excerpt, BH_FETCH_EXCERPT_UNITS))
        return;
    extraction->title = head.has_title == 1 ? title : BH_ABSENT;
    extraction->excerpt = excerpt;
    extraction->succeeded = true;
}

static void send_more(struct bh_extraction *extraction)
{
    while (extraction->sent < extraction->request.len) {
        ssize_t count = send(extraction->fd, extraction->request.data + extraction->sent,
            extraction->request.len - extraction->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count > 0) {
            extraction->sent += (size_t)count;
        } else if (errno != EINTR) {
            extraction->ended = errno != EAGAIN && errno != EWOULDBLOCK;
            return;
        }
    }
}

static void receive_more(struct bh_extraction *extraction)
{
    while (!extraction->ended) {
        char *room = bh_buf_reserve(&extraction->answer, READ_SIZE);
        if (room == NULL) {
            extraction->ended = true; /* more than there can be */
            return;
        }
        ssize_t count = recv(extraction->fd, room, READ_SIZE, MSG_DONTWAIT);
        if (count > 0)
            extraction->answer.len += (size_t)count;
        else if (count == 0)
            judge(extraction);
        else if (errno != EINTR) {
            extraction->ended = errno != EAGAIN && errno != EWOULDBLOCK;
            return;
        }
    }
}

void bh_extraction_step(struct bh_extraction *extraction, int64_t now_ms)
{
    if (!extraction->ended)
        send_more(extraction);
    if (!extraction->ended)
        receive_more(extraction);
    if (!extraction->ended && now_ms >= extraction->deadline)
        extraction->ended = true;
}
