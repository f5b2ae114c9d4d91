// SPDX-License-Identifier: Apache-2.0
#include "gateway/sandbox.h"

#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static bool set_limit(__rlimit_resource_t resource, rlim_t most)
{
    const struct rlimit limit = {.rlim_cur = most, .rlim_max = most};
    return setrlimit(resource, &limit) == 0;
}

/* Bytes of address space in use. */
static bool read_used(size_t *ret_bytes)
{
    char text[128];
    unsigned long pages;
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t length = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (length <= 0)
        return false;
    text[length] = 0;
    if (sscanf(text, "%lu", &pages) != 1)
        return false;
    *ret_bytes = pages * (size_t)sysconf(_SC_PAGESIZE);
    return true;
}

static bool limit_memory(size_t memory)
{
    size_t used;
    return BH_IS_SANITIZED || (read_used(&used) && set_limit(RLIMIT_AS, used + memory));
}

static bool allow(scmp_filter_ctx filter, int call)
{
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) == 0;
}

/* Only with this descriptor. */
static bool allow_on(scmp_filter_ctx filter, int call, int fd)
{
    const struct scmp_arg_cmp first = {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)fd};
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &first) == 0;
}

/* Private memory of its own, never executable. */
static bool allow_memory(scmp_filter_ctx filter)
{
    static const struct scmp_arg_cmp plain[] = {
        {.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC, .datum_b = 0},
        {.arg = 3, .op = SCMP_CMP_MASKED_EQ, .datum_a = MAP_ANONYMOUS | MAP_SHARED, .datum_b = MAP_ANONYMOUS},
    };
    return allow(filter, SCMP_SYS(brk)) && allow(filter, SCMP_SYS(munmap)) &&
           allow(filter, SCMP_SYS(mremap)) && allow(filter, SCMP_SYS(madvise)) &&
           seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), BH_COUNT(plain), plain) == 0;
}

static bool allow_sanitizers(scmp_filter_ctx filter)
{
    static const int calls[] = {SCMP_SYS(rt_sigprocmask), SCMP_SYS(sigaltstack), SCMP_SYS(getpid),
        SCMP_SYS(gettid), SCMP_SYS(sched_yield), SCMP_SYS(clock_gettime), SCMP_SYS(mprotect), SCMP_SYS(mmap),
        SCMP_SYS(getrlimit), SCMP_SYS(prlimit64), SCMP_SYS(futex)};
    bool is_done = allow_on(filter, SCMP_SYS(write), STDERR_FILENO); /* what they report */
    for (size_t i = 0; i < BH_COUNT(calls); i++)
        is_done = is_done && allow(filter, calls[i]);
    return is_done;
}

static bool filter_calls(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (filter == NULL)
        return false;
    bool is_loaded = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
                     allow_on(filter, SCMP_SYS(read), STDIN_FILENO) &&
                     allow_on(filter, SCMP_SYS(write), STDOUT_FILENO) && allow(filter, SCMP_SYS(exit)) &&
                     allow(filter, SCMP_SYS(exit_group)) && allow(filter, SCMP_SYS(rt_sigreturn)) &&
                     allow_memory(filter) && (!BH_IS_SANITIZED || allow_sanitizers(filter)) &&
                     seccomp_load(filter) == 0;
    seccomp_release(filter);
    return is_loaded;
}

bool bh_sandbox_enter(size_t memory, unsigned cpu_s)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
           limit_memory(memory) && set_limit(RLIMIT_CPU, cpu_s) && set_limit(RLIMIT_FSIZE, 0) &&
           set_limit(RLIMIT_CORE, 0) && set_limit(RLIMIT_NOFILE, 0) && set_limit(RLIMIT_NPROC, 0) &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && filter_calls();
}
