// SPDX-License-Identifier: Apache-2.0
/*
 * A path that is accepted has one form without dot segments, double slashes, backslashes and control
 * characters, which stays as it is when it is taken as a path again; and as a pattern, if it can be one, it
 * matches itself.
 */
#include "fuzz_input.h"

#include "core/site_glob.h"
#include "core/site_rules.h"

#define ARENA_LIMIT ((size_t)1 << 20)

static void require_plain(struct bh_span path)
{
    require(path.len > 0 && path.data[0] == '/');
    for (size_t at = 0; at < path.len;) {
        size_t start = at;
        uint32_t c = bh_span_next_code_point(path, &at);
        require(c >= 0x20 && !(c >= 0x7F && c <= 0x9F) && c != '\\');
        require(c != 0xFFFD || at - start == 3);
    }
}

static void require_resolved(struct bh_span path)
{
    size_t start = 1;
    for (size_t at = 1; at <= path.len; at++) {
        if (at < path.len && path.data[at] != '/')
            continue;
        struct bh_span segment = {path.data + start, at - start};
        require(segment.len > 0 || at == path.len);
        require(!bh_span_equal(segment, BH_SPAN(".")) && !bh_span_equal(segment, BH_SPAN("..")));
        start = at + 1;
    }
}

static void require_stable(struct bh_span path, struct bh_arena *arena)
{
    struct bh_span again;
    if (bh_site_path_canonical(path, arena, &again))
        require(bh_span_equal(again, bh_span_trim(path)));
}

static void require_matches_itself(struct bh_span path, struct bh_arena *arena)
{
    static struct bh_site_text text;
    struct bh_span pattern;
    size_t steps = 0;
    if (!bh_site_pattern_canonical(path, arena, &pattern))
        return;
    require(bh_span_equal(pattern, path));
    require(bh_site_text_read(path, &text));
    require(bh_site_glob(pattern, &text, false, &steps) && bh_site_glob(pattern, &text, true, &steps));
    require(bh_site_glob(BH_SPAN("/*"), &text, false, &steps));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bh_span rest = {(const char *)data, size};
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct bh_span path;
    bh_arena_init(&arena, 4096, ARENA_LIMIT);
    if (!bh_site_path_canonical(rest, &arena, &path))
        return 0;
    require_plain(path);
    require_resolved(path);
    require_stable(path, &arena);
    require_matches_itself(path, &arena);
    return 0;
}
