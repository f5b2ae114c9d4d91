// SPDX-License-Identifier: Apache-2.0
#include "client/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

/* What may end or stop the process while it waits for an answer. */
static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

static volatile sig_atomic_t pending;

static void note_signal(int number)
{
    pending = number;
}

struct guard {
    sigset_t mask; /* before */
    struct sigaction actions[BH_COUNT(caught)];
};

/* From here on the signals are heard only where the mask of before is in force: while waiting. */
static void guard_begin(struct guard *guard)
{
    sigset_t blocked;
    struct sigaction note = {.sa_handler = note_signal};
    sigemptyset(&blocked);
    sigemptyset(&note.sa_mask);
    pending = 0;
    for (size_t i = 0; i < BH_COUNT(caught); i++)
        sigaddset(&blocked, caught[i]);
    sigprocmask(SIG_BLOCK, &blocked, &guard->mask);
    for (size_t i = 0; i < BH_COUNT(caught); i++) {
        sigaction(caught[i], NULL, &guard->actions[i]);
        if (guard->actions[i].sa_handler != SIG_IGN)
            sigaction(caught[i], &note, NULL);
    }
}

static void guard_end(const struct guard *guard)
{
    for (size_t i = 0; i < BH_COUNT(caught); i++)
        sigaction(caught[i], &guard->actions[i], NULL);
    sigprocmask(SIG_SETMASK, &guard->mask, NULL);
}

static void write_text(int fd, const char *text)
{
    ssize_t ignored = write(fd, text, strlen(text));
    (void)ignored;
}

/* The terminal hands over whole lines. */
static void read_line(int fd, const sigset_t *mask, char *ret_text, size_t size)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    ssize_t length = 0;
    if (ppoll(&wait, 1, NULL, mask) > 0)
        length = read(fd, ret_text, size - 1);
    ret_text[length < 0 ? 0 : length] = 0;
    ret_text[strcspn(ret_text, "\r\n")] = 0;
}

static void ask_once(int fd, const char *question, bool hidden, char *ret_text, size_t size)
{
    struct guard guard;
    struct termios before;
    guard_begin(&guard);
    bool changed = hidden && tcgetattr(fd, &before) == 0;
    if (changed) {
        struct termios silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        changed = tcsetattr(fd, TCSAFLUSH, &silent) == 0;
    }
    write_text(fd, question);
    read_line(fd, &guard.mask, ret_text, size);
    if (changed) {
        tcsetattr(fd, TCSAFLUSH, &before); /* drops what did not fit */
        write_text(fd, "\n");
    }
    guard_end(&guard);
}

void bh_prompt_ask(const char *question, bool hidden, char *ret_text, size_t size)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    ret_text[0] = 0;
    if (fd < 0)
        return;
    do {
        ask_once(fd, question, hidden, ret_text, size);
        if (pending != 0)
            raise(pending); /* comes back only from a stop */
    } while (pending != 0);
    close(fd);
}

bool bh_prompt_is_possible(void)
{
    const char *ci = getenv("CI");
    bool automatic = ci != NULL && ci[0] != 0 && strcmp(ci, "0") != 0 && strcasecmp(ci, "false") != 0;
    return !automatic && isatty(STDIN_FILENO) && access("/dev/tty", R_OK | W_OK) == 0;
}
