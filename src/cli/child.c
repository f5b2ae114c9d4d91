// SPDX-License-Identifier: Apache-2.0
#include "cli/child.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/output.h"

static volatile sig_atomic_t child_pid;

static void pass_on(int number)
{
    int error = errno;
    if (child_pid > 0)
        kill((pid_t)child_pid, number);
    errno = error;
}

struct dispositions {
    struct sigaction of[8];
    sigset_t mask;
};

/* The terminal sends its own to both. */
static const int from_terminal[] = {SIGINT, SIGQUIT};
static const int passed_on[] = {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};

/* They are held back until it is known to whom they go. */
static void take_signals(struct dispositions *ret_old)
{
    sigset_t held;
    sigemptyset(&held);
    for (size_t i = 0; i < BH_COUNT(passed_on); i++)
        sigaddset(&held, passed_on[i]);
    sigprocmask(SIG_BLOCK, &held, &ret_old->mask);
    struct sigaction action = {.sa_handler = SIG_IGN};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < BH_COUNT(from_terminal); i++)
        sigaction(from_terminal[i], &action, &ret_old->of[i]);
    action.sa_handler = pass_on;
    action.sa_flags = SA_RESTART;
    for (size_t i = 0; i < BH_COUNT(passed_on); i++) {
        struct sigaction *old = &ret_old->of[BH_COUNT(from_terminal) + i];
        sigaction(passed_on[i], &action, old);
        if (old->sa_handler == SIG_IGN) /* as nohup wants it */
            sigaction(passed_on[i], old, NULL);
    }
}

/* What this process ignores or holds back for itself the child must not, unless it was so before. */
static void set_child_signals(const struct dispositions *old, posix_spawnattr_t *attributes)
{
    sigset_t usual;
    sigemptyset(&usual);
    for (size_t i = 0; i < BH_COUNT(from_terminal); i++) {
        if (old->of[i].sa_handler != SIG_IGN)
            sigaddset(&usual, from_terminal[i]);
    }
    posix_spawnattr_setsigdefault(attributes, &usual);
    posix_spawnattr_setsigmask(attributes, &old->mask);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
}

static int fail(const char *command, int error)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {0};
    bh_buf_init(&message, 8192);
    bh_buf_addf(&message, "%s cannot be run: %s.", command, strerror(error));
    bh_output_error(BH_ABSENT, bh_buf_span(&message), BH_ABSENT);
    return error == ENOENT ? 127 : 126;
}

int bh_child_run(char *const *argv)
{
    struct dispositions old;
    posix_spawnattr_t attributes;
    pid_t pid = 0;
    take_signals(&old);
    int error = posix_spawnattr_init(&attributes);
    if (error == 0) {
        set_child_signals(&old, &attributes);
        error = posix_spawnp(&pid, argv[0], NULL, &attributes, argv, environ);
        posix_spawnattr_destroy(&attributes);
    }
    if (error != 0)
        return fail(argv[0], error);
    child_pid = pid;
    sigprocmask(SIG_SETMASK, &old.mask, NULL);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return fail(argv[0], errno);
    }
    child_pid = 0;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
