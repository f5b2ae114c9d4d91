// SPDX-License-Identifier: Apache-2.0
#include "mcp/wrap_child.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Not for somebody else's program. */
static bool is_credential(const char *variable)
{
    static const char *const names[] = {
        "BEHALFID_API_KEY=", "BEHALF_API_KEY=", "BEHALFID_DEVELOPER_TOKEN=", "BEHALF_DEVELOPER_TOKEN="};
    for (size_t i = 0; i < BH_COUNT(names); i++) {
        if (strncmp(variable, names[i], strlen(names[i])) == 0)
            return true;
    }
    return false;
}

/* The list is the caller's, its texts are not. */
static char **make_environment(void)
{
    size_t count = 0, kept = 0;
    while (environ[count] != NULL)
        count++;
    char **list = calloc(count + 1, sizeof(*list));
    for (size_t i = 0; list != NULL && i < count; i++) {
        if (!is_credential(environ[i]))
            list[kept++] = environ[i];
    }
    return list;
}

static int set_attributes(posix_spawnattr_t *attributes, const sigset_t *mask)
{
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    int error = posix_spawnattr_setflags(
        attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (error == 0)
        error = posix_spawnattr_setpgroup(attributes, 0);
    if (error == 0)
        error = posix_spawnattr_setsigmask(attributes, mask);
    return error == 0 ? posix_spawnattr_setsigdefault(attributes, &defaults) : error;
}

static int spawn(pid_t *ret_pid, char *const *argv, char **environment, const sigset_t *mask, int in, int out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return ENOMEM;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return ENOMEM;
    }
    int error = set_attributes(&attributes, mask);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (error == 0)
        error = posix_spawnp(ret_pid, argv[0], &actions, &attributes, argv, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Only our ends do not block: the server may not be made for it. */
static bool unblock(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

static void close_pair(const int pair[2])
{
    close(pair[0]);
    close(pair[1]);
}

static bool start_on(
    struct bh_wrap_child *child, char *const *argv, const sigset_t *mask, const int in[2], const int out[2])
{
    pid_t pid = 0;
    char **environment = make_environment();
    int error = environment == NULL ? ENOMEM : 0;
    /* A pipe that took the place of a closed standard stream would be lost in the child. */
    if (error == 0 && (in[0] <= STDERR_FILENO || out[1] <= STDERR_FILENO))
        error = EBADF;
    if (error == 0 && (!unblock(in[1]) || !unblock(out[0])))
        error = errno;
    if (error == 0)
        error = spawn(&pid, argv, environment, mask, in[0], out[1]);
    free(environment);
    errno = error;
    if (error == 0)
        *child = (struct bh_wrap_child){.pid = pid, .group = pid, .input = in[1], .output = out[0]};
    return error == 0;
}

bool bh_wrap_child_start(struct bh_wrap_child *child, char *const *argv, const sigset_t *mask)
{
    int in[2], out[2];
    *child = (struct bh_wrap_child){.input = -1, .output = -1};
    if (pipe2(in, O_CLOEXEC) != 0)
        return false;
    if (pipe2(out, O_CLOEXEC) != 0) {
        close_pair(in);
        return false;
    }
    if (start_on(child, argv, mask, in, out)) {
        close(in[0]);
        close(out[1]);
        return true;
    }
    int error = errno;
    close_pair(in);
    close_pair(out);
    errno = error;
    return false;
}

bool bh_wrap_child_reap(struct bh_wrap_child *child)
{
    if (child->pid > 0 && waitpid(child->pid, &child->status, WNOHANG) == child->pid) {
        child->pid = 0;
        child->has_ended = true;
    }
    return child->has_ended;
}

void bh_wrap_child_signal(const struct bh_wrap_child *child, int number)
{
    if (child->group > 0)
        (void)kill(-child->group, number);
}

void bh_wrap_child_close_input(struct bh_wrap_child *child)
{
    if (child->input >= 0)
        close(child->input);
    child->input = -1;
}

void bh_wrap_child_close_output(struct bh_wrap_child *child)
{
    if (child->output >= 0)
        close(child->output);
    child->output = -1;
}

void bh_wrap_child_finish(struct bh_wrap_child *child)
{
    if (child == NULL)
        return;
    bh_wrap_child_close_input(child);
    bh_wrap_child_close_output(child);
    bh_wrap_child_signal(child, SIGKILL);
    while (child->pid > 0 && waitpid(child->pid, &child->status, 0) < 0 && errno == EINTR)
        continue;
    child->pid = child->group = 0;
}
