// SPDX-License-Identifier: Apache-2.0
#include "store/data_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum bh_err bh_data_dir_make(const char *data_dir)
{
    struct stat status;
    if (mkdir(data_dir, 0700) != 0 && errno != EEXIST)
        return BH_ERR_IO;
    if (stat(data_dir, &status) != 0 || !S_ISDIR(status.st_mode))
        return BH_ERR_IO;
    return BH_OK;
}

enum bh_err bh_data_dir_path(const char *data_dir, const char *name, char ret_path[static BH_DATA_PATH])
{
    int length = snprintf(ret_path, BH_DATA_PATH, "%s/%s", data_dir, name);
    return length < 0 || length >= BH_DATA_PATH ? BH_ERR_IO : BH_OK;
}

bool bh_data_dir_has(const char *data_dir, const char *name)
{
    char path[BH_DATA_PATH];
    return bh_data_dir_path(data_dir, name, path) == BH_OK && access(path, F_OK) == 0;
}

/* For people who look which process it is; the lock itself is what counts. */
static bool write_pid(int fd)
{
    char text[32];
    int length = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    return ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)length, 0) == length;
}

bool bh_data_dir_is_own(int fd)
{
    struct stat about;
    if (fstat(fd, &about) != 0)
        return false;
    if (S_ISREG(about.st_mode) && about.st_nlink == 1)
        return true;
    errno = S_ISREG(about.st_mode) ? EMLINK : EINVAL;
    return false;
}

/* Root may work in the folder of somebody else, who may have laid a link to any file of the machine: nothing
 * is written before it is sure that this is a file of the folder's own. */
enum bh_err bh_data_dir_lock_server(const char *data_dir, int *ret_fd)
{
    char path[BH_DATA_PATH];
    enum bh_err err = bh_data_dir_path(data_dir, "server.lock", path);
    if (err != BH_OK)
        return err;
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd < 0)
        return BH_ERR_IO;
    if (!bh_data_dir_is_own(fd))
        err = BH_ERR_IO;
    else if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        err = errno == EWOULDBLOCK ? BH_ERR_STORE_LOCKED : BH_ERR_IO;
    if (err != BH_OK) {
        int reason = errno;
        close(fd);
        errno = reason;
        return err;
    }
    (void)write_pid(fd); /* a full disk must not keep the server from starting and saying so */
    *ret_fd = fd;
    return BH_OK;
}

enum bh_err bh_data_dir_lock_opening(const char *data_dir, int *ret_fd)
{
    int fd = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return BH_ERR_IO;
    while (flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR) {
            close(fd);
            return BH_ERR_IO;
        }
    }
    *ret_fd = fd;
    return BH_OK;
}

/* Where a link leads is looked at, but never changed. */
static enum bh_err make_private(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return errno == ENOENT ? BH_OK : BH_ERR_IO;
    if ((status.st_mode & 077) == 0)
        return BH_OK;
    if (lstat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return BH_ERR_DATA_MODE;
    return fchmodat(AT_FDCWD, path, 0600, AT_SYMLINK_NOFOLLOW) == 0 ? BH_OK : BH_ERR_DATA_MODE;
}

static enum bh_err make_all_private(const char *database)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    char path[BH_DATA_PATH + 8];
    for (size_t i = 0; i < BH_COUNT(endings); i++) {
        snprintf(path, sizeof(path), "%s%s", database, endings[i]);
        enum bh_err err = make_private(path);
        if (err != BH_OK)
            return err;
    }
    return BH_OK;
}

enum bh_err bh_data_dir_make_database(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == EEXIST ? make_all_private(path) : BH_ERR_IO;
    return close(fd) == 0 ? BH_OK : BH_ERR_IO;
}

enum bh_err bh_data_dir_sync(const char *data_dir)
{
    int fd = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return BH_ERR_IO;
    int result = fsync(fd);
    close(fd);
    return result == 0 ? BH_OK : BH_ERR_IO;
}
