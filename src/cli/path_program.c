// SPDX-License-Identifier: Apache-2.0
#include "cli/path_program.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_usable(const char *path, const char *own)
{
    struct stat about, about_own;
    if (stat(path, &about) != 0 || !S_ISREG(about.st_mode) || access(path, X_OK) != 0)
        return false;
    return stat(own, &about_own) != 0 || about.st_dev != about_own.st_dev || about.st_ino != about_own.st_ino;
}

bool bh_path_program_find(const char *name, const char *own, struct bh_buf *ret_path)
{
    struct bh_span rest = bh_span_from(getenv("PATH"));
    while (rest.len > 0) {
        size_t end = bh_span_find(rest, BH_SPAN(":"));
        struct bh_span folder = {rest.data, end == SIZE_MAX ? rest.len : end};
        rest = end == SIZE_MAX ? BH_SPAN("") : bh_span_from_index(rest, end + 1);
        if (!bh_span_starts_with(folder, BH_SPAN("/")))
            continue;
        bh_buf_clear(ret_path);
        bh_buf_add(ret_path, folder);
        bh_buf_addf(ret_path, "/%s", name);
        bh_buf_add_char(ret_path, 0);
        if (!ret_path->failed && is_usable(ret_path->data, own))
            return true;
    }
    return false;
}
