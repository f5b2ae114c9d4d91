// SPDX-License-Identifier: Apache-2.0
#include "gateway/extract.h"

#include <errno.h>
#include <libxml/parser.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/extract_wire.h"
#include "gateway/fetch.h"
#include "gateway/sandbox.h"

static bool read_whole(void *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t count = read(STDIN_FILENO, (char *)data + done, size - done);
        if (count == 0 || (count < 0 && errno != EINTR))
            return false;
        done += count > 0 ? (size_t)count : 0;
    }
    return true;
}

static bool write_whole(struct bh_span data)
{
    for (size_t done = 0; done < data.len;) {
        ssize_t count = write(STDOUT_FILENO, data.data + done, data.len - done);
        if (count < 0 && errno != EINTR)
            return false;
        done += count > 0 ? (size_t)count : 0;
    }
    return true;
}

/* Everything that is made at first use is made now; later it would need calls that are given up. */
static bool prepare(void)
{
    bool has_title;
    BH_CLEANUP(bh_buf_finish) struct bh_buf title = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf excerpt = {0};
    bh_buf_init(&title, BH_EXTRACT_TITLE_BYTES);
    bh_buf_init(&excerpt, BH_EXTRACT_EXCERPT_BYTES);
    xmlInitParser();
    return bh_extract_page(BH_SPAN("<title>&eacute;</title><p>&amp;</p><script>x</script>\xff"), true, &title,
        &has_title, &excerpt);
}

static bool answer(struct bh_span page, bool cut)
{
    bool has_title;
    struct bh_extract_answer head;
    BH_CLEANUP(bh_buf_finish) struct bh_buf title = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf excerpt = {0};
    bh_buf_init(&title, BH_EXTRACT_TITLE_BYTES);
    bh_buf_init(&excerpt, BH_EXTRACT_EXCERPT_BYTES);
    if (!bh_extract_page(page, cut, &title, &has_title, &excerpt))
        return false;
    head = (struct bh_extract_answer){.magic = BH_EXTRACT_MAGIC,
        .has_title = has_title,
        .title_length = (uint32_t)title.len,
        .excerpt_length = (uint32_t)excerpt.len};
    return write_whole((struct bh_span){(const char *)&head, sizeof(head)}) &&
           write_whole(bh_buf_span(&title)) && write_whole(bh_buf_span(&excerpt));
}

void bh_extract_work(void)
{
    struct bh_extract_request head;
    if (!bh_sandbox_enter(BH_EXTRACT_MEMORY, BH_EXTRACT_CPU_S))
        _exit(1);
    if (!read_whole(&head, sizeof(head)) || head.page_length > BH_FETCH_BODY_MAX)
        _exit(1);
    char *page = malloc(head.page_length + 1);
    if (page == NULL || !read_whole(page, head.page_length))
        _exit(1);
    bool is_done = answer((struct bh_span){page, head.page_length}, head.cut != 0);
    _exit(is_done ? 0 : 1); /* without the work that a normal end does */
}

/* ---- the nursery ----------------------------------------------------------------------------------------
 */

/* Without a sandbox no page is read at all. */
static bool sandbox_works(void)
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(bh_sandbox_enter(BH_EXTRACT_MEMORY, BH_EXTRACT_CPU_S) ? 0 : 1);
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The descriptor that comes with the next byte; -1 = the server has gone. */
static int receive_end(void)
{
    char byte;
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec data = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    ssize_t count;
    int fd = -1;
    do {
        count = recvmsg(STDIN_FILENO, &message, 0);
    } while (count < 0 && errno == EINTR);
    const struct cmsghdr *head = count == 1 ? CMSG_FIRSTHDR(&message) : NULL;
    if (head != NULL && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
        head->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(&fd, CMSG_DATA(head), sizeof(fd));
    return fd;
}

/* It has nothing but its end, and dies with the nursery. */
static void become_worker(int fd, pid_t nursery, void (*work)(void))
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != nursery ||
        dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0 || close(fd) != 0)
        _exit(1);
    work();
    _exit(1);
}

int bh_extract_nursery(void (*work)(void))
{
    int fd;
    pid_t own = getpid();
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !prepare() || !sandbox_works())
        return 1;
    if (signal(SIGCHLD, SIG_IGN) == SIG_ERR) /* nobody waits for workers */
        return 1;
    while ((fd = receive_end()) >= 0) {
        if (fork() == 0)
            become_worker(fd, own, work);
        close(fd);
    }
    _exit(0);
}

int bh_extract_child(void)
{
    return bh_extract_nursery(bh_extract_work);
}
