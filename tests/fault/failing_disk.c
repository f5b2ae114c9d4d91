// SPDX-License-Identifier: Apache-2.0
/*
 * A disk that fails on command, for LD_PRELOAD. While the file FAILING_DISK_SWITCH exists, what its first
 * character says fails for files under FAILING_DISK_FOLDER: "w" writes answer ENOSPC, "s" syncs answer EIO,
 * "k" kills the process instead of a change of names. A character behind it lets so many of them pass first:
 * "0" none, and on as in ASCII.
 */
/* Both names of each function are defined here, so none may be an alias of the other. */
#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_int passed; /* since the switch is there */

static char failing_kind(int *ret_spared)
{
    const char *path = getenv("FAILING_DISK_SWITCH");
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    char text[2] = {0, '0'};
    if (fd >= 0) {
        if (read(fd, text, sizeof(text)) < 1)
            text[0] = 0;
        close(fd);
    } else {
        atomic_store(&passed, 0);
    }
    *ret_spared = text[1] - '0';
    return text[0];
}

static bool is_below_folder(const char *path)
{
    const char *folder = getenv("FAILING_DISK_FOLDER");
    return folder != NULL && strncmp(path, folder, strlen(folder)) == 0;
}

static bool in_folder(int fd)
{
    char link[64];
    char path[4096];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof(path) - 1);
    if (length < 0)
        return false;
    path[length] = 0;
    return is_below_folder(path);
}

static bool fails(int fd, char kind, int error)
{
    int spared;
    if (!in_folder(fd) || failing_kind(&spared) != kind || atomic_fetch_add(&passed, 1) < spared)
        return false;
    errno = error;
    return true;
}

/* As if the machine had died, but for what was not flushed. */
static void die_at(const char *path)
{
    int spared;
    if (is_below_folder(path) && failing_kind(&spared) == 'k' && atomic_fetch_add(&passed, 1) >= spared)
        raise(SIGKILL);
}

static void *next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

ssize_t write(int fd, const void *data, size_t size)
{
    return fails(fd, 'w', ENOSPC) ? -1
                                  : ((ssize_t(*)(int, const void *, size_t))next("write"))(fd, data, size);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
    return fails(fd, 'w', ENOSPC)
               ? -1
               : ((ssize_t(*)(int, const void *, size_t, off_t))next("pwrite"))(fd, data, size, at);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{
    return fails(fd, 'w', ENOSPC)
               ? -1
               : ((ssize_t(*)(int, const void *, size_t, off64_t))next("pwrite64"))(fd, data, size, at);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at)
{
    return fails(fd, 'w', ENOSPC)
               ? -1
               : ((ssize_t(*)(int, const struct iovec *, int, off_t))next("pwritev"))(fd, parts, count, at);
}

int ftruncate64(int fd, off64_t size)
{
    return fails(fd, 'w', ENOSPC) ? -1 : ((int (*)(int, off64_t))next("ftruncate64"))(fd, size);
}

int fsync(int fd)
{
    return fails(fd, 's', EIO) ? -1 : ((int (*)(int))next("fsync"))(fd);
}

int fdatasync(int fd)
{
    return fails(fd, 's', EIO) ? -1 : ((int (*)(int))next("fdatasync"))(fd);
}

int rename(const char *from, const char *to)
{
    die_at(to);
    return ((int (*)(const char *, const char *))next("rename"))(from, to);
}

int link(const char *from, const char *to)
{
    die_at(to);
    return ((int (*)(const char *, const char *))next("link"))(from, to);
}

int unlink(const char *path)
{
    die_at(path);
    return ((int (*)(const char *))next("unlink"))(path);
}
