// SPDX-License-Identifier: Apache-2.0
#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"

#define PATH_LIMIT 4096
#define PIECE ((size_t)16384)
#define LINKS_MAX 40

static enum bh_err fail(int reason)
{
    errno = reason;
    return BH_ERR_IO;
}

/* Closes and keeps the reason of what went wrong before. */
static void drop(int fd)
{
    int reason = errno;
    close(fd);
    errno = reason;
}

/* ---- reading ---- */

static ssize_t read_some(int fd, char *to, size_t size)
{
    for (;;) {
        ssize_t count = read(fd, to, size);
        if (count >= 0 || errno != EINTR)
            return count;
    }
}

/* The limit may be met exactly, so what is beyond it is looked for apart. */
static enum bh_err read_all(int fd, struct bh_buf *text)
{
    char beyond;
    for (;;) {
        size_t room = text->limit - text->len;
        size_t size = room < PIECE ? room : PIECE;
        char *end = size == 0 ? &beyond : bh_buf_reserve(text, size);
        if (end == NULL)
            return fail(ENOMEM);
        ssize_t count = read_some(fd, end, size == 0 ? 1 : size);
        if (count <= 0)
            return count == 0 ? BH_OK : BH_ERR_IO;
        if (size == 0)
            return fail(EFBIG);
        text->len += (size_t)count;
    }
}

enum bh_err bh_file_read(const char *path, struct bh_buf *ret_text)
{
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); /* a pipe must not make us wait */
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? BH_ERR_NOT_FOUND : BH_ERR_IO;
    enum bh_err err = fstat(fd, &about) != 0 ? BH_ERR_IO : BH_OK;
    if (err == BH_OK && !S_ISREG(about.st_mode))
        err = fail(EINVAL);
    if (err == BH_OK)
        err = read_all(fd, ret_text);
    drop(fd);
    if (err != BH_OK)
        bh_buf_clear(ret_text);
    return err;
}

/* ---- writing ---- */

/* "/a/b" of "/a/b/c", "." of "c"; `text` has room for it. */
static void cut_folder(const char *path, char text[static PATH_LIMIT])
{
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);
    if (slash == path)
        len = 1;
    memcpy(text, path, len);
    text[len] = 0;
    if (len == 0)
        snprintf(text, PATH_LIMIT, ".");
}

static bool make_one(const char *folder)
{
    struct stat about;
    if (mkdir(folder, 0700) == 0)
        return true;
    if (errno != EEXIST || stat(folder, &about) != 0)
        return false;
    if (!S_ISDIR(about.st_mode))
        errno = ENOTDIR;
    return S_ISDIR(about.st_mode);
}

enum bh_err bh_file_make_folder_of(const char *path)
{
    char folder[PATH_LIMIT];
    struct stat about;
    if (strlen(path) >= sizeof(folder))
        return fail(ENAMETOOLONG);
    cut_folder(path, folder);
    if (stat(folder, &about) == 0)
        return S_ISDIR(about.st_mode) ? BH_OK : fail(ENOTDIR);
    for (char *at = strchr(folder + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = 0;
        bool there = make_one(folder);
        *at = '/';
        if (!there)
            return BH_ERR_IO;
    }
    return make_one(folder) ? BH_OK : BH_ERR_IO;
}

/* Where the chain of links ends, which need not exist. */
static enum bh_err follow(const char *path, char target[static PATH_LIMIT])
{
    if (snprintf(target, PATH_LIMIT, "%s", path) >= PATH_LIMIT)
        return fail(ENAMETOOLONG);
    for (int links = 0; links < LINKS_MAX; links++) {
        char next[PATH_LIMIT], folder[PATH_LIMIT];
        ssize_t len = readlink(target, next, sizeof(next));
        if (len < 0)
            return errno == EINVAL || errno == ENOENT ? BH_OK : BH_ERR_IO;
        if (len == 0 || (size_t)len >= sizeof(next))
            return fail(ENAMETOOLONG);
        next[len] = 0;
        cut_folder(target, folder);
        int size = next[0] == '/' ? snprintf(target, PATH_LIMIT, "%s", next)
                                  : snprintf(target, PATH_LIMIT, "%s/%s", folder, next);
        if (size >= PATH_LIMIT)
            return fail(ENAMETOOLONG);
    }
    return fail(ELOOP);
}

bool bh_file_write_all(int fd, struct bh_span text)
{
    while (text.len > 0) {
        ssize_t count = write(fd, text.data, text.len);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        text = bh_span_from_index(text, (size_t)count);
    }
    return true;
}

/* Mode and owner come before the content, so that nobody reads it who could not read the old one. */
static bool fill(int fd, struct bh_span text, const struct stat *old, mode_t mode)
{
    if (old != NULL && (old->st_uid != geteuid() || old->st_gid != getegid()) &&
        fchown(fd, old->st_uid, old->st_gid) != 0)
        return false;
    return fchmod(fd, mode) == 0 && bh_file_write_all(fd, text) && fsync(fd) == 0;
}

/* A rename counts after a power cut only when the folder is written too; where that cannot be asked for, the
 * file is whole all the same. */
static void settle(const char *path)
{
    char folder[PATH_LIMIT];
    cut_folder(path, folder);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)!fsync(fd);
    close(fd);
}

static enum bh_err swap(const char *path, struct bh_span text, const struct stat *old, mode_t mode)
{
    char fresh[PATH_LIMIT];
    if (snprintf(fresh, sizeof(fresh), "%s.XXXXXX", path) >= PATH_LIMIT)
        return fail(ENAMETOOLONG);
    int fd = mkostemp(fresh, O_CLOEXEC); /* 0600 whatever the umask is */
    if (fd < 0)
        return BH_ERR_IO;
    bool written = fill(fd, text, old, mode);
    if (!written)
        drop(fd);
    else
        written = close(fd) == 0;
    if (written && rename(fresh, path) == 0) {
        settle(path);
        return BH_OK;
    }
    int reason = errno;
    unlink(fresh);
    return fail(reason);
}

enum bh_err bh_file_replace(const char *path, struct bh_span text, mode_t mode)
{
    char target[PATH_LIMIT];
    struct stat old;
    enum bh_err err = follow(path, target);
    if (err == BH_OK)
        err = bh_file_make_folder_of(target);
    if (err != BH_OK)
        return err;
    if (lstat(target, &old) != 0)
        return errno == ENOENT ? swap(target, text, NULL, mode) : BH_ERR_IO;
    if (!S_ISREG(old.st_mode))
        return fail(EINVAL);
    if ((old.st_mode & S_IWUSR) == 0)
        return fail(EACCES);
    return swap(target, text, &old, old.st_mode & 07777);
}

/* ---- the lock ---- */

enum bh_err bh_file_lock(const char *path, int patience_ms, int *ret_lock)
{
    enum bh_err err = bh_file_make_folder_of(path);
    if (err != BH_OK)
        return err;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return BH_ERR_IO;
    int64_t deadline_ms = bh_clock_steady_ms() + patience_ms;
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EINTR && (errno != EWOULDBLOCK || bh_clock_steady_ms() >= deadline_ms)) {
            drop(fd);
            return BH_ERR_IO;
        }
        (void)!usleep(20 * 1000);
    }
    *ret_lock = fd;
    return BH_OK;
}

void bh_file_unlock(int lock)
{
    close(lock);
}
