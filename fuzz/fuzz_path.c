// SPDX-License-Identifier: Apache-2.0
/*
 * A path becomes forms that are normal, that stay as they are when they are normalised again, and that an
 * allow list for everything accepts exactly when there are any.
 */
#include "fuzz_input.h"

#include "core/path.h"

#define ARENA_LIMIT ((size_t)1 << 24)

/* No empty and no "." segments behind the root, and ".." only where nothing is known above. */
static void require_normal(struct bh_span target, enum bh_path_root root)
{
    struct bh_span rest = target;
    bool may_rise = root < BH_PATH_SLASH;
    if (bh_span_equal(target, BH_SPAN(".")))
        return;
    if (root == BH_PATH_UNC)
        rest = bh_span_from_index(target, 2);
    else if (root == BH_PATH_SLASH)
        rest = bh_span_from_index(target, 1);
    else if (root == BH_PATH_DRIVE)
        rest = bh_span_from_index(target, 3);
    else if (root == BH_PATH_HOME)
        rest = bh_span_from_index(target, 2);
    else if (bh_span_starts_with(target, BH_SPAN("./")))
        rest = bh_span_from_index(target, 2);
    for (size_t start = 0; rest.len > 0 && start <= rest.len;) {
        struct bh_span left = bh_span_from_index(rest, start);
        size_t slash = bh_span_find(left, BH_SPAN("/"));
        struct bh_span segment = {left.data, slash == SIZE_MAX ? left.len : slash};
        require(segment.len > 0 && !bh_span_equal(segment, BH_SPAN(".")));
        require(memchr(segment.data, '\\', segment.len) == NULL);
        bool rises = bh_span_equal(segment, BH_SPAN(".."));
        require(!rises || may_rise);
        may_rise = rises;
        start += segment.len + 1;
    }
}

static void check(struct bh_span path, struct bh_span cwd, struct bh_span home, struct bh_arena *arena)
{
    struct bh_path_forms forms;
    struct bh_path_forms again;
    const struct bh_span everything = BH_SPAN("**");
    const struct bh_span_list all = {&everything, 1};
    const struct bh_span_list none = {NULL, 0};
    if (!bh_path_forms(path, cwd, home, arena, &forms))
        return;
    require(forms.count <= BH_PATH_CANDIDATES && forms.posix_count <= BH_PATH_CANDIDATES);
    require(bh_path_permitted(all, none, path, cwd, home, arena) == (forms.count > 0));
    require(!bh_path_permitted(all, all, path, cwd, home, arena));
    if (bh_span_is_absent(forms.target)) {
        require(forms.count == 0);
        return;
    }
    require_normal(forms.target, forms.root);
    if (forms.target.len > BH_PATH_LIMIT || bh_span_is_blank(forms.target))
        return;
    require(bh_path_forms(forms.target, BH_ABSENT, BH_ABSENT, arena, &again));
    require(bh_span_equal(again.target, forms.target) && again.root == forms.root);
    for (size_t i = 0; i < forms.count; i++) {
        const struct bh_span_list exact = {&forms.candidates[i], 1};
        bool literal = memchr(forms.candidates[i].data, '*', forms.candidates[i].len) == NULL;
        require(!literal || bh_path_permitted(exact, none, path, cwd, home, arena));
        require(!literal || !bh_path_permitted(all, exact, path, cwd, home, arena));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bh_span rest = {(const char *)data, size};
    struct bh_span path = take_text(&rest);
    struct bh_span cwd = take_text(&rest);
    struct bh_span home = take_text(&rest);
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    bh_arena_init(&arena, 4096, ARENA_LIMIT);
    if (bh_span_is_absent(path))
        return 0;
    check(path, cwd, home, &arena);
    bh_path_pattern_is_usable(path);
    return 0;
}
