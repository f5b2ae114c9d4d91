// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/sandbox.h"

#define MEMORY ((size_t)64 << 20)

static int ends[2]; /* what the child reads and writes */

/* How a child ended that has entered the sandbox and then done this. */
static int run(void (*what)(void))
{
    int status;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (dup2(ends[1], STDIN_FILENO) < 0 || dup2(ends[1], STDOUT_FILENO) < 0 ||
            !bh_sandbox_enter(MEMORY, 1))
            _exit(99);
        what();
        _exit(42);
    }
    close(ends[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void require_killed(void (*what)(void))
{
    int status = run(what);
    close(ends[0]);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

/* By the numbers of the calls: what the libraries do before does not matter. */
static void open_file(void)
{
    (void)syscall(SYS_openat, AT_FDCWD, "/etc/hostname", O_RDONLY, 0);
}

static void make_socket(void)
{
    (void)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static void make_process(void)
{
    (void)syscall(SYS_clone, (unsigned long)SIGCHLD, 0, 0, 0, 0);
}

static void start_program(void)
{
    char *const none[] = {NULL};
    (void)syscall(SYS_execve, "/bin/true", none, none);
}

static void kill_parent(void)
{
    (void)syscall(SYS_kill, 1, SIGKILL);
}

static void trace(void)
{
    (void)syscall(SYS_ptrace, 0, 0, 0, 0);
}

static void read_other(void)
{
    char byte;
    (void)syscall(SYS_read, ends[0], &byte, 1);
}

static void write_other(void)
{
    (void)syscall(SYS_write, ends[0], "x", 1);
}

/* Whoever tries to get at files, sockets, processes or other descriptors is killed. */
static void test_killed(void **state)
{
    (void)state;
    require_killed(open_file);
    require_killed(make_socket);
    require_killed(make_process);
    require_killed(start_program);
    require_killed(kill_parent);
    require_killed(trace);
    require_killed(read_other);
    require_killed(write_other);
}

#if !BH_IS_SANITIZED
static void map_code(void)
{
    (void)syscall(
        SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void map_shared(void)
{
    (void)syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void take_too_much(void)
{
    char *volatile memory = malloc(2 * MEMORY);
    _exit(memory == NULL ? 42 : 43);
}

/* Memory is private, not executable, and limited. */
static void test_memory(void **state)
{
    (void)state;
    require_killed(map_code);
    require_killed(map_shared);
    int status = run(take_too_much);
    close(ends[0]);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
}
#endif

static void burn(void)
{
    for (volatile unsigned long i = 0;; i++)
        continue;
}

/* One second of processor time is all there is. */
static void test_time(void **state)
{
    (void)state;
    int status = run(burn);
    close(ends[0]);
    assert_true(WIFSIGNALED(status));
    assert_true(WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGXCPU);
}

static void answer(void)
{
    char *memory = malloc((size_t)1 << 20);
    if (memory == NULL)
        _exit(1);
    memset(memory, 'x', (size_t)1 << 20);
    if (write(STDOUT_FILENO, memory, 1) != 1)
        _exit(2);
    free(memory);
}

/* What the work needs is allowed: memory, and the one way in and out. */
static void test_allowed(void **state)
{
    char byte = 0;
    (void)state;
    int status = run(answer);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    assert_int_equal(byte, 'x');
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed),
#if !BH_IS_SANITIZED
        cmocka_unit_test(test_memory),
#endif
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
