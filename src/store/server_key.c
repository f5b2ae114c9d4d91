// SPDX-License-Identifier: Apache-2.0
#include "store/server_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/random.h"
#include "store/data_dir.h"

#define KEY_TEXT 43

static enum bh_err decode(struct bh_span text, struct bh_server_key *ret_key)
{
    struct bh_server_key key;
    if (!bh_base64url_decode(text, key.bytes, sizeof(key.bytes)))
        return BH_ERR_SECRET_KEY;
    *ret_key = key;
    bh_wipe(&key, sizeof(key));
    return BH_OK;
}

/* The 43 characters, with or without a final line end. */
static enum bh_err read_key(int fd, struct bh_server_key *ret_key)
{
    struct stat status;
    char text[KEY_TEXT + 3];
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || (status.st_mode & 077) != 0)
        return BH_ERR_SECRET_KEY;
    ssize_t length = read(fd, text, sizeof(text));
    if (length < 0)
        return BH_ERR_IO;
    struct bh_span span = {text, (size_t)length};
    if (span.len > 0 && text[span.len - 1] == '\n')
        span.len--;
    enum bh_err err = decode(span, ret_key);
    bh_wipe(text, sizeof(text));
    return err;
}

static enum bh_err write_key(int fd, const struct bh_server_key *key)
{
    char text[KEY_TEXT + 2];
    size_t length = bh_base64url_encode((struct bh_span){(const char *)key->bytes, sizeof(key->bytes)}, text);
    text[length++] = '\n';
    bool written = write(fd, text, length) == (ssize_t)length && fsync(fd) == 0;
    bh_wipe(text, sizeof(text));
    return written ? BH_OK : BH_ERR_IO;
}

enum bh_err bh_server_key_write(const char *path, const struct bh_server_key *key)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == EEXIST ? BH_ERR_CONFLICT : BH_ERR_IO;
    enum bh_err err = write_key(fd, key);
    if (close(fd) != 0 && err == BH_OK)
        err = BH_ERR_IO;
    if (err != BH_OK)
        unlink(path);
    return err;
}

/*
 * The key is written whole under another name and then linked: of two processes that start at once one wins,
 * and nobody ever sees half a key.
 */
static enum bh_err make_file(const char *data_dir, const char *path)
{
    char draft[BH_DATA_PATH];
    char name[BH_ID_TEXT];
    bh_random_id("key", name);
    enum bh_err err = bh_data_dir_path(data_dir, name, draft);
    if (err != BH_OK)
        return err;
    struct bh_server_key key;
    bh_random_bytes(key.bytes, sizeof(key.bytes));
    err = bh_server_key_write(draft, &key);
    bh_wipe(&key, sizeof(key));
    if (err != BH_OK)
        return BH_ERR_IO;
    if (link(draft, path) != 0 && errno != EEXIST)
        err = BH_ERR_IO;
    unlink(draft);
    return err == BH_OK ? bh_data_dir_sync(data_dir) : err;
}

enum bh_err bh_server_key_read(const char *path, struct bh_server_key *ret_key)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? BH_ERR_NOT_FOUND : BH_ERR_SECRET_KEY;
    enum bh_err err = read_key(fd, ret_key);
    close(fd);
    return err;
}

enum bh_err bh_server_key_load(const char *data_dir, const char *secret, struct bh_server_key *ret_key)
{
    if (secret != NULL && secret[0] != 0)
        return decode(bh_span_from(secret), ret_key);
    char path[BH_DATA_PATH];
    enum bh_err err = bh_data_dir_make(data_dir);
    if (err == BH_OK)
        err = bh_data_dir_path(data_dir, "server.key", path);
    if (err != BH_OK)
        return err;
    err = bh_server_key_read(path, ret_key);
    if (err != BH_ERR_NOT_FOUND)
        return err;
    err = make_file(data_dir, path);
    return err == BH_OK ? bh_server_key_read(path, ret_key) : err;
}

enum bh_err bh_server_key_find(const char *data_dir, const char *secret, struct bh_server_key *ret_key)
{
    bool given = secret != NULL && secret[0] != 0;
    if (!given && !bh_data_dir_has(data_dir, "server.key"))
        return BH_ERR_SECRET_KEY;
    return bh_server_key_load(data_dir, secret, ret_key);
}

struct bh_sha256 bh_server_key_derive(const struct bh_server_key *key, const char *purpose)
{
    return bh_hmac_sha256(
        (struct bh_span){(const char *)key->bytes, sizeof(key->bytes)}, bh_span_from(purpose));
}
