// SPDX-License-Identifier: Apache-2.0
#include "coding/hook_process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/clock.h"

#define PIECE 16384
#define STACK_BYTES 65536

static const char *last_answer; /* what the handler writes to stdout */

/* Only what may be called in a handler. */
static void say(int fd, const char *text)
{
    ssize_t written = write(fd, text, strlen(text));
    (void)written;
}

static void end_blocked(int number)
{
    say(STDERR_FILENO, number == SIGALRM ? "BehalfID: blocked — there was no decision in time.\n"
                                         : "BehalfID: blocked — the hook was ended by a signal.\n");
    if (last_answer != NULL)
        say(STDOUT_FILENO, last_answer);
    _exit(BH_HOOK_BLOCKED);
}

void bh_hook_process_guard(int ms, const char *answer)
{
    static const int numbers[] = {SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGILL, SIGABRT, SIGFPE, SIGSEGV,
        SIGBUS, SIGSYS, SIGTRAP, SIGXCPU, SIGXFSZ, SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF};
    static char stack[STACK_BYTES]; /* for a stack that has overflowed */
    last_answer = answer;
    const stack_t other = {.ss_sp = stack, .ss_size = sizeof(stack)};
    sigaltstack(&other, NULL);
    struct sigaction action = {.sa_handler = end_blocked, .sa_flags = SA_ONSTACK};
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < BH_COUNT(numbers); i++)
        sigaction(numbers[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    sigset_t none; /* a mask that was inherited could hold any of them back */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    const struct itimerval timer = {.it_value = {ms / 1000, ms % 1000 * 1000}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

static bool wait_for_input(int fd, int64_t deadline_ms)
{
    struct pollfd watched = {.fd = fd, .events = POLLIN};
    int64_t left_ms = deadline_ms - bh_clock_steady_ms();
    if (left_ms <= 0)
        return false;
    int ready = poll(&watched, 1, (int)left_ms);
    return ready > 0 || (ready < 0 && errno == EINTR);
}

const char *bh_hook_process_read(int fd, int64_t deadline_ms, struct bh_buf *ret_text)
{
    char piece[PIECE];
    for (;;) {
        if (!wait_for_input(fd, deadline_ms))
            return "The input did not end in time.";
        ssize_t got = read(fd, piece, sizeof(piece));
        if (got == 0)
            return NULL;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return "The input cannot be read.";
        bh_buf_add(ret_text, (struct bh_span){piece, (size_t)got});
        if (ret_text->failed)
            return "The input is larger than 1 MiB.";
    }
}
