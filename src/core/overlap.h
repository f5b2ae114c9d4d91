// SPDX-License-Identifier: Apache-2.0
/*
 * What a permission that nobody has made yet would do to the active ones of its agent, and they to it: told
 * to people before they save it. It rests on the order in which bh_decide() asks permissions, with the draft
 * as the newest. Pure. For people: docs/api.md.
 *
 * SHADOWS, SHADOWED, BLOCKED_ELSEWHERE and ALREADY_ALLOWED hold for every request until one of the two
 * expires; LOOSENS and OVERLAPS are said wherever the opposite is not certain.
 */
#ifndef BH_CORE_OVERLAP_H
#define BH_CORE_OVERLAP_H

#include "core/decide.h"
#include "lib/buf.h"

enum bh_overlap_kind {
    BH_OVERLAP_SHADOWS = 0,       /* the permission would never decide again */
    BH_OVERLAP_SHADOWED,          /* the draft would never decide; the permission has a part in that */
    BH_OVERLAP_BLOCKED_ELSEWHERE, /* the permission blocks what the draft grants */
    BH_OVERLAP_LOOSENS,         /* the draft drops the approval or lifts the limit that the permission has */
    BH_OVERLAP_ALREADY_ALLOWED, /* the permission allows outright whatever the draft accepts */
    BH_OVERLAP_OVERLAPS,        /* both grant something; or the draft blocks what the permission is about */
    BH_OVERLAP_KINDS
};

struct bh_overlap {
    enum bh_overlap_kind kind;
    const struct bh_permission *permission;
    struct bh_span action; /* the first one that this is about; absent when it is about all */
    size_t actions;        /* how many */
    bool by_blocking;      /* of OVERLAPS: the draft blocks the actions */
};

/*
 * Permission by permission in the order of `policy`, kind by kind. `draft` is not in `policy`; what it would
 * replace must not be active there. The result and its action spans live in the arena, the draft and the
 * policy. Errors: BH_ERR_NO_MEMORY.
 */
BH_MUST_USE
enum bh_err bh_overlap_find(const struct bh_policy *policy, const struct bh_permission *draft, int64_t now_ms,
    struct bh_arena *arena, struct bh_overlap **ret_overlaps, size_t *ret_count);

/* "shadows", "shadowed", "blocked_elsewhere", "loosens", "already_allowed", "overlaps". */
const char *bh_overlap_kind_text(enum bh_overlap_kind kind);
/* Appends a sentence for people. */
void bh_overlap_write_text(
    const struct bh_overlap *overlap, const struct bh_permission *draft, struct bh_buf *out);

#endif
