// SPDX-License-Identifier: Apache-2.0
#include "coding/path_program.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_LIMIT 8192

static bool is_program(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode) && access(path, X_OK) == 0;
}

static bool is_same(const char *path, const char *own)
{
    struct stat about, about_own;
    return stat(path, &about) == 0 && stat(own, &about_own) == 0 && about.st_dev == about_own.st_dev &&
           about.st_ino == about_own.st_ino;
}

/* The next folder of PATH, which may be empty or relative; false behind the last one. */
static bool next_folder(struct bh_span *rest, struct bh_span *ret_folder)
{
    if (bh_span_is_absent(*rest))
        return false;
    size_t end = bh_span_find(*rest, BH_SPAN(":"));
    *ret_folder = (struct bh_span){rest->data, end == SIZE_MAX ? rest->len : end};
    *rest = end == SIZE_MAX ? BH_ABSENT : bh_span_from_index(*rest, end + 1);
    return true;
}

/* False also where there is no program. */
static bool make_path(struct bh_span folder, const char *name, struct bh_buf *path)
{
    bh_buf_clear(path);
    bh_buf_add(path, folder);
    bh_buf_addf(path, "/%s", name);
    bh_buf_add_char(path, 0);
    return !path->failed && is_program(path->data);
}

bool bh_path_program_find(const char *name, const char *own, struct bh_buf *ret_path)
{
    struct bh_span rest = bh_span_from(getenv("PATH")), folder;
    while (next_folder(&rest, &folder)) {
        if (bh_span_starts_with(folder, BH_SPAN("/")) && make_path(folder, name, ret_path) &&
            !is_same(ret_path->data, own))
            return true;
    }
    return false;
}

bool bh_path_program_is_own(const char *name, const char *own)
{
    struct bh_span rest = bh_span_from(getenv("PATH")), folder;
    while (next_folder(&rest, &folder) && bh_span_starts_with(folder, BH_SPAN("/"))) {
        BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
        bh_buf_init(&path, PATH_LIMIT);
        if (make_path(folder, name, &path))
            return is_same(path.data, own);
    }
    return false;
}
