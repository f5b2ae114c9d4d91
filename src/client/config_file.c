// SPDX-License-Identifier: Apache-2.0
#include "client/config_file.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/output.h"
#include "lib/file.h"
#include "lib/json.h"

#define PATH_LIMIT 4096
#define FILE_LIMIT ((size_t)8 << 20)

static const char *find_home(void)
{
    const char *home = getenv("HOME");
    if (home != NULL && home[0] == '/')
        return home;
    const struct passwd *user = getpwuid(getuid());
    return user == NULL ? NULL : user->pw_dir;
}

/* `name` goes behind the folder; "" gives the folder itself. The text ends in NUL. */
static enum bh_err add_path(const char *name, struct bh_buf *path)
{
    const char *home = find_home();
    if (home == NULL) {
        errno = ENOENT;
        return BH_ERR_IO;
    }
    bh_buf_addf(path, "%s/.behalf%s", home, name);
    bh_buf_add_char(path, 0);
    if (path->failed)
        return BH_ERR_IO;
    path->len--;
    return BH_OK;
}

enum bh_err bh_config_file_path(struct bh_buf *ret_path)
{
    return add_path("/config.json", ret_path);
}

void bh_config_file_read_text(const char *name, struct bh_buf *ret_text)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    bh_buf_init(&path, PATH_LIMIT);
    if (add_path(name, &path) != BH_OK)
        return;
    if (bh_file_read(path.data, ret_text) != BH_OK)
        bh_buf_clear(ret_text);
}

json_t *bh_config_file_read(void)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, FILE_LIMIT);
    json_t *config = NULL;
    bh_config_file_read_text("/config.json", &text);
    return bh_json_parse_object(bh_buf_span(&text), &config) == BH_OK ? config : json_object();
}

static enum bh_err make_folder(void)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf folder = {0};
    bh_buf_init(&folder, PATH_LIMIT);
    enum bh_err err = add_path("", &folder);
    if (err != BH_OK)
        return err;
    if (mkdir(folder.data, 0700) == 0)
        return BH_OK;
    /* Folders made by other tools may be open to others; a key lies in this one. */
    return errno == EEXIST && chmod(folder.data, 0700) == 0 ? BH_OK : BH_ERR_IO;
}

enum bh_err bh_config_file_write_text(const char *name, struct bh_span text)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    bh_buf_init(&path, PATH_LIMIT);
    enum bh_err err = make_folder();
    if (err == BH_OK)
        err = add_path(name, &path);
    if (err != BH_OK)
        return err;
    /* a replaced file keeps its mode, and another tool may have left this one open to others */
    if (chmod(path.data, 0600) != 0 && errno != ENOENT)
        return BH_ERR_IO;
    return bh_file_replace(path.data, text, 0600);
}

enum bh_err bh_config_file_write(const json_t *config)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, FILE_LIMIT);
    bh_output_add_json(config, &text);
    bh_buf_add_char(&text, '\n');
    return text.failed ? BH_ERR_NO_MEMORY : bh_config_file_write_text("/config.json", bh_buf_span(&text));
}

bool bh_config_file_save(const json_t *config)
{
    enum bh_err err = bh_config_file_write(config);
    if (err == BH_OK)
        return true;
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {0};
    bh_buf_init(&message, PATH_LIMIT);
    bh_buf_addf(&message, "The configuration could not be written: %s.",
        err == BH_ERR_IO ? strerror(errno) : "out of memory");
    bh_output_error(BH_ABSENT, bh_buf_span(&message), BH_ABSENT);
    return false;
}

const char *bh_config_file_text(const json_t *config, const char *key)
{
    const char *text = json_string_value(json_object_get(config, key));
    return text == NULL || text[0] == 0 ? NULL : text;
}
