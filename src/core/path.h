// SPDX-License-Identifier: Apache-2.0
/*
 * Paths as text: no file access, no symbolic links. For people: docs/decisions.md.
 */
#ifndef BH_CORE_PATH_H
#define BH_CORE_PATH_H

#include "lib/arena.h"

#define BH_PATH_LIMIT 16384 /* bytes; longer paths cannot be judged */

/* What a path begins with. */
enum bh_path_root {
    BH_PATH_RELATIVE = 0,
    BH_PATH_HOME,  /* "~" that could not be replaced */
    BH_PATH_SLASH, /* "/" */
    BH_PATH_DRIVE, /* "X:/" */
    BH_PATH_UNC    /* "//server/share" */
};

#define BH_PATH_CANDIDATES 3

/* The forms of one path that patterns are compared with. */
struct bh_path_forms {
    struct bh_span target; /* the one path that approvals bind to; absent for a Windows device path */
    /* absolute form, form below cwd, "~/" form: without order or repetition. None: no rule can judge the path
     */
    struct bh_span candidates[BH_PATH_CANDIDATES];
    size_t count;
    /* of a UNC path, the same read as a POSIX path, which a denied pattern may mean as well */
    struct bh_span posix_candidates[BH_PATH_CANDIDATES];
    size_t posix_count;
    enum bh_path_root root; /* a real absolute path from BH_PATH_SLASH on */
    bool cwd_known;         /* and absolute */
    bool home_known;        /* and absolute */
};

/*
 * False when `scratch` is too small or a text is longer than BH_PATH_LIMIT: the caller denies. The spans
 * point into `scratch`, never into the arguments. `cwd` and `home` may be absent; blank is the same.
 */
BH_MUST_USE
bool bh_path_forms(struct bh_span path, struct bh_span cwd, struct bh_span home, struct bh_arena *scratch,
    struct bh_path_forms *ret_forms);

/*
 * The lists allow a path of these forms. Anything that cannot be judged is false, and so is a rule
 * that needs more than *steps of matching, which go down by what was used.
 */
bool bh_path_forms_permitted(struct bh_span_list allowed, struct bh_span_list denied,
    const struct bh_path_forms *forms, size_t *steps);

/* Both at once, with a work bound of its own. */
bool bh_path_permitted(struct bh_span_list allowed, struct bh_span_list denied, struct bh_span path,
    struct bh_span cwd, struct bh_span home, struct bh_arena *scratch);

/*
 * False for a pattern that could never match: empty, control characters, backslashes, "", "." or ".."
 * segments. The forms ".", "./~/x", "./C:/x", "//server/share" and "C:/" do occur as candidates and are
 * usable.
 */
bool bh_path_pattern_is_usable(struct bh_span pattern);

#endif
