// SPDX-License-Identifier: Apache-2.0
#include "lib/process.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define US_PER_SECOND INT64_C(1000000)

static int64_t us_of(const struct timeval *time)
{
    return (int64_t)time->tv_sec * US_PER_SECOND + time->tv_usec;
}

static int64_t read_cpu_us(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? us_of(&usage.ru_utime) + us_of(&usage.ru_stime) : 0;
}

static int64_t read_resident_bytes(void)
{
    long long pages = -1;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return -1;
    int found = fscanf(file, "%*d %lld", &pages);
    fclose(file);
    return found == 1 ? pages * sysconf(_SC_PAGESIZE) : -1;
}

static int64_t count_open_fds(void)
{
    int64_t count = -1; /* the one that looks is not counted */
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL)
        return -1;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static int64_t read_max_fds(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (int64_t)limit.rlim_cur : -1;
}

void bh_process_read(struct bh_process_usage *ret_usage)
{
    *ret_usage = (struct bh_process_usage){.cpu_us = read_cpu_us(),
        .resident_bytes = read_resident_bytes(),
        .open_fds = count_open_fds(),
        .max_fds = read_max_fds()};
}
